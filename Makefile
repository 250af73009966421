# `make` alone lists the targets. Every target does its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo stack test check test-oldest test-newest stack-test bench docs generate lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## show the main job in a page on this machine (ARGS="--check" proves it unattended)
	@$(BIN)/otel-kit demo $(ARGS)

stack: $(VENV)/.demo ## run the real stack without containers (needs Go), the shop sending to it (ARGS="--check" proves it)
	@$(BIN)/otel-kit stack up --native --shop $(ARGS)

test: $(VENV)/.dev check ## lint, types, layers, then every test that needs no Collector
	$(BIN)/python -m pytest -m "not stack and not page" $(ARGS)
	@# Apart, because the browser's driver keeps an event loop running in its process.
	$(BIN)/python -m pytest -m page tests/page $(ARGS)

check: $(VENV)/.dev ## lint, types and layers only
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test-oldest: $(VENV)-oldest/.dev ## the same SDK tests on the oldest versions that are supported
	$(VENV)-oldest/bin/python -m pytest tests/unit tests/pipeline $(ARGS)

test-newest: $(VENV)-newest/.dev ## and on the newest, which half of contrib still holds back
	$(VENV)-newest/bin/python -m pytest tests/pipeline $(patsubst %,tests/unit/%,pipeline instrument logs metrics) $(ARGS)

stack-test: $(VENV)/.dev ## build the real Collector (needs Go) and run the tests that need it
	$(BIN)/python -m pytest -m stack tests/stack $(ARGS)

bench: $(VENV)/.dev ## measure everything, or some (ARGS="redaction web"), into benchmarks/results/
	$(BIN)/python -W ignore -m benchmarks $(ARGS)
	$(BIN)/python -m docs.reference

docs: $(VENV)/.dev ## build the documentation site into site/
	$(BIN)/python -m sphinx -b html -W --keep-going -q docs site
	@echo "site/index.html"

generate: $(VENV)/.dev ## write anew what is made from other files: needles, schema, Collector configuration, metric names, boards, tables
	$(BIN)/python -m otel_kit.redaction.prefilter.derived_needles
	$(BIN)/python -m otel_kit.policy.json_schema
	$(BIN)/otel-kit policy render -o collector/generated/redaction.yaml 2>/dev/null
	$(BIN)/otel-kit alerts build --raw -o alerts/generated
	$(BIN)/python -m catalogue
	$(BIN)/python -m dashboards
	$(BIN)/python -m docs.reference

lock: $(VENV)/.dev ## renew the lock files
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate --no-header pyproject.toml -o locks/base.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate --no-header --all-extras pyproject.toml -o locks/all.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate --no-header --extra test pyproject.toml -o locks/newest.txt
	$(BIN)/uv pip compile --quiet --upgrade --resolution lowest-direct --python-version 3.11 --no-annotate --no-header --all-extras pyproject.toml -o locks/oldest.txt

clean: ## remove what the targets made in this folder
	rm -rf $(VENV) $(VENV)-oldest $(VENV)-newest dist site .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# The lock constrains, the extra selects: both commands install from the same set of versions.
$(VENV)/.demo: pyproject.toml locks/all.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c locks/all.txt -e '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml locks/all.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c locks/all.txt -e '.[dev]'
	@touch $@ $(VENV)/.demo

$(VENV)-oldest/.dev: pyproject.toml locks/oldest.txt
	$(PYTHON) -m venv $(VENV)-oldest
	$(VENV)-oldest/bin/python -m pip install --quiet --disable-pip-version-check -c locks/oldest.txt -e '.[dev]'
	@touch $@

$(VENV)-newest/.dev: pyproject.toml locks/newest.txt
	$(PYTHON) -m venv $(VENV)-newest
	$(VENV)-newest/bin/python -m pip install --quiet --disable-pip-version-check -c locks/newest.txt -e '.[test]'
	@touch $@

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
