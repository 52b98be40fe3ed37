// SPDX-License-Identifier: BSD-2-Clause
#include "worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC 1000000000L
/* How long the end waits for a job that runs: most take a few milliseconds. */
#define LEAVE_NS (300 * 1000000L)

struct job_list {
	struct worker_job *first;
	struct worker_job **end; /* where the next one is linked */
};

struct worker {
	pthread_t thread;
	int fd;

	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t asked; /* there is a job, or `stopping` */
	pthread_cond_t left;  /* `ended` */
	struct job_list waiting;
	struct job_list finished;
	bool stopping;
	bool ended; /* the thread is done with the struct */
};

static void list_init(struct job_list *l)
{
	l->first = NULL;
	l->end = &l->first;
}

static void list_add(struct job_list *l, struct worker_job *job)
{
	job->next = NULL;
	*l->end = job;
	l->end = &job->next;
}

static struct worker_job *list_take_first(struct job_list *l)
{
	struct worker_job *job = l->first;

	l->first = job->next;
	if (!l->first)
		l->end = &l->first;
	return job;
}

/* Linked by `next`. */
static struct worker_job *list_take_all(struct job_list *l)
{
	struct worker_job *job = l->first;

	list_init(l);
	return job;
}

static void *work(void *context)
{
	struct worker *w = context;

	pthread_mutex_lock(&w->lock);
	while (!w->stopping) {
		struct worker_job *job;

		if (!w->waiting.first) {
			pthread_cond_wait(&w->asked, &w->lock);
			continue;
		}
		job = list_take_first(&w->waiting);
		pthread_mutex_unlock(&w->lock);
		job->run(job);
		pthread_mutex_lock(&w->lock);
		/* Once for a whole list: worker_finish() reads it with the list. */
		if (!w->finished.first)
			(void)eventfd_write(w->fd, 1);
		list_add(&w->finished, job);
	}
	w->ended = true;
	pthread_cond_signal(&w->left);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* 0 or a negative errno. A thread begins with the mask of the one that starts it. */
static int start(struct worker *w)
{
	sigset_t all;
	sigset_t before;
	int err;

	sigfillset(&all);
	err = pthread_sigmask(SIG_SETMASK, &all, &before);
	if (err)
		return -err;
	err = pthread_create(&w->thread, NULL, work, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

static int init_sync(struct worker *w)
{
	pthread_condattr_t monotonic;
	int err = pthread_mutex_init(&w->lock, NULL);

	if (err)
		return -err;
	err = pthread_cond_init(&w->asked, NULL);
	if (err)
		return -err;
	err = pthread_condattr_init(&monotonic);
	if (err)
		return -err;
	err = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	if (!err)
		err = pthread_cond_init(&w->left, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return -err;
}

/* Of one whose thread is not there. */
static void destroy(struct worker *w)
{
	close(w->fd);
	free(w);
}

int worker_new(struct worker **ret)
{
	struct worker *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	list_init(&w->waiting);
	list_init(&w->finished);
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->fd < 0) {
		err = -errno;
		free(w);
		return err;
	}
	err = init_sync(w);
	if (!err)
		err = start(w);
	if (err) {
		destroy(w);
		return err;
	}
	*ret = w;
	return 0;
}

/* Calls `done` for each of a taken list, which may free it or submit it again. */
static void hand_back(struct worker_job *job)
{
	while (job) {
		struct worker_job *next = job->next;

		job->done(job);
		job = next;
	}
}

/* With the lock. Whether the thread ended in time. */
static bool wait_for_end(struct worker *w)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LEAVE_NS;
	if (until.tv_nsec >= NSEC_PER_SEC) {
		until.tv_nsec -= NSEC_PER_SEC;
		until.tv_sec++;
	}
	while (!w->ended)
		if (pthread_cond_timedwait(&w->left, &w->lock, &until))
			break;
	return w->ended;
}

void worker_free(struct worker *w)
{
	struct worker_job *finished;
	bool ended;

	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->asked);
	ended = wait_for_end(w);
	finished = list_take_all(&w->finished);
	pthread_mutex_unlock(&w->lock);
	hand_back(finished);
	/* From here on the thread takes none of them, not even one that is left behind. */
	while (w->waiting.first)
		hand_back(list_take_all(&w->waiting));
	/* Such a thread still uses all of it, and the descriptor. */
	if (!ended)
		return;
	pthread_join(w->thread, NULL);
	destroy(w);
}

int worker_fd(const struct worker *w)
{
	return w->fd;
}

void worker_submit(struct worker *w, struct worker_job *job)
{
	pthread_mutex_lock(&w->lock);
	list_add(&w->waiting, job);
	pthread_cond_signal(&w->asked);
	pthread_mutex_unlock(&w->lock);
}

void worker_finish(struct worker *w)
{
	struct worker_job *finished;
	eventfd_t count;

	pthread_mutex_lock(&w->lock);
	finished = list_take_all(&w->finished);
	if (finished)
		(void)eventfd_read(w->fd, &count);
	pthread_mutex_unlock(&w->lock);
	hand_back(finished);
}
