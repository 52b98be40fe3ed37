/* SPDX-License-Identifier: BSD-2-Clause */
/* The pool against a plain list of what must be in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "process_pool.h"

#define CAPACITY 64
#define NUMBERS	 128
#define STEPS	 60000

struct entry {
	struct pool_process head;
	uint32_t value;
};

/* What must be there, the oldest first. */
static struct expected {
	struct report_task process;
	uint32_t value;
} list[CAPACITY];
static size_t len;
static uint64_t evicted;

static uint32_t random_state;

static uint32_t random_below(uint32_t bound)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % bound;
}

/* Numbers that share a few buckets of the table. */
static void choose_numbers(uint32_t numbers[NUMBERS])
{
	size_t count = 0;

	for (uint32_t number = 1; count < NUMBERS; number++)
		if ((number * 2654435769U >> 19) < 4)
			numbers[count++] = number;
}

static size_t find_number(uint32_t tgid)
{
	size_t i = 0;

	while (i < len && list[i].process.tgid != tgid)
		i++;
	return i;
}

static struct expected take_out(size_t i)
{
	const struct expected taken = list[i];

	memmove(&list[i], &list[i + 1], (--len - i) * sizeof(list[0]));
	return taken;
}

static void add(struct process_pool *pool, const struct report_task *process, uint32_t value)
{
	const size_t other = find_number(process->tgid);
	struct entry *e = process_pool_add(pool, process);

	e->value = value;
	if (other < len) {
		take_out(other);
	} else if (len == CAPACITY) {
		take_out(0);
		evicted++;
	}
	list[len++] = (struct expected){*process, value};
}

static void change(struct process_pool *pool, size_t i, struct entry *e)
{
	const struct expected taken = take_out(i);

	if (random_below(2)) {
		process_pool_remove(pool, e);
		return;
	}
	process_pool_renew(pool, e);
	list[len++] = taken;
}

static void step(struct process_pool *pool, uint32_t tgid, uint32_t value)
{
	const struct report_task process = {.tgid = tgid, .start_boot_ns = 1 + random_below(2)};
	const size_t i = find_number(tgid);
	struct entry *e = process_pool_find(pool, &process);
	struct entry *oldest = process_pool_oldest(pool);

	assert_int_equal(e != NULL,
			 i < len && list[i].process.start_boot_ns == process.start_boot_ns);
	assert_int_equal(oldest != NULL, len > 0);
	if (oldest)
		assert_int_equal(oldest->value, list[0].value);
	assert_true(process_pool_evicted(pool) == evicted);
	if (e) {
		assert_int_equal(e->value, list[i].value);
		change(pool, i, e);
	} else {
		add(pool, &process, value);
	}
}

static void test_against_a_list(void **state)
{
	struct process_pool *pool;
	uint32_t numbers[NUMBERS];

	(void)state;
	choose_numbers(numbers);
	assert_int_equal(process_pool_new(sizeof(struct entry), CAPACITY, &pool), 0);
	for (uint32_t i = 0; i < STEPS; i++) {
		/* Now few, now more than there is room for. */
		const uint32_t some = i % 3000 < 1500 ? 8 : NUMBERS;

		step(pool, numbers[random_below(some)], i);
	}
	assert_true(evicted > 0);
	while (len > 0)
		change(pool, 0, process_pool_find(pool, &list[0].process));
	assert_null(process_pool_oldest(pool));
	process_pool_free(pool);
	process_pool_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_a_list)};

	return cmocka_run_group_tests_name("process_pool", tests, NULL, NULL);
}
