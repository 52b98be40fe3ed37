/* SPDX-License-Identifier: BSD-2-Clause */
#include "program.h"

#include <string.h>

#include "arguments.h"
#include "program_parts.h"

static const char *const kind_names[PROGRAM_COUNT] = {
#define X(name, text) [PROGRAM_##name] = text,
	PROGRAM_LIST(X)
#undef X
};

static const char *const runs_names[] = {
	[PROGRAM_RUNS_NOT_KNOWN] = NULL,
	[PROGRAM_RUNS_SCRIPT] = "script",
	[PROGRAM_RUNS_COMMAND] = "command",
	[PROGRAM_RUNS_STDIN] = "stdin",
};
_Static_assert(sizeof(runs_names) / sizeof(runs_names[0]) == PROGRAM_RUNS_COUNT,
	       "one name for each");

const char *program_name(enum program_kind kind)
{
	return kind_names[kind];
}

const char *program_runs_name(enum program_runs runs)
{
	return runs_names[runs];
}

bool program_is_shell(enum program_kind kind)
{
	return kind == PROGRAM_BASH || kind == PROGRAM_DASH || kind == PROGRAM_ASH ||
	       kind == PROGRAM_ZSH || kind == PROGRAM_KSH;
}

bool program_is_init(enum program_kind kind)
{
	return kind == PROGRAM_TINI || kind == PROGRAM_DUMB_INIT || kind == PROGRAM_CATATONIT;
}

const char *program_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

