/* The session's grants as egress holds them: what the broker sent, and what was used of it. */
#include "engine.h"

#include <strings.h>

static size_t find(const struct grant_list *l, uint32_t number)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->grants[i].number == number)
			return i;
	return SIZE_MAX;
}

static const struct grant_list *list_of(const struct engine *e, uint32_t number, size_t *ret_i)
{
	if ((*ret_i = find(&e->lasting, number)) != SIZE_MAX)
		return &e->lasting;
	if ((*ret_i = find(&e->once, number)) != SIZE_MAX)
		return &e->once;
	return NULL;
}

const struct sel_net_grant *grants_find(const struct engine *e, uint32_t number)
{
	size_t i;
	const struct grant_list *l = list_of(e, number, &i);

	return l ? &l->grants[i] : NULL;
}

struct grant_state *grants_state(const struct engine *e, uint32_t number)
{
	size_t i;
	const struct grant_list *l = list_of(e, number, &i);

	return l ? l->states[i] : NULL;
}

/* --- coming and going --- */

static int add_phantom(struct engine *e, const struct grant_state *s)
{
	struct sel_phantom *p;

	if (!s->phantom[0])
		return 0;
	p = reallocarray(e->phantoms, e->n_phantoms + 1, sizeof *p);
	if (!p)
		return -ENOMEM;
	e->phantoms = p;
	p[e->n_phantoms].grant = s->number;
	memcpy(p[e->n_phantoms].text, s->phantom, sizeof s->phantom);
	e->n_phantoms++;
	return 0;
}

static struct grant_state *new_state(const struct engine *e, const struct sel_wire *w)
{
	struct grant_state *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->number = w->number;
	s->rate_at = e->loop.now;
	s->once = w->from == SEL_GRANT_ONCE ? w->id : 0;
	memcpy(s->phantom, w->phantom, sizeof s->phantom);
	s->phantom[sizeof s->phantom - 1] = '\0';
	return s;
}

int grants_add(struct engine *e, const struct sel_wire *w)
{
	struct grant_list *l = w->from == SEL_GRANT_ONCE ? &e->once : &e->lasting;
	struct grant_state *s, **states;
	_cleanup_free_ char *error = NULL;
	size_t before = l->n;
	int r;

	if (w->number == 0 || grants_find(e, w->number))
		return -EINVAL;
	states = reallocarray(l->states, l->n + 1, sizeof(struct grant_state *));
	if (!states)
		return -ENOMEM;
	l->states = states;
	s = new_state(e, w);
	if (!s)
		return -ENOMEM;
	r = add_phantom(e, s);
	if (r == 0)
		r = sel_grants_parse("grant", w->text, w->n, (enum sel_grant_from)w->from,
				     sel_now_real(), &l->grants, &l->n, &error);
	if (r < 0 || l->n != before + 1) {
		free(s);
		return r < 0 ? r : -EINVAL;
	}
	l->states[before] = s;
	l->grants[before].number = w->number;
	l->grants[before].rule = w->rule;
	l->grants[before].expires = w->expires;
	return 0;
}

static void drop(struct grant_list *l, size_t i)
{
	struct grant_state *s = l->states[i];

	sel_grant_done(&l->grants[i]);
	if (s->value)
		explicit_bzero((char *)s->value, s->value_n);
	free(s);
	l->n--;
	memmove(l->grants + i, l->grants + i + 1, (l->n - i) * sizeof *l->grants);
	memmove(l->states + i, l->states + i + 1, (l->n - i) * sizeof(struct grant_state *));
}

void grants_revoke(struct engine *e, uint32_t number)
{
	size_t i;

	/* Whatever rests on it ends first. */
	conns_revoked(e, number);
	upstreams_revoked(e, number);
	if ((i = find(&e->lasting, number)) != SIZE_MAX)
		drop(&e->lasting, i);
	if ((i = find(&e->once, number)) != SIZE_MAX)
		drop(&e->once, i);
}

