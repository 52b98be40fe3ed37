/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of /proc/kallsyms. */
#include <string.h>

#include "fuzz.h"
#include "kallsyms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data;
	struct kallsyms_function f;

	if (!kallsyms_parse_function(line, size, &f))
		return 0;
	FUZZ_CHECK(f.name_len > 0 && f.name >= line + sizeof("0 t ") - 1);
	FUZZ_CHECK(f.name + f.name_len <= line + size);
	FUZZ_CHECK(!memchr(f.name, '.', f.name_len) && !memchr(f.name, ' ', f.name_len));
	FUZZ_CHECK(!memchr(f.name, '\0', f.name_len));
	return 0;
}

size_t fuzz_seed(size_t index, uint8_t *data)
{
	static const char *const lines[] = {
		"ffffffff810a1b20 t __send_signal_locked",
		"ffffffffc0123450 t ext4_da_write.isra.0\t[ext4]",
		"0000000000000000 T _stext",
		"ffff800080010000 t $x",
		"0 w x",
	};
	size_t size;

	if (index >= sizeof(lines) / sizeof(lines[0]))
		return 0;
	size = strlen(lines[index]);
	memcpy(data, lines[index], size);
	return size;
}
