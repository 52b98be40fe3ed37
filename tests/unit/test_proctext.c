/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proctext.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* As a 6.18 kernel wrote them. */
#define STAT_REST                                                                                \
	" S 812 4242 4243 0 -1 4194560 1325 0 0 0 3 2 0 0 20 0 5 0 199771 3133440 367 "          \
	"18446744073709551615 93884556718080 93884556737961 140721754335824 0 0 0 0 4096 65536 " \
	"1 0 0 17 1 0 0 0 0 0 93884556753968 93884556755584 93885245673472 140721754344055 "     \
	"140721754344075 140721754344075 140721754345451 256\n"

/* A copy of exactly the bytes, so that the sanitizer sees a read beyond them. */
static int parse_stat(const char *text, size_t size, struct proctext_stat *ret)
{
	char *exact = malloc(size ? size : 1);
	int r;

	assert_non_null(exact);
	memcpy(exact, text, size);
	r = proctext_parse_stat(exact, size, ret);
	free(exact);
	return r;
}

static void test_stat_names(void **state)
{
	static const char *const names[] = {
		"bash",
		"",
		" ",
		"a b",
		")",
		"(",
		"()",
		") Z 1 (",
		"x) R 1 1 1 1 1 1 1",
		"kworker/0:1-events",
		"new\nline",
		"\x1b[31m",
		"\xff\xfe",
		"1) S 2 (3",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct proctext_stat stat;
		char text[1024];

		snprintf(text, sizeof(text), "4242 (%s)" STAT_REST, names[i]);
		assert_int_equal(parse_stat(text, strlen(text), &stat), 0);
		assert_int_equal(stat.pid, 4242);
		assert_int_equal(stat.ppid, 812);
		assert_int_equal(stat.state, 'S');
		assert_int_equal(stat.flags, 4194560);
		assert_true(stat.has_ids);
		assert_int_equal(stat.pgid, 4242);
		assert_int_equal(stat.sid, 4243);
		assert_false(stat.has_tty);
		assert_int_equal(stat.cpu_ticks, 3 + 2);
		assert_int_equal(stat.num_threads, 5);
		assert_int_equal(stat.start_ticks, 199771);
		assert_true(stat.start_stack == 140721754335824);
		assert_int_equal(stat.exit_code, 256);
		assert_true(memchr(stat.comm, '\0', sizeof(stat.comm)) != NULL);
		assert_int_equal(strncmp(stat.comm, names[i], sizeof(stat.comm) - 1), 0);
	}
}

/* A cut text is an error until the start time is complete, and never another number. */
static void test_stat_cut(void **state)
{
	static const char text[] = "4242 (a) b)" STAT_REST;
	size_t complete = (size_t)(strstr(text, "199771 ") - text) + strlen("199771 ");
	size_t stack = (size_t)(strstr(text, "140721754335824 ") - text) +
		       strlen("140721754335824 ");

	(void)state;
	for (size_t size = 0; size < sizeof(text); size++) {
		struct proctext_stat stat = {.pid = 99};

		if (size < complete) {
			assert_int_equal(parse_stat(text, size, &stat), -EINVAL);
			assert_int_equal(stat.pid, 99);
		} else {
			assert_int_equal(parse_stat(text, size, &stat), 0);
			assert_int_equal(stat.start_ticks, 199771);
			assert_true(stat.start_stack == (size >= stack ? 140721754335824 : 0));
			/* With the NUL behind it, and without. */
			assert_int_equal(stat.exit_code, size >= sizeof(text) - 1 ? 256 : 0);
		}
	}
}

/* Fields 3 to 22. */
#define FIELDS_GOOD "Z 0 -1 0 0 -1 4228364 0 0 0 0 0 0 0 0 20 -19 0 0 18446744073709551615 "

