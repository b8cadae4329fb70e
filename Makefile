# Shortcuts for what is done every day. `.ci/run` runs all checks.

.DEFAULT_GOAL := help
.PHONY: help test test-ui test-formats test-emitters test-emitters-all build-for-tests lint fmt demo

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: ## Run all tests, then the examples in the documentation, the formats of reports, ODCS's own validator, and the pages in a real browser
	cargo test --locked --all-targets
	cargo test --locked --doc
	scripts/test-formats.sh
	scripts/test-odcs.sh
	scripts/test-ui.sh

test-ui: ## Check the browser catalog: types, lint, units, and its pages in a real Chromium
	cargo build --locked
	scripts/test-ui.sh

test-formats: ## Hold the reports of checks against validators that are not ours (needs npm)
	cargo build --locked
	scripts/test-formats.sh

test-emitters: build-for-tests ## Drive the Python client, dbt and Spark for real, and check what comes out
	python3 tests/emitters/run.py

test-emitters-all: build-for-tests ## The same with every emitter that can be had, and make docs/EMITTERS.md
	python3 tests/emitters/run.py --all --report

# As `make test` builds it, so that nothing is built twice.
build-for-tests:
	cargo test --locked --no-run --test it

lint: ## Check format, clippy and documentation
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked --document-private-items

fmt: ## Format the code
	cargo fmt

demo: ## Build and start a server with the demo estate
	cargo run --locked --release -- demo
