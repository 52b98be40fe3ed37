/* SPDX-License-Identifier: BSD-2-Clause */
/* Whoever wants sigtrace to end: SIGINT, SIGTERM, SIGHUP, SIGQUIT become a readable descriptor. */
#ifndef SIGTRACE_CMD_STOP_H
#define SIGTRACE_CMD_STOP_H

#include <signal.h>
#include <stdbool.h>

/*
 * Takes the four signals over, for the rest of the process: handlers, and none of them blocked,
 * whatever was inherited; but a SIGHUP that is ignored (nohup) stays so. Returns a descriptor to
 * poll, of the process, or a negative errno.
 */
int stop_open(void);
/* Takes back the descriptor's readability. False: there was nothing new. */
bool stop_take(void);
/* The last one that came, for programs that poll it in the middle of something; 0: none. */
extern volatile sig_atomic_t stop_signal;
/* It came from the terminal, whose foreground group all got it. */
extern volatile sig_atomic_t stop_from_terminal;
/* Not 0 from the second one on: even a write that its reader keeps waiting is to end. */
extern volatile sig_atomic_t stop_again;

#endif
