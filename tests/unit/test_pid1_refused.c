/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the kernel does not let one make a PID namespace: what is said, and what is done instead.
 */
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "namespace_run.h"
#include "pid1.h"

#define NOBODY 65534

char *part_says;

static void become_nobody(void)
{
	EXPECT(setgroups(0, NULL) == 0);
	EXPECT(setresgid(NOBODY, NOBODY, NOBODY) == 0);
	EXPECT(setresuid(NOBODY, NOBODY, NOBODY) == 0);
}

static void give_up(int capability)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	EXPECT(syscall(SYS_capget, &header, data) == 0);
	data[CAP_TO_INDEX(capability)].effective &= ~CAP_TO_MASK(capability);
	data[CAP_TO_INDEX(capability)].permitted &= ~CAP_TO_MASK(capability);
	EXPECT(syscall(SYS_capset, &header, data) == 0);
}

/* What pid1_hold() makes of it here. */
static int try_hold(uint64_t pids_max, struct pid1 *p, struct pid1_problem *problem)
{
	char *argv[] = {"cat", "/proc/self/status", NULL};
	const struct pid1_config config = {.argv = argv, .output_fd = 2, .pids_max = pids_max};

	memset(p, 0, sizeof(*p));
	memset(problem, 0, sizeof(*problem));
	return pid1_hold(&config, p, problem);
}

