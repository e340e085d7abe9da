/* Several questions that one key answers: only what a person would read as the same question n
 * times. Pure. docs/judgement.md says how such answers weigh. */
#pragma once

#include "console_model.h"

/* More are not weighed one by one; a program that asks more in a minute is asked about as one. */
#define SEL_BATCH_MAX 16

struct sel_batch {
	char id[SEL_BATCH_MAX][48];
	unsigned revision[SEL_BATCH_MAX]; /* of the question, as it was gathered */
	size_t n;			  /* 0: there is none */
};

/* Why a question is answered on its own only: static. NULL: it may be one of a batch. */
const char *sel_batch_alone(const struct sel_question *q);
/* They differ in nothing but the object and the process. */
bool sel_batch_alike(const struct sel_question *a, const struct sel_question *b);
/* All that waits of the program that asks `id`. Why they cannot be answered at once: static, and
 * *ret is empty; NULL: they can. */
const char *sel_batch_gather(const struct sel_model *m, const char *id, struct sel_batch *ret);
/* Drops what is answered, gone or reads otherwise now; how many that were. What came since is not
 * taken in. */
size_t sel_batch_sync(struct sel_batch *b, const struct sel_model *m);
/* The narrowest reach of a question: an index into q->rungs. */
size_t sel_batch_rung(const struct sel_question *q);
/* When the first of them is denied because nobody answered; monotonic. */
usec_t sel_batch_deadline(const struct sel_batch *b, const struct sel_model *m);

/* Every object in full, and what they have in common. */
void sel_batch_lines(const struct sel_batch *b, const struct sel_model *m, int width, bool utf8,
		     struct sel_lines *ret);
