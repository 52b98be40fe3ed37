// SPDX-License-Identifier: BSD-2-Clause
/* Runs the task iterator once. Nothing of it stays loaded behind bpf_snapshot_take(). */
#include "process_snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "procfs.h"
#include "snapshot.skel.h"
#include "snapshot_decode.h"

/* As the kernel's own buffer of an iterator: a read takes all that it has collected. */
#define READ_SIZE 32768

static int select_tgid(struct snapshot_bpf *skel, uint32_t tgid)
{
	const __u8 present = 1;

	return bpf_map__update_elem(skel->maps.selected, &tgid, sizeof(tgid), &present,
				    sizeof(present), BPF_ANY);
}

/*
 * The wanted processes and their parents, with whose masks theirs are compared. A parent that
 * changes before the iterator runs is then without threads, and proves nothing.
 */
static int load(struct snapshot_bpf *skel, const struct snapshot_request *request)
{
	int r;

	skel->rodata->take_all = request->descendants;
	r = bpf_map__set_max_entries(skel->maps.selected,
				     request->tgids_len ? 2 * request->tgids_len : 1);
	if (r < 0)
		return r;
	r = snapshot_bpf__load(skel);
	for (size_t i = 0; r == 0 && !request->descendants && i < request->tgids_len; i++) {
		struct procfs_process process;

		r = select_tgid(skel, request->tgids[i]);
		if (r == 0 && procfs_read_process(request->tgids[i], &process) == 0)
			r = select_tgid(skel, process.ppid);
	}
	return r;
}

static int read_all(int fd, struct snapshot_decoder *d)
{
	char *buffer = malloc(READ_SIZE);
	int r = buffer ? 0 : -ENOMEM;

	while (r == 0) {
		ssize_t n = read(fd, buffer, READ_SIZE);

		if (n == 0)
			break;
		if (n > 0)
			r = snapshot_decoder_feed(d, buffer, n);
		/* EAGAIN: a million threads in a row, and none of them wanted. */
		else if (errno != EINTR && errno != EAGAIN)
			r = -errno;
	}
	free(buffer);
	return r;
}

/* Attaches the loaded program to an iterator of its own and reads that to its end. */
static int iterate(struct snapshot_bpf *skel, struct snapshot_decoder *d)
{
	struct bpf_link *link = bpf_program__attach_iter(skel->progs.write_task, NULL);
	int fd, r;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0) {
		r = fd;
	} else {
		r = read_all(fd, d);
		close(fd);
	}
	bpf_link__destroy(link);
	return r;
}

static int run(const struct snapshot_request *request, struct snapshot_decoder *d)
{
	struct snapshot_bpf *skel = snapshot_bpf__open();
	int r;

	if (!skel)
		return -errno;
	r = load(skel, request);
	if (r == 0)
		r = iterate(skel, d);
	snapshot_bpf__destroy(skel);
	return r;
}

/* Marks what was asked for: only the whole table tells who descends from whom. */
static int select_wanted(const struct snapshot_request *request, struct process_table *t)
{
	for (size_t i = 0; i < t->len; i++)
		t->list[i].selected = false;
	for (size_t i = 0; i < request->tgids_len; i++) {
		struct process *p = process_table_find(t, request->tgids[i]);

		if (p)
			p->selected = true;
	}
	return request->descendants ? process_table_select_descendants(t) : 0;
}

/* Details are for the wanted ones and their parents. */
static int drop_details(struct process_table *t)
{
	bool *keep = calloc(t->len + 1, sizeof(*keep));

	if (!keep)
		return -ENOMEM;
	for (size_t i = 0; i < t->len; i++) {
		const struct process *parent;

		if (!t->list[i].selected)
			continue;
		keep[i] = true;
		parent = process_table_find(t, t->list[i].parent_tgid);
		if (parent)
			keep[parent - t->list] = true;
	}
	for (size_t i = 0; i < t->len; i++)
		if (!keep[i])
			process_forget_details(&t->list[i]);
	free(keep);
	return 0;
}

int bpf_snapshot_take(const struct snapshot_request *request, struct process_table *ret)
{
	struct process_table table = {0};
	struct snapshot_decoder *d;
	int r = snapshot_decoder_new(&d);

	if (r < 0)
		return r;
	r = run(request, d);
	if (r == 0)
		r = snapshot_decoder_finish(d, &table);
	snapshot_decoder_free(d);
	if (r == 0)
		r = select_wanted(request, &table);
	if (r == 0)
		r = drop_details(&table);
	if (r < 0) {
		process_table_free(&table);
		return r;
	}
	*ret = table;
	return 0;
}
