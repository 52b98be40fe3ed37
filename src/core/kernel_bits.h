/* SPDX-License-Identifier: BSD-2-Clause */
/* Bits of the kernel that are in no header of user space, and the same in all that are supported.
 */
#ifndef SIGTRACE_CORE_KERNEL_BITS_H
#define SIGTRACE_CORE_KERNEL_BITS_H

/* include/linux/sched/signal.h */
#define SIGNAL_STOP_STOPPED   0x01u /* job control has stopped all threads */
#define SIGNAL_STOP_CONTINUED 0x02u
#define SIGNAL_GROUP_EXIT     0x04u
#define SIGNAL_CLD_STOPPED    0x10u
#define SIGNAL_CLD_CONTINUED  0x20u
#define SIGNAL_CLD_MASK	      0x30u /* a stopped process was resumed, its parent will hear of it */
#define SIGNAL_UNKILLABLE     0x40u
/* include/linux/sched.h */
#define TASK_INTERRUPTIBLE   0x0001u
#define TASK_UNINTERRUPTIBLE 0x0002u
#define TASK_STOPPED	     0x0004u
#define TASK_TRACED	     0x0008u
#define TASK_EXITED	     0x0030u /* exit_state: EXIT_DEAD, EXIT_ZOMBIE */
#define TASK_WAKEKILL	     0x0100u
#define TASK_NOLOAD	     0x0400u
/* include/linux/sched/jobctl.h */
#define JOBCTL_LISTENING (1ULL << 22)
/* include/linux/signal_types.h: handlers that are no addresses */
#define HANDLER_DFL	       0u
#define HANDLER_IGN	       1u
#define HANDLER_KTHREAD	       2u
#define HANDLER_KTHREAD_KERNEL 3u

#endif
