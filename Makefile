# Each target is thin: the work is in scripts/, where it can be read, run and checked by itself.
# ARGS goes on to the program:  make run ARGS='--listen 127.0.0.1:1090'
# SETUP=no leaves the machine as it is: nothing is looked for, nothing is installed.

.DEFAULT_GOAL := help
.PHONY: help run test check bench lab defences fuzz package screenshots icons clean

ARGS ?=
PEER ?=
RUNS ?=
export SETUP

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Set up what is missing, build, start Paperwing
	@scripts/run.sh $(ARGS)

test: ## Set up what is missing, then every check and every test; ends with their number
	@scripts/test.sh

check: ## Formatting, lints, licences: the quick part of 'make test'
	@scripts/check.sh

bench: ## Measure side by side with other forwarders
	@scripts/bench.sh $(ARGS)

lab: ## Block proxies while traffic runs, show what clients see (PEER=host:port: of another forwarder; RUNS=20)
	@scripts/lab.sh $(if $(PEER),--peer $(PEER)) $(if $(RUNS),--runs $(RUNS)) $(ARGS)

defences: ## Take what the lab proves out again, one defence at a time: its tests must fail (ARGS=name)
	@scripts/defences.py $(ARGS)

fuzz: ## Run every fuzz target for a minute
	@scripts/fuzz.sh $(ARGS)

package: ## Build the .deb and the .rpm into target/package
	@scripts/package.sh $(ARGS)

screenshots: ## Draw every view of the window into docs/screenshots
	@scripts/screenshots.sh $(ARGS)

icons: ## Make every icon from icons/paperwing.svg
	@scripts/icons.sh $(ARGS)

clean: ## Remove everything that was built
	@cargo clean
