// SPDX-License-Identifier: BSD-2-Clause
#include "engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "subprocess.h"

/* Words of a command line that are ours. */
#define WORDS_MAX 16
/* What is looked at of stdout: an id, behind whatever an engine may say; or all of `inspect`. */
#define OUT_SIZE     8192
#define INSPECT_SIZE (CONTAINER_STATE_MAX + 1)
#define ERR_SIZE     4096

const char *const engine_names[] = {"docker", "podman", "nerdctl", NULL};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

static void say(struct engine_error *error, const char *subject, const char *what)
{
	snprintf(error->text, sizeof(error->text), "%s%s", subject, what);
}

/* What it said, or, if it said nothing, how it ended. */
static int judge_end(const struct engine *e, const struct subprocess_output *output, int status,
		     struct engine_error *error)
{
	static const int errors[ENGINE_COMPLAINT_COUNT] = {
		[ENGINE_COMPLAINT_OTHER] = -EINVAL,
		[ENGINE_COMPLAINT_NO_CONTAINER] = -ENOENT,
		[ENGINE_COMPLAINT_NOT_RUNNING] = -ESRCH,
		[ENGINE_COMPLAINT_UNREACHABLE] = -ECONNREFUSED,
	};
	struct strbuf b;

	strbuf_init(&b, error->text, sizeof(error->text));
	engine_read_complaint(output->err, output->err_len, &b);
	if (error->text[0])
		return errors[engine_classify_complaint(error->text)];
	strbuf_reset(&b); /* NULs */
	strbuf_add(&b, e->name);
	strbuf_add(&b, WIFSIGNALED(status) ? " was ended by signal "
					   : " said nothing, and exited with ");
	strbuf_add_i64(&b, WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return -EINVAL;
}

static void say_timeout(const struct engine *e, uint64_t given_ns, struct engine_error *error)
{
	struct strbuf b;

	strbuf_init(&b, error->text, sizeof(error->text));
	strbuf_add(&b, e->name);
	strbuf_add(&b, " did not answer within ");
	strbuf_add_duration(&b, given_ns);
}

static int judge_run(const struct engine *e, int r, uint64_t given_ns, struct engine_error *error)
{
	switch (r) {
	case -ETIMEDOUT:
		say_timeout(e, given_ns, error);
		return r;
	case -EINTR:
		say(error, e->name, " was not waited for any longer");
		return r;
	default:
		snprintf(error->text, sizeof(error->text), "%s cannot be run: %s", e->path,
			 strerror(-r));
		return r == -ENOENT ? -ENOEXEC : r;
	}
}

/* 0 if it exited with 0. */
static int call(const struct engine *e, char *const *argv, const struct subprocess_limits *limits,
		struct subprocess_output *output, struct engine_error *error)
{
	const uint64_t began_ns = now_ns(), deadline_ns = limits->deadline_boot_ns;
	char err[ERR_SIZE];
	int status = 0;
	int r;

	output->err = err;
	output->err_size = sizeof(err);
	r = subprocess_run(argv, limits, output, &status);
	if (r < 0)
		r = judge_run(e, r, deadline_ns > began_ns ? deadline_ns - began_ns : 0, error);
	else if (status != 0)
		r = judge_end(e, output, status, error);
	output->err = NULL;
	return r;
}

/* Of a call that does not wait for a registry. */
static int call_briefly(const struct engine *e, char *const *argv,
			const struct subprocess_limits *limits, struct subprocess_output *output,
			struct engine_error *error)
{
	const uint64_t deadline_ns = now_ns() + ENGINE_CALL_NS;
	struct subprocess_limits brief = *limits;

