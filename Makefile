# make demo      stylise the bundled photo and say where the result is
# make test      run the tests
# make design    make the pictures of docs/design.md with the commands that it shows
# make screenshots, make thumbnails   make the pictures of the studio
# make lint      ruff and mypy
# make clean     remove the environment and caches

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo design screenshots thumbnails test lint clean

demo: $(INSTALLED)
	$(BIN)/stylemamba stylize src/stylemamba/samples/chelsea.png "ukiyo-e woodblock print" \
		--output demo.png --overwrite
	@echo "The result is $(CURDIR)/demo.png"

design: $(INSTALLED)
	rm -rf build/design
	mkdir -p build/design/posters build/design/product build/design/painted
	sed -n '/^```sh$$/,/^```$$/{/^```/!p;}' docs/design.md | PATH="$(abspath $(BIN)):$$PATH" sh -eux

screenshots: $(INSTALLED)
	$(BIN)/python docs/screenshots.py

thumbnails: $(INSTALLED)
	$(BIN)/python -m stylemamba.server.thumbnails

test: $(INSTALLED)
	$(BIN)/python -m pytest

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache demo.png build
	find src tests -name __pycache__ -type d -exec rm -rf {} +

$(INSTALLED): pyproject.toml constraints.txt
	@echo "Setting up $(VENV): PyTorch and others, a few minutes"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
