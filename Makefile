# Everything a developer or a newcomer runs. On a fresh machine: python3 (with venv), make and git are enough.
PYTHON ?= python3
BIN := .venv/bin
# apt-get needs root; a user who is not asks sudo.
ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
BUNDLE := src/llm_proxy/web/assets/dashboard/index.html
PAGES := $(shell find dashboard -type f -not -path '*/node_modules/*' -not -name schema.ts)

.PHONY: install serve demo test browser screenshots bench-guardrails check format api lock clean

install: .venv/installed $(BUNDLE)

.venv/installed: pyproject.toml hatch_build.py requirements/dev.txt requirements/node.txt
	$(PYTHON) -m venv .venv
	$(PIP) --require-hashes -r requirements/dev.txt
	@$(BIN)/python -c 'import hatch_build, sys; sys.exit(not hatch_build.has_node())' || $(PIP) --require-hashes -r requirements/node.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(BUNDLE): $(PAGES) | .venv/installed
	$(BIN)/python hatch_build.py

serve: install
	$(BIN)/llm-proxy serve $(ARGS)

demo: install
	$(BIN)/llm-proxy demo $(ARGS)

test: install browser
	$(BIN)/python -m pytest $(ARGS)

# The browser that the pages are tested in: Debian's, where none is there.
browser:
	@command -v chromium >/dev/null || { echo 'Installing chromium'; $(ROOT) apt-get update -qq && $(ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; }

screenshots: install browser
	$(BIN)/python -m tests.dashboard.screenshots $(ARGS)

# Ours beside other detectors, in an environment of its own: none of them may reach the gateway's.
bench-guardrails: .venv-bench/installed
	.venv-bench/bin/python -m bench.guardrails --peers $(ARGS)

.venv-bench/installed: pyproject.toml requirements/bench.txt | $(BUNDLE)
	$(PYTHON) -m venv .venv-bench
	$(PIP:$(BIN)/%=.venv-bench/bin/%) --require-hashes -r requirements/bench.txt
	$(PIP:$(BIN)/%=.venv-bench/bin/%) --no-deps --no-build-isolation -e .
	@touch $@

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python hatch_build.py run check

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python hatch_build.py run format

# The description of the HTTP interface from which the dashboard's types are made.
api: install
	$(BIN)/python -m tests.openapi_copy

lock: install
	$(UV_COMPILE) pyproject.toml -o requirements/runtime.txt
	$(UV_COMPILE) pyproject.toml --extra demo requirements/dev.in -o requirements/dev.txt
	$(UV_COMPILE) requirements/node.in -o requirements/node.txt
	$(UV_COMPILE) pyproject.toml requirements/bench.in -o requirements/bench.txt

clean:
	rm -rf .venv .venv-bench dist build dashboard/node_modules src/llm_proxy/web/assets/dashboard
