# Every target does its own set-up; Node 20 or newer, npm, make and git are all it needs.

STACK ?= homelab
# What `make test` runs: quick, all, nightly, or layers with commas between (docs/testing.md).
LAYERS ?= quick
# More flags for the command, e.g. ARGS="--all" or ARGS="--json".
ARGS ?=

# make tells small and capital letters apart, and would ignore these silently.
ifneq ($(origin stack),undefined)
$(error found stack=$(stack), expected STACK=$(stack): write it in capital letters)
endif
ifneq ($(origin args),undefined)
$(error found args=..., expected ARGS="$(args)": write it in capital letters)
endif

# Debian keeps daemons such as keepalived where only root looks.
export PATH := $(PATH):/usr/sbin:/sbin

# npm writes this file last, so it tells a finished installation from a broken one.
INSTALLED := node_modules/.package-lock.json
HOMELAB := @node bin/homelab.js

.DEFAULT_GOAL := help
.PHONY: help preview test check lab bench schema clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

preview: $(INSTALLED) ## What STACK (default: homelab) would create, what the policies say, what a dead node does
	$(HOMELAB) preview --stack $(STACK) $(ARGS)

test: $(INSTALLED) ## Format, lint, types and tests (LAYERS=all: every layer); the last line counts them
	@sh test/support/tools.sh
	@LAYERS=$(LAYERS) node --import tsx test/support/run-all.ts

check: $(INSTALLED) ## Format, lint and types only
	@npm run --silent check

lab: $(INSTALLED) ## Rehearse failover with real hosts and daemons on this machine (Linux, root); docs/lab.md
	@node --import tsx lab/run.ts $(ARGS)

bench: $(INSTALLED) ## Measure the program, the pack and the imports side by side
	@npm run --silent bench

schema: $(INSTALLED) ## Write the JSON Schema that editors use for the stack files
	@npm run --silent schema

clean: ## Remove installed packages, caches and kept rehearsals
	rm -rf node_modules .cache

$(INSTALLED): package-lock.json
	@node -e 'if (+process.versions.node.split(".")[0] < 20) { console.error("found Node " + process.versions.node + ", Node 20 or newer is needed"); process.exit(1) }'
	@echo "installing packages (npm ci)" >&2
	@npm ci --no-audit --no-fund --loglevel=error >&2
	@touch $@
