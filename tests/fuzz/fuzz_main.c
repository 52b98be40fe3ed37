/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FUZZER [ITERATIONS [FILE...]]: where libFuzzer is not at hand. Runs the files, then the seeds,
 * then mutations of the seeds, always the same ones. An input that fails is printed as hexadecimal
 * digits; `xxd -r -p` makes a file of them.
 */
#include <signal.h>
#include <string.h>

#include <sanitizer/common_interface_defs.h>

#include "fuzz.h"

#define ITERATIONS_DEFAULT 200000
#define SEEDS_MAX	   64
#define MUTATIONS_MAX	   8

static struct {
	uint8_t data[FUZZ_SIZE_MAX];
	size_t size;
} input, seeds[SEEDS_MAX];

static size_t seeds_count;

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static size_t random_below(size_t n)
{
	return n ? (size_t)(random_next() % n) : 0;
}

static void print_input(void)
{
	fprintf(stderr, "input of %zu bytes: ", input.size);
	for (size_t i = 0; i < input.size; i++)
		fprintf(stderr, "%02x", input.data[i]);
	fputc('\n', stderr);
}

static void on_abort(int sig)
{
	(void)sig;
	print_input();
}

/* A copy of exactly this size: the sanitizer sees the first byte that is read behind it. */
static void run_input(void)
{
	uint8_t *copy = malloc(input.size ? input.size : 1);

	if (!copy)
		abort();
	memcpy(copy, input.data, input.size);
	LLVMFuzzerTestOneInput(copy, input.size);
	free(copy);
}

static void insert_bytes(size_t at, size_t count, uint8_t value)
{
	if (input.size + count > FUZZ_SIZE_MAX)
		return;
	memmove(input.data + at + count, input.data + at, input.size - at);
	memset(input.data + at, value, count);
	input.size += count;
}

static void remove_bytes(size_t at, size_t count)
{
	if (count > input.size - at)
		count = input.size - at;
	memmove(input.data + at, input.data + at + count, input.size - at - count);
	input.size -= count;
}

static void splice(const uint8_t *data, size_t size, size_t at)
{
	size_t from = random_below(size);
	size_t count = 1 + random_below(16);

	if (count > size - from)
		count = size - from;
	if (count > FUZZ_SIZE_MAX - at)
		count = FUZZ_SIZE_MAX - at;
	memcpy(input.data + at, data + from, count);
	if (at + count > input.size)
		input.size = at + count;
}

static void mutate(void)
{
	static const uint8_t bytes[] = {0, 1, 0x7f, 0x80, 0xff, ' ', '\n', '-', '0', '9', '!', ','};
	static const uint64_t words[] = {0, 1, UINT64_MAX, INT64_MAX, 1ULL << 63, UINT32_MAX};
	size_t at = random_below(input.size + 1);
	size_t seed = random_below(seeds_count);

	switch (random_next() % 9) {
	case 0:
		if (at < input.size)
			input.data[at] ^= (uint8_t)(1U << random_below(8));
		break;
	case 1:
		if (at < input.size)
			input.data[at] = (uint8_t)random_next();
		break;
	case 2:
		if (at < input.size)
			input.data[at] = bytes[random_below(sizeof(bytes))];
		break;
	case 3:
		insert_bytes(at, 1 + random_below(4), bytes[random_below(sizeof(bytes))]);
		break;
	case 4:
		remove_bytes(at, 1 + random_below(8));
		break;
	case 5:
		if (at + sizeof(words[0]) <= input.size)
			memcpy(input.data + at, &words[random_below(6)], sizeof(words[0]));
		break;
	case 6:
		splice(seeds[seed].data, seeds[seed].size, at);
		break;
	case 7:
		input.size = at;
		break;
	default:
		insert_bytes(at, random_below(300), (uint8_t)('0' + random_below(10)));
		break;
	}
}

static void run_mutation(void)
{
	size_t count = 1 + random_below(MUTATIONS_MAX);

	input = seeds[random_below(seeds_count)];
	while (count--)
		mutate();
	run_input();
}

static int run_file(const char *path)
{
	FILE *file = fopen(path, "rbe");

	if (!file) {
		perror(path);
		return -1;
	}
	input.size = fread(input.data, 1, sizeof(input.data), file);
	fclose(file);
	run_input();
	return 0;
}

int main(int argc, char **argv)
{
	char *end = NULL;
	unsigned long iterations = argc > 1 ? strtoul(argv[1], &end, 10) : ITERATIONS_DEFAULT;

	if (end && (end == argv[1] || *end != '\0')) {
		fprintf(stderr, "usage: %s [ITERATIONS [FILE...]]\n", argv[0]);
		return 2;
	}
	signal(SIGABRT, on_abort);
	__sanitizer_set_death_callback(print_input);
	for (int i = 2; i < argc; i++)
		if (run_file(argv[i]) < 0)
			return 4;
	while (seeds_count < SEEDS_MAX &&
	       (seeds[seeds_count].size = fuzz_seed(seeds_count, seeds[seeds_count].data)) > 0) {
		input = seeds[seeds_count++];
		run_input();
	}
	if (seeds_count == 0) {
		fprintf(stderr, "%s: no seeds\n", argv[0]);
		return 4;
	}
	while (iterations--)
		run_mutation();
	return 0;
}
