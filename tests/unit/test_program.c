/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "program.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define WORDS_MAX	  32

/* Words separated by '|', as the arguments of one process; "": none. */
struct arguments_of {
	char text[512];
	const char *words[WORDS_MAX];
	size_t len;
};

static void split(const char *line, struct arguments_of *a)
{
	char *at = a->text;

	assert_true(strlen(line) < sizeof(a->text));
	strcpy(a->text, line);
	a->len = 0;
	while (*line && at) {
		assert_true(a->len < WORDS_MAX);
		a->words[a->len++] = at;
		at = strchr(at, '|');
		if (at)
			*at++ = '\0';
	}
}

static const char *answer(enum program_answer a)
{
	return a == PROGRAM_YES ? "yes" : a == PROGRAM_NO ? "no" : "?";
}

/* "bash command 'true' i=no j=no", "timeout group=yes > sleep"; "-": not known. */
static const char *describe(const struct program *p, const struct arguments_of *a)
{
	static char out[512];
	int n = snprintf(out, sizeof(out), "%s", p->kind ? program_name(p->kind) : "-");
	const char *runs = program_runs_name(p->runs);

	if (p->by_name_only)
		n += snprintf(out + n, sizeof(out) - n, " (claimed)");
	if (program_is_shell(p->kind)) {
		n += snprintf(out + n, sizeof(out) - n, " %s", runs ? runs : "?");
		if (p->operand)
			n += snprintf(out + n, sizeof(out) - n, " '%s'", p->operand);
		n += snprintf(out + n, sizeof(out) - n, " i=%s j=%s", answer(p->interactive),
			      answer(p->job_control));
	}
	if (program_is_init(p->kind) || p->kind == PROGRAM_TIMEOUT)
		n += snprintf(out + n, sizeof(out) - n, " group=%s", answer(p->to_group));
	if (p->rewrite_from)
		n += snprintf(out + n, sizeof(out) - n, " %d:%d", p->rewrite_from, p->rewrite_to);
	if (p->rewrite_more)
		n += snprintf(out + n, sizeof(out) - n, " rewrites");
	if (p->command) {
		assert_true(p->command < a->len);
		n += snprintf(out + n, sizeof(out) - n, " > %s", a->words[p->command]);
	}
	assert_true((size_t)n < sizeof(out));
	return out;
}

struct row {
	const char *exe;
	const char *words;
	const char *result;
};

static void check(const struct row *rows, size_t len, const struct program_facts *more)
{
	for (size_t i = 0; i < len; i++) {
		struct arguments_of a;
		struct program_facts facts = *more;
		struct program p;

		split(rows[i].words, &a);
		facts.exe = rows[i].exe;
		facts.comm = facts.comm ? facts.comm : "";
		facts.words = a.words;
		facts.words_len = a.len;
		memset(&p, 0x5a, sizeof(p));
		program_identify(&facts, &p);
		if (strcmp(describe(&p, &a), rows[i].result) != 0)
			fail_msg("%s %s\nis:        %s\nshould be: %s", rows[i].exe, rows[i].words,
				 describe(&p, &a), rows[i].result);
		assert_true(!p.operand ||
			    (p.operand >= a.text && p.operand < a.text + sizeof(a.text)));
	}
}

static const struct program_facts no_terminal = {.stdin_known = true};

