// SPDX-License-Identifier: BSD-2-Clause
/*
 * The floor that no tracer gets below: an empty tp_btf program on signal_generate and, as sigtrace
 * has two, one on signal_deliver. Prints "tracing" when attached; ends with stdin.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

/* r0 = 0; exit: what a compiler makes of an empty program, too. */
static const struct bpf_insn empty[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
	{.code = BPF_JMP | BPF_EXIT},
};

static int attach_empty(const char *tracepoint)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_RAW_TP);
	int id = libbpf_find_vmlinux_btf_id(tracepoint, BPF_TRACE_RAW_TP);
	int prog;

	if (id < 0)
		return id;
	options.attach_btf_id = (__u32)id;
	prog = bpf_prog_load(BPF_PROG_TYPE_TRACING, NULL, "BSD", empty,
			     sizeof(empty) / sizeof(empty[0]), &options);
	if (prog < 0)
		return prog;
	return bpf_raw_tracepoint_open(NULL, prog);
}

int main(void)
{
	static const char *const tracepoints[] = {"signal_generate", "signal_deliver"};
	char byte;

	for (size_t i = 0; i < sizeof(tracepoints) / sizeof(tracepoints[0]); i++) {
		int fd = attach_empty(tracepoints[i]);

		if (fd < 0) {
			fprintf(stderr, "floor: %s: %s\n", tracepoints[i], strerror(-fd));
			return 1;
		}
	}
	/* Both links stay open, and with them the programs, until this process ends. */
	fputs("tracing\n", stderr);
	while (read(STDIN_FILENO, &byte, 1) > 0 || errno == EINTR)
		errno = 0;
	return 0;
}
