#!/bin/sh
# docs.sh FOLDER: makes the documentation's site in FOLDER/site, of the pages as they are here.
set -eu
made=$1
rm -rf "$made"
mkdir -p "$made/pages"
cp docs/mkdocs.yml "$made"
cp -r README.md CONTRIBUTING.md CHANGELOG.md SECURITY.md LICENSE docs examples template "$made/pages"
.venv/bin/zensical build --strict --config-file "$made/mkdocs.yml"
