# Every target makes what it needs in a virtual environment of its own; remove .venv to start afresh.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
LOCALES = src/slacalc/locale

.PHONY: help demo helpdesk test check coverage dist fuzz lowest newest fix words bench docs clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: $(VENV)/demo.done ## Evaluate a city's cases and compare with its own answers; replay a real log
	$(BIN)/python examples/boston-311/demo.py
	mkdir -p build
	$(BIN)/slacalc evaluate examples/boston-311/cases-2015-mar-may.csv --policy examples/boston-311/city.toml \
		--columns created=OPEN_DT,closed=CLOSED_DT,type=TYPE --by REASON --as-of 2015-06-01T00:00-04:00 \
		--time-zone America/New_York --time-format '%m/%d/%Y %I:%M:%S %p' \
		--max-errors 10 -o build/boston-311.csv
	$(BIN)/python examples/servicenow/replay.py

PORT ?= 8017
helpdesk: $(VENV)/helpdesk.done ## Play a day in a real django-helpdesk, and serve it on this machine; PORT=8017
	PYTHONPATH=examples/django-helpdesk $(BIN)/python -m day $(PORT)

PYTEST = $(BIN)/python -m pytest -q --numprocesses auto --dist loadfile --no-loadscope-reorder

test: $(VENV)/test.done ## Run the quick tests
	$(PYTEST) -m "not slow"
	@echo "Not run: the slow tests (Spark, browser, site, benchmarks); make check runs them."

# The tests of the site build it with warnings as errors, as the target docs does.
check: $(VENV)/check.done $(VENV)/docs.done $(VENV)-dbt/bin/dbt ## Everything a change must pass: ruff, mypy, all tests, docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(MAKE) dist
	$(PYTEST)

# pyroma misses what a release must add: the addresses of the project, and a mail address.
dist: $(VENV)/dist.done ## Build the wheel and the archive of sources into build/dist, and check what they say of themselves
	rm -rf build/dist
	$(BIN)/uv build -q --out-dir build/dist
	$(BIN)/twine check --strict build/dist/*.whl build/dist/*.tar.gz
	$(BIN)/pyroma --min 8 build/dist/*.tar.gz

# Apart from check: to watch each line doubles the time of the tests, and no check reads the figure.
coverage: $(VENV)/check.done ## Run all tests, and show the lines that none of them reaches
	$(PYTEST) --cov

SECONDS ?= 60
fuzz: $(VENV)/test.done ## Give readers input that chance has made, for a minute or SECONDS=600
	$(BIN)/python -m tests.fuzz $(SECONDS)

# Each in a virtual environment of its own. Spark is left to make check.
VERSIONS = bulk,cli,django,duckdb,excel,ical,plot,progress,report,sql,sqlalchemy
VERSION_TESTS = tests/bulk tests/calendar tests/cli tests/columns tests/django tests/files tests/policy/test_presets.py tests/policy/test_service_contract.py \
	tests/report tests/schema tests/sql tests/sqlalchemy tests/time tests/integration/test_duckdb.py
PYTHON_NEWEST ?= $(firstword $(wildcard $(HOME)/.pyenv/versions/3.13.*/bin/python3.13) $(shell command -v python3.13) $(PYTHON))

lowest: ## Test with the lowest version of each package that pyproject.toml allows, on Python 3.11
	$(PYTHON) -m venv --clear $(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install -q uv
	$(VENV)-lowest/bin/uv pip install -q --python $(VENV)-lowest --resolution lowest-direct \
		--editable ".[$(VERSIONS)]" --group versions
	HYPOTHESIS_PROFILE=few $(VENV)-lowest/bin/python -m pytest -q -n auto --dist loadfile -m "not slow and not newest_data" $(VERSION_TESTS)

newest: ## Test with the newest version of each, on Python 3.13
	$(PYTHON_NEWEST) -m venv --clear $(VENV)-newest
	$(VENV)-newest/bin/python -m pip install -q uv
	$(VENV)-newest/bin/uv pip install -q --python $(VENV)-newest --upgrade --editable ".[$(VERSIONS)]" --group versions
	HYPOTHESIS_PROFILE=few $(VENV)-newest/bin/python -m pytest -q -n auto --dist loadfile -m "not slow" $(VERSION_TESTS)

fix: $(VENV)/check.done ## Format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/bench.done ## Measure against other libraries, and write the tables into the docs
	$(BIN)/python benchmarks/run.py

words: $(VENV)/check.done ## Collect the messages of explanations, and compile their translations
	$(BIN)/pybabel -q extract -F pyproject.toml --ignore-dirs ".*" --no-wrap --sort-output --no-location --project=slacalc \
		-k translate -k N_ -k NN_:1,2 -k plural:1,2 -o $(LOCALES)/slacalc.pot src
	$(BIN)/pybabel -q update --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date \
		-D slacalc -i $(LOCALES)/slacalc.pot -d $(LOCALES)
	$(BIN)/pybabel -q compile -D slacalc -d $(LOCALES)
	rm $(LOCALES)/slacalc.pot

docs: $(VENV)/docs.done ## Build the documentation into docs/_build
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

clean: ## Remove what the other targets made
	rm -rf $(VENV) $(VENV)-dbt $(VENV)-lowest $(VENV)-newest build docs/_build .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade "pip>=25.1"

# pip 25.1 and later read the dependency groups of pyproject.toml.
$(VENV)/%.done: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install -q --editable . --group $*
	@touch $@

$(VENV)-dbt/bin/dbt: pyproject.toml
	$(PYTHON) -m venv $(VENV)-dbt
	$(VENV)-dbt/bin/python -m pip install -q --upgrade "pip>=25.1"
	$(VENV)-dbt/bin/python -m pip install -q --group dbt
	@touch $@

$(VENV)/bench.done: pyproject.toml benchmarks/requirements.txt $(VENV)/bin/python
	$(BIN)/python -m pip install -q --editable ".[cli]" -r benchmarks/requirements.txt
	$(BIN)/python -m pip install -q --no-deps bizdays==1.0.19  # which refuses the pandas of the others
	@touch $@
