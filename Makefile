# Set-up and the common jobs. `make demo` and `make test` work on a fresh clone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# On Linux, plain `torch` is a CUDA build of several gigabytes. The CPU build is taken where pip finds one.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test check bench format setup clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) torch
	$(PIP) --editable '.[dev]'
	$(BIN)/python -m textgym.kernels
	$(BIN)/python -m textgym.corpora.prepare
	touch $@

demo: $(STAMP)
	$(BIN)/textgym train --env TokenSummarize-v0 --algo a2c --preset demo --out runs/demo --overwrite

test: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)
	$(PIP) --editable '.[bench]'
	$(BIN)/python -m benchmarks.all --write docs/speed.md

clean:
	rm -rf $(VENV) build dist *.egg-info
