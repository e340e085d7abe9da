/* The statistics (sel_report_stats, with what the digest and the answers say) as people, pages and
 * monitors want them. Pure, but for sel_stats_gather. Text in the object is safe to show.
 *
 * A share is never a percentage alone: it comes with its numerator, its denominator and its 95 %
 * interval, and below SEL_SHARE_LEAST without any percentage of its own. */
#pragma once

#include "question.h"
#include "seldom/store.h"

#define SEL_SHARE_LEAST 20

/* What sel_report_stats says, and beside it
 *  "guarantee": sel_labels_json(), "fatigue_now":{"state":S,"line":S,"effort":X,"effort_of":N,
 *  "load":X,"questions_30min":N,"questions_day":N}, "unix":N. */
int sel_stats_gather(struct sel_store *s, const struct sel_filter *f, json_t **ret);

/* "12 of 14 (95 %: 60 to 96 %)", "43 %, 9 of 21 (95 %: 24 to 63 %)", "none". */
void sel_share_text(json_t *share, char *out, size_t cap);
/* The same for a plain k of n. */
void sel_share_of(uint64_t k, uint64_t n, char *out, size_t cap);

/* The page of `seldom stats` and of the console. */
void sel_stats_lines(json_t *stats, int width, bool utf8, struct sel_lines *ret);

/* A page of its own: no script, nothing from elsewhere. The caller frees; NULL: no memory. */
char *sel_stats_html(json_t *stats);
/* Prometheus' text exposition format. The caller frees; NULL: no memory. */
char *sel_stats_prometheus(json_t *stats);

/* Days since 1970 of "2026-11-23"; -1. */
long sel_day_number(const char *day);
void sel_day_text(long day, char out[static 16]);
/* The questions of one day, by sel_day_number: the row of "fatigue" or NULL. Borrowed. */
json_t *sel_stats_day(json_t *stats, long day);