static void test_bash(void **state)
{
	static const struct row rows[] = {
		{"/usr/bin/bash", "bash|-c|a; b", "bash command 'a; b' i=no j=no"},
		{"/usr/bin/bash", "sh|-c|a", "bash command 'a' i=no j=no"},
		{"/usr/bin/bash", "bash|-ec|a", "bash command 'a' i=no j=no"},
		{"/usr/bin/bash", "bash|-e|-c|a|b", "bash command 'a' i=no j=no"},
		{"/usr/bin/bash", "bash|-c|-e|a", "bash command 'a' i=no j=no"},
		{"/usr/bin/bash", "bash|-c|--|a", "bash command 'a' i=no j=no"},
		{"/usr/bin/bash", "bash|-c|-|a", "bash command 'a' i=no j=no"},
		{"/usr/bin/bash", "bash|-c|", "bash command '' i=no j=no"},
		{"/usr/bin/bash", "bash|-s|-c|a", "bash command 'a' i=no j=no"},
		{"/usr/bin/bash", "bash|-c", "bash ? i=? j=?"},
		{"/usr/bin/bash", "bash|-x|run.sh|-c", "bash script 'run.sh' i=no j=no"},
		{"/usr/bin/bash", "bash|--|-c", "bash script '-c' i=no j=no"},
		{"/usr/bin/bash", "bash|--norc|--login|-c|a", "bash command 'a' i=no j=no"},
		{"/usr/bin/bash", "bash|-norc|-c|a", "bash command 'a' i=no j=no"},
		{"/usr/bin/bash", "bash|-noprofile|run.sh", "bash script 'run.sh' i=no j=no"},
		{"/usr/bin/bash", "bash|--rcfile|-c|run.sh", "bash script 'run.sh' i=no j=no"},
		{"/usr/bin/bash", "bash|--init-file", "bash ? i=? j=?"},
		{"/usr/bin/bash", "bash|-O|extglob|run.sh", "bash script 'run.sh' i=no j=no"},
		{"/usr/bin/bash", "bash|-Oc|extglob|a", "bash command 'a' i=no j=no"},
		{"/usr/bin/bash", "bash|+O|extglob|run.sh", "bash script 'run.sh' i=no j=no"},
		{"/usr/bin/bash", "bash|-eo|pipefail|-c|a", "bash command 'a' i=no j=no"},
		{"/usr/bin/bash", "bash|-oo|pipefail|errexit|run.sh",
		 "bash script 'run.sh' i=no j=no"},
		{"/usr/bin/bash", "bash|-m|-c|a", "bash command 'a' i=no j=yes"},
		{"/usr/bin/bash", "bash|-o|monitor|run.sh", "bash script 'run.sh' i=no j=yes"},
		{"/usr/bin/bash", "bash|-m|+m|run.sh", "bash script 'run.sh' i=no j=no"},
		{"/usr/bin/bash", "bash|-ic|a", "bash command 'a' i=yes j=yes"},
		{"/usr/bin/bash", "bash|-im|+m", "bash stdin i=yes j=no"},
		{"/usr/bin/bash", "bash|-i|+o|monitor|run.sh", "bash script 'run.sh' i=yes j=no"},
		{"/usr/bin/bash", "bash|+i", "bash ? i=? j=?"},
		{"/usr/bin/bash", "-bash", "bash stdin i=no j=no"},
		{"/usr/bin/bash", "-bash|-i", "bash stdin i=yes j=yes"},
		{"/usr/bin/bash", "bash|-s|a|b", "bash stdin i=no j=no"},
		{"/usr/bin/bash", "bash|-", "bash stdin i=no j=no"},
		{"/usr/bin/bash", "bash|-|-c", "bash script '-c' i=no j=no"},
		{"/usr/bin/bash", "/bin/bash|-e|./run.sh|x", "bash script './run.sh' i=no j=no"},
		{"/usr/bin/bash", "", "bash ? i=? j=?"},
		{"/usr/bin/bash", "bash|--unknown|run.sh", "bash ? i=? j=?"},
		{"/usr/bin/bash", "bash|-x|--norc|run.sh", "bash ? i=? j=?"},
		{"/usr/bin/bash", "bash|-z|run.sh", "bash ? i=? j=?"},
		{"/usr/bin/bash (deleted)", "bash|a", "bash script 'a' i=no j=no"},
		{"/bin/bash-static", "bash|a", "bash script 'a' i=no j=no"},
		{"/usr/bin/rbash", "rbash|a", "bash script 'a' i=no j=no"},
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows), &no_terminal);
}

