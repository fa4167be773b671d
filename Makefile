# make demo      the whole system on this machine, no AWS account
# make scenario  releases, good and bad, through the whole pipeline, with a timeline
# make test      all tests
# make scan      what the policy scanner checkov says of every rendered template
# make bench     how fast everything is, beside other tools: docs/speed.md (PARTS, RUNS: fewer)
# make scale     how planning grows, up to 100,000 stack instances of a simulated account
# make faults    whole deployments of ENV (prod) that go wrong at every call: a table of what they leave
# make wheel     gen as one file, build/wheel/*.whl, to be installed anywhere
# make docs      docs/rules.md and docs/reference/, from rules, commands and types themselves
# make check     what every commit passes: format, lint, types, tests
#
# All set everything up by themselves: Python 3.11 or newer and make are all they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ENV ?= dev
# One more than there are processors: a test waits for its local cloud a good part of its time.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
# Every test that runs gen or a function starts Python: nothing is to be compiled again for each.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo scenario test browser faults scan bench scale docs wheel check format lint types lock clean

# Two environments, so that the demo does not wait for what only tests need. What is imported is
# compiled then: all of it takes as long as all the rest of the installation. Setuptools warns of
# every editable installation, of ours without need: no folder here has gen's name.
define install
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "gen needs Python 3.11 or newer; name one: make PYTHON=python3.12 $@")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --require-hashes --no-deps -r $(1)
	PYTHONWARNINGS="ignore:Editable installation" \
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/gen render -e dev >/dev/null
endef

$(VENV)/.local: .ci/requirements/local.txt setup.cfg setup.py pyproject.toml
	$(call install,.ci/requirements/local.txt)
	@touch $@

$(VENV)/.dev: .ci/requirements/dev.txt setup.cfg setup.py pyproject.toml
	$(call install,.ci/requirements/dev.txt)
	@touch $@ $(VENV)/.local

demo: $(VENV)/.local
	$(BIN)/gen local start
	$(BIN)/gen render -e $(ENV) && $(BIN)/gen deploy -e $(ENV) --local
	$(BIN)/python tests/demo.py -e $(ENV)

scenario: $(VENV)/.dev
	$(BIN)/python tests/scenario.py

test: $(VENV)/.dev browser
	$(BIN)/pytest -n $(WORKERS)

# A Chromium that is there, or Debian's where this is root's machine; else one message, at once.
browser: $(VENV)/.dev
	@$(BIN)/python tests/browser.py

# Half an hour and more: each write of a deployment is a place where it is killed, twice.
faults: $(VENV)/.dev
	$(BIN)/python tests/faults/table.py -e $(if $(filter file,$(origin ENV)),prod,$(ENV))

# In an environment of its own, since its dependencies and ours exclude each other.
build/checkov/.done: .ci/requirements/scan-policies.txt
	$(PYTHON) -m venv build/checkov
	build/checkov/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

# One folder a call: given several, checkov reads the first one again for each.
SCAN := build/checkov/bin/checkov --framework cloudformation --compact --quiet --skip-download --directory

scan: $(VENV)/.local build/checkov/.done
	$(BIN)/gen render -e dev
	$(BIN)/gen render -e prod
	$(SCAN) build/dev/templates
	$(SCAN) build/prod/templates

# Each in an environment of its own, since their dependencies and ours exclude each other.
build/peers/%/.done: .ci/requirements/peer-%.txt
	$(PYTHON) -m venv build/peers/$*
	build/peers/$*/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

# What can't be installed is left out, and the table says so.
bench: $(VENV)/.dev
	-$(MAKE) --keep-going build/peers/sceptre/.done build/peers/sam/.done
	$(BIN)/python -m benchmarks $(PARTS) $(if $(RUNS),--runs $(RUNS)) --write

scale: $(VENV)/.dev
	$(BIN)/python -m benchmarks scale --plot docs/scale.svg

docs: $(VENV)/.dev
	$(BIN)/python tools/rules_page.py
	$(BIN)/python tools/reference

check: $(VENV)/.dev format lint types test

format: $(VENV)/.dev
	$(BIN)/ruff format --check .

lint: $(VENV)/.dev
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/mypy

# Lock again after a change of setup.cfg: hashes for every file, no index addresses.
LOCK := build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate

lock:
	$(PYTHON) -m venv build/lock && build/lock/bin/pip install --quiet uv
	echo 'setuptools<81' | $(LOCK) setup.cfg - --extra local -o .ci/requirements/local.txt
	echo 'setuptools<81' | $(LOCK) setup.cfg - --extra dev -o .ci/requirements/dev.txt
	echo checkov | $(LOCK) - -o .ci/requirements/scan-policies.txt
	printf 'sceptre\nsetuptools<81\n' | $(LOCK) - -o .ci/requirements/peer-sceptre.txt
	printf 'aws-sam-cli\nsetuptools<81\n' | $(LOCK) - -o .ci/requirements/peer-sam.txt
	echo pip-audit | $(LOCK) - -o .ci/requirements/scan-dependencies.txt
# The same versions as the tests have, so that a build on this machine finds them there.
	echo detect-secrets | $(LOCK) - -c .ci/requirements/dev.txt -o .ci/requirements/scan-secrets.txt
	echo 'setuptools<81' | $(LOCK) setup.cfg - -c .ci/requirements/dev.txt -o .ci/requirements/gen.txt
# What a project of gen init has to build and test itself with.
	printf 'setuptools<81\npytest\n' | $(LOCK) setup.cfg - --extra local -c .ci/requirements/dev.txt -o .ci/requirements/project.txt

# Without what an earlier build has left: a file that is gone by now would be in the wheel.
wheel: $(VENV)/.local
	rm -rf build/lib build/bdist.* build/wheel
	$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir build/wheel .
	rm -rf build/lib build/bdist.*

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
