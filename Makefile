# Run `make` to see what it can do.
VENV   := .venv
PYTHON ?= $(if $(wildcard $(VENV)/bin/python),$(VENV)/bin/python,python3)
ARGS   ?=
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test fmt lint types bench screenshots clean installed installed-dev

help: ## Show this
	@echo "Vizy: make TARGET [ARGS=...] [PYTHON=python3.13]"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

run: installed ## Start Vizy; ARGS go to `vizy run`, as in ARGS="--port 9000"
	@exec $(BIN)/vizy run $(ARGS)

test: installed-dev ## Run every test, style and types included; ARGS go to pytest
	@tools/need chromium command -v chromium
	@tools/need libatomic1 $(BIN)/playwright --version # the node in Playwright is linked with it
	@$(BIN)/python -m pytest $(ARGS)

fmt: installed-dev ## Format the code and repair what can be repaired
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

lint: installed-dev ## Check style and that each layer imports only what it may
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports

types: installed-dev ## Check types, strictly
	@PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright --pythonpath $(BIN)/python $(ARGS)

bench: installed-dev ## Run the benchmarks; BENCH=benchmarks/name.py picks one
	@set -e; for file in $(or $(BENCH),benchmarks/wire.py benchmarks/drag.py); do \
		echo "== $$file"; $(BIN)/python -m $$(echo $${file%.py} | tr / .) $(ARGS); done

screenshots: installed-dev ## Take the pictures of the page that the documentation shows
	@tools/need chromium command -v chromium
	@tools/need libatomic1 $(BIN)/playwright --version
	@$(BIN)/python -m tools.screenshots

clean: ## Remove the virtual environment and every cache
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Both create the environment where there is none and do nothing where it is up to date.
installed:
	@tools/venv $(PYTHON) $(VENV) .

installed-dev:
	@tools/venv $(PYTHON) $(VENV) '.[dev]'
