/* What people answered, as judgement reads it, for the commands that show it or rest on it. */
#pragma once

#include "guarantee.h"
#include "propose.h"
#include "seldom/store.h"
#include "tiredness.h"

#include <jansson.h>

struct sel_facts {
	struct sel_past *past; /* questions that a person was shown, oldest first */
	size_t n_past;
	struct sel_asked_fact *asked; /* real questions that were answered, oldest first */
	size_t n_asked;
	char **projects; /* roots that were worked in, each once */
	size_t n_projects;
	char **texts; /* what `asked` borrows */
	size_t n_texts;
};

/* Answers since `since` (0: all). -errno of the store, -ENOMEM. */
int sel_facts_read(struct sel_store *s, usec_t since, struct sel_facts *ret);
void sel_facts_done(struct sel_facts *f);

/* As far back as answers count: 90 days. */
usec_t sel_facts_since(usec_t now);
/* The state now, from the answers of the last 90 days. */
int sel_facts_tiredness(struct sel_store *s, usec_t now, struct sel_tiredness *ret);

/* How much is still new in each project, by the questions since then, those with most first:
 * [{"project":S,"questions":N,"rungs":[{"rung":R,"of":N,"new":MASS,"upper":BOUND}]}] */
int sel_facts_novelty(struct sel_store *s, usec_t since, json_t **ret);

/* Labels of the digest: all of them together and by step of the learning grid. */
struct sel_labels {
	struct sel_stream all;
	struct sel_control control;
	usec_t last; /* when a digest was read last; 0: never */
};
int sel_labels_read(struct sel_store *s, struct sel_labels *ret);
/* {"labels":N,"flags":K,"harmful":H,"rate":K/N|null,"upper":U,"confidence":0.95,"step":N} */
json_t *sel_labels_json(const struct sel_labels *l);
/* "1 of 57 were not wanted; at most 9.1 % are (95 %, at any time)" */
void sel_labels_line(const struct sel_labels *l, char *out, size_t cap);

/* 1 - confidence of every bound that people are shown. */
#define SEL_LABELS_DELTA 0.05
