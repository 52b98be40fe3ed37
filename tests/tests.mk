# SPDX-License-Identifier: BSD-2-Clause
# Test programs. Unit tests and the golden replay link core and out only, and run with sanitizers.

TEST_OBJ    := $(BUILD)/tests/obj
TEST_CFLAGS := -std=gnu11 $(WARNINGS) -D_GNU_SOURCE -DSIGTRACE_VERSION='"test"' $(INCLUDES) -Isrc/out \
	$(PKG_CFLAGS) -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
TEST_PURE   := $(patsubst src/%.c,$(TEST_OBJ)/%.o,$(wildcard src/core/*.c src/out/*.c))

$(TEST_OBJ)/core/syscalls.o: $(SYSCALL_NAMES)
$(TEST_OBJ)/core/syscalls.o: TEST_CFLAGS += -I$(BUILD)/gen
$(TEST_OBJ)/%.o: src/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -MMD -MP -c $< -o $@

UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
$(BUILD)/tests/unit/%: tests/unit/%.c $(TEST_PURE)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -Itests/unit -MMD -MP -MF $@.d -o $@ $< $(TEST_PURE) -lcmocka $(LIBS_JSON_LD)

# Reads state files from folders that the test makes.
CONTAINER_READER := $(wildcard src/sys/containers.c src/sys/container_files.c)
$(BUILD)/tests/unit/test_containers: tests/unit/test_containers.c $(CONTAINER_READER) $(TEST_PURE)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -Isrc/sys -MMD -MP -MF $@.d -o $@ $< $(CONTAINER_READER) $(TEST_PURE) -lcmocka $(LIBS_JSON_LD)

# Runs an engine that the test writes, a script.
ENGINE := $(addprefix src/sys/,engine.c subprocess.c clean_exec.c boot_clock.c)
$(BUILD)/tests/unit/test_engine: tests/unit/test_engine.c $(ENGINE) $(TEST_PURE)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -Isrc/sys -MMD -MP -MF $@.d -o $@ $< $(ENGINE) $(TEST_PURE) -lcmocka $(LIBS_JSON_LD)

# Reads processes that the test starts.
PROCESS_READER := $(addprefix src/sys/,process_words.c proc_dir.c procfs.c)
$(BUILD)/tests/unit/test_process_words: tests/unit/test_process_words.c $(PROCESS_READER) $(TEST_PURE)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -Isrc/sys -MMD -MP -MF $@.d -o $@ $< $(PROCESS_READER) $(TEST_PURE) -lcmocka $(LIBS_JSON_LD)

# Make namespaces, as root or without.
NAMESPACES := $(addprefix src/sys/,pid1.c pid1_problem.c pids_cgroup.c clean_exec.c boot_clock.c \
	janitor.c pump.c procfs.c privilege.c cgroup_tree.c proc_dir.c)
NAMESPACE_TESTS := $(addprefix $(BUILD)/tests/unit/,test_pid1 test_pid1_refused test_pump test_janitor)
$(NAMESPACE_TESTS): $(BUILD)/tests/unit/%: tests/unit/%.c $(NAMESPACES) $(TEST_PURE)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -Isrc/sys -Itests/unit -MMD -MP -MF $@.d -o $@ $< $(NAMESPACES) $(TEST_PURE) -lcmocka $(LIBS_JSON_LD)

$(BUILD)/tests/replay: tests/golden/replay.c $(TEST_PURE)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(TEST_PURE) $(LIBS_JSON_LD)

-include $(TEST_PURE:.o=.d) $(UNIT_TESTS:=.d) $(BUILD)/tests/replay.d

# The static fixture of the live tests; it also runs in the initramfs of the VM tests.
FIXTURE := $(wildcard tests/live/fixture*.c)
$(BUILD)/tests/fixture: $(FIXTURE) $(wildcard tests/live/*.h)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) -O1 -g -static -pthread -o $@ $(FIXTURE)

.PHONY: test-programs
test-programs: $(UNIT_TESTS) $(BUILD)/tests/replay $(BUILD)/tests/fixture

# Each suite leaves JUnit XML in $(RESULTS); scripts/test runs them all and adds up.
RESULTS := $(BUILD)/results
PYTEST  := $(PYTHON) -m pytest -q -p no:cacheprovider

.PHONY: check check-unit check-golden check-cli check-live check-docs check-vm
check:
	scripts/test

check-unit: $(UNIT_TESTS)
	@mkdir -p $(RESULTS)
	@failed=0; for test in $(UNIT_TESTS); do \
		xml=$(RESULTS)/unit-$${test##*/}.xml; rm -f $$xml; \
		CMOCKA_MESSAGE_OUTPUT=xml CMOCKA_XML_FILE=$$xml $$test || { failed=1; echo "$$test failed"; }; \
	done; exit $$failed

check-golden: $(BUILD)/tests/replay
	@mkdir -p $(RESULTS)
	REPLAY=$(BUILD)/tests/replay $(PYTEST) tests/golden --junitxml=$(RESULTS)/golden.xml

check-cli: all
	@mkdir -p $(RESULTS)
	SIGTRACE=$(abspath $(PROGRAM)) $(PYTEST) tests/cli --junitxml=$(RESULTS)/cli.xml

check-live: all $(BUILD)/tests/fixture
	@mkdir -p $(RESULTS)
	SIGTRACE=$(abspath $(PROGRAM)) $(PYTEST) tests/live --junitxml=$(RESULTS)/live.xml

check-docs: all $(BUILD)/tests/fixture
	@mkdir -p $(RESULTS)
	BUILD=$(abspath $(BUILD)) SIGTRACE=$(abspath $(PROGRAM)) $(PYTEST) tests/docs --junitxml=$(RESULTS)/docs.xml

check-vm: $(BUILD)/tests/fixture
	@mkdir -p $(RESULTS)
	@$(MAKE) --no-print-directory STATIC=1
	tests/vm/run

.PHONY: lint check-lint bench
LINT = tests/lint/run --build $(BUILD)
lint check-lint: $(CORE) $(OUT) $(SKELETONS)
lint:
	@$(PYTHON) $(LINT)

check-lint:
	@$(PYTHON) $(LINT) --junit $(RESULTS)/lint.xml

BENCH_PROGRAMS := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/*.c))
$(BUILD)/bench/%: bench/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) -D_GNU_SOURCE $(PKG_CFLAGS) -O2 -g -MMD -MP -o $@ $< $(LIBS_BPF_LD)

-include $(BENCH_PROGRAMS:=.d)

# Figures need root and a quiet machine; BENCH_ARGS: see bench/run --help.
bench: all $(BENCH_PROGRAMS)
	@$(PYTHON) bench/run --build $(BUILD) $(BENCH_ARGS)

# Fuzzers over the real parsers. Bounded and repeatable here; `make fuzz` builds them with clang's
# libFuzzer, to be run by hand: build/tests/fuzz/libfuzzer/fuzz_record CORPUS_DIR
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(filter-out %/fuzz_main.c,$(wildcard tests/fuzz/fuzz_*.c)))
$(BUILD)/tests/fuzz/%: tests/fuzz/%.c tests/fuzz/fuzz_main.c $(TEST_PURE)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -MMD -MP -MF $@.d -o $@ $< tests/fuzz/fuzz_main.c $(TEST_PURE) $(LIBS_JSON_LD)

# The reader of ELF files is in sys, and the one module of it that takes foreign bytes whole.
ELF_READER := $(wildcard src/sys/elf_symbols.c)
$(BUILD)/tests/fuzz/fuzz_elf: tests/fuzz/fuzz_elf.c tests/fuzz/fuzz_main.c $(TEST_PURE) $(ELF_READER)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -Isrc/sys -MMD -MP -MF $@.d -o $@ $< tests/fuzz/fuzz_main.c $(ELF_READER) $(TEST_PURE) $(LIBS_JSON_LD) -lelf

LIBFUZZERS := $(FUZZERS:$(BUILD)/tests/fuzz/%=$(BUILD)/tests/fuzz/libfuzzer/%)
$(BUILD)/tests/fuzz/libfuzzer/%: tests/fuzz/%.c $(ELF_READER) $(SYSCALL_NAMES) $(wildcard tests/fuzz/*.h src/core/*.[ch] src/out/*.[ch] include/*.h)
	$(call say,CLANG,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(TEST_CFLAGS) -Isrc/sys -I$(BUILD)/gen -fsanitize=fuzzer -o $@ $< $(ELF_READER) $(wildcard src/core/*.c src/out/*.c) $(LIBS_JSON_LD) -lelf

-include $(FUZZERS:=.d)

FUZZ_ITERATIONS ?= 50000

.PHONY: fuzz check-fuzz
fuzz: $(LIBFUZZERS)

check-fuzz: $(FUZZERS)
	@mkdir -p $(RESULTS)
	@FUZZ_ITERATIONS=$(FUZZ_ITERATIONS) tests/fuzz/run $(RESULTS)/fuzz.xml $(FUZZERS)
