.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
STACK ?= dev

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

$(VENV)/.installed: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: setup
setup: $(VENV)/.installed ## Create .venv with the locked dependencies

.PHONY: lock
lock: setup ## Resolve the dependencies anew and rewrite the lock files
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --upgrade -q -o requirements/dev.txt

.PHONY: demo
demo: setup ## Run the whole system on this machine, no AWS account needed (ARGS="--help")
	@$(BIN)/sightline demo $(ARGS)

.PHONY: lint
lint: setup ## Style, import arrows, formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

.PHONY: type
type: setup ## Static types (strict)
	$(BIN)/mypy

.PHONY: format
format: setup ## Rewrite the code in the house format
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: test
test: setup ## Every test: unit, integration, infra, e2e
	$(BIN)/pytest tests $(ARGS)

.PHONY: unit
unit: setup ## Unit tests: no input or output, fakes only
	$(BIN)/pytest tests/unit $(ARGS)

.PHONY: integration
integration: setup ## Integration tests: real adapters and handlers on an emulated AWS
	$(BIN)/pytest tests/integration $(ARGS)

.PHONY: infra-test
infra-test: setup ## Infrastructure tests: policies over what the Pulumi program registers
	$(BIN)/pytest tests/infra $(ARGS)

.PHONY: e2e
e2e: setup ## End-to-end tests: the local stack, over HTTP, as a camera would
	$(BIN)/pytest tests/e2e $(ARGS)

.PHONY: backbone
backbone: ## Train the backbone from formula-generated pictures (needs the extra `backbone`)
	$(BIN)/sightline backbone train $(ARGS)

.PHONY: redrive
redrive: setup ## Send parked inputs through the workflow again (STACK=dev)
	@test -n "$(ARGS)" || { mkdir -p build && pulumi stack output --json --stack $(STACK) > build/outputs-$(STACK).json; }
	@$(BIN)/sightline redrive $(or $(ARGS),--stack-outputs build/outputs-$(STACK).json)

.PHONY: pr
pr: lint type test ## Exactly what CI runs

.PHONY: clean
clean: ## Remove what was built (not the virtual environment)
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
