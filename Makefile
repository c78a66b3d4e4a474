# Two commands matter: `make run` (the demo product, end to end) and `make test`.
# Everything else is a shorter way to say what CI, the container and the README say.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
HOME_DIR ?= $(CURDIR)/var
export FORECAST_HOME ?= $(HOME_DIR)
PYTEST := $(BIN)/pytest -n 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup run test test-all lint lint-python lint-sql typecheck format serve dagster bench docs build lock clean

help: ## what each command does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.installed ## .venv with the locked, hash-checked packages

.venv/.installed: requirements-bootstrap.lock requirements-dev.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@# Bytecode is part of set-up: an environment that writes none would compile 17,000 files again in every process.
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q dagster_project forecasting api
	@touch $@

run: setup ## the demo product: delivered files to published snapshot
	@$(BIN)/forecast --product demo run

test: setup ## all tests but the slow ones
	$(PYTEST) -m "not slow"

test-all: setup ## every test
	$(PYTEST)

lint: lint-python lint-sql ## both of the next two

lint-python: setup ## ruff, import contracts, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/codespell

lint-sql: setup ## sqlfluff, about two minutes
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar models_sql dbt_project

typecheck: setup ## mypy, strict
	$(BIN)/mypy

format: setup ## ruff and sqlfluff put every file in shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/sqlfluff fix --processes 2 --disable-progress-bar models_sql dbt_project

serve: setup ## the REST API on 127.0.0.1:8000
	$(BIN)/forecast serve

dagster: setup ## the Dagster UI on 127.0.0.1:3000
	$(BIN)/forecast dagster

bench: setup ## accuracy and speed; FORECAST_DATA_DIR names the folder of the real data
	$(BIN)/python -m benchmarks all

docs: setup ## dbt docs and the data contract pages
	$(BIN)/forecast docs

build: setup ## wheel in dist/
	$(BIN)/uv build --wheel --no-build-isolation --python $(BIN)/python

lock: ## resolve the pins of pyproject.toml into the lock files
	$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --universal --python-version 3.11 --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --universal --python-version 3.11 --custom-compile-command "make lock" --extra dev --extra dashboard pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --universal --python-version 3.11 --custom-compile-command "make lock" requirements-bootstrap.in -o requirements-bootstrap.lock

clean: ## remove what can be rebuilt; var/ holds deliveries and stays
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build dbt_project/target dbt_project/logs
