# The two commands of the README are `make demo` and `make test`; each installs what it
# needs (tools/bootstrap says what and why), builds and runs.
SHELL := /bin/bash
PRESET ?= dev
BUILD  := build/$(PRESET)
JOBS   ?= $(shell nproc)
ARGS   ?=
TARGETS ?=
FUZZ_SECONDS ?= 60

.DEFAULT_GOAL := help
.PHONY: help demo test test-unit test-crash test-oracle test-scale build bench fuzz lint format clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  PRESET=release|asan|tsan chooses another build; ARGS='--rate 100' goes to the demo"

demo: PRESET := release
demo:  ## a whole world on 127.0.0.1: MariaDB, Kafka, ClickHouse, and rows flowing between them
	@tools/bootstrap build demo
	@$(MAKE) --no-print-directory PRESET=release TARGETS=rowhouse compile
	@exec build/release/rowhouse demo $(ARGS)

test:  ## build and run all that CI runs, about an hour on 2 cores; says what it skipped
	@tools/bootstrap build demo test
	@$(MAKE) --no-print-directory compile
	@tools/run-tests $(BUILD)

test-unit: compile  ## unit tests only, no servers
	@ctest --test-dir $(BUILD) -L unit --output-on-failure -j $(JOBS)

test-crash: compile  ## 300 rounds of random changes with kill -9 of random parts
	@tools/run-tests $(BUILD) --crash-rounds 300

test-oracle: compile  ## an hour's worth of random changes, held against the servers' own log tools
	@ROWHOUSE_BINARY=$(CURDIR)/$(BUILD)/rowhouse ROWHOUSE_ORACLE_STATEMENTS=$(or $(STATEMENTS),100000) \
	  $${ROWHOUSE_DEPS:-$${XDG_CACHE_HOME:-$$HOME/.cache}/rowhouse}/venv/bin/python -m pytest -q -s -p no:cacheprovider tests/oracle

test-verify-live: compile  ## an hour of verify while rows change: no difference may be reported
	@ROWHOUSE_BINARY=$(CURDIR)/$(BUILD)/rowhouse \
	  $${ROWHOUSE_DEPS:-$${XDG_CACHE_HOME:-$$HOME/.cache}/rowhouse}/venv/bin/python tests/scale/verify_live.py $(ARGS)

test-scale: compile  ## 10,000 tables, 10 M rows, 5 M changes in one transaction, a 200 MB row
	@ROWHOUSE_BINARY=$(CURDIR)/$(BUILD)/rowhouse \
	  $${ROWHOUSE_DEPS:-$${XDG_CACHE_HOME:-$$HOME/.cache}/rowhouse}/venv/bin/python tests/scale/scale.py $(ARGS)

test-console-scale: compile  ## the console with 500 viewers, 5 M messages, 10,000 topics, a 10 MB message
	@ROWHOUSE_BINARY=$(CURDIR)/$(BUILD)/rowhouse \
	  $${ROWHOUSE_DEPS:-$${XDG_CACHE_HOME:-$$HOME/.cache}/rowhouse}/venv/bin/python tests/scale/console.py $(ARGS)

build:  ## bootstrap and build
	@tools/bootstrap build
	@$(MAKE) --no-print-directory compile

.PHONY: compile
compile:
	@test -f $(BUILD)/build.ninja || cmake --preset $(PRESET) >/dev/null
	@ninja -C $(BUILD) -j $(JOBS) $(TARGETS)

bench:  ## the named workloads on real servers: rows/s, MB/s, CPU, memory, latency
	@tools/bootstrap build demo
	@$(MAKE) --no-print-directory PRESET=release TARGETS="rowhouse rowhouse-bench" compile
	@build/release/rowhouse-bench $(ARGS)

fuzz:  ## each fuzz target for FUZZ_SECONDS (60), with sanitizers
	@tools/bootstrap build fuzz
	@$(MAKE) --no-print-directory PRESET=fuzz TARGETS=fuzz/all compile
	@tools/fuzz $(FUZZ_SECONDS)

bench-peers:  ## Debezium (as it comes, and at its best) and rowhouse on the same tables and changes
	@tools/bootstrap build demo test
	@$(MAKE) --no-print-directory PRESET=release TARGETS=rowhouse compile
	@ROWHOUSE_BINARY=$(CURDIR)/build/release/rowhouse $${ROWHOUSE_DEPS:-$${XDG_CACHE_HOME:-$$HOME/.cache}/rowhouse}/venv/bin/python bench/peers.py $(ARGS)

bench-copy:  ## rowhouse load and backfill, ClickHouse's mysql() and a script on the same table
	@tools/bootstrap build demo test
	@$(MAKE) --no-print-directory PRESET=release TARGETS=rowhouse compile
	@ROWHOUSE_BINARY=$(CURDIR)/build/release/rowhouse $${ROWHOUSE_DEPS:-$${XDG_CACHE_HOME:-$$HOME/.cache}/rowhouse}/venv/bin/python bench/table_copy.py $(ARGS)

lint:  ## layers, sizes, format, clang-tidy
	@tools/bootstrap build test
	@tools/lint --tidy

format:  ## clang-format in place
	@git ls-files 'src/*.h' 'src/*.cc' 'bench/*.cc' 'bench/*.h' 'fuzz/*.h' 'fuzz/*.cc' | xargs clang-format-14 -i

clean:  ## remove the build trees
	@rm -rf build
