#!/bin/sh
# docs.sh FOLDER: makes the documentation's site in FOLDER/site, of the pages as they are here.
set -eu
made=$1
rm -rf "$made"
mkdir -p "$made/pages"
cp docs/mkdocs.yml "$made"
# Not what a local stack has left there: its outputs may have an API key.
tar --create --exclude=.local --exclude=.venv --exclude=__pycache__ -- *.md LICENSE docs examples template |
    tar --extract --directory "$made/pages"
.venv/bin/zensical build --strict --config-file "$made/mkdocs.yml"
