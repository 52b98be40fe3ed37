/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fuzzer is one file: an entry point as libFuzzer calls it, and seeds. Linked with libFuzzer it
 * runs without end; linked with fuzz_main.c it runs a bounded, repeatable number of mutations.
 */
#ifndef SIGTRACE_TESTS_FUZZ_H
#define SIGTRACE_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Inputs are no longer. */
#define FUZZ_SIZE_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes seed number `index` into data[0..FUZZ_SIZE_MAX) and returns its size; 0 after the last. */
size_t fuzz_seed(size_t index, uint8_t *data);

/* For a fuzz_seed() of texts. */
static inline size_t fuzz_seed_text(const char *const *texts, size_t len, size_t index,
				    uint8_t *data)
{
	size_t size;

	if (index >= len)
		return 0;
	size = strlen(texts[index]);
	memcpy(data, texts[index], size);
	return size;
}

/* What must hold for every input. Not assert(): a build with NDEBUG would check nothing. */
#define FUZZ_CHECK(condition)                                                             \
	do {                                                                              \
		if (!(condition)) {                                                       \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
				#condition);                                              \
			abort();                                                          \
		}                                                                         \
	} while (0)

#endif
