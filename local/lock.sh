#!/bin/sh
# lock.sh: locks the requirements of pyproject.toml with hashes and without URLs.
set -eu
uv=$(command -v uv) || uv=.local/uv/bin/uv

lock() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --custom-compile-command "make lock" "$@"
}

lock pyproject.toml --group dev --output-file requirements-dev.txt
lock --group program --constraint requirements-dev.txt --output-file requirements.txt
# With packages newer than itself this release of LocalStack does not start (cbor2, pyOpenSSL).
lock --group emulator --exclude-newer 2025-10-15 --output-file local/requirements.txt
lock --group uv --output-file local/uv.txt
