# The first use of any target makes .venv; a newer pyproject.toml or constraints.txt brings it up to date.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
WORKSPACE ?= workspace
# Of the tests; each process but the first starts a Neo4j server of its own, with the program that NEO4J_SERVER names.
PROCESSES ?= 1

.PHONY: help demo serve test check bench format clean

help:
	@echo "make demo    the whole way once: real connectomes, simulated activity, graph, model, answer (3 minutes)"
	@echo "make serve   the dashboard on the demo's workspace: http://127.0.0.1:8050"
	@echo "make test    checks and tests; real files from ../shared/data and a Neo4j server are used where present"
	@echo "make check   lint, format and types"
	@echo "make bench   the benchmarks, as ratios against a named peer"

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[test,check]'
	@touch $@

demo: $(INSTALLED)
	$(BIN)/connectome --workspace $(WORKSPACE) demo

serve: $(INSTALLED)
	$(BIN)/connectome --workspace $(WORKSPACE) serve

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_house.py

test: check
	$(BIN)/python -m pytest --durations=20 $(if $(filter-out 1,$(PROCESSES)),-n $(PROCESSES) --dist loadfile --no-loadscope-reorder)

bench: $(INSTALLED)
	$(BIN)/python -m pytest tests/benchmarks --benchmark-enable --benchmark-only -p no:randomly

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache build *.egg-info