void grants_free(struct engine *e)
{
	while (e->lasting.n > 0)
		drop(&e->lasting, e->lasting.n - 1);
	while (e->once.n > 0)
		drop(&e->once, e->once.n - 1);
	free(e->lasting.grants);
	free(e->lasting.states);
	free(e->once.grants);
	free(e->once.states);
	if (e->phantoms)
		explicit_bzero(e->phantoms, e->n_phantoms * sizeof *e->phantoms);
	free(e->phantoms);
}

static bool expired(const struct sel_net_grant *g, usec_t now)
{
	return g->expires != 0 && g->expires <= now;
}

void grants_sweep(struct engine *e)
{
	usec_t now = sel_now_real();

	for (size_t i = 0; i < e->lasting.n; i++)
		if (expired(&e->lasting.grants[i], now)) {
			conns_revoked(e, e->lasting.grants[i].number);
			upstreams_revoked(e, e->lasting.grants[i].number);
		}
}

/* --- the credential --- */

void grants_value(struct engine *e, const struct sel_wire *w)
{
	struct grant_state *s = grants_state(e, w->number);

	if (!s || !s->wanted)
		return;
	s->wanted = false;
	if (w->why == SEL_NET_OK && w->n > 0 && w->n <= SEL_CREDENTIAL_MAX) {
		if (w->n > s->room_n) {
			s->room = secrets_keep(&e->secrets, w->text, w->n);
			s->room_n = s->room ? w->n : 0;
		} else { /* after one that was turned down */
			memcpy(s->room, w->text, w->n);
			s->room[w->n] = '\0';
		}
		s->value = s->room;
		s->value_n = s->value ? w->n : 0;
	}
}

/* --- matching --- */

const struct sel_net_grant *grants_match(struct engine *e, const char *name, uint16_t port,
					 const struct sel_head *head, uint64_t asked,
					 enum sel_net_why *ret_why)
{
	usec_t now = sel_now_real();
	const struct sel_net_grant *g =
		sel_net_match(e->lasting.grants, e->lasting.n, name, port, head, now, ret_why);

	for (size_t i = 0; *ret_why != SEL_NET_OK && asked && i < e->once.n; i++) {
		struct grant_state *s = e->once.states[i];
		enum sel_net_why why;

		if (s->spent || (s->once && s->once != asked))
			continue;
		g = sel_net_match(&e->once.grants[i], 1, name, port, head, now, &why);
		if (why != SEL_NET_OK)
			continue;
		s->spent = true;
		*ret_why = why;
		return g;
	}
	return *ret_why == SEL_NET_OK ? g : NULL;
}

static bool names(const struct sel_net_grant *g, const char *name)
{
	return g->wildcard ? sel_name_below(name, g->host) : strcmp(g->host, name) == 0;
}

bool grants_speak_of(const struct engine *e, const char *name)
{
	for (size_t i = 0; i < e->lasting.n; i++)
		if (names(&e->lasting.grants[i], name))
			return true;
	return false;
}

bool grants_http(const struct engine *e, const char *name, uint16_t port)
{
	for (size_t i = 0; i < e->lasting.n; i++) {
		const struct sel_net_grant *g = &e->lasting.grants[i];

		if (!g->opaque && names(g, name) &&
		    (g->port == port ||
		     (g->port == 0 && (port == 443 || (g->plain && port == 80)))))
			return true;
	}
	return false;
}

/* A window of a minute that slides: of the minute before counts as much as the window still covers.
 */
bool grants_rate(struct engine *e, const struct sel_net_grant *g)
{
	static const usec_t minute = 60 * USEC_PER_SEC;
	struct grant_state *s = grants_state(e, g->number);
	usec_t past;

	if (!s || g->rate == 0)
		return s;
	past = e->loop.now - s->rate_at;
	if (past >= minute) {
		s->rate_before = past < 2 * minute ? s->rate_now : 0;
		s->rate_now = 0;
		s->rate_at += past / minute * minute;
		past %= minute;
	}
	if ((s->rate_before * (minute - past) + minute - 1) / minute + s->rate_now >= g->rate)
		return false;
	s->rate_now++;
	return true;
}

bool grants_harmless(const struct engine *e, const char *text)
{
	for (size_t i = 0; i < e->n_phantoms; i++)
		if (strstr(text, e->phantoms[i].text))
			return false;
	return !sel_cred_looks_like(text, strlen(text));
}
