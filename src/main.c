/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include "cmd.h"

/*
 * Whoever starts sigtrace may have closed stdin, stdout or stderr; then the next file opened would
 * take that number, and output would go into it. /dev/null for reading keeps the place of stdout,
 * so that writing to it still fails and is noticed.
 */
static void keep_standard_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", (fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) | O_NOCTTY);
}

int main(int argc, char **argv)
{
#ifdef M_MMAP_THRESHOLD
	/*
	 * libbpf frees large blocks, after which glibc would take ours from the heap and write
	 * zeros to all of it. The tables are large for the worst day, and hardly touched on others.
	 */
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
	keep_standard_fds();
	/* A closed pipe is seen as EPIPE by whoever writes. Children get the default back. */
	signal(SIGPIPE, SIG_IGN);
	return cli_main(argc, argv);
}
