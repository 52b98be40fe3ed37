// SPDX-License-Identifier: BSD-2-Clause
#include "bpf_session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "log.h"
#include "parse.h"
#include "sigtrace.skel.h"
#include "sigtrace_cast.skel.h"

struct session {
	struct sigtrace_bpf *skel;
	struct ring ring;
	struct counters *per_cpu; /* room for one look-up of the counters, a struct a CPU */
	int cpus;
};

/*
 * How many frames of a stack the kernel keeps; 0: none. Without CONFIG_PERF_EVENTS there is no such
 * file, and no map of stacks; a map of longer ones than the file allows cannot be made.
 */
static unsigned int stack_frames(void)
{
	char text[16];
	uint64_t frames = 0;
	int fd = open("/proc/sys/kernel/perf_event_max_stack", O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return 0;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return 0;
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (parse_u64(text, 0, UINT32_MAX, &frames) < 0)
		return 0;
	return frames < STACK_FRAMES_MAX ? frames : STACK_FRAMES_MAX;
}

/* A map that is not made leaves an instruction that does not load, unless it is never reached. */
static int prepare_stacks(struct sigtrace_bpf *skel)
{
	const unsigned int frames = stack_frames();

	skel->rodata->settings.stacks = frames > 0;
	if (frames == 0)
		return bpf_map__set_autocreate(skel->maps.stacks, false);
	return bpf_map__set_value_size(skel->maps.stacks, frames * sizeof(uint64_t));
}

/*
 * Without CONFIG_CGROUPS there are neither events nor numbers, and nothing is selected by them; a
 * program for a tracepoint that is not there would keep the others from loading. (libbpf could be
 * asked for the tracepoint, and would read the whole BTF of the kernel once more.)
 */
static int prepare_cgroups(struct sigtrace_bpf *skel, const struct settings *settings)
{
	const bool has_cgroups = access("/proc/self/cgroup", F_OK) == 0;
	int r;

	bpf_program__set_autoload(skel->progs.on_cgroup_mkdir, has_cgroups);
	bpf_program__set_autoload(skel->progs.on_cgroup_release,
				  settings->by_cgroup && has_cgroups);
	r = bpf_map__set_autocreate(skel->maps.selected_cgroups, settings->by_cgroup);
	if (r < 0)
		return r;
	return bpf_map__set_autocreate(skel->maps.selected_pid_ns, settings->by_pid_ns);
}

_Static_assert(sizeof(*((struct sigtrace_bpf *)0)->rodata) ==
			       sizeof(*((struct sigtrace_cast_bpf *)0)->rodata) &&
		       sizeof(*((struct sigtrace_bpf *)0)->bss) ==
			       sizeof(*((struct sigtrace_cast_bpf *)0)->bss),
	       "one skeleton serves both objects");

/* sigtrace_bpf__open(), of either object: they differ in their instructions only. */
static int open_programs(bool cast, struct sigtrace_bpf **ret)
{
	struct sigtrace_bpf *skel = calloc(1, sizeof(*skel));
	int r;

	if (!skel)
		return -ENOMEM;
	r = sigtrace_bpf__create_skeleton(skel);
	if (r == 0 && cast)
		skel->skeleton->data =
			(void *)sigtrace_cast_bpf__elf_bytes(&skel->skeleton->data_sz);
	if (r == 0)
		r = bpf_object__open_skeleton(skel->skeleton, NULL);
	if (r < 0) {
		sigtrace_bpf__destroy(skel);
		return r;
	}
	*ret = skel;
	return 0;
}

static int prepare(struct sigtrace_bpf *skel, const struct session_config *config)
{
	const bool exits = config->follow || !config->settings.problems_only;
	int r;

	memcpy((void *)&skel->rodata->settings, &config->settings, sizeof(config->settings));
	skel->rodata->settings.wake_bytes = config->buffer_bytes / 8;
	bpf_program__set_autoload(skel->progs.on_fork, config->follow);
	bpf_program__set_autoload(skel->progs.on_fork_again, config->follow);
	bpf_program__set_autoload(skel->progs.on_exit, exits);
	bpf_program__set_autoload(skel->progs.on_exit_again, exits);
	bpf_program__set_autoload(skel->progs.on_free, config->follow);
	bpf_program__set_autoload(skel->progs.on_sys_enter, config->settings.handlers);
	bpf_program__set_autoload(skel->progs.on_sys_exit, config->settings.failed);
	r = bpf_map__set_autocreate(skel->maps.running, config->settings.handlers);
	if (r == 0)
		r = prepare_stacks(skel);
	if (r == 0)
		r = prepare_cgroups(skel, &config->settings);
	if (r == 0)
		r = bpf_map__set_max_entries(skel->maps.events, config->buffer_bytes);
	return r;
}

static int load_programs(bool cast, const struct session_config *config, struct sigtrace_bpf **ret)
{
	struct sigtrace_bpf *skel;
	int r = open_programs(cast, &skel);

	if (r < 0)
		return r;
	r = prepare(skel, config);
	if (r == 0)
		r = sigtrace_bpf__load(skel);
	if (r < 0) {
		sigtrace_bpf__destroy(skel);
		return r;
	}
	*ret = skel;
	return 0;
}

/* bpf_rdonly_cast() is 6.2's. Only which object is tried first depends on this. */
static bool may_have_cast(void)
{
	struct utsname name;
	unsigned int major, minor;

	return uname(&name) == 0 && sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 2));
}

