/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the report formats of CI systems want to be escaped. The bytes are any: each that is not
 * part of a valid UTF-8 character becomes U+FFFD.
 */
#ifndef SIGTRACE_OUT_ESCAPE_H
#define SIGTRACE_OUT_ESCAPE_H

#include "strbuf.h"

/*
 * XML 1.0: character data, also inside quotes. What no document may have (most of C0, U+FFFE,
 * U+FFFF) becomes U+FFFD.
 */
void escape_add_xml(struct strbuf *out, const char *text, size_t len);
/* YAML: a string in double quotes, with them. */
void escape_add_yaml(struct strbuf *out, const char *text, size_t len);
/* TAP: a description, in which a '#' would begin a directive, and a line end the next test. */
void escape_add_tap(struct strbuf *out, const char *text, size_t len);
/*
 * The message of a GitHub workflow command, and a value of its properties. Source: toolkit,
 * packages/core/src/command.ts.
 */
void escape_add_github_message(struct strbuf *out, const char *text, size_t len);
void escape_add_github_property(struct strbuf *out, const char *text, size_t len);

#endif
