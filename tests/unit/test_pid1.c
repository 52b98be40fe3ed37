/* SPDX-License-Identifier: BSD-2-Clause */
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/mount.h>

#include "namespace_run.h"
#include "pid1.h"
#include "procfs.h"

#define NOBODY 65534

char *part_says;
static char self[PATH_MAX];

/* The programs: this one, called with a verb. */

/* What is open, and what stdin is. */
static int program_fds(void)
{
	char in[64] = "";

	for (int fd = 0; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d ", fd);
	(void)!readlink("/proc/self/fd/0", in, sizeof(in) - 1);
	printf("in %s\n", in);
	return 0;
}

/* So many that ignore all they can. */
static int program_deaf(unsigned int count)
{
	for (int sig = 1; sig <= 64; sig++)
		signal(sig, SIG_IGN);
	for (unsigned int i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return 1;
		while (pid == 0)
			pause();
	}
	(void)!write(1, "ready\n", 6);
	for (;;)
		pause();
}

/* Forks as often as it is let. */
static int program_bomb(unsigned int tries)
{
	unsigned int made = 0;

	for (unsigned int i = 0; i < tries; i++) {
		pid_t pid = fork();

		while (pid == 0)
			pause();
		made += pid > 0;
	}
	printf("made %u\n", made);
	return 0;
}

/* Like gosu: another user, and with that the parent-death signal is gone. */
static int program_nobody(void)
{
	if (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return 1;
	return program_deaf(2);
}

static int run_program(char **argv)
{
	const unsigned int count = argv[2] ? (unsigned int)strtoul(argv[2], NULL, 10) : 0;

	if (strcmp(argv[1], "fds") == 0)
		return program_fds();
	if (strcmp(argv[1], "deaf") == 0)
		return program_deaf(count);
	if (strcmp(argv[1], "bomb") == 0)
		return program_bomb(count);
	return program_nobody();
}

/* A run, in a part. */

struct run {
	struct pid1 p;
	int out; /* to be read */
	int status;
	char text[16384];
};

static void hold(char *const *argv, uint64_t pids_max, struct run *run)
{
	struct pid1_problem problem = {.what = "", .remedy = ""};
	struct pid1_config config = {.argv = argv, .pids_max = pids_max};
	int ends[2], r;

	EXPECT(pipe2(ends, O_CLOEXEC) == 0);
	config.output_fd = ends[1];
	memset(run, 0, sizeof(*run));
	r = pid1_hold(&config, &run->p, &problem);
	/* Where it is not known why not, it may be a fault of ours. */
	if ((r == -EPERM && !strstr(problem.what, "cannot be")) || r == -EOPNOTSUPP)
		end_part(EXIT_SKIP, "%s", problem.what);
	if (r < 0)
		end_part(EXIT_FAILED, "pid1_hold(): %s: %s", strerror(-r), problem.what);
	close(ends[1]);
	run->out = ends[0];
}

static void end(struct run *run)
{
	EXPECT(pid1_end(&run->p, test_boot_ns(WAIT_MS)) == 0);
	EXPECT(run->p.pid == 0);
	close(run->out);
}

/* To its end, with what it wrote. */
static void run_all(char *const *argv, uint64_t pids_max, struct run *run)
{
	hold(argv, pids_max, run);
	EXPECT(pid1_release(&run->p, -1, UINT64_MAX) == 0);
	EXPECT(read_until(run->out, NULL, run->text, sizeof(run->text)));
	EXPECT(has_ended(run->p.pidfd));
	EXPECT(pid1_reap(&run->p, &run->status) == 1);
}

static void expect_text(const struct run *run, const char *text)
{
	if (!strstr(run->text, text))
		end_part(EXIT_FAILED, "no '%s' in: %.900s", text, run->text);
}

/* All that may survive exec, and does harm. */
static void be_odd(void)
{
	const uint64_t all = UINT64_MAX;
	static const struct {
		uint64_t words[4];
	} ignore = {.words = {1}};

	for (int sig = 1; sig <= 64; sig++)
		syscall(SYS_rt_sigaction, sig, &ignore, NULL, 8);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8);
}

static void part_clean(void *context)
{
	char *argv[] = {"cat", "/proc/self/status", NULL};
	struct run run;

	(void)context;
	be_odd();
	run_all(argv, 0, &run);
	EXPECT(run.status == 0);
	/* Read through a /proc of its own, so these are numbers in its namespace. */
	expect_text(&run, "\nPid:\t1\n");
	expect_text(&run, "\nPPid:\t0\n");
	expect_text(&run, "\nNSpid:\t1\n");
	expect_text(&run, "\nNSsid:\t1\n");
	expect_text(&run, "\nSigBlk:\t0000000000000000\n");
	expect_text(&run, "\nSigIgn:\t0000000000000000\n");
	expect_text(&run, "\nSigCgt:\t0000000000000000\n");
	expect_text(&run, "\nSigPnd:\t0000000000000000\n");
	end(&run);
}

static void test_clean(void **state)
{
	(void)state;
	in_part(part_clean, NULL);
}

/* Though the kernel would reap it by itself. */
static void part_status(void *context)
{
	char *by_code[] = {"sh", "-c", "exit 7", NULL};
	char *waiting[] = {"sleep", "1000", NULL};
	struct run run;
	int status = 1234;

	(void)context;
	be_odd();
	run_all(by_code, 0, &run);
	EXPECT(WIFEXITED(run.status) && WEXITSTATUS(run.status) == 7);
	/* Nothing more is to be had, and it is still to be cleared up. */
	EXPECT(pid1_reap(&run.p, &status) == 0 && status == 1234);
	EXPECT(pid1_release(&run.p, -1, UINT64_MAX) == 0);
	end(&run);

	hold(waiting, 0, &run);
	EXPECT(pid1_release(&run.p, -1, UINT64_MAX) == 0);
	EXPECT(pid1_reap(&run.p, &status) == 0 && status == 1234);
	EXPECT(kill(run.p.pid, SIGKILL) == 0);
	EXPECT(has_ended(run.p.pidfd));
	EXPECT(pid1_reap(&run.p, &status) == 1);
	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	end(&run);
}

static void test_status(void **state)
{
	(void)state;
	in_part(part_status, NULL);
}

static void part_facts(void *context)
{
	char *argv[] = {"sleep", "1000", NULL};
	struct procfs_process process;
	struct pid1 none = {0};
	char path[64];
	struct stat st;
	struct run run;
	int status;

	(void)context;
	hold(argv, 0, &run);
	EXPECT(procfs_read_process((uint32_t)run.p.pid, &process) == 0);
	EXPECT(process.start_boot_ns == run.p.start_boot_ns);
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", run.p.pid);
	EXPECT(stat(path, &st) == 0 && st.st_ino == run.p.pid_ns);
	EXPECT(stat("/proc/self/ns/pid", &st) == 0 && st.st_ino != run.p.pid_ns);
	EXPECT(getsid(run.p.pid) == run.p.pid);
	EXPECT(run.p.cgroup[0] == '\0');
	EXPECT(run.p.user_ns == (geteuid() != 0));
	/* Held: it is not gone, and given up. */
	EXPECT(pid1_reap(&run.p, &status) == 0);
	end(&run);
	EXPECT(pid1_end(&run.p, 0) == 0);
	EXPECT(pid1_end(&none, 0) == 0);
	EXPECT(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD); /* not even the janitor */
}

static void test_facts(void **state)
{
	(void)state;
	in_part(part_facts, NULL);
}

static void part_fds(void *context)
{
	char *argv[] = {self, "fds", NULL};
	struct run run;

	(void)context;
	/* As a CI system leaves them open. */
	EXPECT(dup2(2, 7) == 7 && dup2(2, 300) == 300 && dup2(2, 3000) == 3000);
	run_all(argv, 0, &run);
	if (strcmp(run.text, "0 1 2 in /dev/null\n") != 0)
		end_part(EXIT_FAILED, "%s", run.text);
	end(&run);
}

static void test_fds(void **state)
{
	(void)state;
	in_part(part_fds, NULL);
}

/* Its output may be one of our own three, which does not survive exec as it is. */
static void part_output(void *context)
{
	const int fd = *(const int *)context;
	char *argv[] = {"sh", "-c", "echo out; echo err >&2", NULL};
	struct pid1_problem problem;
	const struct pid1_config config = {.argv = argv, .output_fd = fd};
	char text[64];
	struct pid1 p;
	int ends[2];

	EXPECT(pipe2(ends, O_CLOEXEC) == 0);
	EXPECT(dup3(ends[1], fd, O_CLOEXEC) == fd);
	close(ends[1]);
	if (pid1_hold(&config, &p, &problem) < 0)
		end_part(EXIT_SKIP, "%s", problem.what);
	EXPECT(pid1_release(&p, -1, UINT64_MAX) == 0);
	close(fd);
	EXPECT(read_until(ends[0], NULL, text, sizeof(text)));
	EXPECT(strcmp(text, "out\nerr\n") == 0);
	EXPECT(pid1_end(&p, test_boot_ns(WAIT_MS)) == 0);
}

static void test_output(void **state)
{
	(void)state;
	for (int fd = 0; fd <= 2; fd++)
		in_part(part_output, &fd);
}

static void part_not_started(void *context)
{
	static const struct {
		const char *name;
		int error;
		int code;
	} rows[] = {
		{"/nonexistent/program", -ENOENT, 127},
		{"no-such-program-anywhere", -ENOENT, 127},
		{"/proc", -EACCES, 126},
	};

	(void)context;
	/* One that may not be read would make it EACCES. */
	EXPECT(setenv("PATH", "/usr/bin:/bin", 1) == 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *argv[] = {(char *)rows[i].name, NULL};
		struct run run;

		hold(argv, 0, &run);
		EXPECT(pid1_release(&run.p, -1, UINT64_MAX) == rows[i].error);
		EXPECT(has_ended(run.p.pidfd));
		EXPECT(pid1_reap(&run.p, &run.status) == 1);
		EXPECT(WIFEXITED(run.status) && WEXITSTATUS(run.status) == rows[i].code);
		end(&run);
	}
}

static void test_not_started(void **state)
{
	(void)state;
	in_part(part_not_started, NULL);
}

/* What it mounts is not ours, and /proc here is what it was. */
static void part_mounts(void *context)
{
	char *argv[] = {"sh", "-c",
			"mount -t tmpfs none /tmp && grep -q ' /tmp tmpfs' /proc/mounts", NULL};
	char here[64];
	struct run run;

	(void)context;
	need_root();
	/* As systemd has it: what is mounted here appears in every copy. */
	EXPECT(unshare(CLONE_NEWNS) == 0);
	EXPECT(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	EXPECT(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) == 0);
	run_all(argv, 0, &run);
	EXPECT(run.status == 0);
	end(&run);
	EXPECT(system("! grep -q ' /tmp tmpfs' /proc/mounts") == 0);
	snprintf(here, sizeof(here), "/proc/%d/stat", getpid());
	EXPECT(access(here, R_OK) == 0);
}

static void test_mounts(void **state)
{
	(void)state;
	in_part(part_mounts, NULL);
}

static void become_nobody(void)
{
	if (geteuid() == 0) {
		EXPECT(setgroups(0, NULL) == 0);
		EXPECT(setresgid(NOBODY, NOBODY, NOBODY) == 0);
		EXPECT(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	}
}

static void part_unprivileged(void *context)
{
	char *argv[] = {"cat", "/proc/self/status", NULL};
	char *waiting[] = {"sleep", "1000", NULL};
	char line[64];
	struct run run;

	(void)context;
	become_nobody();
	run_all(argv, 0, &run);
	EXPECT(run.p.user_ns);
	EXPECT(run.status == 0);
	expect_text(&run, "\nNSpid:\t1\n");
	expect_text(&run, "\nCapEff:\t0000000000000000\n");
	expect_text(&run, "\nCapPrm:\t0000000000000000\n");
	snprintf(line, sizeof(line), "\nUid:\t%u\t%u\t", geteuid(), geteuid());
	expect_text(&run, line);
	end(&run);
	hold(waiting, 0, &run);
	EXPECT(pid1_release(&run.p, -1, UINT64_MAX) == 0);
	end(&run);
}

static void test_unprivileged(void **state)
{
	(void)state;
	in_part(part_unprivileged, NULL);
}

static void part_end_of_many(void *context)
{
	char *argv[] = {self, "deaf", "200", NULL};
	struct run run;

	(void)context;
	hold(argv, 0, &run);
	EXPECT(pid1_release(&run.p, -1, UINT64_MAX) == 0);
	EXPECT(read_until(run.out, "ready\n", run.text, sizeof(run.text)));
	EXPECT(pid1_end(&run.p, test_boot_ns(WAIT_MS)) == 0);
	/* All of them had it open. */
	EXPECT(read_until(run.out, NULL, run.text, sizeof(run.text)));
}

static void test_end_of_many(void **state)
{
	(void)state;
	in_part(part_end_of_many, NULL);
}

static void part_pids_max(void *context)
{
	char *argv[] = {self, "bomb", "100", NULL};
	char cgroup[sizeof(((struct pid1 *)NULL)->cgroup)];
	struct run run;

	(void)context;
	run_all(argv, 20, &run);
	strcpy(cgroup, run.p.cgroup);
	EXPECT(access(cgroup, F_OK) == 0);
	if (strcmp(run.text, "made 19\n") != 0)
		end_part(EXIT_FAILED, "%s", run.text);
	end(&run);
	EXPECT(access(cgroup, F_OK) < 0 && errno == ENOENT);
}

static void test_pids_max(void **state)
{
	(void)state;
	in_part(part_pids_max, NULL);
}

/* A checker that is killed. */

struct checker {
	char *const *argv;
	uint64_t pids_max;
	bool held; /* the program is never let go */
	bool unprivileged;
	bool by_root; /* only root can have such a program */
};

struct seen {
	pid_t pid;
	char cgroup[sizeof(((struct pid1 *)NULL)->cgroup)];
};

static void be_checker(const struct checker *c, int output, int report)
{
	const struct pid1_config config = {
		.argv = c->argv, .output_fd = output, .pids_max = c->pids_max};
	struct pid1_problem problem;
	struct seen seen = {0};
	struct pid1 p;

	if (c->unprivileged)
		become_nobody();
	if (pid1_hold(&config, &p, &problem) < 0)
		end_part(EXIT_SKIP, "%s", problem.what);
	seen.pid = p.pid;
	memcpy(seen.cgroup, p.cgroup, sizeof(seen.cgroup));
	(void)!write(report, &seen, sizeof(seen));
	if (!c->held && pid1_release(&p, -1, UINT64_MAX) < 0)
		end_part(EXIT_FAILED, "the program does not start");
	close(output);
	for (;;)
		pause();
}

static void part_killed(void *context)
{
	const struct checker *c = context;
	int output[2], report[2], pidfd, status;
	struct seen seen;
	char text[64];
	pid_t pid;

	if (c->by_root)
		need_root();
	EXPECT(pipe2(output, O_CLOEXEC) == 0 && pipe2(report, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		close(output[0]);
		close(report[0]);
		be_checker(c, output[1], report[1]);
	}
	close(output[1]);
	close(report[1]);
	EXPECT(becomes_readable(report[0]));
	if (read(report[0], &seen, sizeof(seen)) != sizeof(seen)) {
		EXPECT(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
		_exit(WEXITSTATUS(status));
	}
	pidfd = open_pidfd(seen.pid);
	EXPECT(pidfd >= 0);
	if (!c->held)
		EXPECT(read_until(output[0], "ready\n", text, sizeof(text)));
	EXPECT(kill(pid, SIGKILL) == 0);
	EXPECT(waitpid(pid, NULL, 0) == pid);
	EXPECT(has_ended(pidfd));
	/* Whoever was in the namespace had it open. */
	EXPECT(read_until(output[0], NULL, text, sizeof(text)));
	if (seen.cgroup[0])
		EXPECT(vanishes(seen.cgroup));
	/* The janitor: nobody has our report any more. */
	EXPECT(becomes_readable(report[0]));
}

static void test_killed_with_many(void **state)
{
	char *argv[] = {self, "deaf", "1000", NULL};
	struct checker c = {.argv = argv};

	(void)state;
	in_part(part_killed, &c);
}

static void test_killed_unprivileged(void **state)
{
	char *argv[] = {"sh", "-c", "trap '' TERM INT HUP; echo ready; sleep 1000; sleep 1000",
			NULL};
	struct checker c = {.argv = argv, .unprivileged = true};

	(void)state;
	in_part(part_killed, &c);
}

static void test_killed_while_held(void **state)
{
	char *argv[] = {"sleep", "1000", NULL};
	struct checker c = {.argv = argv, .held = true};

	(void)state;
	in_part(part_killed, &c);
}

/* The kernel's own signal does not come any more: it is the janitor who ends it. */
static void test_killed_as_other_user(void **state)
{
	char *argv[] = {self, "nobody", NULL};
	struct checker c = {.argv = argv, .by_root = true};

	(void)state;
	in_part(part_killed, &c);
}

static void test_killed_with_cgroup(void **state)
{
	char *argv[] = {self, "deaf", "10", NULL};
	struct checker c = {.argv = argv, .pids_max = 50};

	(void)state;
	in_part(part_killed, &c);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_fds),
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_not_started),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_unprivileged),
		cmocka_unit_test(test_end_of_many),
		cmocka_unit_test(test_pids_max),
		cmocka_unit_test(test_killed_with_many),
		cmocka_unit_test(test_killed_unprivileged),
		cmocka_unit_test(test_killed_while_held),
		cmocka_unit_test(test_killed_as_other_user),
		cmocka_unit_test(test_killed_with_cgroup),
	};

	/* At exit() the leak sanitizer would need a process of its own, of which there may be none.
	 */
	if (argc > 1) {
		const int code = run_program(argv);

		fflush(stdout);
		_exit(code);
	}
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	part_says = mmap(NULL, PART_SAYS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			 -1, 0);
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("pid1", tests, NULL, NULL);
}
