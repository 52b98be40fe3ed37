/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options in the arguments of another program, read as that program's getopt_long(3) read
 * them: to find the operand where its own arguments end and a command begins. The words are
 * untrusted; a program that runs has accepted its options, so what is not understood here is an
 * option of another version, which may take a value or not: from there on nothing is certain.
 */
#ifndef SIGTRACE_CORE_ARGUMENTS_H
#define SIGTRACE_CORE_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

struct arguments_long {
	const char *name; /* NULL ends the list */
	/* "": no value; ":": one, in the same word or the next; "::": in the same word or none. */
	const char *value;
	char letter; /* what arguments_next() returns */
};

struct arguments {
	const char *const *words;
	size_t len;
	size_t at;			    /* of the next word; at the end: the first operand */
	const char *shorts;		    /* as getopt(3) takes them, without "+" */
	const struct arguments_long *longs; /* NULL: none are known */
	const char *cluster; /* the rest of "-abc"; NULL: at the beginning of a word */
	const char *value;   /* of the option that was returned; NULL: none */
	size_t value_at;     /* the word that is that value; 0: it is part of the option's */
	bool ended;	     /* by "--", which was stepped over */
};

#define ARGUMENTS_END	    0
#define ARGUMENTS_NOT_KNOWN (-1)

/* The letter of the next option, ARGUMENTS_END at an operand or behind "--", or _NOT_KNOWN. */
int arguments_next(struct arguments *a);

#endif
