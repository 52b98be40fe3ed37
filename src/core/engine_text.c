/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine_text.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "json_text.h"
#include "parse.h"
#include "signal_numbers.h"
#include "signals.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* As json_text_get_object(), and so do the following. */
static int get_flag(const json_t *object, const char *key, bool *ret)
{
	const json_t *member = json_object_get(object, key);

	if (!member || json_is_null(member))
		return 0;
	if (!json_is_boolean(member))
		return -EINVAL;
	*ret = json_is_true(member);
	return 0;
}

static int get_number(const json_t *object, const char *key, int64_t min, int64_t max, int64_t *ret)
{
	const json_t *member = json_object_get(object, key);
	double value;

	if (!member || json_is_null(member))
		return 0;
	value = json_real_value(member); /* json_text_load() makes no integers */
	if (!json_is_real(member) || !(value >= (double)min && value <= (double)max) ||
	    value != (double)(int64_t)value)
		return -EINVAL;
	*ret = (int64_t)value;
	return 0;
}

static bool is_one_of(const char *text, const char *const *words)
{
	while (*words && strcmp(text, *words) != 0)
		words++;
	return *words;
}

/*
 * Status: docker's and podman's names of states. nerdctl has none before the first start, docker is
 * back at "created" when that has failed. podman: "stopped" is over and not cleaned up; "stopping"
 * still runs, with Running false; and its paused ones have Running false, too.
 */
static int read_state(const json_t *state, struct engine_container *c)
{
	static const char *const over[] = {"exited", "stopped", NULL};
	static const char *const going[] = {"stopping", NULL};
	const char *status = "", *error = "";
	bool running = false, restarting = false;
	int64_t pid = 0, exit_code = 0;
	struct strbuf b;

	if (json_text_get_string(state, "Status", &status) < 0 ||
	    json_text_get_string(state, "Error", &error) < 0 ||
	    get_flag(state, "Running", &running) < 0 || get_flag(state, "Paused", &c->paused) < 0 ||
	    get_flag(state, "Restarting", &restarting) < 0 ||
	    get_flag(state, "OOMKilled", &c->oom_killed) < 0 ||
	    get_number(state, "Pid", 0, PARSE_PID_MAX, &pid) < 0 ||
	    get_number(state, "ExitCode", INT32_MIN, INT32_MAX, &exit_code) < 0)
		return -EINVAL;
	/* Between its end and a restart, docker says Running, with no process. */
	restarting = restarting && pid == 0;
	c->running = (running || c->paused || is_one_of(status, going)) && !restarting;
	c->exited = !c->running && (restarting || is_one_of(status, over));
	/* nerdctl keeps the number of a process that is gone. */
	c->pid = c->running ? (uint32_t)pid : 0;
	c->exit_code = c->exited ? (int)exit_code : 0;
	strbuf_init(&b, c->error, sizeof(c->error));
	strbuf_add(&b, error);
	return 0;
}

static void set_stop_signal(struct engine_container *c, int sig)
{
	c->stop_signal_unknown = sig < 0;
	c->stop_signal = sig < 0 || sig == SIG_TERM ? 0 : sig;
}

/* podman has numbers before 5.0. */
static int read_stop_signal(const json_t *config, struct engine_container *c)
{
	const json_t *labels = NULL;
	const char *name = "";
	int64_t number = 0;

	if (json_is_real(json_object_get(config, "StopSignal"))) {
		if (get_number(config, "StopSignal", INT32_MIN, INT32_MAX, &number) < 0)
			return -EINVAL;
		set_stop_signal(c, number >= 0 && number <= SIGNAL_MAX ? (int)number : -EINVAL);
		return 0;
	}
	if (json_text_get_string(config, "StopSignal", &name) < 0 ||
	    json_text_get_object(config, "Labels", &labels) < 0)
		return -EINVAL;
	/* nerdctl has it in a label of containerd's only. Elsewhere an image may say anything
	 * there. */
	if (!*name && json_object_get(labels, "nerdctl/namespace") &&
	    json_text_get_string(labels, "io.containerd.image.config.stop-signal", &name) < 0)
		return -EINVAL;
	set_stop_signal(c, *name ? signal_from_name(name) : 0);
	return 0;
}

