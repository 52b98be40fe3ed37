/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of signals as users type them, for -s. */
#ifndef SIGTRACE_CORE_SIGNAL_LIST_H
#define SIGTRACE_CORE_SIGNAL_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A list of signals as a set, bit sig - 1: names, numbers and ranges, separated by commas, as
 * signal_from_name() reads them ("TERM,INT", "1-15", "RTMIN-RTMAX", "RTMIN+1-RTMIN+4"), "all", and
 * "!" in front of a name or range to exclude it ("!CHLD"). Exclusions win, wherever they stand; a
 * list of exclusions only starts from all signals.
 *
 * "0" stands for probes: kill(2) with signal 0 checks for existence only, no signal is generated
 * for it. It sets *probes, is not in the set, and may be all that the list has. `probes` may be
 * NULL: then it is an error.
 *
 * Returns 0, or an error; *bad and *bad_len then are the offending word inside text (not
 * NUL-terminated, perhaps empty), *mask and *probes are untouched:
 * -EINVAL   not a signal, an empty word, or a range whose end is before its start
 * -ENOMSG   signal 0 where it is not asked for, as part of a range, or excluded
 * -ENODATA  nothing is left of the set; the word is the whole text
 */
int signal_list_parse(const char *text, uint64_t *mask, bool *probes, const char **bad,
		      size_t *bad_len);

/*
 * True if every word of a signal list is an exclusion. Such a list selects no signal explicitly:
 * noise stays hidden.
 */
bool signal_list_only_excludes(const char *text);

#endif
