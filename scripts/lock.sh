#!/bin/sh
# lock.sh: locks the requirements of pyproject.toml with hashes and without URLs.
set -eu
uv=$(command -v uv) || uv=.local/uv/bin/uv

compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11 \
        --custom-compile-command "make lock" "$@"
}

lock() {
    compile --generate-hashes "$@"
}

lock pyproject.toml --group dev --output-file requirements-dev.txt
# pip takes no hashes beside an editable package, which requirements.txt has.
compile pyproject.toml --extra pulumi --constraint requirements-dev.txt \
    --output-file requirements-pins.txt
# With packages newer than itself this release of LocalStack does not start (pyOpenSSL, cbor2 6).
# Those that pyproject.toml names a version of are seen to work.
newer=
for name in cbor2 cryptography joserfc jsonata-python multipart pyasn1 pygments python-dotenv \
    requests urllib3 werkzeug; do
    newer="$newer --exclude-newer-package $name=2099-12-31"
done
# shellcheck disable=SC2086 # each is an argument
lock --group emulator --exclude-newer 2025-10-15 $newer \
    --output-file src/stepgate/emulator/requirements.txt
lock --group uv --output-file scripts/uv.txt
