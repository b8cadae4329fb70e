# Shortcuts for what is done every day. `.ci/run` runs all checks.

.DEFAULT_GOAL := help
.PHONY: help test lint fmt demo

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: ## Run all tests, then the examples in the documentation
	cargo test --locked --all-targets
	cargo test --locked --doc

lint: ## Check format, clippy and documentation
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked

fmt: ## Format the code
	cargo fmt

demo: ## Build and start a server with the demo estate
	cargo run --locked --release -- demo
