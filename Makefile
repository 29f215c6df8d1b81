# Developers' verbs. Users have ./keskio.
BIN = .venv/bin
UV = $(BIN)/uv
COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-annotate --custom-compile-command "make requirements"

.PHONY: setup run test test-engine lint types imports fix docs check requirements agreement nightly postgres crash listening

setup: ## set up all that development needs
	./keskio test --collect-only -q >/dev/null

run: ## the demo company
	./keskio demo

test: ## all tests on SQLite
	$(BIN)/pytest -n 2 --dist loadfile -q

test-engine: ## the pure engine's tests
	$(BIN)/pytest -q tests/engine

nightly: agreement postgres ## at length what every run tries with fewer examples
	$(BIN)/pytest -q -m "nightly and not browser"
	$(BIN)/pytest -q -n 2 --dist worksteal -m "nightly and browser" tests/browser

postgres: ## all tests that use the database, on PostgreSQL: also those of pages and wires, which every run leaves out
	$(BIN)/python -m tests.servers.postgres $(BIN)/pytest -q -n 2 --dist loadfile --only-database \
		-m "not browser and not nightly"

crash: ## runners and senders killed in the middle of their work, fifty times on each database
	$(BIN)/pytest -q -m nightly tests/talk/test_killed.py

agreement: ## the two executors of conditions, ten times as many conditions as in the tests
	AGREEMENT_CONDITIONS=2000 $(BIN)/pytest -q tests/engine/conditions/test_agreement.py

lint: ## style, and dependencies that are missing or not used
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/deptry src

types:
	$(BIN)/mypy

imports: ## who may import whom
	$(BIN)/lint-imports

fix: ## mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: ## write the pages that are made from the code
	$(BIN)/python -m keskio.config.settings_page > docs/settings.md

listening: ## measure and write the tables of docs/listening.md; DATA is the folder of labelled texts
	$(BIN)/python -m benchmarks.listen_accuracy --data "$(DATA)" --parts 5

check: ## everything, as .ci/run does
	./keskio test

requirements: ## pin all dependencies anew, with hashes
	$(COMPILE) pyproject.toml --extra postgres -o requirements/base.txt
	$(COMPILE) pyproject.toml --extra postgres --group test --group lint -o requirements/dev.txt
	$(COMPILE) pyproject.toml --extra postgres --group test --group lint --group bench \
		-o requirements/bench.txt
	$(COMPILE) --group node -o requirements/node.txt
	$(COMPILE) --group uv -o requirements/uv.txt