static void expect_refused(uint64_t pids_max, int error, const char *what, const char *remedy)
{
	struct pid1_problem problem;
	struct pid1 p;
	int r = try_hold(pids_max, &p, &problem);

	if (r != error || !strstr(problem.what, what) || !strstr(problem.remedy, remedy))
		end_part(EXIT_FAILED, "%d: %s; %s", r, problem.what, problem.remedy);
	EXPECT(p.pid == 0);
	/* Nothing is left of the attempt. */
	EXPECT(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	EXPECT(strlen(problem.what) < sizeof(problem.what) - 1);
	EXPECT(strlen(problem.remedy) < sizeof(problem.remedy) - 1);
}

/* As a container's root has it. */
static void part_root_without_admin(void *context)
{
	struct pid1_problem problem;
	struct pid1 p;
	int r;

	(void)context;
	need_root();
	give_up(CAP_SYS_ADMIN);
	r = try_hold(0, &p, &problem);
	if (r == -EPERM)
		end_part(EXIT_SKIP, "%s", problem.what);
	if (r < 0)
		end_part(EXIT_FAILED, "%d: %s; %s", r, problem.what, problem.remedy);
	EXPECT(p.user_ns);
	EXPECT(pid1_end(&p, test_boot_ns(WAIT_MS)) == 0);
}

static void test_root_without_admin(void **state)
{
	(void)state;
	in_part(part_root_without_admin, NULL);
}

static void part_root_without_setfcap(void *context)
{
	(void)context;
	need_root();
	give_up(CAP_SYS_ADMIN);
	give_up(CAP_SETFCAP);
	expect_refused(0, -EPERM, "CAP_SETFCAP", "--privileged");
}

static void test_root_without_setfcap(void **state)
{
	(void)state;
	in_part(part_root_without_setfcap, NULL);
}

static void part_masked_proc(void *context)
{
	(void)context;
	need_root();
	EXPECT(unshare(CLONE_NEWNS) == 0);
	EXPECT(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	EXPECT(mount("none", "/proc/sys", "tmpfs", 0, NULL) == 0);
	become_nobody();
	expect_refused(0, -EPERM, "parts of the one here are hidden", "unmask=ALL");
}

static void test_masked_proc(void **state)
{
	(void)state;
	in_part(part_masked_proc, NULL);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	EXPECT(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* The limit is one of each user namespace. */
static void part_switched_off(void *context)
{
	(void)context;
	need_root();
	EXPECT(unshare(CLONE_NEWUSER) == 0);
	put("/proc/self/uid_map", "0 0 1");
	put("/proc/sys/user/max_user_namespaces", "0");
	give_up(CAP_SYS_ADMIN);
	expect_refused(0, -ENOSPC, "user.max_user_namespaces is 0",
		       "sysctl user.max_user_namespaces=");
}

static void test_switched_off(void **state)
{
	(void)state;
	in_part(part_switched_off, NULL);
}

/* As unshare --user without a map leaves it: no user of this namespace may make another. */
static void part_unmapped(void *context)
{
	(void)context;
	if (unshare(CLONE_NEWUSER) < 0)
		end_part(EXIT_SKIP, "no user namespaces: %s", strerror(errno));
	give_up(CAP_SYS_ADMIN);
	expect_refused(0, -EPERM, "has no number in the user namespace", "--map-root-user");
}

static void test_unmapped(void **state)
{
	(void)state;
	in_part(part_unmapped, NULL);
}

/* As docker's profile: no clone() with flags of namespaces, and no clone3() at all. */
static void part_seccomp(void *context)
{
	static const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_NEWUSER | CLONE_NEWPID, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = (struct sock_filter *)code,
	};

	(void)context;
	need_root();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		end_part(EXIT_SKIP, "no seccomp filters: %s", strerror(errno));
	expect_refused(0, -EPERM, "seccomp", "--cap-add SYS_ADMIN");
}

static void test_seccomp(void **state)
{
	(void)state;
	in_part(part_seccomp, NULL);
}

/* A filter that knows clone() as it is, but not clone3(), is no obstacle; nor is one that has no
 * close_range(). */
static void part_old_filter(void *context)
{
	static const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 436 /* close_range */, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = (struct sock_filter *)code,
	};
	char *argv[] = {"sh", "-c", "ls /proc/self/fd", NULL};
	struct pid1_config config = {.argv = argv};
	struct pid1_problem problem;
	struct pid1 p;
	char text[256];
	int ends[2];

	(void)context;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		end_part(EXIT_SKIP, "no seccomp filters: %s", strerror(errno));
	EXPECT(dup2(2, 9) == 9 && dup2(2, 700) == 700);
	EXPECT(pipe2(ends, O_CLOEXEC) == 0);
	config.output_fd = ends[1];
	if (pid1_hold(&config, &p, &problem) < 0)
		end_part(EXIT_SKIP, "%s", problem.what);
	EXPECT(pid1_release(&p, -1, UINT64_MAX) == 0);
	close(ends[1]);
	EXPECT(read_until(ends[0], NULL, text, sizeof(text)));
	/* The last is that of the directory itself. */
	if (strcmp(text, "0\n1\n2\n3\n") != 0)
		end_part(EXIT_FAILED, "%s", text);
	EXPECT(pid1_end(&p, test_boot_ns(WAIT_MS)) == 0);
}

static void test_old_filter(void **state)
{
	(void)state;
	in_part(part_old_filter, NULL);
}

/* No right to make a cgroup; the namespace could be made. */
static void part_pids_max(void *context)
{
	struct pid1_problem problem;
	struct pid1 p;

	(void)context;
	need_root();
	become_nobody();
	if (try_hold(0, &p, &problem) < 0)
		end_part(EXIT_SKIP, "%s", problem.what);
	EXPECT(pid1_end(&p, test_boot_ns(WAIT_MS)) == 0);
	expect_refused(10, -EOPNOTSUPP, "--pids-max needs", "TasksMax=");
}

static void test_pids_max(void **state)
{
	(void)state;
	in_part(part_pids_max, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root_without_admin),
		cmocka_unit_test(test_root_without_setfcap),
		cmocka_unit_test(test_masked_proc),
		cmocka_unit_test(test_switched_off),
		cmocka_unit_test(test_unmapped),
		cmocka_unit_test(test_seccomp),
		cmocka_unit_test(test_old_filter),
		cmocka_unit_test(test_pids_max),
	};

	part_says = mmap(NULL, PART_SAYS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			 -1, 0);
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("pid1_refused", tests, NULL, NULL);
}
