# Carnet. The two commands of a newcomer: `make run` and `make test`.
SHELL   := /usr/bin/env bash
BUILD   := .build
DESKTOP := x11,migrated_fynedo
TESTS   := x11,ci
GOFUMPT := mvdan.cc/gofumpt@v0.9.2
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.7.0
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo dev)
# The race detector watches everything but SQLite itself, which is translated from C and
# keeps its data where the detector does not look: watched, it costs three quarters of the
# server's tests. Only a package without generics may be left out like that: others would
# lend their unwatched copies (of sync.Map, say) to packages that are watched.
RACE    := -race -gcflags=modernc.org/libc=-d=checkptr=0 -gcflags=modernc.org/sqlite/lib=-race=false
# The longest first, so that none is waited for at the end.
LONGEST := ./cmd/carnet-server/internal/tour ./cmd/carnet-server/internal/e2e ./cmd/carnet ./cmd/carnet-lab \
	./cmd/carnet-server/internal/record ./client/pdfcheck ./cmd/carnet-server ./cache ./cmd/carnet-server/internal/demo
LDFLAGS := -X carnet/cmd/internal/buildinfo.version=$(VERSION)

.PHONY: run build test lint bench figures campaign clean setup

run: build ## the desktop on a demo server; without a display, the main job played in a real window
	@.ci/play

setup:
	@.ci/setup build

build: setup ## all programs, in .build
	@mkdir -p $(BUILD)
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $(BUILD)/carnet-server ./cmd/carnet-server
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $(BUILD)/carnet-lab ./cmd/carnet-lab
	CGO_ENABLED=0 go build -trimpath -o $(BUILD)/tour ./cmd/carnet-server/internal/tour
	go build -trimpath -tags $(DESKTOP) -ldflags '$(LDFLAGS)' -o $(BUILD)/carnet ./cmd/carnet

test: ## the whole suite, set-up included
	@.ci/setup build display browser
	@mkdir -p "$${HOME:-/root}/.cache"
	go vet -tags $(TESTS),browser ./...
	.ci/tests $(RACE) -tags $(TESTS) -timeout 20m $(LONGEST) ./...
	.ci/tests -p 1 -tags $(TESTS),browser -timeout 10m -run InChromium ./cmd/carnet-server ./cmd/carnet-server/internal/portal

lint: setup ## form and habits: gofumpt, vet, staticcheck, the table of imports
	@bad=$$(go run $(GOFUMPT) -l assets cache client cmd ui 2>/dev/null); if [ -n "$$bad" ]; then echo "not in gofumpt's form:"; echo "$$bad"; exit 1; fi
	go vet -tags $(TESTS) ./...
	go run $(STATICCHECK) -tags $(TESTS),browser ./...
	go test -tags $(TESTS) -count=1 ./cmd/internal/layout

bench: setup ## micro-benchmarks beside the code, then the server under load
	go test -tags $(TESTS) -run '^$$' -bench . -benchtime 200ms ./...
	go run ./cmd/carnet-server/internal/bench

figures: build ## the server under load, also with slow fsyncs; how soon a revocation holds
	go run ./cmd/carnet-server/internal/bench
	go run ./cmd/carnet-server/internal/bench -slow-fsync
	go test ./cmd/carnet-server/internal/e2e -run 'NoReadAfter|HearsARevocation' -count=1 -v -revocations=1000
	go test -tags $(TESTS) ./cmd/carnet -run ClearsTheScreen -count=1 -v -clearings=20

KILLS ?= 1000
campaign: setup ## what the suite samples, at length: programs killed at KILLS random points (about an hour)
	CARNET_KILLS=$(KILLS) go test -count=1 -timeout 0 -v -run 'CampaignOfKills|TestKill' ./client/batch ./cache/outbox ./cache/notebook ./cache
	CARNET_DAMAGE=$(KILLS) go test -count=1 -timeout 0 -v -run Damage ./cache
	CARNET_KILLS=$(KILLS) go test -count=1 -timeout 0 -v -run TestTheLaboratory/program_is_killed ./cmd/carnet-lab

clean:
	rm -rf $(BUILD) .tour
