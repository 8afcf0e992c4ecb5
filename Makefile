# Everything a user or a CI job needs to call. `make` alone lists it.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

# Any Python 3.11; the pinned requirements were resolved for it.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := infra components functions policies operations offline benchmarks
CODE := $(PACKAGES) tests

# Stamps: set-up runs again only when what it depends on changed.
INSTALLED := $(VENV)/.installed
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development

# Passed on: make up ARGS="--yes", make test ARGS="-k network", make bench ARGS="--quick"
ARGS ?=

PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: up
up: $(RUNTIME) ## Set up, then bring the dev stack up on the emulated AWS
	@$(BIN)/headroom up dev --offline $(ARGS)

.PHONY: down
down: $(RUNTIME) ## Destroy the dev stack on the emulated AWS
	@$(BIN)/headroom down dev --offline $(ARGS)

.PHONY: test
test: lint ## Set up, then run the checks and the whole test suite
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

.PHONY: lint
lint: $(DEVELOPMENT) ## Check style, formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(CODE)

.PHONY: format
format: $(DEVELOPMENT) ## Format the code and sort its imports
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: bench
bench: $(RUNTIME) ## Measure preview and up: time, memory, and the ratio to the SDK's own floor
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: kube-tools
kube-tools: ## Make what the tests of Kubernetes' objects need: kube-apiserver, etcd, kube-score, Checkov (once; needs Go)
	@offline/kubernetes/tools.sh .kube-tools "$(PYTHON)"

.PHONY: workflow-tools
workflow-tools: ## Build actionlint, which checks .github/workflows (seconds, once a machine; needs Go)
	@ci/actionlint.sh .workflow-tools

.PHONY: audit-tools
audit-tools: ## Install Prowler, which `make audit` runs, in an environment of its own (2 GB, once a machine)
	@offline/prowler.sh .audit-tools "$(PYTHON)"

.PHONY: audit
audit: $(DEVELOPMENT) audit-tools ## Audit prod on the emulated AWS with Prowler (about 2 minutes)
	@$(BIN)/python -m pytest tests/end_to_end/test_prowler.py $(ARGS)

.PHONY: smoke-aws
smoke-aws: $(RUNTIME) ## Bring a minimal dev up in your AWS account, ask whether it works, take it down (asks first; costs money)
	@$(BIN)/python -m operations.smoke $(ARGS)

.PHONY: docs
docs: $(DEVELOPMENT) ## Make the pages, schema and pictures that are derived from the code
	@$(BIN)/python -m infra.settings.schema
	@$(BIN)/python -m operations.pages
	@$(BIN)/python -m operations.contract_page
	@$(BIN)/python -m operations.alarm_page
	@$(BIN)/python -m tests.policies.managed_lists
	@$(BIN)/python -m tests.policies.remedies
	@$(BIN)/python -m operations.policy_page
	@$(BIN)/python -m operations.drift.page
	@$(BIN)/python -m offline.coverage_page
	@$(BIN)/python -m operations.picture prod docs/prod.svg
	@$(BIN)/python -m operations.dashboard_picture prod docs/dashboard.svg
	@$(BIN)/python -m operations.keys_picture docs/keys.svg
	@$(BIN)/python -m operations.life_picture docs/life-of-a-change.svg
	@$(BIN)/python -m tests.operations.promotion.refusals docs/refusals.md

.PHONY: runtime
runtime: $(RUNTIME) ## Make .venv with what headroom runs on, and without what its checks and tests need

.PHONY: setup
setup: $(DEVELOPMENT) ## Make .venv with everything pinned, for use and for development

.PHONY: requirements
requirements: ## Resolve requirements*.in again into pinned, hashed requirements*.txt (needs uv)
	@command -v uv >/dev/null || { echo "make requirements needs uv on PATH (see CONTRIBUTING.md)" >&2; exit 1; }
	@for kind in requirements requirements-dev requirements-checkov requirements-prowler; do \
	  uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header --no-annotate $$kind.in -o $$kind.txt; \
	done

.PHONY: clean
clean: ## Remove .venv and caches; leaves .headroom (offline state) alone
	@rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@[ -n "$(PYTHON)" ] && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "Headroom needs Python 3.11, and found $$("$(PYTHON)" --version 2>&1 || echo none)." >&2; \
	  echo "Install it, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Setting up .venv ..."
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make virtual environments; on Debian: apt install python3.11-venv" >&2; exit 1; }

# Byte code is made here, in parallel and whatever PYTHONDONTWRITEBYTECODE says:
# without it every preview compiles pulumi_aws again and takes 8 s in place of 3.
$(INSTALLED): requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Headroom runs on (about a minute, once) ..."
	@$(PIP) install --quiet --no-compile --require-hashes -r requirements.txt
	@$(PIP) install --quiet --no-index --no-build-isolation --no-deps --no-compile --editable .
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib $(PACKAGES)
	@touch $@

# The offline engine's own byte code of Pulumi's SDKs, which spares each preview another second.
$(RUNTIME): $(INSTALLED) offline/engine/quick_sdk.py
	@$(BIN)/python -m offline.engine.quick_sdk infra.program components.kubernetes.resources
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	@echo "Installing what the checks and tests need ..."
	@$(PIP) install --quiet --no-compile --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib
	@touch $@
