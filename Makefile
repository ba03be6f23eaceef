.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
STACK ?= dev
SERVICE ?= all

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
	@$(MAKE) --no-print-directory lock-packages

# What is deployed is what was tested: the versions of dev.txt, for the runtime of the functions.
LOCK_PACKAGE = $(BIN)/uv pip compile -c requirements/dev.txt --python-version 3.13 \
  --python-platform x86_64-manylinux_2_34 --only-binary :all: --generate-hashes \
  --no-annotate --no-emit-index-url --no-emit-find-links --no-header -q

.PHONY: lock-packages
lock-packages: setup ## Rewrite the locks of what is deployed, with the versions of dev.txt
	$(BIN)/pip install --quiet uv
	for asked in requirements/*.in; do $(LOCK_PACKAGE) $$asked -o $${asked%.in}.txt || exit 1; done
	for service in $(patsubst services/%/requirements.txt,%,$(wildcard services/*/requirements.txt)); do \
	  $(LOCK_PACKAGE) services/$$service/requirements.txt -o requirements/$$service.txt || exit 1; done

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
test: setup ## Every test: unit, integration, infra, e2e, site
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

.PHONY: site-test
site-test: setup ## The admin site in a real browser, on the local stack
	$(BIN)/pytest tests/site $(ARGS)

.PHONY: screenshots
screenshots: setup ## Write every page of the site, light and dark, wide and narrow, into build/screenshots
	$(BIN)/python -m tests.site.screenshots build/screenshots $(ARGS)

.PHONY: backbone
backbone: ## Train the backbone from formula-generated pictures (needs the extra `backbone`)
	$(BIN)/sightline backbone train $(ARGS)

.PHONY: openapi
openapi: setup ## Write docs/openapi from the services
	$(BIN)/python -m sightline.http.openapi services/*/app.py

.PHONY: reference
reference: openapi ## Write docs/api from docs/openapi, and docs/cli.md from the commands
	$(BIN)/python -m sightline.http.reference docs/openapi/*.json
	$(BIN)/python -m sightline.cli.reference

.PHONY: package
package: setup ## Build everything that is deployed into build/
	$(BIN)/sightline package $(ARGS)

.PHONY: site
site: setup ## Build the admin site into build/site
	@$(BIN)/sightline site $(ARGS)

# Of its own environment: what Pulumi's policies are written with wants other versions than we do.
POLICIES = build/policy-pack/.installed

$(POLICIES): infra/policy_pack/requirements.txt
	$(PYTHON) -m venv build/policy-pack
	build/policy-pack/bin/pip install --quiet --disable-pip-version-check -r infra/policy_pack/requirements.txt
	@touch $@

.PHONY: policy-pack
policy-pack: $(POLICIES) ## Prepare infra/policy_pack for `pulumi preview --policy-pack`

.PHONY: preview
preview: package policy-pack ## Say what Pulumi would change, and hold it to the policies (STACK=dev)
	pulumi preview --stack "$(STACK)" --policy-pack infra/policy_pack $(ARGS)

.PHONY: deploy
deploy: package ## Provision an environment and deploy its services (STACK=dev)
	$(BIN)/sightline deploy --stack "$(STACK)" $(ARGS)

.PHONY: destroy
destroy: setup ## Delete an environment, asking before (STACK=dev)
	$(BIN)/sightline destroy --stack "$(STACK)" $(ARGS)

.PHONY: deploy-service
deploy-service: setup ## Package and deploy a service (STACK=dev SERVICE=ingest, or all)
	$(BIN)/sightline deploy-service "$(SERVICE)" --stack "$(STACK)" $(ARGS)

.PHONY: deploy-site
deploy-site: setup ## Build and upload the admin site (STACK=dev)
	$(BIN)/sightline deploy-site --stack "$(STACK)" $(ARGS)

.PHONY: diff-service
diff-service: setup ## Say what deploy-service would change (STACK=dev SERVICE=ingest)
	$(BIN)/sightline diff-service "$(SERVICE)" --stack "$(STACK)" $(ARGS)

.PHONY: destroy-service
destroy-service: setup ## Delete a service, asking before (STACK=dev SERVICE=ingest)
	$(BIN)/sightline destroy-service "$(SERVICE)" --stack "$(STACK)" $(ARGS)

.PHONY: redrive
redrive: setup ## Send parked inputs through the workflow again (STACK=dev)
	@test -n "$(ARGS)" || { mkdir -p build && pulumi stack output --json --stack $(STACK) > build/outputs-$(STACK).json; }
	@$(BIN)/sightline redrive $(or $(ARGS),--stack-outputs build/outputs-$(STACK).json)

.PHONY: replay
replay: setup ## Send to the lake again what the stream set aside (STACK=dev)
	@test -n "$(ARGS)" || { mkdir -p build && pulumi stack output --json --stack $(STACK) > build/outputs-$(STACK).json; }
	@$(BIN)/sightline replay $(or $(ARGS),--stack-outputs build/outputs-$(STACK).json)

.PHONY: bench
bench: setup ## Measure pipeline, detector, model control, queries, site; and quality on SETS=folder
	$(BIN)/python bench/pipeline.py --count 300
	$(BIN)/python bench/speed.py
	$(BIN)/python -m bench.control
	$(BIN)/python -m bench.analytics
	$(BIN)/python -m bench.site
	$(if $(SETS),$(BIN)/python bench/quality.py $(SETS))

.PHONY: pr
pr: lint secrets type test ## Exactly what CI runs

# Of its own environment: what looks for weaknesses is no dependency. The files below say every version.
AUDIT = build/audit/bin/pip-audit

$(AUDIT):
	$(PYTHON) -m venv build/audit
	build/audit/bin/pip install --quiet --disable-pip-version-check pip-audit==2.10.1

.PHONY: audit
audit: $(AUDIT) ## Compare every locked version with the known weaknesses (asks PyPI)
	@failed=0; for lock in requirements/*.txt; do echo "$$lock"; \
	  $(AUDIT) --strict --disable-pip --require-hashes --progress-spinner off -r "$$lock" || failed=1; done; exit $$failed

# As above. What only looks like a secret is in the baseline, or says so in its line.
SECRETS = build/secrets/bin/detect-secrets-hook

$(SECRETS):
	$(PYTHON) -m venv build/secrets
	build/secrets/bin/pip install --quiet --disable-pip-version-check detect-secrets==1.5.0

.PHONY: secrets
secrets: $(SECRETS) ## Look for keys, tokens and passwords in every tracked file
	@git ls-files -z | xargs -0 $(SECRETS) --baseline .secrets.baseline

.PHONY: clean
clean: ## Remove what was built (not the virtual environment)
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
