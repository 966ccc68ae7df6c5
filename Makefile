# setup, demo, test, coverage, check, fix, bench, fuzz, faults, load, screenshots: see README.md. Every one of them makes what it needs first.
SHELL := /bin/bash
PYTHON ?= $(shell .ci/python)
PORT ?= 8000
PIP := .venv/bin/python -m pip --disable-pip-version-check --quiet
export PORT

.PHONY: setup setup-dev demo test coverage check sbom backup restore fix bench fuzz faults load screenshots
.DEFAULT_GOAL := demo

setup: .venv/locked
setup-dev: .venv/locked-dev

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python can't make a virtual environment (on Debian: apt-get install python3-venv)."; exit 1; }

.venv/locked: requirements.lock | .venv/bin/python
	@echo "Installing what is locked…"
	@$(PIP) install --require-hashes --no-deps -r requirements.lock
	@touch $@

.venv/locked-dev: requirements-dev.lock | .venv/bin/python
	@echo "Installing what is locked, with the tools for development…"
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.lock
	@touch $@ .venv/locked

demo: .venv/locked
	@exec .venv/bin/python -m marketplace.demo

test: .venv/locked-dev
	@.ci/test

# Lines and branches that the tests run; the pages of build/coverage/html show the rest. Fails where a rule module is
# below its floor (.ci/rule_coverage.toml). APP=bidding (or marketplace, the kernel): the quick tests of one app, which only tell.
coverage: .venv/locked-dev
	@mkdir -p build/coverage
	@.ci/test $(if $(APP),-m "not browser and not slow" $$(.venv/bin/python .ci/rule_coverage.py --tests $(APP))) --cov --cov-report=html --cov-report=json $(if $(APP),,--cov-report=term)
	@.venv/bin/python .ci/rule_coverage.py $(APP) $(if $(APP),|| true)

# TO=folder (default: backups/).
backup: .venv/locked
	@.venv/bin/python manage.py backup $(if $(TO),--to "$(TO)")

# FROM=file; into an empty database, or with OVERWRITE=1 in place of what it holds.
restore: .venv/locked
	@test -n "$(FROM)" || { echo "Which backup? make restore FROM=backups/….dump"; exit 1; }
	@.venv/bin/python manage.py restore "$(FROM)" $(if $(filter 1,$(OVERWRITE)),--overwrite)

check: .venv/locked-dev
	@.ci/check

# What the product is made of, as CycloneDX: every locked package with its version and digests.
sbom: .venv/locked-dev
	@mkdir -p build
	@.venv/bin/python -W ignore -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml --output-reproducible --of JSON -o build/sbom.cdx.json
	@echo build/sbom.cdx.json

fix: .venv/locked-dev
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .
	@if [ -n "$$(git ls-files 'templates/*.html')" ]; then .venv/bin/djlint --quiet --reformat templates || true; fi
	.venv/bin/python manage.py state_diagrams

bench: .venv/locked-dev
	.venv/bin/python -m tests.bench

fuzz: .venv/locked-dev
	FUZZ_SECONDS=$${FUZZ_SECONDS:-600} API_FUZZ_SECONDS=$${API_FUZZ_SECONDS:-1200} .venv/bin/python -m pytest tests/fuzz tests/api/test_made_up_requests.py -q -n 2

# The whole site as processes that are killed, paused and restarted while it is used (docs/faults.md).
faults: .venv/locked-dev
	.venv/bin/python -m tests.faults --seed $${SEED:-1} --faults $${FAULTS:-70}

# Many people use the site as it is deployed, beside an upload and through the last minutes of bidding (docs/load.md).
load: .venv/locked-dev
	.venv/bin/python -m tests.load --people $${PEOPLE:-200} --minutes $${MINUTES:-10}

# Every page of the demo as a picture under docs/images/; DEMO_URL and DEMO_PASSWORD name a demo that runs already.
screenshots: .venv/locked-dev
	.venv/bin/python -m tests.browser.screenshots
