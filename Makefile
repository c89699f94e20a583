# Everything one does with this tree. Only Go, git and make are needed; what
# tests want beyond that, scripts/with-servers fetches or says what was left out.

SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help

GO            ?= go
GOLANGCI      ?= $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.6.2
PACKAGES      ?= ./...
TEST_FLAGS    ?= -timeout 20m
# Where goroutines meet. The race detector needs gcc; the rest of the tree is
# pure functions and would only make it slow.
RACE_PACKAGES ?= $(addsuffix /...,$(addprefix ./,$(sort $(patsubst %/,%,$(dir \
	$(wildcard queue/*_test.go store/*_test.go nightly/*_test.go web/*_test.go))))))
BENCH         ?= .
PEERS_PYTHON  ?= /usr/bin/python3
PEERS_FLAGS   ?=
BENCH_FLAGS   ?= -benchmem -timeout 60m
TORTURE       ?= 100
FUZZTIME      ?= 10m
LOAD          ?= 20000000
AGENTS        ?= 200
CUSTOMERS     ?= 1000000
TASKS         ?= 50000
LASTS         ?= 300
# What docs/operations.md advises to give Postgres: a quarter of the memory.
SHARED_BUFFERS ?= $(shell awk '/^MemTotal/ { print int($$2 / 4096) "MB" }' /proc/meminfo 2>/dev/null)
DEMO_FLAGS    ?=
GOVULNDB      ?=

WITH_SERVERS := scripts/with-servers
STEPS        := fmt-check vet lint tidy build-all race test

# step runs a recipe under a heading and says how long it took.
step = @SECONDS=0; echo "== $(1)"; $(2) && echo "== $(1): done in $$SECONDS s" || { echo "== $(1): FAILED after $$SECONDS s"; exit 1; }

.PHONY: help demo build test check bench bench-peers torture fuzz load load-import night fmt lint scan cover $(STEPS)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## simulate a business, run its nights, open the desk (DEMO_FLAGS="--customers 5000")
	./bin/holdfast demo $(DEMO_FLAGS)

build: ## the program, at bin/holdfast
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/holdfast ./cmd/holdfast

test: ## all tests, beside throwaway Postgres and Redis servers
	$(call step,test,$(WITH_SERVERS) $(GO) test $(TEST_FLAGS) $(PACKAGES))

check: ## exactly what CI runs: format, vet, lint, tidy, build, race detector, tests
	@SECONDS=0; $(WITH_SERVERS) $(MAKE) --no-print-directory $(STEPS) && echo "== check: passed in $$SECONDS s"

bench: ## benchmarks, with a summary in bin/bench.txt
	@mkdir -p bin
	$(WITH_SERVERS) $(GO) test -run '^$$' -bench '$(BENCH)' $(BENCH_FLAGS) $(PACKAGES) | tee bin/bench.log
	@awk '$$1 == "pkg:" { pkg = $$2 } /^Benchmark/ { $$1 = pkg " " $$1; print }' bin/bench.log | column -t > bin/bench.txt
	@echo "== summary, kept in bin/bench.txt"; cat bin/bench.txt

bench-peers: ## our trees against XGBoost's and scikit-learn's, into docs/benchmarks.md (PEERS_FLAGS=-quick)
	@$(PEERS_PYTHON) -c 'import xgboost, sklearn' 2>/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		apt-get install -y -q --no-install-recommends python3-xgboost python3-sklearn; } || true
	$(GO) run ./cmd/bench-peers -python $(PEERS_PYTHON) $(PEERS_FLAGS)

torture: ## kill a night at TORTURE=100 random moments, on each database
	HOLDFAST_TORTURE=$(TORTURE) $(WITH_SERVERS) $(GO) test -count=1 -v -run Torture -timeout 60m ./cmd/holdfast

fuzz: ## every fuzz target in turn, for FUZZTIME=10m each
	scripts/fuzz $(FUZZTIME)

load: ## AGENTS=200 at the desk of CUSTOMERS=1000000 with TASKS=50000 for LASTS=300 seconds, while a night runs
	HOLDFAST_LOAD_AGENTS=$(AGENTS) HOLDFAST_LOAD_CUSTOMERS=$(CUSTOMERS) HOLDFAST_LOAD_TASKS=$(TASKS) \
		HOLDFAST_LOAD_SECONDS=$(LASTS) HOLDFAST_LOAD_THINK_MS=10000 HOLDFAST_TEST_SHARED_BUFFERS=$(SHARED_BUFFERS) \
		$(WITH_SERVERS) $(GO) test -count=1 -v -run 'TestLoad$$' -timeout 120m ./cmd/holdfast

night: ## two nights over CUSTOMERS=1000000, with what each stage took
	HOLDFAST_NIGHT=$(CUSTOMERS) $(WITH_SERVERS) $(GO) test -count=1 -v -run 'NightOfABase$$' -timeout 120m ./cmd/holdfast

load-import: ## eight agents at the desk beside an import of LOAD=20000000 events
	HOLDFAST_LOAD=$(LOAD) $(WITH_SERVERS) $(GO) test -count=1 -v -run DeskBesideAnImport -timeout 60m ./store

fmt: ## rewrite the code in its one format (gofumpt)
	$(GOLANGCI) fmt

lint: ## golangci-lint, as .golangci.yml says
	$(call step,lint,$(GOLANGCI) run)

scan: ## known vulnerabilities and gosec (GOVULNDB=file:///DIR for a copy of the database)
	$(call step,govulncheck,$(GO) run golang.org/x/vuln/cmd/govulncheck@v1.1.4 $(if $(GOVULNDB),-db $(GOVULNDB)) -test ./...)
	$(call step,gosec,$(GOLANGCI) run -c scripts/gosec.yml)

cover: ## coverage by package, and a profile in bin/coverage.out
	@mkdir -p bin
	$(WITH_SERVERS) $(GO) test $(TEST_FLAGS) -coverprofile=bin/coverage.out $(PACKAGES)
	@$(GO) tool cover -func=bin/coverage.out | tail -n 1

fmt-check:
	$(call step,format,$(GOLANGCI) fmt --diff)

vet:
	$(call step,vet,$(GO) vet $(PACKAGES))

tidy:
	$(call step,tidy,$(GO) mod tidy -diff)

build-all:
	$(call step,build without cgo,CGO_ENABLED=0 $(GO) build ./...)

race:
ifeq ($(shell command -v gcc),)
	@echo "== race detector: left out, it needs gcc"
else ifeq ($(strip $(RACE_PACKAGES)),)
	@echo "== race detector: left out, no tests in queue, store, nightly or web"
else
	$(call step,race detector,CGO_ENABLED=1 $(GO) test -race $(TEST_FLAGS) $(RACE_PACKAGES))
endif
