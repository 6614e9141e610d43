# EnvelopeFS. `make run` gives you a mailbox, `make test` runs every test; `make help` lists the rest.

SOURCE ?= $(HOME)/mail-bucket
MOUNT  ?= $(HOME)/mnt
PREFIX ?= /usr/local
SWIFT  ?= swift

BUILD    := .build/release
PROGRAMS := envelopefs envelopectl
# `swift test FILTER=…` style: make test FILTER=MailboxFSTests
FILTER   ?=

.PHONY: run stop test test-mount lint format build release install check clean help bootstrap

run: release ## build, mount a ready mailbox on MOUNT (~/mnt) over SOURCE (~/mail-bucket)
	@tools/run-mailbox start "$(BUILD)" "$(SOURCE)" "$(MOUNT)"

stop: ## unmount it
	@tools/run-mailbox stop "$(BUILD)" "$(SOURCE)" "$(MOUNT)"

test: bootstrap-test ## run every test (FILTER=Name for some)
	$(SWIFT) test $(if $(FILTER),--filter $(FILTER))

test-mount: bootstrap-test ## only the tests that mount for real
	$(SWIFT) test --filter MountTests

lint: ## formatting and the house rules
	@tools/lint/run

format: ## format all sources in place
	$(SWIFT) format --in-place --parallel --recursive --configuration .swift-format Sources Tests Package.swift

build: bootstrap ## debug build of everything
	$(SWIFT) build

release: bootstrap ## optimised build of the mailbox programs
	@for program in $(PROGRAMS); do \
		echo "building $$program"; $(SWIFT) build -c release --product $$program || exit 1; done

install: release ## copy the programs to PREFIX (/usr/local)
	install -d "$(DESTDIR)$(PREFIX)/bin"
	for program in $(PROGRAMS); do \
		install -m 755 "$(BUILD)/$$program" "$(DESTDIR)$(PREFIX)/bin/$$program"; done

check: lint test ## all that a commit must pass, what fails fastest first

clean: ## remove build products
	rm -rf .build

bootstrap:
	@tools/bootstrap

bootstrap-test:
	@tools/bootstrap --test

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22