static void test_other_shells(void **state)
{
	static const struct row rows[] = {
		{"/usr/bin/dash", "sh|-c|a", "dash command 'a' i=no j=no"},
		{"/usr/bin/dash", "/bin/sh|-ec|a", "dash command 'a' i=no j=no"},
		{"/usr/bin/dash", "sh|-c|-e|a", "dash command 'a' i=no j=no"},
		{"/usr/bin/dash", "sh|-co|errexit|a", "dash command 'a' i=no j=no"},
		{"/usr/bin/dash", "/bin/sh|/run.sh", "dash script '/run.sh' i=no j=no"},
		{"/usr/bin/dash", "-sh", "dash stdin i=no j=no"},
		{"/usr/bin/dash", "sh|-o|interactive", "dash ? i=? j=?"},
		{"/usr/bin/dash", "sh|-m|a", "dash script 'a' i=no j=yes"},
		{"/usr/bin/dash", "sh|--login|a", "dash ? i=? j=?"},
		{"/bin/busybox", "sh|-c|a", "ash command 'a' i=no j=no"},
		{"/bin/busybox", "/bin/ash|-o|pipefail|a", "ash script 'a' i=no j=no"},
		{"/bin/busybox", "-ash", "ash stdin i=no j=no"},
		{"/bin/busybox", "-sh|-c|a", "ash command 'a' i=no j=no"},
		{"/bin/busybox", "busybox|sh|-c|a", "ash command 'a' i=no j=no"},
		{"/bin/busybox.static", "/bin/busybox.static|ash|a", "ash script 'a' i=no j=no"},
		{"/bin/busybox", "ash|--login|-c|a", "ash command 'a' i=no j=no"},
		{"/usr/bin/zsh", "zsh|-fc|a", "zsh command 'a' i=no j=no"},
		{"/usr/bin/zsh", "zsh|-c|-e|a", "zsh command 'a' i=no j=no"},
		{"/usr/bin/zsh", "-zsh|-f|a", "zsh script 'a' i=no j=no"},
		{"/usr/bin/zsh", "zsh|-omonitor|-c|a", "zsh command 'a' i=no j=yes"},
		{"/usr/bin/zsh", "zsh|-o|NO_monitor|-ic|a", "zsh command 'a' i=yes j=no"},
		{"/usr/bin/zsh", "zsh|--no_rcs|--monitor|a", "zsh script 'a' i=no j=yes"},
		{"/usr/bin/zsh", "zsh|+-monitor|-i", "zsh stdin i=yes j=no"},
		{"/usr/bin/zsh", "zsh|--shin-stdin|a", "zsh stdin i=no j=no"},
		{"/usr/bin/zsh", "zsh|--interactive|a", "zsh script 'a' i=yes j=yes"},
		{"/usr/bin/zsh", "zsh|--no-interactive|a", "zsh ? i=? j=?"},
		{"/usr/bin/zsh", "zsh|-b|-c", "zsh script '-c' i=no j=no"},
		{"/usr/bin/zsh", "-zsh|-b|-c", "zsh script '-c' i=no j=no"},
		{"/usr/bin/zsh", "sh|-b|-c", "zsh ? i=? j=?"},
		{"/usr/bin/zsh", "zsh|-o", "zsh ? i=? j=?"},
		{"/bin/zsh-5.9", "zsh|a", "zsh script 'a' i=no j=no"},
		{"/bin/ksh93", "ksh|-c|a", "ksh command 'a' i=no j=no"},
		{"/bin/mksh", "mksh|-o|monitor|a", "ksh script 'a' i=no j=yes"},
		{"/bin/mksh", "mksh|-omonitor|a", "ksh ? i=? j=?"},
		{"/bin/mksh", "mksh|-T|a|b", "ksh ? i=? j=?"},
		{"/bin/ksh", "ksh|--monitor|a", "ksh ? i=? j=?"},
		/* Which shell that is, nothing proves. */
		{"/bin/sh", "sh|-c|a", "-"},
		{"/usr/bin/fish", "fish", "-"},
		{"/usr/bin/basher", "bash", "-"},
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows), &no_terminal);
}

