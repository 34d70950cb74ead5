# Two commands a newcomer needs: `make demo` and `make test`. Each alone installs what it needs.
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE ?= 1
ONCE ?=

.PHONY: help install font console browser-packages demo test unit contract scenario browser check format prove bench lock clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

install: $(VENV)/.installed ## make .venv with the locked packages and onekey itself

$(VENV)/.installed: requirements-dev.txt pyproject.toml
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "onekey needs Python 3.11 or newer; $(PY) is older. Set PY=python3.11"; exit 2; }
	@$(PY) -c 'import ensurepip, venv' 2>/dev/null || .ci/system-packages python3-venv
	$(PY) -m venv $(VENV)
	$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@.ci/sign-font $(VENV)/share/onekey || true
	@touch $@

font: ## fetch the font signs are drawn with (part of install)
	@.ci/sign-font $(VENV)/share/onekey

console: install ## build the web console, once for each state of its sources
	@$(BIN)/python hatch_build.py || echo "going on without the web console; everything else works" >&2

browser-packages:
	@command -v chromium >/dev/null || .ci/system-packages chromium fonts-wqy-zenhei || true

demo: console ## the origin message played on the simulated site; ONCE=1 exits with the verdict
	$(BIN)/onekey demo --alert $(if $(ONCE),--once)

test: console browser-packages ## unit, contract, scenario and browser tests
	$(BIN)/python -m pytest -q -m 'not prove' -n 2 --dist loadfile --no-loadscope-reorder tests/unit
	$(BIN)/python -m pytest -q -m 'not prove' -n 2 --dist loadfile --no-loadscope-reorder tests/browser tests/contract tests/scenario

unit contract scenario: install ## one family of tests
	$(BIN)/python -m pytest -q -m 'not prove' tests/$@

browser: console browser-packages ## the console in a real browser
	$(BIN)/python -m pytest -q -m 'not prove' tests/browser

prove: install ## the long proofs
	$(BIN)/python -m pytest -q -m prove --timeout=1200 tests

check: install ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.breaks --check
	$(BIN)/python -m tests.faults --check
	$(BIN)/python -m docs.console --check
	$(BIN)/python hatch_build.py check

format: install ## rewrite to the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	cd api/console && npm run --silent format

bench: install ## the published figures (minutes)
	$(BIN)/python -m benchmarks.one_key

lock: ## renew the lock files (needs uv and npm on PATH)
	uv pip compile -q --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements.txt
	uv pip compile -q --generate-hashes --no-header --no-annotate --python-version 3.11 --extra dev pyproject.toml -o requirements-dev.txt
	cd api/console && npm update --package-lock-only --silent
	$(BIN)/python -c "import json, pathlib; p = pathlib.Path('api/console/package-lock.json'); d = json.loads(p.read_text()); [one.pop('funding', None) for one in d['packages'].values()]; p.write_text(json.dumps(d, indent=2) + '\n')"

clean: ## remove what was made
	rm -rf $(VENV) var dist api/_console api/console/node_modules
