# fieldkit. Needs Python 3.11 or newer and nothing else; `make help` lists what there is.
#
#   make demo      look around in ten seconds: a whole session with simulated workers
#   make test      every test; says at the end what could not be run on this machine
#   make check     ruff, mypy, import contracts
#   make bench     the benchmarks; BENCH=NAME for one of them
#   make wheel     dist/fieldkit_live-….whl, the file a trainer installs
#
# PYTHON=/path/to/python picks another interpreter, VENV=dir another folder for the environment.

ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
endif
VENV ?= .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
STAMP := $(VENV)/.fieldkit-ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
TESTS ?=
# All tests run in five processes, which mostly wait, each file in one of them; what is named with TESTS runs in one, so that pdb and -s work.
TOGETHER := -n 5 --dist loadfile --no-loadscope-reorder
BENCH ?=
# Hundreds of tests start the program anew: what Python compiled once is kept, whatever the environment says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check compiled bench wheel format docs clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^#   //p' Makefile

$(STAMP): requirements.lock pyproject.toml
	@if test -z "$(PYTHON)"; then echo "fieldkit needs Python 3.11 or newer, and found none. Install it, or name it: make PYTHON=/path/to/python" >&2; exit 1; fi
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than Python 3.11. Name a newer one: make PYTHON=/path/to/python" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python cannot make environments (no ensurepip). On Debian or Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV) once; this takes a minute…" >&2
	@"$(PYTHON)" -m venv "$(VENV)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/fieldkit demo

test: $(STAMP)
	$(if $(filter 1,$(FIELDKIT_CI)),.ci/tests) $(BIN)/python -m pytest $(or $(TESTS),$(TOGETHER))

check: $(STAMP)
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports --no-logo

# Compiles every test once, before five processes would do it at the same time.
compiled: $(STAMP)
	@$(BIN)/python -m pytest --collect-only -qq >/dev/null

format: $(STAMP)
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

# Rewrites the documents that are made from the code's own tables (refusals, command options).
docs: $(STAMP)
	$(BIN)/python -m tests.house.generated

bench: $(STAMP)
	$(BIN)/python -m bench $(BENCH)

wheel: $(STAMP)
	$(BIN)/python -m hatchling build -t wheel
	@ls dist/*.whl

clean:
	rm -rf dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
