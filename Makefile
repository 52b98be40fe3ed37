# SPDX-License-Identifier: BSD-2-Clause
#
# make                   build/sigtrace, with its manual pages and completions beside it
# make STATIC=1          build/static/sigtrace: one static binary that runs on any distribution
# make check             all tests (as root, for those on the live kernel); see scripts/test
# make install           DESTDIR= PREFIX=/usr/local
# make lint bench help
#
# Variables: CC CLANG BPFTOOL CFLAGS LDFLAGS BUILD SANITIZE=1 WERROR=1 VMLINUX_H=FILE V=1

VERSION := 0.1.0

BUILD     ?= build
PREFIX    ?= /usr/local
CLANG     ?= clang
# Debian keeps it in /usr/sbin, where not every user looks.
BPFTOOL   ?= $(or $(shell command -v bpftool),/usr/sbin/bpftool)
PKGCONFIG ?= pkg-config
PYTHON    ?= /usr/bin/python3
CFLAGS    ?= -O2 -g

SBINDIR  = $(PREFIX)/sbin
MANDIR   = $(PREFIX)/share/man
SHAREDIR = $(PREFIX)/share

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)';)

ifdef STATIC
OBJ := $(BUILD)/static
else
OBJ := $(BUILD)
endif

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum \
	-Wformat=2 -Wundef -Wvla $(if $(WERROR),-Werror)

# Libraries come from the distribution. libelf and zlib are libbpf's own needs.
LIBS_BPF  := libbpf libelf zlib
LIBS_JSON := jansson
ifneq ($(filter-out clean help lint-% install-setup,$(or $(MAKECMDGOALS),all)),)
ifneq ($(shell $(PKGCONFIG) --exists $(LIBS_BPF) $(LIBS_JSON) && echo yes),yes)
$(error $(LIBS_BPF) $(LIBS_JSON) not all found by $(PKGCONFIG): run 'sudo scripts/setup build' to install what the build needs)
endif
endif
PKG_CFLAGS   := $(shell $(PKGCONFIG) --cflags $(LIBS_BPF) $(LIBS_JSON))
LIBS_BPF_LD  := $(shell $(PKGCONFIG) $(if $(STATIC),--static) --libs $(LIBS_BPF))
LIBS_JSON_LD := $(shell $(PKGCONFIG) $(if $(STATIC),--static) --libs $(LIBS_JSON))

ifdef SANITIZE
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif

# -include of nothing else: include rules are checked by tests/lint/includes.
INCLUDES     := -Iinclude -Isrc/core
ALL_CFLAGS    = -std=gnu11 $(WARNINGS) -D_GNU_SOURCE -DSIGTRACE_VERSION='"$(VERSION)"' $(INCLUDES) \
	$(PKG_CFLAGS) -pthread -fno-common -fstack-protector-strong $(SANITIZERS) $(CFLAGS)
ALL_LDFLAGS   = $(if $(STATIC),-static) $(SANITIZERS) $(LDFLAGS)