static const struct {
	const char *text;
	int result;
} stat_rows[] = {
	{"1 (init) " FIELDS_GOOD, 0},
	{"4194304 (x) " FIELDS_GOOD, 0},
	{"0 (x) " FIELDS_GOOD, -EINVAL},
	{"4194305 (x) " FIELDS_GOOD, -EINVAL},
	{"-1 (x) " FIELDS_GOOD, -EINVAL},
	{"01 (x) " FIELDS_GOOD, -EINVAL},
	{" 1 (x) " FIELDS_GOOD, -EINVAL},
	{"1  (x) " FIELDS_GOOD, -EINVAL},
	{"1 x) " FIELDS_GOOD, -EINVAL},
	{"1 (x " FIELDS_GOOD, -EINVAL},
	{"1 ) " FIELDS_GOOD, -EINVAL},
	{"1 (x)" FIELDS_GOOD, -EINVAL},
	{"1 (x)  " FIELDS_GOOD, -EINVAL},
	{"1 (x) ", -EINVAL},
	{"1 (x)", -EINVAL},
	{"1 (", -EINVAL},
	{"1 ()", -EINVAL},
	{"1", -EINVAL},
	{"", -EINVAL},
	{"\n", -EINVAL},
	{")", -EINVAL},
	/* state */
	{"1 (x) ZZ 0 -1 0 0 -1 0 0 0 0 0 0 0 0 0 20 -19 0 0 1 ", -EINVAL},
	{"1 (x) 5 0 -1 0 0 -1 0 0 0 0 0 0 0 0 0 20 -19 0 0 1 ", -EINVAL},
	{"1 (x) \x1b 0 -1 0 0 -1 0 0 0 0 0 0 0 0 0 20 -19 0 0 1 ", -EINVAL},
	/* ppid, flags, threads, start time */
	{"1 (x) S -1 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 ", -EINVAL},
	{"1 (x) S 4194305 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 ", -EINVAL},
	{"1 (x) S 0 0 0 0 -1 4294967295 0 0 0 0 0 0 0 0 20 0 1 0 1 ", 0},
	{"1 (x) S 0 0 0 0 -1 4294967296 0 0 0 0 0 0 0 0 20 0 1 0 1 ", -EINVAL},
	{"1 (x) S 0 0 0 0 -1 -4 0 0 0 0 0 0 0 0 20 0 1 0 1 ", -EINVAL},
	{"1 (x) S 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 -1 0 1 ", -EINVAL},
	{"1 (x) S 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 -1 ", -EINVAL},
	{"1 (x) S 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 18446744073709551616 ", -EINVAL},
	{"1 (x) S 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 0x1 ", -EINVAL},
	{"1 (x) S 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0  ", -EINVAL},
	/* a field that is not needed must still be a number */
	{"1 (x) S 0 0 0 0 -1 0 y 0 0 0 0 0 0 0 20 0 1 0 1 ", -EINVAL},
	{"1 (x) S 0 0 0 0 - 0 0 0 0 0 0 0 0 0 20 0 1 0 1 ", -EINVAL},
	{"1 (x) S 0  0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 ", -EINVAL},
	/* group, session, terminal */
	{"1 (x) S 0 -2 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 ", -EINVAL},
	{"1 (x) S 0 0 -2 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 ", -EINVAL},
	{"1 (x) S 0 4194305 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 ", -EINVAL},
	{"1 (x) S 0 0 4194305 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 ", -EINVAL},
	{"1 (x) S 0 0 0 2147483648 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 ", -EINVAL},
	{"1 (x) S 0 0 0 tty -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 ", -EINVAL},
	/* behind the start time: numbers, too */
	{"1 (x) S 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 2 3 ", 0},
	{"1 (x) S 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 2 x ", -EINVAL},
	{"1 (x) S 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 2  3 ", -EINVAL},
	/* the stack's beginning */
	{"1 (x) S 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0 0 0 0 18446744073709551615 ", 0},
	{"1 (x) S 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0 0 0 0 18446744073709551616 ",
	 -EINVAL},
	{"1 (x) S 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0 0 0 0 -1 ", -EINVAL},
};

