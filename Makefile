# The commands of this repository. `make help` lists them.
#
# A serving install (make demo) has no torch; make test and make check add it. EXTRA=gpu takes the GPU runtime instead
# of the CPU one: in its own environment (`make demo EXTRA=gpu VENV=.venv-gpu`), for both together break each other.

VENV  ?= .venv
EXTRA ?= cpu
# The first of these that runs and is 3.11 or newer.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
INPUTS := pyproject.toml constraints.txt
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
TESTS  ?= tests
# Two processes, a file of tests in one of them: more would fight over the processors that the tests themselves use.
PYTEST := -m pytest -n 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help demo demo-check test check test-faults test-scale lint format bench wheel images clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "make %-12s %s\n", $$1, $$2}'

demo: $(VENV)/.serving  ## install what serves (no torch), score the sample feed, open the dashboards
	$(BIN)/headwater demo

demo-check: $(VENV)/.serving  ## the same without blocking: start, look, stop
	$(BIN)/headwater demo --check

test: $(VENV)/.all  ## add what trains, and run every test
	$(BIN)/python $(PYTEST) $(TESTS)

test-scale: $(VENV)/.scale  ## add Ray, and run the tests that score on a cluster of two nodes here
	$(BIN)/python -m pytest tests/scale

check: $(VENV)/.all lint  ## ruff, types, import contracts, then every test
	$(BIN)/python $(PYTEST) $(TESTS)

test-faults: $(VENV)/.all  ## kill, starve, flood and deceive it as often as the README's table says, and write what was found
	HEADWATER_FAULTS=tests/benchmarks/results/faults.json $(BIN)/python -m pytest tests/faults tests/browser/test_injections.py

lint: $(VENV)/.all  ## ruff, types and import contracts only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=shared:apps $(BIN)/lint-imports

format: $(VENV)/.all  ## format the code, and mend what ruff can
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

ONLY ?=
bench: $(VENV)/.all  ## run the benchmarks behind the figures, or ONLY="bench new_types" (needs HEADWATER_DATA)
	$(BIN)/python tests/benchmarks/run.py $(ONLY)

wheel: $(VENV)/.all  ## the code, and the models that ship, as two wheels in dist/
	$(BIN)/python -m hatchling build -t wheel
	cd deploy/wheel && $(abspath $(BIN))/python -m hatchling build -t wheel -d ../../dist

images:  ## container images of what serves on a CPU, on a GPU, and of what trains (needs docker)
	for kind in cpu gpu train; do \
	  docker build -f deploy/containers/$$kind.Dockerfile --build-arg REVISION=$$(git rev-parse HEAD) \
	    -t headwater-$$kind:$(VERSION) . || exit 1; done

clean:  ## remove the environment and everything that was built
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .mypy_cache .import_linter_cache
	find shared apps tests -name __pycache__ -prune -exec rm -rf {} +

# A broken or half-made environment leaves no stamp, and is made again.
$(VENV)/.pip:
	@test -n "$(PYTHON)" || { \
	  echo "error: expected Python 3.11 or newer as python3, found $$(python3 --version 2>&1);" \
	       "install it, or name it: make $(or $(MAKECMDGOALS),demo) PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: expected Python 3.11 or newer, got " + sys.version.split()[0])'
	@$(PYTHON) -m venv --clear $(VENV)
	@# The pip of older Pythons cannot resolve these requirements.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=24.2'
	@touch $@

$(VENV)/.serving: $(VENV)/.pip $(INPUTS)
	@echo "installing what serves into $(VENV) (about a minute the first time)"
	@$(PIP) -e '.[$(EXTRA)]'
	@touch $@

$(VENV)/.all: $(VENV)/.serving
	@echo "adding what trains and tests to $(VENV) (about two minutes and 2 GB the first time)"
	@$(PIP) -e '.[$(EXTRA),train,dev]'
	@touch $@

$(VENV)/.scale: $(VENV)/.all
	@echo "adding Ray (half a minute and 250 MB the first time)"
	@$(PIP) -e '.[$(EXTRA),train,dev,scale]'
	@touch $@
