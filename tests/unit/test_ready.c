/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ready.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define MS		  1000000ULL
#define START_NS	  (7000 * MS)

static void test_parse(void **state)
{
	static const struct {
		const char *argument;
		struct ready ready;
	} rows[] = {
		{"settle", {.kind = READY_SETTLE}},
		{"log:^up: [0-9]+$", {.kind = READY_LOG, .text = "^up: [0-9]+$"}},
		{"log: ", {.kind = READY_LOG, .text = " "}},
		/* No back-references: a backslash and a digit; a digit that ends nothing. */
		{"log:a\\\\1", {.kind = READY_LOG, .text = "a\\\\1"}},
		{"log:[\\1]", {.kind = READY_LOG, .text = "[\\1]"}},
		{"log:[^]\\1]", {.kind = READY_LOG, .text = "[^]\\1]"}},
		{"log:[[:digit:]\\1]", {.kind = READY_LOG, .text = "[[:digit:]\\1]"}},
		{"log:[[.].]\\1]", {.kind = READY_LOG, .text = "[[.].]\\1]"}},
		{"log:[\\1", {.kind = READY_LOG, .text = "[\\1"}},
		{"log:a\\0\\.", {.kind = READY_LOG, .text = "a\\0\\."}},
		{"log:a\\", {.kind = READY_LOG, .text = "a\\"}},
		{"tcp:1", {.kind = READY_TCP, .port = 1}},
		{"tcp:65535", {.kind = READY_TCP, .port = 65535}},
		{"file:/", {.kind = READY_FILE, .text = "/"}},
		{"file:/run/up:1", {.kind = READY_FILE, .text = "/run/up:1"}},
		{"cmd:nc -z localhost 80", {.kind = READY_CMD, .text = "nc -z localhost 80"}},
		{"delay:1.5s", {.kind = READY_DELAY, .delay_ns = 1500 * MS}},
		{"delay:0", {.kind = READY_DELAY}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ready r;
		const char *why = "none";

		memset(&r, 0x5a, sizeof(r));
		assert_int_equal(ready_parse(rows[i].argument, &r, &why), 0);
		assert_int_equal(r.kind, rows[i].ready.kind);
		assert_int_equal(r.port, rows[i].ready.port);
		assert_int_equal(r.delay_ns, rows[i].ready.delay_ns);
		assert_string_equal(why, "none");
		if (rows[i].ready.text)
			assert_string_equal(r.text, rows[i].ready.text);
		else
			assert_null(r.text);
	}
}

static void test_parse_refuses(void **state)
{
	static const char *const arguments[] = {"",
						"settle:",
						"settl",
						"Settle",
						"log",
						"log:",
						"tcp:",
						"tcp:0",
						"tcp:65536",
						"tcp:080",
						"tcp:+80",
						"tcp:80x",
						"tcp: 80",
						"tcp:-1",
						"file:",
						"file:run",
						"file:./run",
						"cmd:",
						"delay:",
						"delay:5",
						"delay:-5s",
						"delay:5 s",
						"nonsense",
						":80",
						"TCP:80",
						"log-:x",
						"delay:1s2h",
						"log:(a|aa)*\\1b",
						"log:(x)\\9",
						"log:[a](b)\\1",
						"log:[[:alpha:]](b)\\1",
						"log:[]](b)\\1",
						"log:[\\](b)\\1",
						"log:\\\\(b)\\1",
						"log:[[](b)\\1",
						"log:[[.a](b).]](b)\\1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++) {
		struct ready r = {.port = 7};
		const char *why = NULL;

		if (ready_parse(arguments[i], &r, &why) != -EINVAL)
			fail_msg("not refused: %s", arguments[i]);
		assert_non_null(why);
		assert_int_equal(r.port, 7);
	}
}

#define HEAD                                                                                \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid" \
	"  timeout inode\n"
#define TAIL " 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0\n"

static bool listens(const char *text, uint16_t port)
{
	return ready_listens(text, strlen(text), port);
}

static void test_listens(void **state)
{
	static const char tcp[] = HEAD "   0: 0100007F:1F90 00000000:0000 0A" TAIL
				       "   1: 00000000:0016 00000000:0000 0A" TAIL
				       "   2: 0100007F:0050 0100007F:A2C4 01" TAIL
				       "1000: 0100007F:EF01 0100007F:0050 06" TAIL;
	static const char tcp6[] = HEAD "   0: 00000000000000000000000000000000:01BB "
					"00000000000000000000000000000000:0000 0A" TAIL;

	(void)state;
	assert_true(listens(tcp, 8080));
	assert_true(listens(tcp, 22));
	assert_true(listens(tcp6, 443));
	assert_false(listens(tcp, 80)); /* a connection */
	assert_false(listens(tcp, 0xef01));
	assert_false(listens(tcp, 0xa2c4)); /* the other side's */
	assert_false(listens(tcp, 0));
	assert_false(listens(tcp, 0x1f9));
	assert_false(listens(tcp6, 80));
	assert_false(listens(HEAD, 80));
	assert_false(listens("", 80));
}

static void test_listens_in_a_cut_text(void **state)
{
	static const char line[] = HEAD "   0: 0100007F:1F90 00000000:0000 0A ";

	(void)state;
	for (size_t len = 0; len < sizeof(line) - 1; len++)
		assert_false(ready_listens(line, len, 8080));
	assert_true(ready_listens(line, sizeof(line) - 1, 8080));
	assert_false(listens("   0: 1F90 00000000:0000 0A \n", 8080));
	assert_false(listens("   0: :1F90 00000000:0000 0A \n", 8080));
	assert_false(listens("   0: 0100007F:1F90 0A \n", 8080));
	assert_false(listens("   0: 0100007F:1F90\n 00000000:0000 0A \n", 8080));
	assert_false(listens("   0: 0100007F:1f90 00000000:0000 0A \n", 8080));
}

static struct settle_sample sample_at(uint64_t ms)
{
	return (struct settle_sample){
		.boot_ns = START_NS + ms * MS,
		.start_stack = 0x7ffd0000,
		.caught = 1 << 14,
		.ignored = 1 << 12,
		.cpu_ticks = 40,
		.asleep = true,
	};
}

static void test_settles_when_nothing_changes(void **state)
{
	struct settle s = {};

	(void)state;
	for (uint64_t ms = 0; ms < 500; ms += 20) {
		struct settle_sample sample = sample_at(ms);

		assert_false(settle_add(&s, &sample));
	}
	for (uint64_t ms = 500; ms < 600; ms += 20) {
		struct settle_sample sample = sample_at(ms);

		assert_true(settle_add(&s, &sample));
	}
}

/* Whether it has settled at 600 ms, after a sample at 400 ms that is different from then on. */
static bool settles_after(void (*change)(struct settle_sample *))
{
	struct settle s = {};
	bool settled = false;

	for (uint64_t ms = 0; ms <= 600; ms += 100) {
		struct settle_sample sample = sample_at(ms);

		if (ms >= 400)
			change(&sample);
		settled = settle_add(&s, &sample);
	}
	return settled;
}

static void change_nothing(struct settle_sample *sample)
{
	(void)sample;
}

static void change_program(struct settle_sample *sample)
{
	sample->start_stack++;
}

static void change_caught(struct settle_sample *sample)
{
	sample->caught |= 1;
}

static void change_ignored(struct settle_sample *sample)
{
	sample->ignored = 0;
}

static void change_sleep(struct settle_sample *sample)
{
	sample->asleep = false;
}

static void use_a_little(struct settle_sample *sample)
{
	sample->cpu_ticks += 4;
}

static void use_a_tenth(struct settle_sample *sample)
{
	sample->cpu_ticks += 5;
}

static void test_changes_begin_anew(void **state)
{
	(void)state;
	assert_true(settles_after(change_nothing));
	assert_false(settles_after(change_program));
	assert_false(settles_after(change_caught));
	assert_false(settles_after(change_ignored));
	assert_false(settles_after(change_sleep));
	assert_true(settles_after(use_a_little));
	assert_false(settles_after(use_a_tenth));
}

/* It computed at first: that does not count once it rests. */
static void test_settles_after_work(void **state)
{
	struct settle s = {};
	uint64_t first_ms = 0;

	(void)state;
	for (uint64_t ms = 0; ms <= 5000 && !first_ms; ms += 50) {
		struct settle_sample sample = sample_at(ms);

		sample.cpu_ticks = ms < 3000 ? ms / 10 : 300;
		sample.asleep = ms >= 3000;
		if (settle_add(&s, &sample))
			first_ms = ms;
	}
	assert_in_range(first_ms, 3450, 3600);
}

/* `while :; do sleep 0.1; done`, asleep or not when it is looked at, and two ticks in a second. */
static void test_a_polling_shell_settles(void **state)
{
	struct settle s = {};
	bool settled = false;

	(void)state;
	for (uint64_t ms = 0; ms <= 520; ms += 20) {
		struct settle_sample sample = sample_at(ms);

		sample.cpu_ticks = ms / 500;
		sample.asleep = ms % 100 != 0;
		settled = settle_add(&s, &sample);
	}
	assert_true(settled);
}

/* Not known at all: then it is no change. */
static void test_without_a_stack(void **state)
{
	struct settle s = {};
	struct settle_sample sample = sample_at(0);

	(void)state;
	sample.start_stack = 0;
	assert_false(settle_add(&s, &sample));
	sample.boot_ns += SETTLE_NS;
	assert_true(settle_add(&s, &sample));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_listens),
		cmocka_unit_test(test_listens_in_a_cut_text),
		cmocka_unit_test(test_settles_when_nothing_changes),
		cmocka_unit_test(test_changes_begin_anew),
		cmocka_unit_test(test_settles_after_work),
		cmocka_unit_test(test_a_polling_shell_settles),
		cmocka_unit_test(test_without_a_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
