# Every target works on a fresh machine with python3 (3.11+), python3-venv and make.
PYTHON ?= python3
# How many processes run tests side by side: half of the time goes by waiting for servers.
TEST_PROCESSES ?= 2
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Each test file runs in one of the processes.
PYTEST := $(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile
NATIVE := native/setup.py native/pyproject.toml $(wildcard native/otel_multisig_native/*.py*) $(wildcard native/otel_multisig_native/*.pxd)
CAN_COMPILE := $(BIN)/python native/can_compile.py
# What is built is built with what requirements/build.txt pins, and nothing else is fetched for it.
LOCKED := install --require-hashes --no-build-isolation --use-pep517
COMPILE := uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--prerelease=if-necessary-or-explicit --custom-compile-command 'make lock'

.DEFAULT_GOAL := help
.PHONY: help demo test test-long fuzz coverage lint format generate bench corpus diagnosis-score grafana dist lock clean

help:            ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.run  ## Run four multisig set-ups and show their traces
	@$(BIN)/otel-multisig demo $(DEMO_ARGS)

test: $(VENV)/.dev  ## Run every test; those whose server is missing are named and skipped
	@$(PYTEST) $(PYTEST_ARGS)

test-long: $(VENV)/.dev  ## Run laws on many more examples, and a long outage of the backends (some twenty minutes)
	@OTEL_MULTISIG_LONG=1 $(PYTEST) tests/legacy/test_round_trip.py tests/native tests/collector/test_agent.py $(PYTEST_ARGS)

fuzz: $(VENV)/.dev  ## Read 1,000,000 damaged documents (ten minutes); fewer with FUZZ_ARGS=COUNT
	@$(BIN)/python tools/fuzz.py $(FUZZ_ARGS)

coverage: $(VENV)/.dev  ## Run every test and say which lines none of them reached
	@$(BIN)/coverage run -m pytest $(PYTEST_ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report --skip-covered --show-missing

lint: $(VENV)/.dev  ## Check style, types, generated files and the rule of imports
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@PATH="$(CURDIR)/$(BIN):$$PATH" cython-lint --max-line-length 120 native/otel_multisig_native
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python tools/semconv.py --check
	@$(BIN)/python -m grafana.source --check

format: $(VENV)/.dev  ## Format the code
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

generate: $(VENV)/.dev  ## Generate the constants and the reference page from the registry
	@$(BIN)/python tools/semconv.py

grafana: $(VENV)/.dev  ## Compile dashboards, alerts and recording rules from grafana/source
	@$(BIN)/python -m grafana.source $(GRAFANA_ARGS)

bench: $(VENV)/.dev  ## Measure the cost, as ratios against the bare SDK
	@$(BIN)/python -m benchmarks

corpus: $(VENV)/.dev  ## Provoke every fault anew on real and simulated wallets (an hour)
	@$(BIN)/python -m tools.corpus $(CORPUS_ARGS)

diagnosis-score: $(VENV)/.dev  ## Say how often the rules name the right cause of the recorded faults
	@$(BIN)/python tools/diagnosis_score.py $(SCORE_ARGS)

dist: $(VENV)/.dev  ## Build the wheels of all distributions into dist/
	@rm -rf dist
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist exporters/legacy-json >/dev/null
	@if $(CAN_COMPILE); then $(BIN)/python -m build --wheel --no-isolation --outdir dist native >/dev/null; fi
	@ls dist

lock:            ## Pin every requirement again, with hashes (needs uv)
	@for set in build run dev; do $(COMPILE) requirements/$$set.in -o requirements/$$set.txt; done

clean:           ## Remove what the other targets made
	rm -rf $(VENV) dist native/build native/otel_multisig_native/*.c native/otel_multisig_native/*.so demo-output .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: otel-multisig needs Python 3.11 or later; say which with: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "error: cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/.run: requirements/build.txt requirements/run.txt pyproject.toml exporters/legacy-json/pyproject.toml | $(BIN)/python
	@echo "Installing what requirements/run.txt pins into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/build.txt
	@$(PIP) $(LOCKED) -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e . -e exporters/legacy-json
	@touch $@

$(VENV)/.packages: requirements/dev.txt $(VENV)/.run
	@echo "Installing what requirements/dev.txt pins into $(VENV) ..."
	@$(PIP) $(LOCKED) -r requirements/dev.txt
	@touch $@

$(VENV)/.dev: $(NATIVE) $(VENV)/.packages
	@if $(CAN_COMPILE); then \
		echo "Compiling the native part ..."; \
		$(PIP) install --no-deps --no-build-isolation -e native; \
	else \
		echo "The native part is not compiled and its tests are skipped; with a compiler they run: apt install gcc libc6-dev python3-dev, then make clean."; \
	fi
	@touch $@