static void test_terminal(void **state)
{
	static const struct program_facts terminal = {.stdin_known = true, .stdin_is_tty = true};
	static const struct program_facts not_known = {.stdin_is_tty = true};
	static const struct row on_terminal[] = {
		{"/bin/bash", "-bash", "bash stdin i=yes j=yes"},
		{"/bin/bash", "bash|+m", "bash stdin i=yes j=no"},
		{"/bin/bash", "bash|-c|a", "bash command 'a' i=no j=no"},
		{"/bin/bash", "bash|a", "bash script 'a' i=no j=no"},
		{"/bin/dash", "sh|-s|a", "dash stdin i=yes j=yes"},
	};
	static const struct row on_nothing_known[] = {
		{"/bin/bash", "-bash", "bash stdin i=? j=?"},
		{"/bin/bash", "bash|-m", "bash stdin i=? j=yes"},
		{"/bin/bash", "bash|-i", "bash stdin i=yes j=yes"},
		{"/bin/bash", "bash|a", "bash script 'a' i=no j=no"},
	};

	(void)state;
	check(on_terminal, ARRAY_SIZE(on_terminal), &terminal);
	check(on_nothing_known, ARRAY_SIZE(on_nothing_known), &not_known);
}

static void test_inits(void **state)
{
	static const struct row rows[] = {
		{"/usr/bin/tini", "tini|--|a|-g", "tini group=no > a"},
		{"/usr/bin/tini", "tini|-g|--|a", "tini group=yes > a"},
		{"/usr/bin/tini", "tini|-vvg|a", "tini group=yes > a"},
		{"/sbin/docker-init", "/sbin/docker-init|--|/run.sh", "tini group=no > /run.sh"},
		{"/usr/bin/tini-static", "tini|-s|-w|-p|SIGKILL|-e|3|-e4|--|a",
		 "tini group=no > a"},
		{"/usr/bin/tini", "tini|-pg|a", "tini group=no > a"},
		{"/usr/bin/tini", "tini|a|x|--|-g", "tini group=no > a"},
		/* The C library decides whether that is tini's own. */
		{"/usr/bin/tini", "tini|a|-g", "tini group=? > a"},
		{"/usr/bin/tini", "tini|-z|-g|a", "tini group=?"},
		{"/usr/bin/tini", "tini|-g|-z|a", "tini group=yes"},
		{"/usr/bin/tini", "tini|--group|a", "tini group=?"},
		{"/usr/bin/tini", "", "tini group=?"},
		{"/usr/bin/dumb-init", "dumb-init|a|-c", "dumb-init group=yes > a"},
		{"/usr/bin/dumb-init", "dumb-init|-c|a", "dumb-init group=no > a"},
		{"/usr/bin/dumb-init", "dumb-init|--single-child|--|a", "dumb-init group=no > a"},
		{"/usr/bin/dumb-init", "dumb-init|--single|a", "dumb-init group=no > a"},
		{"/usr/bin/dumb-init", "dumb-init|-v|--|-c", "dumb-init group=yes > -c"},
		{"/usr/bin/dumb-init", "dumb-init|--ver|a", "dumb-init group=? rewrites"},
		{"/usr/bin/dumb-init", "dumb-init|-r|15:2|a", "dumb-init group=yes 15:2 > a"},
		{"/usr/bin/dumb-init", "dumb-init|-vcr15:0|a", "dumb-init group=no 15:0 > a"},
		{"/usr/bin/dumb-init", "dumb-init|--rewrite=15:3|a",
		 "dumb-init group=yes 15:3 > a"},
		{"/usr/bin/dumb-init", "dumb-init|--rewrite|15:3|-r|15:2|a",
		 "dumb-init group=yes 15:2 > a"},
		{"/usr/bin/dumb-init", "dumb-init|-r|15:3|-r|1:2|a",
		 "dumb-init group=yes 15:3 rewrites > a"},
		{"/usr/bin/dumb-init", "dumb-init|-r|15:x|a", "dumb-init group=yes rewrites > a"},
		{"/usr/bin/dumb-init", "dumb-init|-r|32:1|a", "dumb-init group=yes rewrites > a"},
		{"/usr/bin/dumb-init", "dumb-init|-r", "dumb-init group=? rewrites"},
		{"/usr/bin/dumb-init", "", "dumb-init group=? rewrites"},
		{"/usr/local/bin/dumb-init_1.2.5_x86_64", "x|a", "dumb-init group=yes > a"},
		{"/usr/bin/catatonit", "catatonit|--|a", "catatonit group=no > a"},
		{"/usr/bin/catatonit", "catatonit|-g|a", "catatonit group=yes > a"},
		{"/usr/bin/catatonit", "catatonit|-P", "catatonit group=?"},
		{"/usr/bin/s6-svscan", "s6-svscan|/run/service", "s6"},
		{"/usr/bin/s6-supervise", "s6-supervise|web", "s6"},
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows), &no_terminal);
}

