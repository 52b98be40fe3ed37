/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "privilege.h"

static const struct {
	const char *path;
	uint64_t initial;
} namespaces[] = {
	/* PROC_PID_INIT_INO and PROC_USER_INIT_INO in the kernel's include/linux/proc_ns.h. */
	[PRIVILEGE_NAMESPACE_PID] = {"/proc/self/ns/pid", 0xEFFFFFFC},
	[PRIVILEGE_NAMESPACE_USER] = {"/proc/self/ns/user", 0xEFFFFFFD},
};
_Static_assert(sizeof(namespaces) / sizeof(namespaces[0]) == PRIVILEGE_NAMESPACE_COUNT,
	       "a row for every namespace");

const char *privilege_namespace_path(enum privilege_namespace which)
{
	return namespaces[which].path;
}

uint64_t privilege_namespace_initial(enum privilege_namespace which)
{
	return namespaces[which].initial;
}

uint64_t privilege_namespace_own(enum privilege_namespace which)
{
	struct stat st;

	return stat(namespaces[which].path, &st) < 0 ? 0 : st.st_ino;
}

bool privilege_in_foreign_namespace(enum privilege_namespace which)
{
	uint64_t own = privilege_namespace_own(which);

	return own && own != namespaces[which].initial;
}

bool privilege_has(int capability)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	return data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

bool privilege_may_use(int capability)
{
	return !privilege_in_foreign_namespace(PRIVILEGE_NAMESPACE_USER) &&
	       (privilege_has(capability) || privilege_has(CAP_SYS_ADMIN));
}

bool privilege_may_trace(void)
{
	return privilege_may_use(CAP_BPF) && privilege_may_use(CAP_PERFMON);
}

bool privilege_may_signal(uint32_t uid, uint32_t saved_uid)
{
	const uint32_t real = getuid(), effective = geteuid();

	return uid == real || uid == effective || saved_uid == real || saved_uid == effective ||
	       privilege_has(CAP_KILL) || privilege_has(CAP_SYS_PTRACE);
}