static void test_stat_ids(void **state)
{
	static const struct {
		const char *ids;
		bool has_ids;
		uint32_t pgid;
		uint32_t sid;
		bool has_tty;
	} rows[] = {
		{"7 8 0", true, 7, 8, false},	       {"7 8 34816", true, 7, 8, true},
		{"7 8 -2147483648", true, 7, 8, true}, /* a device number with its highest bit */
		{"0 0 0", true, 0, 0, false},	       {"-1 -1 0", false, 0, 0, false},
		{"-1 8 0", false, 0, 8, false},	       {"7 -1 0", false, 7, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct proctext_stat stat;
		char text[256];

		snprintf(text, sizeof(text), "1 (x) Z 2 %s -1 4 0 0 0 0 0 0 0 0 0 20 0 1 0 55 ",
			 rows[i].ids);
		assert_int_equal(parse_stat(text, strlen(text), &stat), 0);
		assert_int_equal(stat.has_ids, rows[i].has_ids);
		assert_int_equal(stat.pgid, rows[i].pgid);
		assert_int_equal(stat.sid, rows[i].sid);
		assert_int_equal(stat.has_tty, rows[i].has_tty);
	}
}

static void test_stat_tty(void **state)
{
	static const struct {
		const char *numbers;
		uint32_t tty_major;
		uint32_t tty_minor;
		int32_t tpgid;
	} rows[] = {
		{"0 -1", 0, 0, -1},
		{"34816 4250", 136, 0, 4250},
		{"34819 0", 136, 3, 0}, /* the group is in another PID namespace */
		{"1025 7", 4, 1, 7},
		{"1281 7", 5, 1, 7},
		{"1083647 4194304", 136, 0x001ff, 4194304},
		{"-2147448832 7", 136, 0x80000, 7}, /* 20 bits, printed as a signed number */
		{"-1 7", 0xfff, 0xfffff, 7},
	};
	static const char *const wrong[] = {"34816 -2", "34816 4194305", "34816 x", "34816 ",
					    "4294967296 1"};
	struct proctext_stat stat;
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), "1 (x) S 2 7 8 %s 4 0 0 0 0 0 0 0 0 0 20 0 1 0 55 ",
			 rows[i].numbers);
		assert_int_equal(parse_stat(text, strlen(text), &stat), 0);
		assert_int_equal(stat.has_tty, rows[i].tty_major != 0);
		assert_int_equal(stat.tty_major, rows[i].tty_major);
		assert_int_equal(stat.tty_minor, rows[i].tty_minor);
		assert_int_equal(stat.tpgid, rows[i].tpgid);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(text, sizeof(text), "1 (x) S 2 7 8 %s 4 0 0 0 0 0 0 0 0 0 20 0 1 0 55 ",
			 wrong[i]);
		assert_int_equal(parse_stat(text, strlen(text), &stat), -EINVAL);
	}
}

/* Kernel threads have longer names here than the kernel's comm is. */
static void test_stat_comm(void **state)
{
	static const struct {
		const char *name;
		const char *comm;
	} rows[] = {
		{"", ""},
		{"a) (b", "a) (b"},
		{"fifteen bytes..", "fifteen bytes.."},
		{"sixteen bytes...", "sixteen bytes.."},
		{"kworker/u8:2-events_unbound", "kworker/u8:2-ev"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct proctext_stat stat;
		char text[1024];

		snprintf(text, sizeof(text), "4242 (%s)" STAT_REST, rows[i].name);
		assert_int_equal(parse_stat(text, strlen(text), &stat), 0);
		assert_string_equal(stat.comm, rows[i].comm);
	}
}

static void test_stat_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stat_rows); i++) {
		struct proctext_stat stat;

		if (parse_stat(stat_rows[i].text, strlen(stat_rows[i].text), &stat) !=
		    stat_rows[i].result)
			fail_msg("row %zu: %s", i, stat_rows[i].text);
	}
}

