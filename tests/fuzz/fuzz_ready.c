/* SPDX-License-Identifier: BSD-2-Clause */
/* --ready, and /proc/PID/net/tcp. The first two bytes are a port. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "ready.h"

static void run_parse(const char *text)
{
	struct ready r;
	const char *why = NULL;
	int err;

	memset(&r, 0x5a, sizeof(r));
	err = ready_parse(text, &r, &why);
	FUZZ_CHECK(err == 0 || err == -EINVAL);
	FUZZ_CHECK((err == 0) == !why);
	if (err < 0)
		return;
	FUZZ_CHECK(r.kind < READY_KIND_COUNT);
	FUZZ_CHECK((r.kind == READY_TCP) == (r.port != 0));
	FUZZ_CHECK(!r.text || (r.text > text && *r.text));
	FUZZ_CHECK(r.kind != READY_FILE || r.text[0] == '/');
}

/* What is seen in a beginning is seen in the whole: a cut line says nothing wrong. */
static void run_listens(const char *text, size_t size, uint16_t port)
{
	const bool whole = ready_listens(text, size, port);

	for (size_t cut = size / 2; cut < size; cut += 1 + size / 16)
		FUZZ_CHECK(whole || !ready_listens(text, cut, port));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 2;
	char *copy;

	if (size < 2)
		return 0;
	size -= 2;
	run_listens(text, size, (uint16_t)(data[0] << 8 | data[1]));
	copy = malloc(size + 1);
	if (!copy)
		abort();
	memcpy(copy, text, size);
	copy[size] = '\0';
	run_parse(copy);
	free(copy);
	return 0;
}

size_t fuzz_seed(size_t index, uint8_t *data)
{
	static const char *const texts[] = {
		"\x1f\x90"
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n"
		"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000\n"
		"   1: 0100007F:0050 0100007F:A2C4 01 00000000:00000000 00:00000000 00000000\n",
		"\x01\xbb"
		"   0: 00000000000000000000000000000000:01BB "
		"00000000000000000000000000000000:0000 0A 00000000:00000000\n",
		"xxsettle",
		"xxlog:^up$",
		"xxtcp:65535",
		"xxfile:/run/up",
		"xxcmd:true",
		"xxdelay:1.5s",
	};

	return fuzz_seed_text(texts, sizeof(texts) / sizeof(texts[0]), index, data);
}