static void test_timeout_and_others(void **state)
{
	static const struct row rows[] = {
		{"/usr/bin/timeout", "timeout|5|a|-x", "timeout group=yes > a"},
		{"/usr/bin/timeout", "timeout|--foreground|5|a", "timeout group=no > a"},
		{"/usr/bin/timeout", "timeout|--fore|5|a", "timeout group=no > a"},
		{"/usr/bin/timeout", "timeout|-f|5|a", "timeout group=no > a"},
		{"/usr/bin/timeout", "timeout|-k|9|-s|INT|-v|5|a", "timeout group=yes > a"},
		{"/usr/bin/timeout", "timeout|-k9|--signal=INT|--|5|a", "timeout group=yes > a"},
		{"/usr/bin/timeout", "timeout|--kill-after|9|5|a", "timeout group=yes > a"},
		{"/usr/bin/timeout", "timeout|--new|5|a", "timeout group=?"},
		{"/usr/bin/timeout", "timeout|--foreground=1|5|a", "timeout group=?"},
		{"/usr/bin/timeout", "timeout|5", "timeout group=yes"},
		{"/usr/bin/coreutils", "coreutils|--coreutils-prog-shebang=timeout|timeout|5|a",
		 "timeout group=yes > a"},
		{"/usr/bin/coreutils", "timeout|--foreground|5|a", "timeout group=no > a"},
		{"/usr/bin/coreutils", "ls", "-"},
		{"/usr/bin/xargs", "xargs|-0|-n1|-P|4|sh|-c|a", "xargs > sh"},
		{"/usr/bin/xargs", "xargs|-I|{}|-d|,|a|{}", "xargs > a"},
		{"/usr/bin/xargs", "xargs|-i|a|b", "xargs > a"},
		{"/usr/bin/xargs", "xargs|-n|1|-l|a|b", "xargs > a"},
		{"/usr/bin/xargs", "xargs|--max-procs=4|--replace|a", "xargs > a"},
		{"/usr/bin/xargs", "xargs", "xargs"},
		{"/usr/bin/nohup", "nohup|a", "nohup > a"},
		{"/usr/bin/nohup", "nohup|--|a", "nohup > a"},
		{"/usr/bin/nohup", "nohup|-x|a", "nohup"},
		{"/usr/bin/env", "env|-i|A=1|-|B=2|a", "env > -"},
		{"/usr/bin/env", "env|-|A=1|B=2|a|C=3", "env > a"},
		{"/usr/bin/env", "env|-u|HOME|--chdir=/|A=1|a", "env > a"},
		{"/usr/bin/env", "env|-S|a -x|b", "env"},
		{"/usr/bin/env", "env|-vSa", "env"},
		{"/usr/bin/env", "env|A=1", "env"},
		{"/usr/bin/setsid", "setsid|-w|a", "setsid > a"},
		{"/usr/bin/setsid", "setsid|--fork|--wait|a", "setsid > a"},
		{"/bin/busybox", "xargs|-n|1|a", "xargs > a"},
		{"/bin/busybox", "busybox|nohup|a", "nohup > a"},
		{"/bin/busybox", "env|-u|A|B=1|a", "env > a"},
		{"/bin/busybox", "setsid|-c|a", "setsid > a"},
		/* It is not above its command, and forwards nothing. */
		{"/bin/busybox", "timeout|5|a", "-"},
		{"/bin/busybox", "busybox|timeout|5|a", "-"},
		{"/bin/busybox", "sleep|5", "-"},
		{"/bin/busybox", "busybox", "-"},
		{"/bin/busybox", "", "-"},
		/* No applet of that name forwards as the program does. */
		{"/bin/busybox", "tini|-g|a", "-"},
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows), &no_terminal);
}