static void test_stat_with_nul(void **state)
{
	static const char text[] = "1 (a\0b) S 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1\n";
	static const char in_number[] = "1 (ab) S 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1\0001\n";
	struct proctext_stat stat;

	(void)state;
	assert_int_equal(parse_stat(text, sizeof(text) - 1, &stat), 0);
	assert_int_equal(parse_stat(in_number, sizeof(in_number) - 1, &stat), -EINVAL);
}

#define STATUS_HEAD "Name:\tbash\nUmask:\t0022\nState:\tS (sleeping)\n"
#define TGID	    "Tgid:\t4242\n"
#define NSPID	    "NSpid:\t4242\t17\t1\n"
#define SIGQ	    "SigQ:\t3/96365\n"
#define CAPS                                                                                \
	"CapInh:\t0000000000000000\nCapPrm:\t000001fffeffffff\nCapEff:\t0000000000003000\n" \
	"CapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\n"
#define STATUS_TAIL "NoNewPrivs:\t0\nCpus_allowed_list:\t0-1\n"

static int parse_status(const char *text, size_t size, struct proctext_status *ret)
{
	char *exact = malloc(size ? size : 1);
	int r;

	assert_non_null(exact);
	memcpy(exact, text, size);
	r = proctext_parse_status(exact, size, ret);
	free(exact);
	return r;
}

static void test_status(void **state)
{
	static const char text[] = STATUS_HEAD TGID NSPID SIGQ CAPS STATUS_TAIL;
	struct proctext_status s;

	(void)state;
	assert_int_equal(parse_status(text, strlen(text), &s), 0);
	assert_int_equal(s.tgid, 4242);
	assert_int_equal(s.ns_pid_count, 3);
	assert_int_equal(s.ns_pid[0], 4242);
	assert_int_equal(s.ns_pid[1], 17);
	assert_int_equal(s.ns_pid[2], 1);
	assert_int_equal(s.cap_prm, 0x1fffeffffff);
	assert_int_equal(s.cap_eff, 0x3000);
	assert_int_equal(s.cap_bnd, 0x1ffffffffff);
	assert_int_equal(s.sigq_queued, 3);
	assert_int_equal(s.sigq_max, 96365);
}

#define UIDS	 "Uid:\t1000\t1001\t1002\t1003\n"
#define TRACER	 "TracerPid:\t77\n"
#define THREADS	 "Threads:\t3\n"
#define SIG_PND	 "SigPnd:\t0000000000000200\n"
#define SHD_PND	 "ShdPnd:\t0000000000004000\n"
#define SIG_BLK	 "SigBlk:\t8000000000000001\n"
#define SIG_IGND "SigIgn:\t0000000000001000\n"
#define SIG_CGT	 "SigCgt:\t00000001800004ef\n"
#define SIGNALS	 SIG_PND SHD_PND SIG_BLK SIG_IGND SIG_CGT
#define NEEDED	 TGID SIGQ CAPS

static void test_status_signals(void **state)
{
	static const char text[] = STATUS_HEAD TGID TRACER UIDS NSPID THREADS SIGQ SIGNALS CAPS;
	struct proctext_status s;

	(void)state;
	assert_int_equal(parse_status(text, strlen(text), &s), 0);
	assert_int_equal(s.tracer_tid, 77);
	assert_true(s.has_uids);
	assert_int_equal(s.real_uid, 1000);
	assert_int_equal(s.saved_uid, 1002);
	assert_true(s.has_signals);
	assert_int_equal(s.threads, 3);
	assert_int_equal(s.pending, 0x200);
	assert_int_equal(s.shared_pending, 0x4000);
	assert_true(s.blocked == 0x8000000000000001);
	assert_int_equal(s.ignored, 0x1000);
	assert_int_equal(s.caught, 0x1800004ef);
}

