# Every command a developer needs. `make test` is what the checks run.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO      ?= go
LINT    := $(GO) tool -modfile=.ci/tools/go.mod golangci-lint
FUZZTIME ?= 60s
BENCH   ?= .
ORDINARY ?= 20

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: run
run: ## watch this host: http://127.0.0.1:7272
	$(GO) run ./cmd/dashcam

.PHONY: demo
demo: ## watch a simulated host with incidents
	$(GO) run ./cmd/dashcam --demo

.PHONY: dev
dev: node-modules ## the page from source with hot reload, beside a running dashcam
	cd frontend && npm run dev

.PHONY: build
build: ## a static binary in bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/dashcam ./cmd/dashcam

.PHONY: packages
packages: ## deb, rpm and what they hold in bin/stage
	cmd/dashcam/deploy/stage bin/stage deb rpm

.PHONY: generate
generate: ## write generated code anew
	$(GO) generate ./...

.PHONY: dist
dist: node-modules ## build the page into frontend/dist
	cd frontend && npm run build

.PHONY: fmt
fmt: ## format the Go code
	gofmt -w $$(git ls-files -co --exclude-standard '*.go')

.PHONY: lint
lint: lint-words lint-go lint-page ## all static checks

.PHONY: lint-words
lint-words: ## that everything is called as its field calls it (.ci/words.txt)
	.ci/words

.PHONY: lint-go
lint-go:
	@out=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); [ -z "$$out" ] || { echo "not formatted (make fmt): $$out"; exit 1; }
	$(GO) vet ./...
	$(LINT) run ./...

.PHONY: lint-page
lint-page: node-modules
	cd frontend && npm run check && npm run lint

.PHONY: test
test: ## everything: installs what it needs, then checks and tests it all
	.ci/test

RUNS ?= 5
CONDITIONS ?= alone stress nohup shuffled
.PHONY: steady
steady: ## make test RUNS (5) times alone, beside stress-ng, under nohup, and shuffled (some hours)
	.ci/steady $(RUNS) $(CONDITIONS)

.PHONY: race
race: ## the Go tests with the race detector
	CGO_ENABLED=1 $(GO) test -race ./...

.PHONY: unit
unit: node-modules ## the fast tests of both sides
	$(GO) test ./...
	cd frontend && npm test

.PHONY: e2e
e2e: node-modules ## the browser tests against the real binary
	.ci/chromium shell
	cd frontend && npm run e2e

.PHONY: bench
bench: ## benchmarks beside their baselines, readable by benchstat; then the cost of the whole program
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem ./...
	cd .ci/bench && $(GO) test -run '^$$' -bench '$(BENCH)' -benchmem ./...
	cd .ci/bench && $(GO) run ./cost
	$(MAKE) --no-print-directory measure
	cd .ci/bench && $(GO) run ./remember

.PHONY: bench-compare
bench-compare: ## netdata, glances, node_exporter and btop beside dashcam, where installed (three minutes)
	cd .ci/bench && $(GO) run ./compare

.PHONY: figures
figures: ## the figures of commit BEFORE and those of this tree, in turns (half an hour; see .ci/figures)
	.ci/figures $(BEFORE)

.PHONY: bench-fleet
bench-fleet: ## what a hub and its hosts cost: 1000 and 5000 agents, a click, 2000 that join at once (six minutes)
	cd .ci/bench && $(GO) run ./fleet

PROCESSES ?= 3000
.PHONY: strain
strain: ## dashcam beside PROCESSES (3000) processes and stress-ng on all processors (two minutes)
	.ci/host-tools
	cd .ci/bench && $(GO) run ./strain -processes $(PROCESSES)

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (60s)
	.ci/fuzz $(FUZZTIME)

.PHONY: vm
vm: ## the package on a booted machine of its own: systemd, processors unplugged, clock set, suspend, power cut (ten minutes, as root on Debian)
	.ci/vm/run '$(TESTS)'

CALM ?= 20
.PHONY: calm
calm: ## what is called wrong on a booted machine of its own that rests, for CALM (20) minutes (as root on Debian)
	.ci/vm/run --calm $(CALM)

INCIDENTS ?= .
.PHONY: incidents
incidents: ## record the incidents that the verdict is tried on, those named INCIDENTS (.), on a machine of its own (an hour, as root on Debian; HERE=yes: on this host)
	.ci/incidents/run '$(INCIDENTS)'
	$(GO) test ./collectors/diagnosis -run RecordedIncidents -update

