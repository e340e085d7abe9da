#include "refused.h"

#include "key.h"
#include "rung.h"
#include "scope.h"
#include "seldom/text.h"
#include "trace.h"

#include <stdio.h>

#define NARROW 3 /* rungs 0 to 2 belong to a program */

struct reading {
	struct sel_refusals *list;
	usec_t since;
	struct sel_store *store;
};

/* Takes `place` over. */
static int add(struct sel_refusals *l, usec_t at, const char *key, char *place)
{
	struct sel_refused one = {.at = at, .key = key ? strdup(key) : NULL, .place = place};

	if ((key && !one.key) || sel_report_grow(&l->item, l->n, sizeof *l->item) < 0) {
		free(one.key);
		free(place);
		return -ENOMEM;
	}
	l->item[l->n++] = one;
	return 0;
}

/* --- flags
 * --------------------------------------------------------------------------------------- */

/* The last field of a narrow key: the object, or its unit. It is escaped already. */
static const char *place_in(const char *key)
{
	const char *tab = key[0] == '0' || key[0] == '1' ? strrchr(key, '\t') : NULL;

	return tab && tab[1] == '/' ? tab + 1 : NULL;
}

static int place_of_action(struct sel_store *s, int64_t action, char **ret)
{
	json_auto_t *told = NULL;
	_cleanup_free_ char *object = NULL;
	char id[32];
	int r;

	(void)snprintf(id, sizeof id, "%lld", (long long)action);
	r = sel_report_explain(s, id, &told);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	object = sel_json_get_bytes(json_object_get(told, "action"), "object");
	if (!object || *object != '/')
		return 0;
	*ret = sel_text_dup(object, strlen(object));
	return *ret ? 0 : -ENOMEM;
}

struct flagged {
	int64_t *action;
	size_t *item; /* which refusal waits for its place */
	size_t n;
};

static void flagged_done(struct flagged *f)
{
	free(f->action);
	free(f->item);
}

struct labels {
	struct reading *rd;
	struct flagged wait;
};

static int on_label(const struct sel_label_row *row, const char *program, const char *key,
		    void *ctx)
{
	struct labels *l = ctx;
	const char *place = key ? place_in(key) : NULL;
	char *copy = NULL;
	int r;

	(void)program;
	if ((!row->flagged && !row->harmful) || row->at < l->rd->since)
		return 0;
	if (place && !(copy = strdup(place)))
		return -ENOMEM;
	r = add(l->rd->list, row->at, key ? key : "", copy);
	if (r < 0 || place)
		return r;
	if (sel_report_grow(&l->wait.action, l->wait.n, sizeof *l->wait.action) < 0 ||
	    sel_report_grow(&l->wait.item, l->wait.n, sizeof *l->wait.item) < 0)
		return -ENOMEM;
	l->wait.action[l->wait.n] = row->action;
	l->wait.item[l->wait.n++] = l->rd->list->n - 1;
	return 0;
}

static int read_flags(struct reading *rd)
{
	struct labels l = {.rd = rd};
	int r = sel_store_labels(rd->store, on_label, &l);

	/* the store is held while labels are read */
	for (size_t i = 0; r >= 0 && i < l.wait.n; i++)
		r = place_of_action(rd->store, l.wait.action[i],
				    &rd->list->item[l.wait.item[i]].place);
	flagged_done(&l.wait);
	return r;
}

/* --- rules
 * --------------------------------------------------------------------------------------- */

static int on_rule(json_t *row, void *ctx)
{
	struct reading *rd = ctx;
	const char *decision = json_string_value(json_object_get(row, "decision"));
	json_int_t at = json_integer_value(json_object_get(row, "revoked_unix"));
	_cleanup_free_ char *object = NULL;
	char *place;

	if (at <= 0 || (usec_t)at * USEC_PER_SEC + USEC_PER_SEC <= rd->since || !decision ||
	    strcmp(decision, "allow") != 0)
		return 0;
	object = sel_json_get_bytes(row, "object");
	if (!object || *object != '/')
		return 0;
	place = sel_text_dup(object, strlen(object));
	return place ? add(rd->list, (usec_t)at * USEC_PER_SEC, NULL, place) : -ENOMEM;
}

int sel_refusals_read(struct sel_store *s, usec_t since, const char *home, struct sel_refusals *ret)
{
	struct reading rd = {.list = ret, .since = since, .store = s};
	int r = 0;

	*ret = (struct sel_refusals){0};
	if (home && !(ret->home = sel_text_dup(home, strlen(home))))
		r = -ENOMEM;
	if (r >= 0)
		r = read_flags(&rd);
	if (r >= 0)
		r = sel_report_rules(s, true, on_rule, &rd);
	if (r < 0)
		sel_refusals_done(ret);
	return r < 0 ? r : 0;
}

void sel_refusals_done(struct sel_refusals *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->item[i].key);
		free(r->item[i].place);
	}
	free(r->item);
	free(r->home);
	*r = (struct sel_refusals){0};
}

/* Escaping goes from left to right and leaves '/' alone: what lies below what can be told of
 * escaped paths too. */
bool sel_refusals_bar(const struct sel_refusals *r, const char *folder)
{
	_cleanup_free_ char *safe = r->n ? sel_text_dup(folder, strlen(folder)) : NULL;

	if (r->n && !safe)
		return true;
	for (size_t i = 0; i < r->n; i++) {
		const char *place = r->item[i].place;

		if (place &&
		    (sel_path_below(place, safe) ||
		     (sel_path_below(safe, place) && sel_grantable_folder(place, r->home))))
			return true;
	}
	return false;
}

usec_t sel_refusals_flagged(const struct sel_refusals *r, const struct sel_keys *keys)
{
	usec_t last = 0;

	for (size_t i = 0; keys && i < r->n; i++)
		for (size_t k = 0; r->item[i].key && k < NARROW; k++)
			if (keys->rung[k] && strcmp(keys->rung[k], r->item[i].key) == 0 &&
			    r->item[i].at > last)
				last = r->item[i].at;
	return last;
}
