# Two commands for a newcomer: `make demo` and `make test`. The virtual environment is made on the way.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/installed
WHEELS := build/wheels
ARGS   ?=
JOBS   ?= 2

.PHONY: demo test check lint types contracts unit bench lock clean help

help:
	@echo "make demo    the daemon against the sandbox, live (ARGS=--once ends by itself)"
	@echo "make test    lint, types, import contracts, tests"
	@echo "make unit    tests alone (JOBS=1 one after the other, ARGS=tests/domain some of them)"
	@echo "make check   lint, types, import contracts"
	@echo "make bench   throughput and latency on this machine"
	@echo "make lock    renew the lock file from pyproject.toml"

# the files are kept: tests install from them on an empty machine, and need no network then
$(STAMP): requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --dest $(WHEELS) -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --find-links $(WHEELS) --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP)
	$(BIN)/connector demo $(ARGS)

check: lint types contracts

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(STAMP)
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

unit: $(STAMP)
	$(BIN)/pytest -n $(JOBS) --dist loadgroup $(ARGS)

test: check unit

bench: $(STAMP)
	$(BIN)/connector bench $(ARGS)

# uv resolves; the files carry hashes and no index address
lock:
	uv pip compile pyproject.toml --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url --no-header -q -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
