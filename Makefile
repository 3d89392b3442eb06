# Every target is a script or a cargo command that also runs by itself; this file is the list of them.
.DEFAULT_GOAL := help
.PHONY: help demo test web build package bench lint tidy clean-demo

# Passed through, for instance: make demo ARGS="--fresh --speed 4"
ARGS ?=

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## A cloud and its branches on this machine; ARGS="--chain fashion" or "--chain buying" for others; Ctrl-C stops it
	@scripts/demo $(ARGS)

test: ## Install what the tests need, then run every check and every test
	@scripts/test $(ARGS)

web: ## Build the pages into web/dist, if their sources changed
	@scripts/web

build: web ## The release binary: target/release/branchline
	@cargo build --release --package branchline

package: ## The Debian package: target/package/*.deb; ARGS=--try installs and uses it in a clean root
	@scripts/package $(ARGS)

bench: web ## The benchmarks, on a release binary; ARGS="till --json" picks one
	@cargo run --release --package branchline -- bench $(ARGS)

lint: web ## Formatting and lints of Rust and TypeScript, without tests
	@cargo fmt --check
	@cargo clippy --workspace --all-targets -- -D warnings
	@cd web && npm run --silent types && npm run --silent lint

tidy: ## The rules of this code base that no linter knows
	@cargo xtask tidy

clean-demo: ## Remove the demo's databases
	@scripts/demo --clean
