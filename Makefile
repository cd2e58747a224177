# Each target calls one command; `make` alone lists them.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help compare check test soak bench-lab lint engine lock clean
.DELETE_ON_ERROR:

help:  ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

compare: engine  ## from a bare machine to a first comparison: ranking on the terminal, report under results/
	@$(BIN)/lab compare

# What measures is marked `alone` and comes last: tests beside it would take its CPU, and its rounds would not be valid. Nor
# are its lines counted, which takes half of the CPU of a command once more, on the cores of the load.
# One more test at a time than the two cores that there must be: most of them wait for containers.
PROCESSES ?= 3
# What takes longest in one process is begun first, and small tests come last: so all processes end together.
TESTED := $(addprefix tests/,e2e adopt why service nginx contract load lint unit)
IN_ORDER := --dist loadgroup --no-loadscope-reorder

test: engine $(VENV)/.dev  ## the whole test suite, containers and lint included
	@rm -rf build/coverage && mkdir -p build/coverage
	@failed=0; \
	$(BIN)/coverage run -m pytest --numprocesses $(PROCESSES) $(IN_ORDER) -m 'not alone' $(TESTED) || failed=1; \
	$(BIN)/pytest -m alone tests/e2e || failed=1; \
	$(BIN)/python -m tests.covered || failed=1; \
	exit $$failed

check: engine $(VENV)/.dev  ## lint, unit tests and one stack end to end: before each commit, in minutes
	@$(BIN)/pytest -q --numprocesses $(PROCESSES) --dist loadgroup tests/lint tests/unit
	@$(BIN)/pytest -q tests/e2e/test_end_to_end.py

soak: engine $(VENV)/.dev  ## what takes hours: hundreds of kills, races many times over, how far pace reaches
	@$(BIN)/pytest -s tests/soak

bench-lab: engine $(VENV)/.dev  ## how quick the lab itself is, beside its last time and what it is compared with
	@$(BIN)/python -m tests.bench

lint: engine $(VENV)/.dev  ## ruff, mypy, hadolint, docker compose config, nginx -t
	@$(BIN)/pytest -q tests/lint

engine: $(VENV)/.runtime  ## make Docker answer: installs and starts an engine where there is none
	@$(BIN)/lab engine up

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes $(if $(KEEP),,--upgrade) \
	--custom-compile-command 'make lock' pyproject.toml

lock: $(VENV)/.dev  ## resolve pyproject.toml anew into the two requirements files (KEEP=1: only what is new in it)
	@$(LOCK) -o requirements.txt
	@$(LOCK) -o requirements-dev.txt --extra dev -c requirements.txt

clean:  ## remove the virtual environment and caches; results and images stay
	@rm -rf $(VENV) *.egg-info build .mypy_cache .pytest_cache .ruff_cache
	@find lab tests stacks -name __pycache__ -type d -prune -exec rm -rf {} +

# With PYTHONDONTWRITEBYTECODE set, Python would compile all that it imports anew in each process: half a command's time.
COMPILE := $(BIN)/python -m compileall -q $(VENV)/lib

# The stamps are made last, so that an interrupted installation is done again.
$(VENV)/.runtime: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo '$(PYTHON) is older than 3.11, or missing: install Python 3.11, or call make PYTHON=/path/to/python3.11' >&2; exit 3; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo '$(PYTHON) cannot make virtual environments: run apt-get install python3-venv, then make again' >&2; exit 3; }
	@echo 'Python: installing $< into $(VENV)' >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(COMPILE) lab
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo 'Python: installing $< into $(VENV)' >&2
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@$(COMPILE)
	@touch $@
