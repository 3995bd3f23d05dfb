# `make help` lists the commands. What they need is installed into .venv and .local, nowhere else.

PYTHON := .venv/bin/python
INSTALLED := .venv/.installed .local/emulator/.installed

.DEFAULT_GOAL := help
.PHONY: help demo up down dashboard smoke test proof check lock

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

demo: $(INSTALLED) ## deploy onto the emulator, call both routes, show what happens, take it all down
	@$(PYTHON) -m local demo

up: $(INSTALLED) ## deploy onto the emulator and leave it running; the outputs are in .local/outputs.json
	@$(PYTHON) -m local up

down: .venv/.installed ## stop what `make up` has left running
	@$(PYTHON) -m local down

dashboard: up ## bring the local stack up, and show its executions at http://127.0.0.1:8787/
	@.venv/bin/stepgate dashboard

smoke: .venv/.installed ## try the routes of the local stack, or of STACK=name, or of OUTPUTS=file.json
	@$(PYTHON) -m ci smoke $(if $(STACK),--stack "$(STACK)",--outputs "$(or $(OUTPUTS),.local/outputs.json)")

test: $(INSTALLED) ## run the tests, in under 3 minutes
	@$(PYTHON) -m pytest -m "not proof"

proof: $(INSTALLED) ## run what takes longer: Pulumi's engine; thousands of templates, definitions and paths; a browser; a benchmark
	@$(PYTHON) -m pytest -m proof
	@$(PYTHON) -m tests.workflows.benchmark

check: $(INSTALLED) ## format, lint, check types, the direction of imports, and the workflows
	@.venv/bin/ruff format --quiet $(if $(CI),--check)
	@.venv/bin/ruff check --quiet
	@.venv/bin/lint-imports --no-logo
	@$(PYTHON) -m workflows.check
	@$(PYTHON) -m tests.rendered --check
	@$(PYTHON) -m tests.diagrams --check
	@PYRIGHT_PYTHON_CACHE_DIR=.local/pyright PYRIGHT_PYTHON_IGNORE_WARNINGS=1 .venv/bin/pyright

lock: .venv/.installed ## lock the requirements of pyproject.toml anew
	@sh local/lock.sh

.venv/.installed: requirements-dev.txt local/install.sh
	@sh local/install.sh .venv requirements-dev.txt .

.local/emulator/.installed: local/requirements.txt local/install.sh
	@sh local/install.sh .local/emulator local/requirements.txt