/* "-c", "-ec", "-lc": short options of a shell, with the one that takes a command. */
static bool has_command_letter(const char *option)
{
	return option[0] == '-' && option[1] != '-' && strchr(option, 'c');
}

/* SHELL in a Dockerfile may add options: ["/bin/bash", "-o", "pipefail", "-c"]. */
static bool is_shell_with_command(const char *path, const json_t *args)
{
	static const char *const shells[] = {"sh", "bash", "dash", "ash", "zsh", "ksh", NULL};
	const char *slash = strrchr(path, '/');

	if (!is_one_of(slash ? slash + 1 : path, shells))
		return false;
	for (size_t i = 0; i < json_array_size(args); i++) {
		const char *word = json_string_value(json_array_get(args, i));

		if (has_command_letter(word))
			return true;
		if (word[0] != '-' && word[0] != '+')
			return false;
		if (word[1] && word[1] != '-' && word[strlen(word) - 1] == 'o')
			i++; /* the name of an option */
	}
	return false;
}

/*
 * Path and Args: entrypoint and command together. With an init of its own, podman and nerdctl have
 * that in Path, docker in HostConfig.
 */
static int read_command(const json_t *json, struct engine_container *c)
{
	const json_t *args = json_object_get(json, "Args");
	const json_t *host = NULL;
	const char *path = "";
	bool has_init = false;

	if (json_text_get_string(json, "Path", &path) < 0 ||
	    json_text_get_object(json, "HostConfig", &host) < 0 ||
	    get_flag(host, "Init", &has_init) < 0)
		return -EINVAL;
	if (json_is_null(args))
		args = NULL;
	if (args && !json_is_array(args))
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(args); i++)
		if (!json_is_string(json_array_get(args, i)))
			return -EINVAL;
	c->shell_form = !has_init && is_shell_with_command(path, args);
	return 0;
}

static int read_container(const json_t *json, struct engine_container *ret)
{
	struct engine_container c = {.id = ""};
	const json_t *state = NULL, *config = NULL;
	const char *id = "";

	if (json_is_array(json) && json_array_size(json) == 1)
		json = json_array_get(json, 0);
	if (!json_is_object(json) || json_text_get_string(json, "Id", &id) < 0 ||
	    !container_id_is_valid(id, strlen(id)) ||
	    json_text_get_object(json, "State", &state) < 0 || !state ||
	    json_text_get_object(json, "Config", &config) < 0)
		return -EINVAL;
	memcpy(c.id, id, sizeof(c.id));
	if (read_state(state, &c) < 0 || read_stop_signal(config, &c) < 0 ||
	    read_command(json, &c) < 0)
		return -EINVAL;
	*ret = c;
	return 0;
}

int engine_read_container(const char *text, size_t size, struct engine_container *ret)
{
	json_t *json = NULL;
	int err = json_text_load(text, size, &json);

	if (err)
		return err;
	err = read_container(json, ret);
	json_decref(json);
	return err;
}

/*
 * docker and nerdctl count real-time signals from below up to RTMIN+15 and from above from RTMAX-14
 * on (moby/sys/signal); nerdctl takes no numbers.
 */
void engine_write_signal(int sig, struct strbuf *out)
{
	const char *name = signal_name(sig);

	if (sig > SIGNAL_RT_MIN + 15 && sig < SIGNAL_MAX) {
		strbuf_add(out, "SIGRTMAX-");
		strbuf_add_u64(out, (uint64_t)(SIGNAL_MAX - sig));
	} else if (name) {
		strbuf_add(out, name);
	}
}
