/* SPDX-License-Identifier: BSD-2-Clause */
/* The live fixture: one static program, whose command line is a small script of verbs. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FIXTURE_SIGNAL_MAX 64

/* What a run ends with when the deadline passes: no test expects it. */
#define FIXTURE_EXIT_DEADLINE 99

/* A range of words that is being run. */
struct script {
	char **words;
	int at;
	int end;
};

struct verb {
	const char *name;
	const char *arguments; /* "" if it takes none */
	const char *help;
	void (*run)(struct script *s);
};

/* Tables of verbs; each ends with a row without a name. */
extern const struct verb process_verbs[];
extern const struct verb signal_verbs[];
extern const struct verb send_verbs[];
extern const struct verb kernel_verbs[];
extern const struct verb matrix_verbs[];
extern const struct verb inspect_verbs[];
extern const struct verb story_verbs[];

/* This thread. */
struct fixture_self {
	const char *name;
	int ready_fd; /* for "ready", -1 if nobody awaits it */
};

extern __thread struct fixture_self fixture_self;

/* The path of this program. */
char *fixture_program(void);

/*
 * One line of output, "KIND who=NAME pid=N tid=N KEY=VALUE …", written with a single write() so
 * that lines of several processes do not mix. Only async-signal-safe calls: signal handlers use it
 * too.
 */
struct line {
	char text[512];
	size_t len;
};

void line_start(struct line *l, const char *kind);
void line_text(struct line *l, const char *key, const char *value);
void line_number(struct line *l, const char *key, int64_t value);
void line_hex(struct line *l, const char *key, uint64_t value);
/* host_pid and host_tid: this thread's numbers in the PID namespace of /proc, if it is mounted. */
void line_host(struct line *l);
void line_end(struct line *l);

/* Prints what is wrong and ends the process with 2. */
void die(const char *what, const char *word) __attribute__((noreturn));

/* The next word; die() if there is none. */
char *script_word(struct script *s);
/* The next word as a number in range. */
long script_number(struct script *s, long min, long max);
/* The words of "[ … ]" as a script of their own. */
struct script script_block(struct script *s);
void script_run(struct script s);

void deadline_set(long seconds);
/* Milliseconds until the deadline, at least 0. */
int deadline_left_ms(void);
/* poll() on one descriptor until it is readable; ends the process when the deadline passes. */
void deadline_wait_readable(int fd);
void deadline_passed(void) __attribute__((noreturn));

/* SIGKILL when the parent ends. */
void process_die_with_parent(void);
/* The number of a child or a thread that was started with this name; die() if there is none. */
pid_t named_number(const char *name);

/* One signal, by name ("TERM", "SIGTERM", "RTMIN+3") or number; die() if it is none. */
int signal_parse(const char *word);
/* Signals and ranges, separated by commas, or "all" (without KILL and STOP): bit sig - 1. */
uint64_t signal_parse_set(const char *words);

/* rt_sigaction(); `flags` are SA_*. */
void signal_install(int sig, void (*handler)(int), unsigned long flags);
/* The same; `mask` is sa_mask, bit sig - 1. */
void signal_install_masked(int sig, void (*handler)(int), unsigned long flags, uint64_t mask);
/* One of 64 handlers at 64 addresses. */
void (*matrix_handler(int sig))(int);
void signal_change_mask(int how, uint64_t set);
uint64_t signal_pending_set(void);
/* How often the handler ran. */
int signal_caught(int sig);
/* What signal_install() adds to the flags: SA_RESTORER, or 0. */
unsigned long signal_restorer_flag(void);

struct pollfd;
/* Fills fds for poll() with the signalfds of this process; returns how many there are. */
size_t signalfd_prepare(struct pollfd *fds, size_t max);
/* Takes one signal and prints it. */
void signalfd_read(int fd);

#endif
