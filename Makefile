# Two commands do everything on a fresh machine with python3.11, make and perhaps npm:
#   make demo   completes Zen Maru Gothic and says where the font and the report are
#   make test   runs everything that guards the project

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
FONTS := .fonts
DEMO := demo

.PHONY: demo test bench fonts test-fonts fontbakery setup setup-dev clean

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@# The review page is tested in a real browser; BUZI_CHROMIUM names another one.
	command -v chromium >/dev/null || test -n "$$BUZI_CHROMIUM" || \
	  { apt-get update -q && apt-get install -q -y --no-install-recommends chromium; }
	touch $@ $(VENV)/.installed

fonts: $(VENV)/bin/python
	$(BIN)/python tools/fetch_fonts.py $(FONTS)

# One font of every format, for the tests; fontbakery in a place of its own, as its needs clash.
test-fonts: $(VENV)/bin/python
	$(BIN)/python tools/fetch_fonts.py $(FONTS) --tests

fontbakery: $(VENV)/fontbakery/.installed
$(VENV)/fontbakery/.installed: | $(VENV)/bin/python
	$(PYTHON) -m venv $(VENV)/fontbakery
	$(VENV)/fontbakery/bin/python -m pip install -q --disable-pip-version-check fontbakery==1.1.0
	touch $@

demo: setup fonts
	$(BIN)/buzi complete $(FONTS)/ZenMaruGothic-Regular.ttf \
	  --reference $(FONTS)/NotoSansCJK-Regular.ttc \
	  --charset bopomofo --charset big5-frequent:300 \
	  --run $(DEMO) --config recipes/demo.toml

test: setup-dev test-fonts fontbakery
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 -m "not end_to_end"
	$(BIN)/pytest -m end_to_end

# Speed of training: ratios in one run. The other benches say their commands themselves.
bench: setup-dev fonts
	$(BIN)/python bench/training.py

clean:
	rm -rf $(VENV) $(FONTS) $(DEMO)
