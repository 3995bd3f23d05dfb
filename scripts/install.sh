#!/bin/sh
# install.sh ENVIRONMENT REQUIREMENTS [PROJECT]: makes a virtual environment of Python 3.11 with
# exactly the locked packages, and with PROJECT as it lies there. Uses the uv on PATH, or puts its
# own into .local/uv.
set -eu
environment=$1 requirements=$2 project=${3-}
log=.local/install.log

fail() {
    echo "stepgate: $1; details in $log" >&3
    exit 1
}

# Any Python with venv and pip can fetch uv, and uv then finds or fetches Python 3.11.
own_uv() {
    for python in python3.11 python3 python; do
        rm -rf .local/uv
        if "$python" -m venv .local/uv; then
            .local/uv/bin/pip install --quiet --require-hashes --requirement scripts/uv.txt && return
            fail "uv cannot be installed: is the package index out of reach?"
        fi
    done
    fail "no Python here that can make a virtual environment: install Python 3.11 (on Debian with python3-venv)"
}

mkdir -p .local
exec 3>&2
{
    date
    uv=$(command -v uv) || {
        uv=.local/uv/bin/uv
        [ -x "$uv" ] || own_uv
    }
    echo "Installing $requirements into $environment" >&3
    rm -f "$environment/.installed"
    "$uv" venv --clear --python 3.11 "$environment" ||
        fail "no Python 3.11 here, and none could be fetched: install Python 3.11"
    "$uv" pip sync --require-hashes --python "$environment/bin/python" "$requirements" ||
        fail "$requirements cannot be installed: is the package index out of reach?"
    [ -z "$project" ] ||
        "$uv" pip install --python "$environment/bin/python" \
            --no-deps --no-build-isolation --editable "$project" ||
        fail "$project cannot be installed"
    touch "$environment/.installed"
} >>"$log" 2>&1
