#!/bin/sh
# docs.sh FOLDER: makes the documentation's site in FOLDER/site, of the pages as they are here.
set -eu
made=$1
rm -rf "$made"
mkdir -p "$made/pages"
cp docs/mkdocs.yml "$made"
# Not what a local stack has left there: its outputs may have an API key.
git ls-files -z --cached --others --exclude-standard '*.md' LICENSE docs examples template |
    tar --create --null --files-from - | tar --extract --directory "$made/pages"
.venv/bin/zensical build --strict --config-file "$made/mkdocs.yml"