CORE := $(patsubst src/%.c,$(OBJ)/obj/%.o,$(wildcard src/core/*.c))
OUT  := $(patsubst src/%.c,$(OBJ)/obj/%.o,$(wildcard src/out/*.c))
SYS  := $(patsubst src/%.c,$(OBJ)/obj/%.o,$(wildcard src/sys/*.c))
CMD  := $(patsubst src/%.c,$(OBJ)/obj/%.o,$(wildcard src/cmd/*.c)) $(OBJ)/obj/main.o

PROGRAM   := $(OBJ)/sigtrace
SKELETONS := $(patsubst bpf/%.bpf.c,$(BUILD)/gen/%.skel.h,$(wildcard bpf/*.bpf.c)) $(BUILD)/gen/sigtrace_cast.skel.h

.PHONY: all
all: $(PROGRAM) $(if $(STATIC),,completions)

$(PROGRAM): $(CMD) $(SYS) $(OUT) $(CORE)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_BPF_LD) $(LIBS_JSON_LD)

# The BPF object: bytecode for any kernel from 5.10 on; its types come from vmlinux.h, never from
# the machine that builds.
VMLINUX_H ?= vmlinux.h
BPF_CFLAGS := -g -O2 -target bpf -mcpu=v3 -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Wshadow \
	$(if $(WERROR),-Werror) -I$(BUILD)/gen/vmlinux -Ibpf -Iinclude

$(BUILD)/gen/vmlinux/vmlinux.h: $(VMLINUX_H)
	$(Q)mkdir -p $(@D)
	$(Q)cp $< $@

define compile-bpf
$(call say,BPF,$@)
$(Q)$(CLANG) $(BPF_CFLAGS) $(shell $(PKGCONFIG) --cflags libbpf) -MMD -MP -c $< -o $@.tmp -MF $(@:.o=.d) -MT $@
$(Q)$(BPFTOOL) gen object $@ $@.tmp && rm -f $@.tmp
endef

$(BUILD)/gen/%.bpf.o: bpf/%.bpf.c $(BUILD)/gen/vmlinux/vmlinux.h
	$(compile-bpf)

# The same for kernels with bpf_rdonly_cast(): compat_plain_task() of bpf/compat.bpf.h.
$(BUILD)/gen/%_cast.bpf.o: BPF_CFLAGS += -DWITH_RDONLY_CAST
$(BUILD)/gen/%_cast.bpf.o: bpf/%.bpf.c $(BUILD)/gen/vmlinux/vmlinux.h
	$(compile-bpf)

.PRECIOUS: $(BUILD)/gen/%.bpf.o $(BUILD)/gen/%_cast.bpf.o
$(BUILD)/gen/%.skel.h: $(BUILD)/gen/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@.tmp && mv $@.tmp $@

# The system calls of the architecture that is built for: SYSCALL(number, "name") a line. Through the
# preprocessor twice, because some architectures define one name by another.
SYSCALL_NAMES := $(BUILD)/gen/syscall_names.h
$(SYSCALL_NAMES):
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q){ echo '#include <asm/unistd.h>'; echo '#include <asm/unistd.h>' | $(CC) -E -dM - | \
		sed -n -e '/__NR_\(arch_specific_\)*syscalls* /d' \
			-e 's/^#define \(__NR_\([a-z0-9_]*\)\) .*/SYSCALL(\1, "\2")/p'; } | \
		$(CC) -E -P - | grep '^SYSCALL([0-9]' > $@.tmp && mv $@.tmp $@

$(OBJ)/obj/core/syscalls.o: $(SYSCALL_NAMES)
$(OBJ)/obj/core/syscalls.o: INCLUDES += -I$(BUILD)/gen
$(OBJ)/obj/sys/bpf_session.o: $(BUILD)/gen/sigtrace.skel.h $(BUILD)/gen/sigtrace_cast.skel.h
$(OBJ)/obj/sys/bpf_snapshot.o: $(BUILD)/gen/snapshot.skel.h
$(OBJ)/obj/sys/%.o: INCLUDES += -I$(BUILD)/gen
$(OBJ)/obj/cmd/%.o $(OBJ)/obj/main.o: INCLUDES += -Isrc/cmd -Isrc/out -Isrc/sys

# Compiler or flags changed: build again.
FLAGS_NOW = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)
$(OBJ)/obj/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' > $@
.PHONY: FORCE
FORCE:

$(OBJ)/obj/%.o: src/%.c $(OBJ)/obj/flags
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

-include $(CORE:.o=.d) $(OUT:.o=.d) $(SYS:.o=.d) $(CMD:.o=.d) $(SKELETONS:.skel.h=.bpf.d)

include tests/tests.mk

.PHONY: completions
COMPLETIONS := $(BUILD)/completions/sigtrace.bash $(BUILD)/completions/_sigtrace $(BUILD)/completions/sigtrace.fish
completions: $(COMPLETIONS)
$(BUILD)/completions/sigtrace.bash: SHELL_NAME := bash
$(BUILD)/completions/_sigtrace: SHELL_NAME := zsh
$(BUILD)/completions/sigtrace.fish: SHELL_NAME := fish
$(COMPLETIONS): $(PROGRAM)
	$(Q)mkdir -p $(@D)
	$(Q)$(PROGRAM) completion $(SHELL_NAME) > $@.tmp && mv $@.tmp $@

.PHONY: install
install: all
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(SBINDIR)/sigtrace
	for page in man/*.8; do install -D -m 644 $$page $(DESTDIR)$(MANDIR)/man8/$${page##*/} || exit 1; done
	install -D -m 644 docs/json-schema.json $(DESTDIR)$(SHAREDIR)/sigtrace/json-schema.json
	$(if $(STATIC),,install -D -m 644 $(BUILD)/completions/sigtrace.bash $(DESTDIR)$(SHAREDIR)/bash-completion/completions/sigtrace)
	$(if $(STATIC),,install -D -m 644 $(BUILD)/completions/_sigtrace $(DESTDIR)$(SHAREDIR)/zsh/site-functions/_sigtrace)
	$(if $(STATIC),,install -D -m 644 $(BUILD)/completions/sigtrace.fish $(DESTDIR)$(SHAREDIR)/fish/vendor_completions.d/sigtrace.fish)

.PHONY: clean help
clean:
	rm -rf $(BUILD)
help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile
