/* Numbers with their median, and groups of answers under a key. */
#pragma once

#include "internal.h"

struct sel_numbers {
	int64_t *items;
	size_t n, cap;
};
int sel_numbers_add(struct sel_numbers *a, int64_t value);
/* Of sorted ones, n > 0. The second is the nearest rank: nine in ten do not exceed it. */
void sel_numbers_sort(struct sel_numbers *a);
double sel_numbers_median(const struct sel_numbers *a);
double sel_numbers_p90(const struct sel_numbers *a);
double sel_numbers_mean(const struct sel_numbers *a);

struct sel_group {
	uint8_t *key;
	size_t key_n;
	uint64_t asked, allowed, denied, automatic;
	uint64_t state[5]; /* by day: questions asked FRESH, TIRED, EXHAUSTED, flood, unknown */
	uint64_t measured, rapid; /* allows */
	int64_t last;		  /* when the last question was asked */
	int64_t program;	  /* text */
	struct sel_numbers responses;
};
struct sel_groups {
	struct sel_group **list;
	size_t n, cap;
	size_t *slots; /* a hash: from a key to its place in the list, until that is sorted */
	size_t slots_n;
};
/* The group of that key, made if it is not there; NULL: no memory. */
struct sel_group *sel_groups_get(struct sel_groups *g, const void *key, size_t n);
struct sel_group *sel_groups_find(struct sel_groups *g, const void *key, size_t n); /* or NULL */
struct sel_group *sel_groups_number(struct sel_groups *g, int64_t key);
int64_t sel_group_number(const struct sel_group *g);
/* Most asked first (then most automatic, then by key); or by number, ascending. */
void sel_groups_by_asked(struct sel_groups *g);
void sel_groups_by_number(struct sel_groups *g);
void sel_groups_done(struct sel_groups *g);