static void test_sudo_and_su(void **state)
{
	static const struct row rows[] = {
		{"/usr/bin/sudo", "sudo|a", "sudo > a"},
		{"/usr/bin/sudo", "sudo|-u|root|-E|A=1|-n|B=2|a|C=3", "sudo > a"},
		{"/usr/bin/sudo", "sudo|-uroot|--|A=1|a", "sudo > A=1"},
		{"/usr/bin/sudo", "sudo|--user=root|--preserve-env=HOME|a", "sudo > a"},
		{"/usr/bin/sudo", "sudo|--preserve-env|a", "sudo > a"},
		{"/usr/bin/sudo", "sudo|-C|3|-g|x|-p|?|-T|5|-D|/|-R|/|-r|r|-t|t|a", "sudo > a"},
		{"/usr/bin/sudo", "sudo|/opt/a=b|c", "sudo > /opt/a=b"},
		{"/usr/bin/sudo", "sudo|-k|a", "sudo > a"},
		{"/usr/bin/sudo", "sudo|-i", "sudo"},
		{"/usr/bin/sudo", "sudo|-s|a", "sudo"},
		{"/usr/bin/sudo", "sudo|--login|a", "sudo"},
		{"/usr/bin/sudo", "sudo|-l|a", "sudo"},
		{"/usr/bin/sudo", "sudo|-e|file", "sudo"},
		{"/usr/bin/sudo", "sudo|-h|host|a", "sudo"},
		{"/usr/bin/sudo", "sudo|--host|h|a", "sudo > a"},
		{"/usr/bin/sudo", "sudo|--new|a", "sudo"},
		{"/usr/bin/sudo", "sudo|A=1", "sudo"},
		{"/usr/bin/su", "su|-c|a; b", "su > a; b"},
		{"/usr/bin/su", "su|-|user|-c|a", "su > a"},
		{"/usr/bin/su", "su|-l|-s|/bin/sh|user|--command|a", "su > a"},
		{"/usr/bin/su", "su|-lc|a", "su > a"},
		{"/usr/bin/su", "su|user|--|-c|a", "su"},
		{"/usr/bin/su", "su|--command=a", "su"},
		{"/usr/bin/su", "su|-ca", "su"},
		{"/usr/bin/su", "su|-", "su"},
		{"/usr/bin/su", "su|-c|a|--new", "su"},
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows), &no_terminal);
}

static void test_containers_and_ci(void **state)
{
	static const struct row rows[] = {
		{"/usr/bin/docker", "docker|run|--rm|x", "docker"},
		{"/usr/libexec/docker/cli-plugins/docker-compose", "x|compose|up",
		 "docker-compose"},
		{"/usr/local/bin/docker-compose", "docker-compose|up", "docker-compose"},
		{"/usr/bin/python3.11", "/usr/bin/python3|/usr/bin/docker-compose|up",
		 "docker-compose"},
		{"/usr/bin/python3.11", "/usr/bin/python3|-sE|/usr/bin/docker-compose|up",
		 "docker-compose"},
		{"/usr/bin/python3.11", "python3|-m|docker-compose", "-"},
		{"/usr/bin/python3.11", "python3|x.py|docker-compose", "-"},
		{"/usr/bin/pythonic", "python3|/usr/bin/docker-compose", "-"},
		{"/usr/bin/dockerd", "dockerd", "-"},
		{"/usr/bin/docker-proxy", "docker-proxy", "-"},
		{"/usr/bin/containerd-shim", "containerd-shim", "container-shim"},
		{"/usr/bin/containerd-shim-runc-v2", "x|-namespace|moby", "container-shim"},
		{"/usr/bin/conmon", "conmon", "container-shim"},
		{"/usr/bin/containerd", "containerd", "-"},
		{"/usr/sbin/runc", "runc|run|web", "container-shim"},
		{"/usr/sbin/runc", "runc|--root|run|--log=x|exec|web", "container-shim"},
		{"/usr/sbin/runc", "runc|init", "-"},
		{"/usr/sbin/runc", "runc|--root|run", "-"},
		{"/usr/sbin/runc", "runc|--new|run", "-"},
		{"/usr/sbin/runc", "", "-"},
		{"/usr/bin/gitlab-runner", "gitlab-runner|run", "ci-agent"},
		{"/opt/runner/bin/Runner.Worker", "x", "ci-agent"},
		{"/opt/agent/bin/Agent.Listener", "x", "ci-agent"},
		{"/usr/bin/buildkite-agent", "buildkite-agent|start", "ci-agent"},
		{"/bin/drone-runner-docker", "x", "ci-agent"},
		{"/bin/woodpecker-agent", "x", "ci-agent"},
		{"/usr/bin/java", "java|-jar|agent.jar", "-"},
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows), &no_terminal);
}