	if (brief.deadline_boot_ns > deadline_ns)
		brief.deadline_boot_ns = deadline_ns;
	return call(e, argv, &brief, output, error);
}

/* What it prints is of no interest. */
static int call_silently(const struct engine *e, char *const *argv,
			 const struct subprocess_limits *limits, struct engine_error *error)
{
	char out[1];
	struct subprocess_output output = {.out = out, .out_size = sizeof(out)};

	return call_briefly(e, argv, limits, &output, error);
}

/* argv of exec has no const, though nothing writes to the words. */
static char *word(const char *text)
{
	return (char *)text;
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static void set_path(struct engine *e, const char *path, size_t len)
{
	const char *slash;

	memcpy(e->path, path, len);
	e->path[len] = '\0';
	slash = strrchr(e->path, '/');
	e->name = slash ? slash + 1 : e->path;
}

static int find_in_path(const char *name, struct engine *ret)
{
	const char *folder = getenv("PATH");
	char path[sizeof(ret->path)];

	if (!folder)
		folder = "/usr/local/bin:/usr/bin:/bin";
	for (size_t len; *folder; folder += len + (folder[len] == ':')) {
		int written;

		len = strcspn(folder, ":");
		if (folder[0] != '/' || len >= sizeof(path))
			continue;
		written = snprintf(path, sizeof(path), "%.*s/%s", (int)len, folder, name);
		if (written < 0 || (size_t)written >= sizeof(path) || !is_program(path))
			continue;
		set_path(ret, path, (size_t)written);
		return 0;
	}
	return -ENOENT;
}

static int find_program(const char *name, struct engine *ret)
{
	const size_t len = strlen(name);

	if (!strchr(name, '/'))
		return len ? find_in_path(name, ret) : -ENOENT;
	if (len >= sizeof(ret->path) || !is_program(name))
		return -ENOENT;
	set_path(ret, name, len);
	return 0;
}

/* docker and nerdctl exit with 1 if their daemon does not answer; podman has none. */
static int ask_version(const struct engine *e, const struct subprocess_limits *limits,
		       struct engine_error *error)
{
	char *const argv[] = {word(e->path), word("version"), NULL};
	int r = call_silently(e, argv, limits, error);

	return r == -EINVAL || r == -ENOENT || r == -ESRCH ? -ECONNREFUSED : r;
}

static int find_named(const char *name, const struct subprocess_limits *limits, struct engine *ret,
		      struct engine_error *error)
{
	struct engine found;
	int r = find_program(name, &found);

	if (r < 0) {
		snprintf(error->text, sizeof(error->text), "there is no program %s%s", name,
			 strchr(name, '/') ? "" : " in PATH");
		return r;
	}
	r = ask_version(&found, limits, error);
	if (r == 0)
		set_path(ret, found.path, strlen(found.path));
	return r;
}

int engine_find(const char *name, const struct subprocess_limits *limits, struct engine *ret,
		struct engine_error *error)
{
	struct engine_error first = {""};
	int first_r = -ENOENT;

	if (name)
		return find_named(name, limits, ret, error);
	say(&first, "", "there is neither docker nor podman nor nerdctl in PATH");
	for (size_t i = 0; engine_names[i]; i++) {
		struct engine_error why;
		int r = find_named(engine_names[i], limits, ret, &why);

		if (r == 0)
			return 0;
		if (first_r == -ENOENT && r != -ENOENT) {
			first = why;
			first_r = r;
		}
		if (r == -EINTR)
			first_r = r;
		if (r == -EINTR || now_ns() >= limits->deadline_boot_ns)
			break;
	}
	*error = first;
	return first_r;
}

static size_t count_words(char *const *words)
{
	size_t count = 0;

	while (words && words[count])
		count++;
	return count;
}

/* Its last line that is one. */
static int read_id(const struct subprocess_output *output, char ret_id[CONTAINER_ID_SIZE])
{
	const size_t id_len = CONTAINER_ID_SIZE - 1;
	const char *end = output->out + output->out_len;

	while (end > output->out) {
		const char *start;

		while (end > output->out && strchr("\r\n", end[-1]))
			end--;
		for (start = end; start > output->out && start[-1] != '\n';)
			start--;
		if (container_id_is_valid(start, (size_t)(end - start))) {
			memcpy(ret_id, start, id_len);
			ret_id[id_len] = '\0';
			return 0;
		}
		end = start;
	}
	return -EINVAL;
}

int engine_create(const struct engine *e, const char *name, char *const *run_args,
		  const char *image, char *const *argv, const struct subprocess_limits *limits,
		  char ret_id[CONTAINER_ID_SIZE], struct engine_error *error)
{
	/*
	 * Behind the user's, so that they count. podman's rm --force waits for the stop's time
	 * before it kills; a container that is gone at its end takes its exit status along.
	 */
	char *const own[] = {word("--name"),	       word(name),
			     word("--rm=false"),       word("--restart=no"),
			     word("--stop-timeout=0"), word("--")};
	const size_t own_len = sizeof(own) / sizeof(own[0]);
	const size_t run_len = count_words(run_args), argv_len = count_words(argv);
	char out[OUT_SIZE];
	struct subprocess_output output = {.out = out, .out_size = sizeof(out)};
	char **words = calloc(WORDS_MAX + run_len + argv_len, sizeof(*words));
	size_t len = 0;
	int r;

	if (!words) {
		say(error, "", strerror(ENOMEM));
		return -ENOMEM;
	}
	words[len++] = word(e->path);
	words[len++] = word("create");
	for (size_t i = 0; i < run_len; i++)
		words[len++] = run_args[i];
	for (size_t i = 0; i < own_len; i++)
		words[len++] = own[i];
	words[len++] = word(image);
	for (size_t i = 0; i < argv_len; i++)
		words[len++] = argv[i];
	r = call(e, words, limits, &output, error);
	free(words);
	if (r == 0 && read_id(&output, ret_id) < 0) {
		say(error, e->name, " created a container, and did not print its id");
		r = -EINVAL;
	}
	return r;
}

int engine_start(const struct engine *e, const char *id, int output_fd, pid_t *ret_client)
{
	char *const argv[] = {word(e->path), word("start"), word("--attach"), word(id), NULL};

	return subprocess_start(argv, output_fd, output_fd, ret_client);
}

int engine_inspect(const struct engine *e, const char *id, const struct subprocess_limits *limits,
		   struct engine_container *ret, struct engine_error *error)
{
	char *const argv[] = {word(e->path), word("container"), word("inspect"), word(id), NULL};
	struct subprocess_output output = {.out_size = INSPECT_SIZE};
	int r = -ENOMEM;

	output.out = malloc(INSPECT_SIZE);
	if (!output.out)
		say(error, "", strerror(ENOMEM));
	else
		r = call_briefly(e, argv, limits, &output, error);
	if (r == 0) {
		/* Beyond its bound it is refused, whether it has been cut or not. */
		r = engine_read_container(output.out, output.out_len, ret);
		if (r < 0)
			say(error, e->name, " printed what is no state of a container");
	}
	free(output.out);
	return r;
}

int engine_kill(const struct engine *e, const char *id, int sig,
		const struct subprocess_limits *limits, struct engine_error *error)
{
	char name[16];
	char *const argv[] = {word(e->path), word("kill"), word("--signal"), name, word(id), NULL};
	struct strbuf b;

	strbuf_init(&b, name, sizeof(name));
	engine_write_signal(sig, &b);
	return call_silently(e, argv, limits, error);
}

int engine_remove(const struct engine *e, const char *name_or_id,
		  const struct subprocess_limits *limits, struct engine_error *error)
{
	char *const argv[] = {word(e->path),	 word("rm"),	   word("--force"),
			      word("--volumes"), word(name_or_id), NULL};
	int r = call_silently(e, argv, limits, error);

	return r == -ENOENT ? 0 : r;
}
