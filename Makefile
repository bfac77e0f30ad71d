# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Two commands for a newcomer. What they do is in noxfile.py; here nox gets an environment to run in.
#   make demo PYTHON=python3.12     uses another Python
#   make demo KEEP=1                leaves its fleet running, and says how to stop it

PYTHON ?= python3
# The environment is made anew when its requirements, the Python or the folder change.
KEY := $(shell (cat tests/requirements/nox.txt; $(PYTHON) -VV; pwd) 2>&1 | cksum | tr ' ' -)
NOX_READY := .venv/ready-$(KEY)
NOX := .venv/bin/python -m nox
# Two sessions at once, and at the end the time of each.
REPORT := .nox/report.json
run_tagged = $(NOX) --parallel 2 --report $(REPORT) --tags $(1); status=$$?; \
	.venv/bin/python tests/tools/times.py $(REPORT); exit $$status

.PHONY: .venv help demo test test-all docs bench fuzz mutants soak release transcript clean prerequisites
.DEFAULT_GOAL := help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

demo: $(NOX_READY) ## see the collection at work on an embedded fleet that looks like Windows
	@$(NOX) --session demo $(if $(KEEP),-- --keep)

test: $(NOX_READY) ## lint, types, and the unit, endpoint, contract and playbook tests
	@$(call run_tagged,test)

test-all: $(NOX_READY) ## everything above, real programs, ansible-test, ansible-lint, documentation and the tarball
	@sh tests/tools/packages.sh $$(.venv/bin/python tests/support/programs.py)
	@$(call run_tagged,test-all)

docs: $(NOX_READY) ## build the documentation site
	@$(NOX) --session docs_site

fuzz: $(NOX_READY) ## fuzz the readers of foreign data: RUNS=1000000 inputs each
	@$(NOX) --session fuzz -- --runs=$(or $(RUNS),1000000)

mutants: $(NOX_READY) ## change the pure parts in many small ways, and see whether a test notices: PARTS="journal policy"
	@$(NOX) --session mutants -- $(PARTS)

soak: $(NOX_READY) ## work on 1,000 hosts, a hundred times on the same ones, and from two controllers at once
	@$(NOX) --session soak -- --long

release: $(NOX_READY) ## build and check a release candidate in dist/
	@$(NOX) --session release

bench: $(NOX_READY) ## measure round trips, bytes and time
	@$(NOX) --session bench

# OPTIONS are for ansible-playbook. No environment of nox is needed: it runs the Ansible that you have.
transcript: ## record what a real host answers: HOST=srv01 INVENTORY=inventory.yml, see the guide
	@$(PYTHON) tests/transcripts/record.py $(if $(INVENTORY),--inventory='$(INVENTORY)') $(if $(filter yes,$(WRITE)),--write) \
		$(if $(VIA),--via=$(VIA)) $(if $(FOLDER),--folder='$(FOLDER)') '$(HOST)' -- $(OPTIONS)

clean: ## remove everything that make made
	rm -rf .venv .nox dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .ansible collections docs/build tests/output
	rm -rf tests/endpoint/build tests/endpoint/src/*.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +

.venv: $(NOX_READY)

prerequisites:
	@sh tests/tools/prerequisites.sh $(PYTHON)

$(NOX_READY): | prerequisites
	@rm -rf .venv .nox
	@echo 'Making .venv with nox; downloads follow ...'
	@$(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/requirements/nox.txt
	@touch $@