static void test_node(void **state)
{
	static const struct row rows[] = {
		{"/usr/bin/node", "npm run build", "npm"},
		{"/usr/bin/node", "npm", "npm"},
		{"/usr/bin/node", "npmx run", "-"},
		{"/usr/bin/node", "node|/usr/bin/npm|run|x", "npm"},
		{"/usr/bin/node", "node|/usr/lib/node_modules/npm/bin/npm-cli.js|ci", "npm"},
		{"/usr/bin/node", "node|/usr/bin/npx|x", "npm"},
		{"/usr/bin/nodejs", "node|--max-old-space-size=4096|/usr/bin/npm", "npm"},
		{"/usr/bin/node20", "node|/opt/yarn/bin/yarn.js|run", "yarn"},
		{"/usr/bin/node", "node|/usr/bin/yarn", "yarn"},
		{"/usr/bin/node", "node|.yarn/releases/yarn-4.0.2.cjs|x", "yarn"},
		{"/usr/bin/node", "node|yarn-tool", "-"},
		{"/usr/bin/node", "node|-r|npm|x.js", "-"},
		{"/usr/bin/node", "node|x.js|npm", "-"},
		{"/usr/bin/node", "node|/usr/bin/pnpm|run", "-"},
		{"/usr/bin/node", "node", "-"},
		{"/usr/bin/node", "", "-"},
		{"/usr/bin/sleep", "npm run build", "-"},
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows), &no_terminal);
}

/* Without the file, the name is a claim: marked, whatever it is. */
static void test_by_name_only(void **state)
{
	static const struct program_facts named = {.stdin_known = true, .comm = "dash"};
	static const struct row rows[] = {
		{NULL, "/bin/bash|run.sh", "bash (claimed) script 'run.sh' i=no j=no"},
		{NULL, "-bash", "bash (claimed) stdin i=no j=no"},
		{NULL, "tini|-g|--|a", "tini (claimed) group=yes > a"},
		{NULL, "npm run build", "npm (claimed)"},
		{NULL, "node|/usr/bin/npm", "npm (claimed)"},
		{NULL, "/bin/sh|-c|a", "- (claimed)"},
		{NULL, "", "dash (claimed) ? i=? j=?"},
		{NULL, "|a", "- (claimed)"},
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows), &named);
}

/* What stood behind the words that were kept is not known. */
static void test_cut(void **state)
{
	static const struct program_facts cut = {.stdin_known = true, .words_cut = true};
	static const struct row rows[] = {
		{"/bin/bash", "bash|-c|a", "bash command 'a' i=no j=no"},
		{"/bin/bash", "bash|-e", "bash ? i=? j=?"},
		{"/bin/bash", "bash|-c", "bash ? i=? j=?"},
		{"/bin/bash", "bash", "bash ? i=? j=?"},
		{"/bin/tini", "tini|-v", "tini group=?"},
		{"/bin/tini", "tini|-g", "tini group=yes"},
		{"/bin/tini", "tini|-v|a", "tini group=no > a"},
		{"/bin/dumb-init", "dumb-init|-c", "dumb-init group=? rewrites"},
		{"/bin/timeout", "timeout|5", "timeout group=yes"},
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows), &cut);
}

