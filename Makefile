# `make help` lists the commands. What they need is installed into .venv and .local, nowhere else.

PYTHON := .venv/bin/python
DURATIONS := $(if $(CI),--durations=20)
# In two processes, because a test mostly waits for one other process at a time. Each has an
# emulator of its own.
TESTS := $(PYTHON) -m pytest -n 2 $(DURATIONS)
# Python keeps what it compiles, whatever the environment says: to compile what a program imports
# again takes each process 2 s.
unexport PYTHONDONTWRITEBYTECODE
# Where the emulator's environment is made.
export STEPGATE_CACHE ?= $(CURDIR)/.local

.DEFAULT_GOAL := help
.PHONY: help demo up down dashboard smoke test proof bench check docs lock

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: .venv/.installed ## deploy onto the emulator, call each route, show what it answers, take it all down
	@.venv/bin/stepgate local demo

up: .venv/.installed ## deploy onto the emulator and leave it running; the outputs are in .local/outputs.json
	@.venv/bin/stepgate local up

down: .venv/.installed ## stop what `make up` has left running
	@.venv/bin/stepgate local down

dashboard: up ## bring the local stack up, and serve a page of its executions
	@.venv/bin/stepgate dashboard --own-queue

smoke: .venv/.installed ## try the routes of the local stack, or of STACK=name, or of OUTPUTS=file.json
	@.venv/bin/stepgate ci smoke $(if $(STACK),--stack "$(STACK)",--outputs "$(or $(OUTPUTS),.local/outputs.json)")

test: .venv/.installed ## run the tests that are quick
	@$(TESTS) -m "not proof"

proof: .venv/.installed ## run what takes longer: Pulumi's engine; thousands of templates, definitions and paths; a browser
	@$(TESTS) -m "(proof or rules) and not bench"
	@$(PYTHON) -m tests.checks.benchmark 10

bench: .venv/.installed ## run what takes longer still, and print the figures of docs/measurements.md
	@$(PYTHON) -m pytest -m bench
	@$(PYTHON) -m tests.checks.benchmark 100
	@$(PYTHON) -m tests.components.benchmark 5
	@$(PYTHON) -m tests.local.benchmark 5

check: .venv/.installed ## format, lint, check types, the direction of imports, the workflows, the docs and their English
	@.venv/bin/ruff format --quiet $(if $(CI),--check)
	@.venv/bin/ruff check --quiet
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/stepgate check
	@$(PYTHON) -m tests.rendered --check
	@$(PYTHON) -m tests.diagrams --check
	@$(PYTHON) -m tests.dashboard.page_types
	@$(PYTHON) -m pytest tests/test_site.py tests/test_code_blocks.py tests/test_links.py tests/test_english.py
	@PYRIGHT_PYTHON_CACHE_DIR=.local/pyright PYRIGHT_PYTHON_IGNORE_WARNINGS=1 .venv/bin/pyright

docs: .venv/.installed ## make the documentation's site in .local/docs/site
	@sh scripts/docs.sh .local/docs

lock: .venv/.installed ## lock the requirements of pyproject.toml again
	@sh scripts/lock.sh

.venv/.installed: requirements-dev.txt scripts/install.sh
	@sh scripts/install.sh .venv requirements-dev.txt .
