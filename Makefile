# `make` alone lists what can be made.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

GO       ?= go
LISTEN   ?= 127.0.0.1:8080
PACKAGES ?= ./...
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# SQLite is C in Go, in memory of its own: the race detector sees nothing there, and makes it five times as slow.
RACE := -race -gcflags=modernc.org/sqlite/lib=-race=false

# Tools run at these versions; they are no dependencies of the product.
GOLANGCI    := $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := $(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0
TEMPL       := $(GO) tool templ

# The front end: npm installs what the lock file names, the build fills dist/,
# Go embeds it. npm itself writes the first target, build.mjs the second.
ASSETS      := internal/web/assets
NPM_DONE    := $(ASSETS)/node_modules/.package-lock.json
ASSETS_DONE := $(ASSETS)/dist/app.css

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: build ## Build, then start the demo company on http://127.0.0.1:8080
	bin/admit demo --data data/demo --listen $(LISTEN)

.PHONY: build
build: $(ASSETS_DONE) ## Build bin/admit, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/admit ./cmd/admit

.PHONY: setup
setup: ## Install what the tests need (as root, on Debian), or say what is missing
	@scripts/setup.sh

.PHONY: test
test: setup $(ASSETS_DONE) ## Run every test, with a real PostgreSQL, Request Tracker and browser
	scripts/with-services.sh $(GO) test $(RACE) -shuffle=on -p 1 -timeout 20m $(PACKAGES)

.PHONY: torture
torture: setup $(ASSETS_DONE) ## Run the long proofs: crashes, faults, replicas, random histories
	ADMIT_TORTURE=1 scripts/with-services.sh $(GO) test -timeout 3h -v ./internal/propagation ./test/torture/...

.PHONY: bench
bench: setup $(ASSETS_DONE) ## Run the benchmarks on SQLite and on a PostgreSQL that waits for its disk
	scripts/with-services.sh --durable $(GO) test -run '^$$' -bench . -benchmem -timeout 30m ./test/load

.PHONY: lint
lint: ## Check the Go code against the house rules
	$(GOLANGCI) run $(PACKAGES)

.PHONY: vuln
vuln: ## Look for known vulnerabilities that this code reaches
	@scripts/vuln.sh $(GOVULNCHECK) ./...

.PHONY: generate
generate: ## Write the Go code of the templates
	$(TEMPL) generate

.PHONY: verify
verify: ## Check that generated files and go.mod are up to date
	$(TEMPL) generate -check
	$(GO) mod tidy -diff

.PHONY: fmt
fmt: ## Format Go code and templates
	$(GOLANGCI) fmt
	$(TEMPL) fmt .

.PHONY: clean
clean: ## Remove what was built, and the demo's data
	rm -rf bin data/demo $(ASSETS)/node_modules
	find $(ASSETS)/dist -type f ! -name .gitkeep -delete

$(NPM_DONE): $(ASSETS)/package.json $(ASSETS)/package-lock.json
	cd $(ASSETS) && npm ci --no-audit --no-fund
	@touch $@

$(ASSETS_DONE): $(NPM_DONE) $(ASSETS)/build.mjs $(wildcard $(ASSETS)/src/* $(ASSETS)/src/*/*)
	cd $(ASSETS) && npm run --silent build