static int load(struct session *s, const struct session_config *config)
{
	const bool cast = may_have_cast();
	int r = load_programs(cast, config, &s->skel);

	/* Such a call needs the JIT, and the kernel can be without it. */
	if (r < 0 && cast && r != -EPERM && r != -ENOMEM) {
		log_debug("the programs do not load with bpf_rdonly_cast(): %s", strerror(-r));
		log_forget();
		r = load_programs(false, config, &s->skel);
	}
	if (r < 0)
		return r;
	s->cpus = libbpf_num_possible_cpus();
	if (s->cpus < 0)
		return s->cpus;
	s->per_cpu = calloc(s->cpus, sizeof(*s->per_cpu));
	if (!s->per_cpu)
		return -ENOMEM;
	return ring_open(&s->ring, bpf_map__fd(s->skel->maps.events), config->buffer_bytes);
}

int session_open(const struct session_config *config, struct session **ret)
{
	struct session *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	r = load(s, config);
	if (r < 0) {
		session_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

void session_close(struct session *s)
{
	if (!s)
		return;
	ring_close(&s->ring);
	sigtrace_bpf__destroy(s->skel);
	free(s->per_cpu);
	free(s);
}

int session_select(struct session *s, uint32_t tgid, uint64_t start_boot_ns)
{
	const struct selected selected = {.start_boot_ns = start_boot_ns};
	int r = bpf_map__update_elem(s->skel->maps.processes, &tgid, sizeof(tgid), &selected,
				     sizeof(selected), BPF_ANY);

	if (r < 0)
		return r;
	s->skel->bss->maybe_selected[tgid % MAYBE_SIZE] = 1;
	return 0;
}

static int select_number(const struct bpf_map *map, uint32_t number)
{
	const uint8_t value = 0;

	return bpf_map__update_elem(map, &number, sizeof(number), &value, sizeof(value), BPF_ANY);
}

int session_select_cgroup(struct session *s, uint32_t cgroup)
{
	return select_number(s->skel->maps.selected_cgroups, cgroup);
}

int session_select_pid_ns(struct session *s, uint32_t inode)
{
	return select_number(s->skel->maps.selected_pid_ns, inode);
}

int session_attach(struct session *s)
{
	return sigtrace_bpf__attach(s->skel);
}

void session_detach(struct session *s)
{
	sigtrace_bpf__detach(s->skel);
}

int session_fd(const struct session *s)
{
	return bpf_map__fd(s->skel->maps.events);
}

int session_read(struct session *s, ring_record_fn each, void *context, unsigned int budget)
{
	return ring_read(&s->ring, each, context, budget);
}

uint64_t session_written(const struct session *s)
{
	return ring_written(&s->ring);
}

uint64_t session_consumed(const struct session *s)
{
	return ring_consumed(&s->ring);
}

void session_set_reader(struct session *s, enum reader_state state)
{
	__atomic_store_n(&s->skel->bss->shared.reader, state, __ATOMIC_SEQ_CST);
}

/* Runs that the kernel left out because the program was already running on that CPU; since 5.12. */
static uint64_t skipped_runs(const struct bpf_program *program)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);
	int fd = bpf_program__fd(program);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return 0;
	return info.recursion_misses;
}

int session_read_counters(struct session *s, struct counters *ret)
{
	struct counters sum = {};
	const __u32 zero = 0;
	/* First: an exit is counted as skipped before it is as saved. */
	const uint64_t skipped_exits = skipped_runs(s->skel->progs.on_exit);
	int r = bpf_map__lookup_elem(s->skel->maps.counters, &zero, sizeof(zero), s->per_cpu,
				     s->cpus * sizeof(*s->per_cpu), 0);

	if (r < 0)
		return r;
	for (int i = 0; i < s->cpus; i++) {
		for (int j = 0; j < EVENT_LOST_COUNT; j++)
			sum.lost[j] += s->per_cpu[i].lost[j];
		sum.hidden += s->per_cpu[i].hidden;
		sum.exits_saved += s->per_cpu[i].exits_saved;
	}
	sum.lost[EVENT_LOST_GENERATE] += skipped_runs(s->skel->progs.on_signal_generate);
	sum.lost[EVENT_LOST_DELIVER] += skipped_runs(s->skel->progs.on_signal_deliver);
	if (skipped_exits > sum.exits_saved)
		sum.lost[EVENT_LOST_EXIT] += skipped_exits - sum.exits_saved;
	*ret = sum;
	return 0;
}

int session_read_stack(struct session *s, int32_t stack_id, uint64_t *addresses, size_t max)
{
	const struct bpf_map *stacks = s->skel->maps.stacks;
	const __u32 key = stack_id;
	uint64_t frames[STACK_FRAMES_MAX];
	size_t n = 0;

	if (stack_id < 0 || !s->skel->rodata->settings.stacks ||
	    bpf_map__lookup_elem(stacks, &key, sizeof(key), frames, bpf_map__value_size(stacks),
				 0) < 0)
		return -ENOENT;
	/* 0 behind the last one. */
	while (n < max && n < bpf_map__value_size(stacks) / sizeof(frames[0]) && frames[n]) {
		addresses[n] = frames[n];
		n++;
	}
	return (int)n;
}

int session_followed(const struct session *s)
{
	return __atomic_load_n(&s->skel->bss->shared.followed, __ATOMIC_RELAXED);
}
