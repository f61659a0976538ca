# The course in two commands: `make lab` opens it, `make test` checks it. Needs python3 and pip.

PYTHON  ?= python3
PORT    ?= 8888
BROWSER ?= yes
ARGS    ?=
EXTRAS  ?= test

START := notebooks/00_start_here.ipynb
PY    := .venv/bin/python
SETUP := pyproject.toml constraints.txt reglab/jupyterlab/reglab.json

# Jupyter must find the kernel of .venv before any other that is called python3.
export JUPYTER_PREFER_ENV_PATH := 1
unexport JUPYTER_PATH

.DEFAULT_GOAL := help
.PHONY: help lab test lint claims progress notebooks bench doctor instructor clean FORCE

help:
	@echo 'make lab         open the course in JupyterLab (the first time it installs into .venv)'
	@echo '                 PORT=8889 another port; BROWSER=no only prints the address'
	@echo 'make test        run all tests; ARGS="-k floors" passes options to pytest'
	@echo 'make claims      settle all claims anew and compare the verdicts with the record'
	@echo 'make progress    show what you have done, and how your predictions came out'
	@echo 'make notebooks   rebuild the notebooks and exercises from their sources'
	@echo 'make bench       run the benchmarks'
	@echo 'make doctor      check the set-up: versions, device, kernel, memory, widgets'
	@echo 'make instructor  install nbgrader too, for GRADING.md'
	@echo 'make lint        check the code style'
	@echo 'make clean       remove .venv and caches; notebooks stay as they are'

lab: .venv/.installed
	@$(PY) -m jupyterlab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/$(START) \
	    --ip=127.0.0.1 --port=$(PORT) \
	    $(if $(filter no,$(BROWSER)),--no-browser) $(if $(filter 0,$(shell id -u)),--allow-root)

test: .venv/.installed-test
	@$(PY) -m pytest $(ARGS)

lint: .venv/.installed-test
	@$(PY) -m ruff check .

claims: .venv/.installed
	@$(PY) -m reglab claims $(ARGS)

progress: .venv/.installed
	@$(PY) -m reglab progress $(ARGS)

notebooks: .venv/.installed
	@$(PY) -m reglab build $(ARGS)

bench: .venv/.installed
	@if [ -d benchmarks ]; then $(PY) -m benchmarks $(ARGS); \
	else echo 'There are no benchmarks yet: the folder benchmarks/ does not exist.'; fi

doctor: .venv/.installed
	@$(PY) -m reglab doctor

instructor: .venv/.created
	@$(PY) -m pip install --quiet -c constraints.txt -e '.[instructor]'
	@touch .venv/.installed

clean:
	rm -rf .venv .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# .venv holds absolute paths: it is made anew when this folder was moved or copied. One that you made
# by hand is kept.
ifneq ($(shell cat .venv/.created 2>/dev/null),$(CURDIR))
.venv/.created: FORCE
endif

.venv/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo 'reglab needs Python 3.11 or newer; $(PYTHON) is '"$$($(PYTHON) --version 2>&1)"'.'; \
	    echo 'Cure: install a newer Python and name it, for example: make lab PYTHON=python3.12'; \
	    exit 1; }
	@echo 'Setting up .venv: this happens once and takes a few minutes.'
	@if [ ! -e $@ ] && $(PY) -m pip --version >/dev/null 2>&1; then :; \
	elif $(PYTHON) -c 'import ensurepip' 2>/dev/null; then $(PYTHON) -m venv --clear .venv; \
	else $(PYTHON) -m venv --clear --without-pip .venv && \
	    $(PYTHON) -m pip --python $(PY) install --quiet pip; fi
	@printf '%s\n' "$(CURDIR)" > $@

.venv/.installed: .venv/.created $(SETUP)
	@$(PY) -m pip install --quiet -c constraints.txt -e .
	@touch $@

.venv/.installed-test: .venv/.created $(SETUP)
	@$(PY) -m pip install --quiet -c constraints.txt -e '.[$(EXTRAS)]'
	@touch .venv/.installed $@