static bool ends_with(const char *text, const char *end)
{
	const size_t len = strlen(text);
	const size_t end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* A name as it is, or with '*' at its end: whatever follows. */
static const struct {
	const char *name;
	enum program_kind kind;
} file_names[] = {
	{"bash", PROGRAM_BASH},
	{"bash-static", PROGRAM_BASH},
	{"rbash", PROGRAM_BASH},
	{"dash", PROGRAM_DASH},
	{"ash", PROGRAM_ASH},
	{"zsh", PROGRAM_ZSH},
	{"zsh-static", PROGRAM_ZSH},
	{"zsh-5*", PROGRAM_ZSH}, /* make install gives its file both names */
	{"ksh", PROGRAM_KSH},
	{"ksh93", PROGRAM_KSH},
	{"mksh", PROGRAM_KSH},
	{"mksh-static", PROGRAM_KSH},
	{"lksh", PROGRAM_KSH},
	{"oksh", PROGRAM_KSH},
	{"loksh", PROGRAM_KSH},
	{"tini", PROGRAM_TINI},
	{"tini-*", PROGRAM_TINI}, /* tini-static, and as it is downloaded: tini-static-amd64 */
	{"docker-init", PROGRAM_TINI},
	{"dumb-init", PROGRAM_DUMB_INIT},
	{"dumb-init_*", PROGRAM_DUMB_INIT}, /* as it is downloaded: dumb-init_1.2.5_x86_64 */
	{"catatonit", PROGRAM_CATATONIT},
	{"s6-svscan", PROGRAM_S6},
	{"s6-supervise", PROGRAM_S6},
	{"docker", PROGRAM_DOCKER},
	{"docker-compose", PROGRAM_COMPOSE},
	{"npm", PROGRAM_NPM},
	{"npx", PROGRAM_NPM},
	{"yarn", PROGRAM_YARN},
	{"yarnpkg", PROGRAM_YARN},
	{"sudo", PROGRAM_SUDO},
	{"su", PROGRAM_SU},
	{"timeout", PROGRAM_TIMEOUT},
	{"xargs", PROGRAM_XARGS},
	{"nohup", PROGRAM_NOHUP},
	{"env", PROGRAM_ENV},
	{"setsid", PROGRAM_SETSID},
	{"containerd-shim", PROGRAM_SHIM},
	{"containerd-shim-*", PROGRAM_SHIM},
	{"conmon", PROGRAM_SHIM},
	{"gitlab-runner", PROGRAM_CI_AGENT},
	{"Runner.Listener", PROGRAM_CI_AGENT},
	{"Runner.Worker", PROGRAM_CI_AGENT},
	{"Agent.Listener", PROGRAM_CI_AGENT},
	{"Agent.Worker", PROGRAM_CI_AGENT},
	{"buildkite-agent", PROGRAM_CI_AGENT},
	{"drone-runner-*", PROGRAM_CI_AGENT},
	{"woodpecker-agent", PROGRAM_CI_AGENT},
	{"act_runner", PROGRAM_CI_AGENT},
	{"forgejo-runner", PROGRAM_CI_AGENT},
};

static enum program_kind find_name(const char *name)
{
	for (size_t i = 0; i < sizeof(file_names) / sizeof(file_names[0]); i++) {
		const char *known = file_names[i].name;
		const size_t len = strlen(known) - 1;

		if (strcmp(known, name) == 0 ||
		    (known[len] == '*' && strncmp(known, name, len) == 0))
			return file_names[i].kind;
	}
	return PROGRAM_NOT_KNOWN;
}

/* "node", "nodejs", "node20", "python3.11": an interpreter's name and its version. */
static bool is_interpreter(const char *name, const char *interpreter)
{
	return begins_with(name, interpreter) &&
	       !name[strlen(interpreter) + strspn(name + strlen(interpreter), "0123456789.-")];
}

bool program_is_python(const char *exe)
{
	return exe && is_interpreter(program_base(exe), "python");
}

/* The first word behind options without a value: what an interpreter runs. NULL: not certain. */
static const char *find_script(const struct program_facts *facts, const char *flags)
{
	for (size_t i = 1; i < facts->words_len; i++) {
		const char *word = facts->words[i];

		if (*word != '-')
			return word;
		/* node's "--max-old-space-size=4096"; letters, as in "python3 -sE". */
		if (!(begins_with(word, "--") && strchr(word, '=')) &&
		    (!word[1] || word[1 + strspn(word + 1, flags)]))
			return NULL;
	}
	return NULL;
}

/* npm writes "npm run build" over its arguments. */
static bool is_npm_title(const char *word)
{
	return strcmp(word, "npm") == 0 || begins_with(word, "npm ");
}

static enum program_kind find_node_program(const struct program_facts *facts)
{
	const char *script = find_script(facts, "");
	const char *base;

	if (facts->words_len > 0 && is_npm_title(facts->words[0]))
		return PROGRAM_NPM;
	if (!script)
		return PROGRAM_NOT_KNOWN;
	base = program_base(script);
	if (strcmp(base, "npm-cli.js") == 0 || strcmp(base, "npx-cli.js") == 0 ||
	    strcmp(base, "npm") == 0 || strcmp(base, "npx") == 0)
		return PROGRAM_NPM;
	/* .yarn/releases/yarn-4.0.2.cjs */
	if (strcmp(base, "yarn.js") == 0 || strcmp(base, "yarn.cjs") == 0 ||
	    strcmp(base, "yarn") == 0 || strcmp(base, "yarnpkg") == 0 ||
	    (begins_with(base, "yarn-") && (ends_with(base, ".cjs") || ends_with(base, ".js"))))
		return PROGRAM_YARN;
	return PROGRAM_NOT_KNOWN;
}

/* Version 1; what pip and distributions install. */
static enum program_kind find_python_program(const struct program_facts *facts)
{
	const char *script = find_script(facts, "BEIOPsu");

	return script && strcmp(program_base(script), "docker-compose") == 0 ? PROGRAM_COMPOSE
									     : PROGRAM_NOT_KNOWN;
}

/* `runc run` and `runc exec` stay above what they started, unless they are told to detach. */
static enum program_kind find_runtime(const struct program_facts *facts)
{
	static const struct arguments_long longs[] = {
		{"cgroup-manager", ":", 'v'},
		{"criu", ":", 'v'},
		{"debug", "", 'd'},
		{"log", ":", 'v'},
		{"log-format", ":", 'v'},
		{"log-level", ":", 'v'},
		{"root", ":", 'v'},
		{"systemd-cgroup", "", 'd'},
		{.name = NULL},
	};
	struct arguments a = {
		.words = facts->words,
		.len = facts->words_len,
		.at = 1,
		.shorts = "",
		.longs = longs,
	};
	const char *verb;
	int letter;

	if (a.len == 0)
		return PROGRAM_NOT_KNOWN;
	while ((letter = arguments_next(&a)) > 0)
		;
	if (letter == ARGUMENTS_NOT_KNOWN || a.at == a.len)
		return PROGRAM_NOT_KNOWN;
	verb = a.words[a.at];
	return strcmp(verb, "run") == 0 || strcmp(verb, "exec") == 0 || strcmp(verb, "restore") == 0
		       ? PROGRAM_SHIM
		       : PROGRAM_NOT_KNOWN;
}

/*
 * busybox is many programs in one file: its own name decides, or, if that is "busybox", its first
 * argument. *first is the index of that word.
 */
static enum program_kind find_applet(const struct program_facts *facts, size_t *first)
{
	const char *name;
	enum program_kind kind;

	if (facts->words_len == 0)
		return PROGRAM_NOT_KNOWN;
	name = program_base(facts->words[0] + (facts->words[0][0] == '-'));
	if (begins_with(name, "busybox")) {
		if (facts->words_len == 1)
			return PROGRAM_NOT_KNOWN;
		*first = 1;
		name = program_base(facts->words[1]);
	}
	if (strcmp(name, "sh") == 0 || strcmp(name, "ash") == 0)
		return PROGRAM_ASH;
	kind = find_name(name);
	/*
	 * Not timeout: it replaces itself by the command, what is left under its name is a clock
	 * that forwards nothing.
	 */
	return kind == PROGRAM_ENV || kind == PROGRAM_NOHUP || kind == PROGRAM_SETSID ||
			       kind == PROGRAM_SU || kind == PROGRAM_XARGS
		       ? kind
		       : PROGRAM_NOT_KNOWN;
}

/* The same for GNU coreutils in one file: a link to it, or "#!/usr/bin/coreutils --…=timeout". */
static enum program_kind find_coreutil(const struct program_facts *facts, size_t *first)
{
	static const char shebang[] = "--coreutils-prog-shebang=";
	const char *name;
	enum program_kind kind;

	if (facts->words_len == 0)
		return PROGRAM_NOT_KNOWN;
	name = program_base(facts->words[0]);
	if (facts->words_len > 2 && begins_with(facts->words[1], shebang)) {
		name = facts->words[1] + strlen(shebang);
		*first = 2;
	}
	kind = find_name(name);
	return kind == PROGRAM_ENV || kind == PROGRAM_NOHUP || kind == PROGRAM_TIMEOUT
		       ? kind
		       : PROGRAM_NOT_KNOWN;
}

static bool is_busybox(const char *name)
{
	return strcmp(name, "busybox") == 0 || strcmp(name, "busybox.static") == 0 ||
	       strcmp(name, "busybox-static") == 0;
}

static enum program_kind find_kind(const struct program_facts *facts, const char *name,
				   size_t *first)
{
	if (is_busybox(name))
		return find_applet(facts, first);
	if (strcmp(name, "coreutils") == 0)
		return find_coreutil(facts, first);
	if (is_interpreter(name, "node") || is_interpreter(name, "nodejs"))
		return find_node_program(facts);
	if (is_interpreter(name, "python"))
		return find_python_program(facts);
	if (strcmp(name, "runc") == 0 || strcmp(name, "crun") == 0)
		return find_runtime(facts);
	return find_name(name);
}

/* The name alone, where the file is not known: argv[0], which names the interpreter of a script. */
static enum program_kind find_claimed(const struct program_facts *facts, size_t *first)
{
	const char *name = facts->words_len > 0 ? facts->words[0] : facts->comm;

	if (is_npm_title(name))
		return PROGRAM_NPM;
	return find_kind(facts, program_base(name + (*name == '-')), first);
}

static enum program_kind find_by_file(const struct program_facts *facts, size_t *first)
{
	static const char deleted[] = " (deleted)";
	char name[64];
	const char *base = program_base(facts->exe);
	size_t len = strlen(base);

	if (ends_with(base, deleted))
		len -= strlen(deleted);
	if (len >= sizeof(name))
		return PROGRAM_NOT_KNOWN;
	memcpy(name, base, len);
	name[len] = '\0';
	return find_kind(facts, name, first);
}

void program_identify(const struct program_facts *facts, struct program *ret)
{
	size_t first = 0;

	*ret = (struct program){.by_name_only = !facts->exe};
	ret->kind = facts->exe ? find_by_file(facts, &first) : find_claimed(facts, &first);
	if (program_is_shell(ret->kind))
		program_read_shell(facts, first, ret);
	else
		program_read_wrapper(facts, first, ret);
}