/* A process is never said to block, ignore and catch nothing because a line is not there. */
static void test_status_without_signals(void **state)
{
	static const char *const texts[] = {
		NEEDED,
		NEEDED SIGNALS,
		NEEDED "Threads:\t0\n" SIGNALS,
		NEEDED THREADS SHD_PND SIG_BLK SIG_IGND SIG_CGT,
		NEEDED THREADS SIG_PND SIG_BLK SIG_IGND SIG_CGT,
		NEEDED THREADS SIG_PND SHD_PND SIG_IGND SIG_CGT,
		NEEDED THREADS SIG_PND SHD_PND SIG_BLK SIG_CGT,
		NEEDED THREADS SIG_PND SHD_PND SIG_BLK SIG_IGND,
	};
	struct proctext_status s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(parse_status(texts[i], strlen(texts[i]), &s), 0);
		assert_false(s.has_signals);
		assert_false(s.has_uids);
		assert_int_equal(s.tracer_tid, 0);
	}
	assert_int_equal(parse_status(NEEDED THREADS SIGNALS, strlen(NEEDED THREADS SIGNALS), &s),
			 0);
	assert_true(s.has_signals);
}

#define NUMBERS_11 "\t1\t1\t1\t1\t1\t1\t1\t1\t1\t1\t1"

static const struct {
	const char *text;
	int result;
} status_rows[] = {
	{TGID SIGQ CAPS, 0},
	{CAPS SIGQ NSPID TGID, 0},
	{TGID "NSpid:\t1\n" SIGQ CAPS, 0},
	{TGID "SigQ:\t0/18446744073709551615\n" CAPS, 0},
	{TGID "NSpid:" NUMBERS_11 NUMBERS_11 NUMBERS_11 "\n" SIGQ CAPS, 0},
	{TGID "NSpid:" NUMBERS_11 NUMBERS_11 NUMBERS_11 "\t1\n" SIGQ CAPS, -EINVAL},
	/* a key within a line, or that only begins like one, is none */
	{"Name:\tTgid:\t1\n" TGID SIGQ CAPS, 0},
	{"Tgids:\t1\n" TGID SIGQ CAPS, 0},
	{"XTgid:\t1\n" TGID SIGQ CAPS, 0},
	{" Tgid:\t1\n" TGID SIGQ CAPS, 0},
	{"Tgid: 1\n" TGID SIGQ CAPS, 0},
	{"\n\n" TGID SIGQ CAPS, 0},
	/* missing */
	{"", -EINVAL},
	{STATUS_HEAD, -EINVAL},
	{SIGQ CAPS, -EINVAL},
	{TGID CAPS, -EINVAL},
	{TGID SIGQ, -EINVAL},
	{"Tgid: 1\n" SIGQ CAPS, -EINVAL},
	{"tgid:\t1\n" SIGQ CAPS, -EINVAL},
	/* twice */
	{TGID TGID SIGQ CAPS, -EINVAL},
	{TGID NSPID NSPID SIGQ CAPS, -EINVAL},
	{TGID SIGQ CAPS SIGQ, -EINVAL},
	/* not whole */
	{"Tgid:\t\n" SIGQ CAPS, -EINVAL},
	{"Tgid:\t0\n" SIGQ CAPS, -EINVAL},
	{"Tgid:\t-1\n" SIGQ CAPS, -EINVAL},
	{"Tgid:\t4194305\n" SIGQ CAPS, -EINVAL},
	{"Tgid:\t1 \n" SIGQ CAPS, -EINVAL},
	{"Tgid:\t1\t2\n" SIGQ CAPS, -EINVAL},
	{"Tgid:\t1\r\n" SIGQ CAPS, -EINVAL},
	{TGID "NSpid:\t\n" SIGQ CAPS, -EINVAL},
	{TGID "NSpid:\t1\t\n" SIGQ CAPS, -EINVAL},
	{TGID "NSpid:\t1\t\t2\n" SIGQ CAPS, -EINVAL},
	{TGID "NSpid:\t1 2\n" SIGQ CAPS, -EINVAL},
	{TGID "NSpid:\t0\n" SIGQ CAPS, -EINVAL},
	{TGID "SigQ:\t3\n" CAPS, -EINVAL},
	{TGID "SigQ:\t/3\n" CAPS, -EINVAL},
	{TGID "SigQ:\t3/\n" CAPS, -EINVAL},
	{TGID "SigQ:\t3/4/5\n" CAPS, -EINVAL},
	{TGID "SigQ:\t-1/4\n" CAPS, -EINVAL},
	{TGID "SigQ:\t3/18446744073709551616\n" CAPS, -EINVAL},
	{NEEDED "TracerPid:\t0\n", 0},
	{NEEDED "TracerPid:\t4194305\n", -EINVAL},
	{NEEDED "TracerPid:\t-1\n", -EINVAL},
	{NEEDED TRACER TRACER, -EINVAL},
	{NEEDED "Uid:\t0\t0\t0\t4294967295\n", 0},
	{NEEDED "Uid:\t0\t0\t0\t4294967296\n", -EINVAL},
	{NEEDED "Uid:\t0\t0\t0\n", -EINVAL},
	{NEEDED "Uid:\t0\t0\t0\t0\t0\n", -EINVAL},
	{NEEDED "Uid:\t0 0 0 0\n", -EINVAL},
	{NEEDED "Uid:\t-1\t0\t0\t0\n", -EINVAL},
	{NEEDED "Threads:\t0\n", 0},
	{NEEDED "Threads:\t\n", -EINVAL},
	{NEEDED "Threads:\t01\n", -EINVAL},
	{NEEDED SIG_BLK SIG_BLK, -EINVAL},
	{NEEDED "SigBlk:\t000000000000000\n", -EINVAL},
	{NEEDED "SigBlk:\t00000000000000001\n", -EINVAL},
	{NEEDED "SigCgt:\t000000000000000F\n", -EINVAL},
	{NEEDED "SigIgn:\t00000000,0000001\n", -EINVAL},
	{NEEDED "SigPnd:\t 000000000000001\n", -EINVAL},
	{NEEDED "ShdPnd:\t\n", -EINVAL},
	{TGID SIGQ "CapPrm:\t1\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n", -EINVAL},
	{TGID SIGQ
	 "CapPrm:\t00000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n",
	 -EINVAL},
	{TGID SIGQ
	 "CapPrm:\t000000000000000G\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n",
	 -EINVAL},
	{TGID SIGQ
	 "CapPrm:\t000000000000000A\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n",
	 -EINVAL},
	{TGID SIGQ
	 "CapPrm:\t0x00000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n",
	 -EINVAL},
};

