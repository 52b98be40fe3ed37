/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "escape.h"
#include "utf8.h"

#define ROUNDS	     20000
#define INPUT_SIZE   24
#define REPLACED     "\xef\xbf\xbd"
#define TEXT(string) string, sizeof(string) - 1

typedef void (*escape_fn)(struct strbuf *out, const char *text, size_t len);

static void assert_escaped(escape_fn escape, const char *text, size_t len, const char *expected)
{
	char data[256];
	struct strbuf out;

	strbuf_init(&out, data, sizeof(data));
	escape(&out, text, len);
	assert_string_equal(data, expected);
}

static void test_xml(void **state)
{
	(void)state;
	assert_escaped(escape_add_xml, TEXT(""), "");
	assert_escaped(escape_add_xml, TEXT("a<b>&\"c\"]]>"), "a&lt;b&gt;&amp;&quot;c&quot;]]&gt;");
	assert_escaped(escape_add_xml, TEXT("it's\tone\ntwo\r"), "it's\tone\ntwo&#13;");
	assert_escaped(escape_add_xml, TEXT("a\0b\x1b[2J"), "a" REPLACED "b" REPLACED "[2J");
	assert_escaped(escape_add_xml, TEXT("\xff\xc3\xa4\xc3"), REPLACED "\xc3\xa4" REPLACED);
	/* U+FFFE, U+FFFF and a surrogate; U+FFFD and U+10000 may stand there. */
	assert_escaped(escape_add_xml, TEXT("\xef\xbf\xbe\xef\xbf\xbf"), REPLACED REPLACED);
	assert_escaped(escape_add_xml, TEXT("\xed\xa0\x80"), REPLACED REPLACED REPLACED);
	assert_escaped(escape_add_xml, TEXT("\xef\xbf\xbd\xf0\x90\x80\x80"),
		       "\xef\xbf\xbd\xf0\x90\x80\x80");
}

static void test_yaml(void **state)
{
	(void)state;
	assert_escaped(escape_add_yaml, TEXT(""), "\"\"");
	assert_escaped(escape_add_yaml, TEXT("- a: \"b\" # c"), "\"- a: \\\"b\\\" # c\"");
	assert_escaped(escape_add_yaml, TEXT("\\x0a\\"), "\"\\\\x0a\\\\\"");
	assert_escaped(escape_add_yaml, TEXT("a\n...\r\tb\x07"), "\"a\\n...\\r\\tb" REPLACED "\"");
}

static void test_tap(void **state)
{
	(void)state;
	assert_escaped(escape_add_tap, TEXT("web:1.4"), "web:1.4");
	assert_escaped(escape_add_tap, TEXT("a # SKIP b"), "a \\# SKIP b");
	assert_escaped(escape_add_tap, TEXT("a\\# SKIP"), "a\\\\\\# SKIP");
	assert_escaped(escape_add_tap, TEXT("a\nok 2\r"), "a ok 2 ");
}

static void test_github(void **state)
{
	(void)state;
	assert_escaped(escape_add_github_message, TEXT("a: b, 100% \"c\""), "a: b, 100%25 \"c\"");
	assert_escaped(escape_add_github_message, TEXT("a\n::error::b\r%0A"),
		       "a%0A::error::b%0D%250A");
	assert_escaped(escape_add_github_property, TEXT("a:1,b=%3A\n"), "a%3A1%2Cb=%253A%0A");
	assert_escaped(escape_add_github_property, TEXT("a\x1b"), "a" REPLACED);
}

static void assert_valid(const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t code;
		size_t size = utf8_decode(text + i, len - i, &code);

		assert_int_not_equal(size, 0);
		i += size;
	}
}

/* Whatever the bytes are, nothing gets out of the place where it was put. */
static void test_any_bytes(void **state)
{
	static const struct {
		escape_fn escape;
		const char *never;
	} rows[] = {
		{escape_add_xml, "<>\"\r\x01\x1b"},	    {escape_add_yaml, "\n\r\t\x01\x1b"},
		{escape_add_tap, "\n\r\x01\x1b"},	    {escape_add_github_message, "\n\r\x1b"},
		{escape_add_github_property, "\n\r:,\x1b"},
	};
	static const char alphabet[] = "<>&\"'\n\r\t#:,%\\\x01\x1b\xff\xc3\xa4 a";

	(void)state;
	srand(1);
	for (int round = 0; round < ROUNDS; round++) {
		char data[INPUT_SIZE * 6 + 3];
		char input[INPUT_SIZE];
		struct strbuf out;

		for (size_t i = 0; i < sizeof(input); i++)
			input[i] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			strbuf_init(&out, data, sizeof(data));
			rows[i].escape(&out, input, (size_t)rand() % (sizeof(input) + 1));
			assert_false(out.cut);
			assert_int_equal(strcspn(data, rows[i].never), out.len);
			assert_valid(data, out.len);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xml),	  cmocka_unit_test(test_yaml),
		cmocka_unit_test(test_tap),	  cmocka_unit_test(test_github),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
