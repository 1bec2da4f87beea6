# Every target makes and fills .venv by itself; Python 3.11 or later and make are all it takes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ROOMS := tasks envs agents arena presets scripts
# Two cores, one thread each: small matrices run many times slower on shared ones.
export OMP_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

.PHONY: compare test slow check types format bench cartridge clean

compare: $(VENV)/.ready
	$(BIN)/reason compare quick

test: $(VENV)/.ready
	$(BIN)/pytest -n 2

slow: $(VENV)/.ready
	$(BIN)/pytest -m slow

check: types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest tests/test_architecture.py

types: $(VENV)/.ready
	@mkdir -p .links/reason_arena
	@for room in $(ROOMS); do ln -sfn ../../$$room .links/reason_arena/$$room; done

format: $(VENV)/.ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.ready
	$(BIN)/reason bench envs

# The free Game Boy cartridge from its C sources; needs sdcc 4.2.0 (apt-get install sdcc).
cartridge: $(VENV)/.ready
	$(BIN)/python -m reason_arena.tasks.pokemon.hearthway.build

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

clean:
	rm -rf $(VENV) .links build *.egg-info .pytest_cache .mypy_cache .ruff_cache
