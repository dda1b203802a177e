# `make help` lists the targets. Go, gcc (for the race detector), make and git are
# enough: make test installs what else the tests use, or says what it could not test.
# The tools come from tools/go.mod and are built on first use.

FUZZTIME ?= 30s

LINT = go tool -modfile=tools/go.mod golangci-lint
VULNCHECK = go tool -modfile=tools/go.mod govulncheck

.PHONY: check run test fresh page pagetest screenshots pictures soak soak-cluster lint vuln fuzz bench bench-page bench-peers bench-scroll e2e build release clean help

check: lint test ## lint and test (the default)

run: ## start the server on :8080
	go run ./cmd/server

test: ## vet, formatting, go.mod, all tests under the race detector, and the page's; a summary at the end
	test/run.sh

fresh: ## README's commands on a new minimal Debian, to see that they are enough (as root; needs debootstrap)
	test/fresh.sh

page: web/node_modules ## bundle the page from its sources into web/dist, which is committed
	web/bundle.sh "$(CURDIR)/web/dist"

pagetest: ## the page's tests only: types, bundle, client, and real browsers
	web/test.sh

# Runs web/e2e/$(1).ts in Chromium, with a server and the arguments $(2).
define in-chromium
	mkdir -p web/.out/strip
	go build -o web/.out/server ./cmd/server
	cd web && go tool -modfile=../tools/go.mod esbuild e2e/$(1).ts --bundle --platform=node --format=esm \
		--packages=external --outfile=.out/$(1).mjs --log-level=warning
	cd web && SNUG_TEST_SERVER="$(CURDIR)/web/.out/server" node .out/$(1).mjs $(2)
endef

screenshots: web/node_modules ## take the README's pictures of the page, and a film strip of its screens into web/.out/strip, in Chromium
	$(call in-chromium,screenshots,../docs/img .out/strip)

bench-scroll: web/node_modules ## how smoothly a room with 500 images scrolls, in Chromium
	$(call in-chromium,scrolling)

bench-page: web/node_modules ## how a room of 10,000 messages scrolls, and answers to input on a slowed processor, in Chromium
	$(call in-chromium,responding)

web/node_modules: web/package-lock.json
	cd web && npm ci --ignore-scripts --no-audit --no-fund
	touch web/node_modules

soak: SHELL := bash
soak: ## the long tests of docs/faults.md, and a table of their figures (up to an hour)
	@set -o pipefail; log=$$(mktemp); trap 'rm -f "$$log"' EXIT; status=0; \
	SNUG_SOAK=1 go test -race -count=1 -timeout 60m -run Soak -skip SoakCluster -v ./test | tee "$$log" || status=1; \
	SNUG_SOAK=1 go test -race -count=1 -timeout 60m -v ./internal/chat >> "$$log" || { status=1; tail -n 100 "$$log"; }; \
	echo; awk -F '\t' -f test/figures.awk "$$log"; exit $$status

soak-cluster: ## three servers on one log, which are killed, stopped, suspended, restarted without their file, and cut off from each other, a hundred times each (half an hour)
	SNUG_SOAK=1 go test -race -count=1 -timeout 60m -run 'SoakCluster' -v ./test

lint: ## golangci-lint with .golangci.yml (its first build takes a while)
	$(LINT) run ./...

vuln: ## known vulnerabilities in the dependencies (queries the Go vulnerability database)
	$(VULNCHECK) ./...

fuzz: ## each fuzz test for FUZZTIME (30s), FUZZJOBS (1) at a time, also after one that fails; a list of those at the end
	test/fuzz.sh $(FUZZTIME) $(FUZZJOBS)

bench: ## all benchmarks; to compare two outputs: go tool -modfile=tools/go.mod benchstat old new
	go test -run '^$$' -bench . -benchmem ./...

bench-peers: ## Snug and other servers in turn, into docs/performance.md; BENCH=… for its flags (on a quiet machine with 2 cores)
	go run -C bench . $(BENCH)

e2e: ## the tests against the real binary
	go test -count=1 ./test/...

pictures: ## draw docs/img/join.svg from a real server and a real terminal
	go run ./test/picture

build: ## static binaries, bin/snug-server and bin/snug
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/snug-server ./cmd/server
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/snug ./cmd/snug

release: web/node_modules ## archives for Linux, macOS and Windows, with SBOMs, Debian packages and the npm package, with checksums, in dist/
	packaging/release.sh

clean: ## remove what make has built
	rm -rf bin dist web/.out

help: ## show this list
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## /\1	/p' Makefile
