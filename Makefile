# make train   train LeNet on the embedded digits, into out/lenet/
# make test    run the tests (make nightly: the long ones too)
# make lint    formatting, lint, types, layers
# make bench   compare with PyTorch and, where MXNET_ORACLE_PYTHON names a Python that has it, MXNet 1.9.1
# The first of them makes .venv with $(PYTHON) and installs what all of them need.
PYTHON ?= python3
VENV ?= .venv
JOBS ?= 2
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup train test nightly bench lint format clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt tools/install.py
	$(PYTHON) tools/install.py $(VENV) --extras dev --constraints constraints.txt
	@touch $@

train: $(STAMP)
	$(BIN)/python examples/lenet_mnist.py $(ARGS)

# One thread a process: the processes share the cores.
test: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) -m "not nightly" $(ARGS)

nightly: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --timeout 3600 --hypothesis-profile nightly $(ARGS)

bench: $(STAMP)
	@mkdir -p out
	$(BIN)/python -m benchmarks dispatch lenet import --against torch,mxnet --json out/bench.json $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/make_stubs.py --check

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build dist out .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
