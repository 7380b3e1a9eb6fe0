# What people and machines do with a checkout; `make help` lists it.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STAMP := .venv/.installed
ASSETS := gateway/web/static/built/countries.json
WORDS := .venv/.words
CATALOGUES := $(wildcard gateway/web/translations/*/LC_MESSAGES/messages.po)
ONLY ?=

.DEFAULT_GOAL := help
.PHONY: help setup run test check lives bench soak format lock words

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

setup: $(STAMP) $(ASSETS) $(WORDS) ## .venv with the product and its test tools; quick when nothing changed

$(STAMP): requirements-dev.lock pyproject.toml hatch_build.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it with PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

$(ASSETS): frontend/package-lock.json frontend/build.mjs $(wildcard frontend/src/*.js) | $(STAMP)
	$(BIN)/python frontend/build.py

$(WORDS): $(CATALOGUES) | $(STAMP)
	@$(BIN)/pybabel --quiet compile --directory gateway/web/translations
	@touch $(WORDS)

run: setup ## the gateway on http://127.0.0.1:8000 with simulated phones
	@$(BIN)/gateway run

test: setup ## the whole test suite, on SQLite and a real PostgreSQL
	$(BIN)/pytest

check: setup ## format, lint, types, floors, tests: what CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

lives: setup ## 10,000 random lives of alerts; some fifteen minutes on two cores
	LIVES=$(or $(LIVES),10000) $(BIN)/pytest tests/test_lives.py --dist load --no-header -o log_level=ERROR

soak: setup ## the long runs: kills, floods, races; bounded, loopback only
	$(BIN)/pytest -m soak -n 0 -s

bench: setup ## the benchmarks, or one: make bench ONLY=inbound
	$(BIN)/python -m bench $(ONLY)

format: setup ## formats the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## locks the dependencies anew (needs uv)
	uv pip compile pyproject.toml --generate-hashes --universal --no-header --python-version 3.11 -q -o requirements.lock
	uv pip compile pyproject.toml --extra dev --extra sdks --generate-hashes --universal --no-header --python-version 3.11 -q -o requirements-dev.lock

words: $(STAMP) ## collects what the pages say into the catalogues of their languages
	$(BIN)/pybabel --quiet extract --mapping-file babel.cfg --omit-header --no-location --sort-output \
		--keyword Refused --keyword NotFound --keyword NotAllowed --keyword N_ --keyword Said --output var/messages.pot .
	for language in ar fr sw; do $(BIN)/pybabel --quiet update --no-fuzzy-matching --no-wrap --ignore-pot-creation-date \
		--input-file var/messages.pot --output-dir gateway/web/translations --locale $$language; done
