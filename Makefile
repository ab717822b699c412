# Lastcall. `make help` lists what there is.

PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' > /dev/null 2>&1 && echo $$each && break; done)
BIN := .venv/bin
READY := .venv/.ready
DEMO := $(BIN)/lastcall demo

.DEFAULT_GOAL := help
.PHONY: help venv demo demo-reset test test-quick lint migration lock bench chaos clean

help: ## List what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-12s %s\n", $$1, $$2}'

venv: $(READY) ## Make the virtual environment with the locked dependencies

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Lastcall needs Python 3.11 or newer: make PYTHON=/path/to/python …"; exit 1; }
	@echo "Setting up .venv (once; a minute or two) …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY) ## A whole desk with plausible data: web app, scheduler, platform, mail (ARGS="--port 9080")
	@$(DEMO) $(ARGS)

demo-reset: $(READY) ## The same, afresh
	@$(DEMO) --reset $(ARGS)

test: $(READY) ## The whole suite, with what this machine has (EXAMPLES=10: draw more)
	@$(BIN)/python tests/run_all.py

test-quick: $(READY) ## Only pytest on SQLite, without a browser and the wheel
	@$(BIN)/pytest -m "not browser and not wheel"

lint: $(READY) ## ruff, mypy --strict and the import rules
	@$(BIN)/ruff check && $(BIN)/mypy && $(BIN)/lint-imports

migration: $(READY) ## Write the next migration: make migration words="What changes" number=0002
	@$(BIN)/python -m workflows.migrating "$(words)" "$(number)"

bench: $(READY) ## Measure what must be fast; prints JSON
	@$(BIN)/python -m bench

lock: $(READY) ## Lock the newest versions that pyproject.toml allows (needs uv)
	@uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --all-extras --python-version 3.11 --output-file requirements.lock pyproject.toml

clean: ## Take away the environment, caches and the demo's data
	@rm -rf .venv var build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

chaos: $(READY) ## Kill, delay and lie while services end, and prove that nothing was lost (ARGS="--seed 7")
	@$(BIN)/lastcall chaos $(ARGS)
