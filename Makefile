# Everything a developer types. `make` alone lists it.
#
# The environment is `.venv`; targets that need it make it. Overrides: PYTHON=python3.12 make setup

SHELL := /bin/bash
BIN := .venv/bin
RUNTIME := .venv/.can-run
STAMP := .venv/.up-to-date
CODE := $(wildcard src tests actions policies channels bench)
BENCH ?=
CONFORMANCE ?=

# The newest Python that fits and can make environments; empty if there is none.
PYTHON ?= $(shell for python in python3.14 python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' \
	2>/dev/null && echo $$python && break; done)
UV := $(shell command -v uv 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help setup chat test check format check-deploy fuzz report bench conformance conformance-stock constraints \
	rasa-train rasa-shell rasa-interactive rasa-test clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## make .venv with everything a developer needs

# To talk, the base install is enough; half of the rest is there to test what talks.
$(RUNTIME): pyproject.toml constraints.txt
	@$(call install,.)
	@touch $@

$(STAMP): pyproject.toml constraints.txt
	@$(call install,.[dev])
	@touch $@ $(RUNTIME)

# Modules are compiled when they are first imported: compiling all of them takes longer than installing them.
ifeq ($(UV),)
define install
test -n "$(PYTHON)" || { echo "Turnwise needs Python 3.11, 3.12, 3.13 or 3.14 (with its venv module):" \
	"install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; exit 1; }; \
test -x $(BIN)/python || { echo "Making .venv with $$($(PYTHON) --version) ..."; $(PYTHON) -m venv .venv; } && \
echo "Installing what pyproject.toml names; the first time takes a minute or two ..." && \
$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e '$(1)'
endef
else
define install
test -x $(BIN)/python || $(UV) venv --quiet $(if $(PYTHON),--python $(PYTHON),--python '>=3.11,<3.15') .venv && \
echo "Installing what pyproject.toml names ..." && \
$(UV) pip install --quiet --python $(BIN)/python -c constraints.txt -e '$(1)'
endef
endif

chat: $(RUNTIME) ## train what has changed, then talk with the assistant
	@set -e; mkdir -p .turnwise; \
	free_port() { $(BIN)/python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }; \
	actions=$$(free_port); \
	sed "s/localhost:5055/localhost:$$actions/" endpoints.yml > .turnwise/chat-endpoints.yml; \
	$(BIN)/rasa run actions --port $$actions > .turnwise/actions.log 2>&1 < /dev/null & server=$$!; \
	trap 'kill $$server 2>/dev/null; wait $$server 2>/dev/null || true' EXIT; \
	$(BIN)/rasa train --quiet --fixed-model-name chat; \
	until (exec 3<> /dev/tcp/localhost/$$actions) 2>/dev/null; do \
		kill -0 $$server 2>/dev/null || { echo "The action server did not start; see .turnwise/actions.log" >&2; exit 1; }; \
		sleep 0.1; done; \
	$(BIN)/rasa shell --quiet --model models/chat.tar.gz --endpoints .turnwise/chat-endpoints.yml \
		--interface 127.0.0.1 --port $$(free_port)

test: check ## everything CI runs: check, then all tests
	$(BIN)/python -m pytest

check: $(STAMP) ## formatting, lint, types
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy $(CODE)

format: $(STAMP) ## format the code, and mend what the linter can mend
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

# The oldest and the newest Kubernetes that the chart is made for; with all of its options on, and with none.
DEPLOY := build/check-deploy
check-deploy: $(DEPLOY)/.tools ## lint the Dockerfile, check compose.yaml, render the chart and check it
	$(DEPLOY)/bin/hadolint deploy/Dockerfile
	$(DEPLOY)/bin/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml
	$(DEPLOY)/bin/helm lint --strict --quiet deploy/helm/turnwise
	$(DEPLOY)/bin/helm template plain deploy/helm/turnwise > $(DEPLOY)/plain.yaml
	$(DEPLOY)/bin/helm template full deploy/helm/turnwise --set ingress.enabled=true \
		--set ingress.className=nginx --set tracing.endpoint=http://collector:4318 > $(DEPLOY)/full.yaml
	for version in 1.25 1.37; do $(DEPLOY)/bin/kubernetes-validate --quiet --strict -k $$version \
		$(DEPLOY)/plain.yaml $(DEPLOY)/full.yaml || exit 1; done
	$(DEPLOY)/bin/yamllint --strict -c deploy/.yamllint deploy/compose.yaml deploy/endpoints.yml \
		deploy/helm/turnwise/Chart.yaml deploy/helm/turnwise/values.yaml $(DEPLOY)/plain.yaml $(DEPLOY)/full.yaml

$(DEPLOY)/.tools: deploy/checks.txt
	test -n "$(PYTHON)" && $(PYTHON) -m venv $(DEPLOY)
	$(DEPLOY)/bin/python -m pip install --quiet --disable-pip-version-check -r deploy/checks.txt
	@touch $@

fuzz: $(STAMP) ## send the server tens of thousands of requests that nobody thought of: half an hour
	FUZZ_EXAMPLES=1000 $(BIN)/python -m pytest tests/server/test_fuzz.py

report: $(STAMP) ## cross-validate this assistant's understanding: reports and pictures in results/
	$(BIN)/rasa test nlu --cross-validation --nlu data --out results

bench: $(STAMP) ## measure what can be measured in a minute (options in BENCH); see bench/README.md
	$(BIN)/python -m bench $(BENCH)

conformance: $(STAMP) ## play the recorded conversations of stock Rasa
	$(BIN)/python tests/conformance/run.py --engine "$(CURDIR)/$(BIN)/rasa" -j 2 -q $(CONFORMANCE)

conformance-stock: $(STAMP) ## play them on stock Rasa itself: about an hour
	$(MAKE) -C compat/rasa setup
	$(BIN)/python tests/conformance/run.py --engine "$(CURDIR)/compat/rasa/.venv/bin/rasa" $(CONFORMANCE)

constraints: ## take the newest versions of everything; commit them once `make test` passes
	rm -rf build/constraints
	$(PYTHON) -m venv build/constraints
	build/constraints/bin/python -m pip install --quiet --disable-pip-version-check '.[all,dev]'
	build/constraints/bin/python -m pip freeze --exclude turnwise > constraints.txt
	! grep -n '@' constraints.txt
	rm -rf build/constraints

rasa-train: ## train this assistant with stock Rasa 3.6.21
	$(MAKE) -C compat/rasa train

rasa-shell: $(STAMP) ## talk with this assistant on stock Rasa
	$(MAKE) -C compat/rasa shell

rasa-interactive: $(STAMP) ## teach this assistant on stock Rasa
	$(MAKE) -C compat/rasa interactive

rasa-test: $(STAMP) ## play this assistant's test conversations on stock Rasa
	$(MAKE) -C compat/rasa test

clean: ## remove what can be made again: environment, models, caches
	rm -rf .venv .rasa .turnwise .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist models results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
