# On a fresh machine: `make demo` or `make test`. Each sets up everything it needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV := .setup/uv/bin/uv
BIN := .venv/bin
EXTRAS := --extra edge --extra central --extra onvif \
	--extra quantize --group dev
COMPILE := pip compile --universal --python-version 3.11 --generate-hashes --quiet \
	--custom-compile-command "make lock"
# Packages of CUDA builds of torch; left out of the lock, since CPU builds do not need them.
CUDA := triton cuda-bindings cuda-toolkit nvidia-cublas nvidia-cuda-cupti nvidia-cuda-nvrtc nvidia-cuda-runtime \
	nvidia-cudnn-cu13 nvidia-cufft nvidia-cufile nvidia-curand nvidia-cusolver nvidia-cusparse \
	nvidia-cusparselt-cu13 nvidia-nccl-cu13 nvidia-nvjitlink nvidia-nvshmem-cu13 nvidia-nvtx
PACKAGES := pipeline models scenarios edge api gridwatch
WORKERS ?= 2
# Write bytecode even where the environment forbids it, so that programs start faster.
export PYTHONDONTWRITEBYTECODE :=

# uv does not read pip's settings: pass it the package index that pip uses, if any.
ifndef UV_DEFAULT_INDEX
INDEX := $(shell $(PYTHON) -m pip config get global.index-url 2>/dev/null)
ifneq ($(INDEX),)
export UV_DEFAULT_INDEX := $(INDEX)
endif
endif

.PHONY: audit peer demo test test-fast check setup console parts lock format lint types contracts clean

demo: parts ## Run the whole system on this machine with real footage
	$(BIN)/gridwatch demo

test: parts ## Run all tests
	$(BIN)/python -m pytest -n $(WORKERS)

test-fast: setup ## Run the tests without real processes and long footage
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow"

check: lint types contracts audit test console-test ## Run everything that CI runs

setup: .setup/python .setup/console ## Create the virtual environment, install requirements, build the console

parts: setup ## Fetch a model and the footage
	@$(BIN)/gridwatch model pull --preferred
	@$(BIN)/gridwatch footage pull vtest

console: .setup/console

$(UV): requirements/setup.txt
	@test -n "$(PYTHON)" || { echo "gridwatch needs python3.11: apt-get install python3 python3-pip"; exit 2; }
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || { echo "gridwatch needs pip: apt-get install python3-pip"; exit 2; }
	@rm -rf .setup/uv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
		--target .setup/uv --require-hashes -r requirements/setup.txt
	@touch $@

.setup/python: $(UV) requirements/dev.txt pyproject.toml deploy/build_console.py
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

CONSOLE := $(shell find api/console -type f -not -path '*/node_modules/*' -not -path '*/dist/*' \
	-not -name '*.tsbuildinfo' 2>/dev/null)
.setup/console: .setup/python $(CONSOLE)
	$(BIN)/python deploy/build_console.py
	@touch $@

console-test: .setup/console
	$(BIN)/python deploy/build_console.py test

audit: .setup/audit ## List what is installed (build/sbom), and look for known vulnerabilities
	$(BIN)/python deploy/supply_chain.py

.setup/audit: .setup/console requirements/audit.txt
	@rm -rf $@
	$(UV) venv --quiet --python $(PYTHON) $@
	$(UV) pip install --quiet --python $@/bin/python --require-hashes -r requirements/audit.txt

format: setup ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix --quiet .

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

contracts: setup
	$(BIN)/lint-imports

lock: $(UV) ## Resolve all requirements
	$(UV) $(COMPILE) requirements/setup.in -o requirements/setup.txt
	$(UV) $(COMPILE) requirements/audit.in -o requirements/audit.txt
	$(UV) $(COMPILE) pyproject.toml $(EXTRAS) -o requirements/dev.txt
	$(UV) $(COMPILE) pyproject.toml --extra edge -c requirements/dev.txt -o requirements/edge.txt
	$(UV) $(COMPILE) pyproject.toml --extra central -c requirements/dev.txt -o requirements/central.txt
	$(UV) pip compile --universal --python-version 3.11 --quiet --custom-compile-command "make lock" \
		$(addprefix --no-emit-package ,$(CUDA)) requirements/train.in -o requirements/train.txt

peer: .setup/peer/done ## Install what `gridwatch bench --peer` measures, in an environment of its own

.setup/peer/done: $(UV) requirements/train.txt
	@rm -rf .setup/peer
	$(UV) venv --quiet --seed --python $(PYTHON) .setup/peer
	.setup/peer/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/train.txt
	@touch $@

clean: ## Remove everything that setup created
	rm -rf .venv .setup var build dist api/console/node_modules api/console/dist
