# Reeve. `make` alone tells what can be made. Every target does its own set-up.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

# The Bun of package.json's packageManager: the one on PATH if it is the same, else npm brings it into .tools/.
BUN_VERSION := $(shell sed -n 's/.*"packageManager": *"bun@\([^"]*\)".*/\1/p' package.json)
OWN_BUN := .tools/node_modules/.bin/bun
BUN := $(if $(filter $(BUN_VERSION),$(shell bun --version 2>/dev/null)),bun,$(OWN_BUN))

VERSION := $(shell sed -n 's/^  "version": *"\([^"]*\)".*/\1/p' package.json)
COMMIT := $(shell git describe --always --dirty --abbrev=9 2>/dev/null || echo unknown)
SOURCES := $(shell find cmd src -type f)
TARGET ?=
BINARY := dist/reeve$(if $(TARGET),-$(TARGET))

# ESM, or --bytecode would mean CommonJS; --splitting, or lazy imports gain nothing; no autoload, or the binary would run
# code that the folder it is started in names. Built in its folder under one name, so that builds are repeatable.
BUILD_FLAGS := --compile --minify --keep-names --splitting --bytecode --format=esm --sourcemap \
  --no-compile-autoload-dotenv --no-compile-autoload-bunfig \
  --define REEVE_VERSION='"$(VERSION)"' --define REEVE_COMMIT='"$(COMMIT)"' \
  $(if $(TARGET),--target=bun-$(TARGET))

# Debian packages that the lab tests start real servers and tools from.
LAB_PACKAGES := postgresql chromium ocsinventory-agent fusioninventory-agent dmidecode pciutils iproute2 \
  slapd ldap-utils python3-ldap \
  isc-dhcp-client dhcpcd-base dnsmasq-base ifupdown ethtool user-mode-linux kmod \
  snmpd snmp lldpd libsnmp-info-perl iputils-ping debootstrap lintian systemd curl xz-utils strace procps binutils \
  man-db zsh fish

STATE ?= state
LISTEN ?= 127.0.0.1:8090

.PHONY: help
help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

.PHONY: run
run: build ## build, then start the console with this machine's own inventory (LISTEN=ADDR:PORT STATE=DIR)
	@exec $(BINARY) daemon --state $(STATE) --listen $(LISTEN) --with agent --with backend

.PHONY: test
test: ## all tests, with set-up; closes with `N passed, N failed`
	@$(MAKE) timed STAGE=setup
	@$(MAKE) timed STAGE=lab
	@$(MAKE) timed STAGE=check
	@$(MAKE) timed STAGE=build
	@$(BUN) test/run.ts unit+deno corpus+corpus-deno lab

.PHONY: unit
unit: setup ## the tests that need no server, no binary and no recordings, with a quarter of the random trials of `make test`
	@$(BUN) test/run.ts quick

.PHONY: check
check: setup ## types, lint, format, borders, import arrows
	@$(BUN) check
	@node_modules/.bin/biome ci --colors=off --error-on-warnings .
	@$(BUN) test --dots test/house

.PHONY: build
build: $(BINARY) ## dist/reeve, or dist/reeve-TARGET with TARGET=linux-arm64, linux-x64-musl …

# The commit stands in the binary, hence the log of HEAD. Source maps are inside, too; the files beside are left over.
$(BINARY): .tools/setup $(SOURCES) package.json Makefile $(wildcard .git/logs/HEAD)
	@mkdir -p dist/build
	@$(BUN) build $(BUILD_FLAGS) --outfile=dist/build/$(notdir $(BINARY)) cmd/main.ts >/dev/null
	@mv dist/build/$(notdir $(BINARY)) $(BINARY)
	@echo "$(BINARY): $$(du -m $(BINARY) | cut -f1) MiB, $(VERSION) ($(COMMIT))"

.PHONY: dev
dev: setup ## the console from the sources, restarted when they change
	@exec $(BUN) --watch cmd/main.ts daemon --state $(STATE) --listen $(LISTEN) --with agent --with backend

.PHONY: bench
bench: build lab ## measure against peers; prints ratios
	@$(BUN) test/bench/run.ts

.PHONY: soak
soak: build lab ## long random runs: fuzzing, kills
	@REEVE_TEST_SOAK=1 $(BUN) test/run.ts soak

.PHONY: deb
deb: build ## dist/reeve_VERSION_ARCH.deb; with TARGET=linux-arm64 for that machine
	@$(if $(TARGET),REEVE='$(BUN) --define=REEVE_VERSION="$(VERSION)" cmd/main.ts') packaging/build-deb $(VERSION) $(BINARY)

.PHONY: clean
clean: ## remove what was built; `state/` stays
	@rm -rf dist .tools node_modules

.PHONY: setup
setup: .tools/setup

.tools/setup: package.json bun.lock
	@mkdir -p .tools
	@if [ "$(BUN)" != bun ] && [ "$$($(OWN_BUN) --version 2>/dev/null)" != "$(BUN_VERSION)" ]; then \
	  npm install --prefix .tools --no-save --no-audit --no-fund --loglevel=error bun@$(BUN_VERSION) >/dev/null; \
	  $(OWN_BUN) --version >/dev/null; \
	fi
	@$(BUN) install --frozen-lockfile --silent
	@touch $@

# Root installs what is missing; anybody else is told, and the tests that want it are skipped and counted.
.PHONY: lab
lab:
	@missing=; for name in $(LAB_PACKAGES); do \
	  dpkg-query -W -f='$${db:Status-Status}' $$name 2>/dev/null | grep -qx installed || missing+=" $$name"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ]; then echo "not installed (their tests are skipped):$$missing"; exit 0; fi; \
	echo "installing:$$missing"; \
	export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1; \
	apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null

.PHONY: timed
timed:
	@begun=$$(date +%s); $(MAKE) $(STAGE); echo "stage $(STAGE): $$(( $$(date +%s) - begun )) s"
