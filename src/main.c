/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
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
	keep_standard_fds();
	/* A closed pipe is seen as EPIPE by whoever writes. Children get the default back. */
	signal(SIGPIPE, SIG_IGN);
	return cli_main(argc, argv);
}