.PHONY: attacks
attacks: ## what is tried against the built program, with the count of what was refused (as root)
	ATTACKS_CONNECTS=100000 $(GO) test -count=1 -v ./cmd/dashcam/attacks

HOUR ?= 60
.PHONY: hours
hours: node-modules ## what shows after hours: churn at the limit of series, two dashcams of one host, for HOUR (60) minutes each; a wall for 8 hours of its clock (as root)
	ATTACKS_MINUTES=$(HOUR) $(GO) test -count=1 -v -timeout 0 -run EverythingComesAndGoes ./cmd/dashcam/attacks
	.ci/proxies
	.ci/chromium shell
	cd frontend && DASHCAM_MINUTES=$(HOUR) npx playwright test neighbours
	cd frontend && DASHCAM_WALL_HOURS=8 npx playwright test hours

.PHONY: kills
kills: ## kill programs that write their history and that tell of alerts, 100 or 200 times each, and look at what there is (some minutes)
	DASHCAM_KILLS=200 $(GO) test -count=1 -v -run KilledWhileWriting ./collectors/history
	DASHCAM_KILLS=200 $(GO) test -count=1 -v -timeout 30m -run KilledKeepsWhatItTold ./cmd/dashcam
	DASHCAM_KILLS=100 $(GO) test -count=1 -v -timeout 60m -run KilledAroundAnAlert ./cmd/dashcam
	DASHCAM_KILLS=100 $(GO) test -count=1 -v -run KilledTellsOnce ./server/notify

CUTS ?= 50
.PHONY: cuts
cuts: ## cut each way between a host, a hub and a viewer CUTS (50) times, kill hubs and nodes of NATS, and count what is lost (half an hour, as root on Debian)
	.ci/nats
	FLEET_CUTS=$(CUTS) $(GO) test -count=1 -v -timeout 0 -run 'TestHub_(Cluster|LosesNothing)' ./cmd/dashcam

.PHONY: month
month: ## write a month of recorded rows to disk, read all of it back, and backtest it (1 GB in TMPDIR)
	DASHCAM_DAYS=30 $(GO) test -count=1 -v -timeout 60m -run AMonthReadsBack ./collectors/history
	DASHCAM_DAYS=30 $(GO) test -count=1 -timeout 60m -run '^$$' -bench Backtest_Month -benchtime 1x ./collectors/alert

.PHONY: fresh
fresh: node-modules ## fail when generated code or frontend/dist is stale
	.ci/fresh

.PHONY: cross
cross: ## build for the other systems
	for os in darwin windows freebsd; do echo "build $$os/amd64"; GOOS=$$os GOARCH=amd64 CGO_ENABLED=0 $(GO) build -o /dev/null ./cmd/dashcam; done

SOAK ?= 10
.PHONY: ordinary
ordinary: ## what is called wrong beside ordinary work on this host, for ORDINARY (20) minutes
	cd .ci/bench && $(GO) run ./ordinary -minutes $(ORDINARY)

.PHONY: soak
soak: ## the built program under a changing load, pages that come and go, links that are cut, for SOAK (10) minutes
	cd .ci/bench && $(GO) run ./soak -minutes $(SOAK)

.PHONY: reproducible
reproducible: ## build twice from nothing and compare the bytes (some minutes)
	.ci/reproducible --from-scratch

.PHONY: check
check: lint unit fresh ## what to run before a commit

.PHONY: pictures
pictures: node-modules ## write the README's pictures anew (two minutes)
	.ci/chromium
	cd frontend && DASHCAM_PICTURES=1 npx playwright test pictures

.PHONY: measure
measure: node-modules ## what the page costs in a browser (half an hour; MEASURE=short: three minutes)
	.ci/chromium
	cd frontend && DASHCAM_MEASURE=1 MEASURE=$(MEASURE) npx playwright test measure

# npm ci runs again only when the lock file changed.
.PHONY: node-modules
node-modules: frontend/node_modules/.package-lock.json
frontend/node_modules/.package-lock.json: frontend/package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20.19 or later (https://nodejs.org)"; exit 1; }
	cd frontend && npm ci --no-audit --no-fund
	@touch $@