static void test_long_names(void **state)
{
	char exe[5000] = "/";
	struct arguments_of a;
	struct program_facts facts = {.exe = exe, .comm = "bash"};
	struct program p;

	(void)state;
	memset(exe + 1, 'b', sizeof(exe) - 2);
	split("bash", &a);
	facts.words = a.words;
	facts.words_len = a.len;
	program_identify(&facts, &p);
	assert_int_equal(p.kind, PROGRAM_NOT_KNOWN);
	facts.exe = "";
	program_identify(&facts, &p);
	assert_int_equal(p.kind, PROGRAM_NOT_KNOWN);
	assert_false(p.by_name_only);
}

static void test_names(void **state)
{
	int shells = 0;
	int inits = 0;

	(void)state;
	assert_null(program_name(PROGRAM_NOT_KNOWN));
	assert_string_equal(program_name(PROGRAM_DUMB_INIT), "dumb-init");
	for (int i = 1; i < PROGRAM_COUNT; i++) {
		assert_non_null(program_name(i));
		shells += program_is_shell(i);
		inits += program_is_init(i);
		assert_false(program_is_shell(i) && program_is_init(i));
	}
	assert_int_equal(shells, 5);
	assert_int_equal(inits, 3);
	assert_null(program_runs_name(PROGRAM_RUNS_NOT_KNOWN));
	for (int i = 1; i < PROGRAM_RUNS_COUNT; i++)
		assert_non_null(program_runs_name(i));
}

static void test_text(void **state)
{
	static const struct {
		const char *text;
		uint32_t jobs;
		const char *waits;
	} rows[] = {
		{"", 0, "no"},
		{"sleep 9; true", 0, "no"},
		{"server & pytest; true", 0, "no"},
		{"exec > >(tee log); pytest; true", 0, "no"},
		{"pytest; wait", 0, "no"},
		{"pytest 2>&1 <&0 |& tee && true &>log; wait", 0, "no"},
		{"kubectl-wait & pytest --wait", 0, "no"},
		{"a & wait", 0, "yes"},
		{"a&\nwait", 0, "yes"},
		{"a & wait", 1, "no"},
		{"a & b & wait", 1, "yes"},
		{"a && b & wait", 0, "yes"},
		{"a 2>&1 & wait", 0, "yes"},
		{"trap 'kill $p;wait' TERM; a & p=$!", 0, "yes"},
		{"exec > >(cat); wait", 0, "yes"},
		{"cat < <(a); wait", 0, "yes"},
		{"coproc a; wait", 0, "yes"},
		{"for i in 1 2; do a & done; wait", 9, "yes"},
		{"f() { a & }; f; f; wait", 9, "yes"},
		{"f ( ) { a & }; f; f; wait", 9, "yes"},
		{"function f { a & }; f; f; wait", 9, "yes"},
		{"while a; do b; done; wait", 0, "no"},
		{". lib.sh; main", 0, "?"},
		{"source lib.sh && main", 0, "?"},
		{"eval \"$x\"", 0, "?"},
		{"./build . ; true", 0, "?"},
		{"./build.sh source.c; evaluate", 0, "no"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(answer(program_text_waits(rows[i].text, rows[i].jobs)), rows[i].waits) !=
		    0)
			fail_msg("%s (%u): %s", rows[i].text, rows[i].jobs,
				 answer(program_text_waits(rows[i].text, rows[i].jobs)));
}

static void test_python(void **state)
{
	(void)state;
	assert_true(program_is_python("/usr/bin/python3"));
	assert_true(program_is_python("/root/.pyenv/versions/3.11.7/bin/python3.11"));
	assert_false(program_is_python("/usr/bin/pythonista"));
	assert_false(program_is_python("/python3/node"));
	assert_false(program_is_python(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bash),
		cmocka_unit_test(test_other_shells),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_inits),
		cmocka_unit_test(test_timeout_and_others),
		cmocka_unit_test(test_sudo_and_su),
		cmocka_unit_test(test_containers_and_ci),
		cmocka_unit_test(test_node),
		cmocka_unit_test(test_by_name_only),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_python),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