static void test_status_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(status_rows); i++) {
		struct proctext_status s = {.tgid = 99};
		int r = parse_status(status_rows[i].text, strlen(status_rows[i].text), &s);

		if (r != status_rows[i].result)
			fail_msg("row %zu: %s", i, status_rows[i].text);
		assert_int_equal(s.tgid, r ? 99 : 4242);
	}
}

/* The last line counts only with its line feed. */
static void test_status_cut(void **state)
{
	static const char text[] = TGID CAPS SIGQ;
	size_t whole = strlen(text);

	(void)state;
	for (size_t size = 0; size <= whole; size++) {
		struct proctext_status s;

		assert_int_equal(parse_status(text, size, &s), size == whole ? 0 : -EINVAL);
	}
}

static void test_status_unknown_levels(void **state)
{
	struct proctext_status s;

	(void)state;
	assert_int_equal(parse_status(TGID SIGQ CAPS, strlen(TGID SIGQ CAPS), &s), 0);
	assert_int_equal(s.ns_pid_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stat_names),
		cmocka_unit_test(test_stat_cut),
		cmocka_unit_test(test_stat_fields),
		cmocka_unit_test(test_stat_ids),
		cmocka_unit_test(test_stat_tty),
		cmocka_unit_test(test_stat_comm),
		cmocka_unit_test(test_stat_with_nul),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_status_rows),
		cmocka_unit_test(test_status_cut),
		cmocka_unit_test(test_status_signals),
		cmocka_unit_test(test_status_without_signals),
		cmocka_unit_test(test_status_unknown_levels),
	};

	return cmocka_run_group_tests_name("proctext", tests, NULL, NULL);
}
