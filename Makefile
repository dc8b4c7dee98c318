# Everything one does here. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help install run test test-slow prove check format bench peers lock clean

# The first Python on this machine that everything has wheels for; PYTHON=... chooses another.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	if $$p -c '$(FITS)' 2>/dev/null; then echo $$p; exit; fi; done; echo python3)
BIN := .venv/bin/python
PEERS := .venv-peers/bin/python
PACKAGES := accounts catalog ml moviesite recommendations
PYTEST := $(BIN) -m pytest
BENCHMARKS ?= serving start
# What looks at the code without running the site must not touch the site's own database or secrets.
DRY := SECRET_KEY=dry VAR_DIR=.venv/dry DATABASE_URL= CELERY_BROKER_URL=
export PYTHONUTF8 := 1

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

install: .venv/installed ## .venv with what the site runs on
	@echo "Installed: .venv is up to date."

run: .venv/installed ## the site on http://127.0.0.1:8000 (PORT=..., DEMO=0, WEB_WORKERS=...)
	@exec $(BIN) -m moviesite.run

test: .venv/installed-dev ## all tests that take seconds; ARGS='-k rating' narrows them, -n0 shows output as it comes
	$(PYTEST) --numprocesses logical --maxprocesses 4 --dist loadfile $(ARGS)

test-slow: .venv/installed-dev ## tests that take minutes: kill -9, whole trainings, make run
	$(PYTEST) -m 'slow and not prove' $(ARGS)

prove: .venv/installed-dev ## full-size proofs and soaks, by hand
	$(PYTEST) -m prove -s --timeout 7200 $(ARGS)

check: .venv/installed-dev ## style, types, import contracts, templates, migrations
	$(BIN) -m ruff check
	$(BIN) -m ruff format --check
	$(DRY) $(BIN) -m mypy $(PACKAGES)
	$(BIN) -c 'from importlinter.cli import lint_imports_command as run; run()'
	$(BIN) -m djlint --quiet --check --lint templates
	$(DRY) $(BIN) manage.py makemigrations --check --dry-run
	$(DRY) $(BIN) manage.py check

format: .venv/installed-dev ## puts the code in shape
	$(BIN) -m ruff check --fix
	$(BIN) -m ruff format
	-@$(BIN) -m djlint --quiet --reformat templates || echo "Templates were reformatted."

bench: .venv/installed-dev ## the figures of the README; BENCHMARKS=start for one alone
	@for name in $(BENCHMARKS); do echo "== benchmarks.$$name"; $(BIN) -m benchmarks.$$name $(ARGS) || exit 1; done

peers: .venv-peers/installed ## .venv-peers with the libraries that ours is measured beside
	@echo "Installed: .venv-peers is up to date."

lock: ## pins the requirements anew, after a change of a .in file (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--quiet --upgrade requirements.in --output-file requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--quiet --upgrade requirements-dev.in --output-file requirements-dev.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--quiet --upgrade benchmarks/peers/requirements.in --output-file benchmarks/peers/requirements.txt

clean: ## removes .venv and caches; var/, with the site's data, stays
	rm -rf .venv .venv-peers .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# .venv: each stamp stands for what it names having been done, so that nothing is done twice.
.venv/made:
	@$(PYTHON) -c '$(FITS)' 2>/dev/null || { echo "Python 3.11, 3.12 or 3.13 is needed (TensorFlow has no\
	 wheels for others): sudo apt install python3 python3-venv, or make $(MAKECMDGOALS) PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python cannot make virtual environments:\
	 sudo apt install python3-venv (or the one of its version, such as python3.12-venv)"; exit 1; }
	@$(BIN) -m pip --version >/dev/null 2>&1 || { echo "Making .venv with $(PYTHON)…"; $(PYTHON) -m venv --clear .venv; }
	@touch $@

.venv/installed: requirements.txt | .venv/made
	@$(BIN) -m moviesite.install requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt requirements.txt | .venv/made
	@$(BIN) -m moviesite.install requirements-dev.txt
	@touch $@ .venv/installed

# The peers' environment: made by the same Python, and by the same installer.
.venv-peers/installed: benchmarks/peers/requirements.txt | .venv/made
	@$(PEERS) -m pip --version >/dev/null 2>&1 || $(BIN) -m venv --clear .venv-peers
	@$(PEERS) -m moviesite.install benchmarks/peers/requirements.txt
	@touch $@
