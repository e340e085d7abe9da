#include "console_view.h"

#include "console_fleet.h"

#include <stdarg.h>
#include <stdio.h>

#define LOG_FIRST  500	/* rows that are read at once */
#define ROWS_MOST  4096 /* what is looked through at every key; a filter finds the rest */
#define LIST_FIRST 200

static const struct sel_console_view *const views[SEL_VIEW_N] = {
	[SEL_VIEW_SESSIONS] = &sel_view_sessions,
	[SEL_VIEW_LOG] = &sel_view_log,
	[SEL_VIEW_RULES] = &sel_view_rules,
	[SEL_VIEW_STATS] = &sel_view_stats,
	[SEL_VIEW_UNDO] = &sel_view_undo,
	[SEL_VIEW_EXPLAIN] = &sel_view_explain,
	[SEL_VIEW_NUMBERS] = &sel_view_numbers,
	[SEL_VIEW_PLAN] = &sel_view_plan,
	[SEL_VIEW_DIFFERENCE] = &sel_view_difference,
	[SEL_VIEW_PROPOSALS] = &sel_view_proposals,
};

#define AS_NAME(id, key, name, title)  name,
#define AS_TITLE(id, key, name, title) title,
static const char *const view_names[] = {SEL_VIEWS(AS_NAME)};
static const char *const view_titles[] = {SEL_VIEWS(AS_TITLE)};
#undef AS_NAME
#undef AS_TITLE

const struct sel_console_view *sel_console_view(enum sel_view view)
{
	return view < SEL_VIEW_N ? views[view] : NULL;
}

int sel_view_from_name(const char *name)
{
	for (size_t i = 0; i < SEL_N(view_names); i++)
		if (strcmp(view_names[i], name) == 0)
			return (int)i;
	return -EINVAL;
}

const char *sel_view_title(enum sel_view view)
{
	return view < SEL_VIEW_TABS ? view_titles[view] : "";
}

/* --- rows ------------------------------------------------------------------------------------ */

static json_t *rows_of(const struct sel_model *m, enum sel_view view)
{
	enum sel_read read = views[view]->read;

	return view == SEL_VIEW_STATS ? json_object_get(m->got[read].data, "noisy")
				      : sel_model_rows(m, read);
}

static bool text_key(const char *key)
{
	size_t n = strlen(key);

	return n < 4 || strcmp(key + n - 4, "_b64") != 0;
}

bool sel_views_contains(json_t *value, const char *text)
{
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_string(value))
		return strcasestr(json_string_value(value), text) != NULL;
	json_object_foreach(value, key,
			    item) if (text_key(key) && sel_views_contains(item, text)) return true;
	json_array_foreach(value, i, item) if (sel_views_contains(item, text)) return true;
	return false;
}

int sel_views_rows(const struct sel_ui *ui, const struct sel_model *m, enum sel_view view,
		   bool (*fn)(json_t *row, int n, void *ctx), void *ctx)
{
	const char *filter = ui->places[view].filter;
	/* what the store looked for is not looked for again: it knows times and reasons, too */
	bool found = strcmp(sel_json_text(m->got[views[view]->read].data, "filter"), filter) == 0;
	json_t *row;
	size_t i;
	int n = 0;

	json_array_foreach(rows_of(m, view), i, row)
	{
		if (*filter && !found && !sel_views_contains(row, filter))
			continue;
		if (fn && !fn(row, n, ctx))
			break;
		n++;
	}
	return n;
}

void sel_views_id(enum sel_view view, json_t *row, char *out, size_t cap)
{
	json_t *id = views[view]->id ? json_object_get(row, views[view]->id) : NULL;

	if (json_is_integer(id))
		(void)snprintf(out, cap, "%lld", (long long)json_integer_value(id));
	else
		(void)snprintf(out, cap, "%s", json_is_string(id) ? json_string_value(id) : "");
}

struct search {
	enum sel_view view;
	const char *id; /* wanted, or NULL: by number */
	int n;
	json_t *row;
};

static bool search_row(json_t *row, int n, void *ctx)
{
	struct search *s = ctx;
	char id[48];

	sel_views_id(s->view, row, id, sizeof id);
	if (s->id ? strcmp(id, s->id) != 0 : n != s->n)
		return true;
	s->n = n;
	s->row = row;
	return false;
}

json_t *sel_views_row(const struct sel_ui *ui, const struct sel_model *m, enum sel_view view)
{
	struct search s = {.view = view, .n = ui->places[view].at};

	(void)sel_views_rows(ui, m, view, search_row, &s);
	return s.row;
}

/* Scrolls as little as is needed. */
static void place_scroll(struct sel_place *p, int n)
{
	int rows = p->rows > 0 ? p->rows : 1;

	p->at = p->at >= n ? n - 1 : p->at;
	p->at = p->at < 0 ? 0 : p->at;
	if (p->top > p->at)
		p->top = p->at;
	if (p->at >= p->top + rows)
		p->top = p->at - rows + 1;
	if (p->top > n - rows)
		p->top = n > rows ? n - rows : 0;
}

static void place_keep(struct sel_ui *ui, const struct sel_model *m, enum sel_view view)
{
	json_t *row = sel_views_row(ui, m, view);

	ui->places[view].id[0] = '\0';
	if (row)
		sel_views_id(view, row, ui->places[view].id, sizeof ui->places[view].id);
}

/* The row under the cursor stays there, at the same height of the screen. Who looks at the first
 * one has not gone anywhere, and sees what is new. */
void sel_views_sync(struct sel_ui *ui, const struct sel_model *m, enum sel_view view)
{
	struct sel_place *p = &ui->places[view];
	struct search s = {.view = view, .id = p->id};
	int n = sel_views_rows(ui, m, view, NULL, NULL);

	if (p->id[0] && p->at > 0) {
		(void)sel_views_rows(ui, m, view, search_row, &s);
		if (s.row) {
			p->top += s.n - p->at;
			p->at = s.n;
		}
	}
	p->top = p->top < 0 ? 0 : p->top;
	place_scroll(p, n);
	place_keep(ui, m, view);
}

void sel_ui_got(struct sel_ui *ui, const struct sel_model *m, enum sel_read what)
{
	for (int v = 0; v < SEL_VIEW_N; v++)
		if (views[v] && views[v]->read == what && views[v]->id)
			sel_views_sync(ui, m, (enum sel_view)v);
}

/* --- reading --------------------------------------------------------------------------------- */

static void read_view(struct sel_acting *a, enum sel_view view)
{
	const struct sel_console_view *v = views[view];
	struct sel_place *p = &a->ui->places[view];

	if (!v || v->read == SEL_READ_N)
		return;
	a->effect->kind = SEL_EFFECT_READ;
	a->effect->want = (struct sel_want){.what = v->read,
					    .rows = p->limit		      ? p->limit
						    : v->read == SEL_READ_LOG ? LOG_FIRST
									      : LIST_FIRST};
	if (v->want)
		v->want(a->ui, &a->effect->want);
	sel_model_wanted(a->m, v->read);
}

/* What is shown there was of something else. */
static void forget(struct sel_acting *a, enum sel_view view)
{
	struct sel_got *got = &a->m->got[views[view]->read];

	json_decref(got->data);
	got->data = NULL;
	got->error = 0;
	a->ui->places[view] = (struct sel_place){0};
}

void sel_views_back(struct sel_acting *a, enum sel_view view)
{
	a->ui->view = view;
	read_view(a, view);
}

void sel_views_go(struct sel_acting *a, enum sel_view view)
{
	struct sel_ui *ui = a->ui;

	if (view == SEL_VIEW_HELP) {
		ui->behind = ui->view == SEL_VIEW_HELP ? SEL_VIEW_NOW : ui->view;
		ui->help_at = 0;
	}
	if (view == SEL_VIEW_LOG && (ui->log_session[0] || ui->log_rule)) {
		ui->log_session[0] = '\0';
		ui->log_rule = 0;
		forget(a, view);
	}
	if (view == SEL_VIEW_LOG)
		ui->log_from = SEL_VIEW_NOW;
	/* it belongs to one row: never show the last one's */
	if (views[view] && view > SEL_VIEW_TABS && view != SEL_VIEW_NUMBERS)
		forget(a, view);
	sel_views_back(a, view);
}

void sel_views_log(struct sel_acting *a, const char *session, int64_t rule)
{
	struct sel_ui *ui = a->ui;

	ui->log_from = ui->view;
	(void)snprintf(ui->log_session, sizeof ui->log_session, "%s", session);
	ui->log_rule = rule;
	forget(a, SEL_VIEW_LOG);
	sel_views_back(a, SEL_VIEW_LOG);
}

void sel_views_reread(struct sel_acting *a)
{
	read_view(a, a->ui->view);
}

void sel_ui_reread(struct sel_ui *ui, struct sel_model *m, usec_t now, struct sel_ui_effect *ret)
{
	struct sel_acting a = {ui, m, now, ret, SEL_KEY_NONE};

	*ret = (struct sel_ui_effect){0};
	read_view(&a, ui->view);
}

/* One page was opened to be read: it stays as it was. */
bool sel_ui_live(const struct sel_ui *ui, const struct sel_model *m)
{
	const struct sel_console_view *v = views[ui->view];

	return v && v->read != SEL_READ_N && !v->lines && !m->got[v->read].waiting &&
	       ui->confirm.deed == SEL_DEED_NONE;
}

/* --- moving ---------------------------------------------------------------------------------- */

/* At the end of what was read: a page more, as long as there is more. */
static void read_on(struct sel_acting *a, enum sel_view view, int n)
{
	struct sel_place *p = &a->ui->places[view];
	const struct sel_got *got = &a->m->got[views[view]->read];

	if (p->at < n - 1 || got->waiting || !json_is_true(json_object_get(got->data, "more")) ||
	    p->limit >= ROWS_MOST)
		return;
	p->limit = 4 * (p->limit ? p->limit : LIST_FIRST);
	p->limit = p->limit > ROWS_MOST ? ROWS_MOST : p->limit;
	read_view(a, view);
}

void sel_views_move(struct sel_acting *a, int by)
{
	enum sel_view view = a->ui->view;
	struct sel_place *p = &a->ui->places[view];
	int n;

	if (!views[view]->id) { /* a page: the draw knows its end */
		p->at = p->at + by < 0 ? 0 : p->at + by;
		return;
	}
	n = sel_views_rows(a->ui, a->m, view, NULL, NULL);
	p->at += by;
	place_scroll(p, n);
	place_keep(a->ui, a->m, view);
	if (by > 0)
		read_on(a, view, n);
}

void sel_views_select(struct sel_ui *ui, const struct sel_model *m, enum sel_view view, int n)
{
	if (n >= sel_views_rows(ui, m, view, NULL, NULL))
		return;
	ui->places[view].at = n;
	place_keep(ui, m, view);
}

/* --- the filter ------------------------------------------------------------------------------ */

static void filter_changed(struct sel_acting *a)
{
	struct sel_place *p = &a->ui->places[a->ui->view];

	p->at = p->top = 0;
	p->limit = 0;
	place_keep(a->ui, a->m, a->ui->view);
	/* the store knows more rows than were read */
	if (a->ui->view == SEL_VIEW_LOG)
		read_view(a, a->ui->view);
}

void sel_views_filter_key(struct sel_acting *a)
{
	struct sel_place *p = &a->ui->places[a->ui->view];
	char before[sizeof p->filter];

	memcpy(before, p->filter, sizeof before);
	if (a->key == SEL_KEY_CTRL_L)
		a->effect->kind = SEL_EFFECT_REDRAW;
	if (a->key == SEL_KEY_UP || a->key == SEL_KEY_DOWN) {
		sel_views_move(a, a->key == SEL_KEY_UP ? -1 : 1);
		return;
	}
	if (a->key == SEL_KEY_ESC || a->key == SEL_KEY_CTRL_U)
		p->filter[0] = '\0';
	if (a->key == SEL_KEY_ESC || a->key == SEL_KEY_ENTER)
		p->filtering = false;
	else if (a->key != SEL_KEY_CTRL_U)
		sel_ui_type(p->filter, sizeof p->filter, a->key);
	if (strcmp(before, p->filter) != 0)
		filter_changed(a);
}

/* --- what changes something ------------------------------------------------------------------ */

const char *sel_deed_word(enum sel_deed deed)
{
	switch (deed) {
	case SEL_DEED_REVOKE:
		return "revoke";
	case SEL_DEED_UNDO:
		return "undo";
	case SEL_DEED_ACCEPT:
		return "accept";
	case SEL_DEED_DECLINE:
		return "decline";
	case SEL_DEED_NONE:
		break;
	}
	return "";
}

void sel_views_confirm(struct sel_acting *a, enum sel_deed deed, const char *id, const char *fmt,
		       ...)
{
	struct sel_confirm *c = &a->ui->confirm;
	va_list ap;
	int n;

	*c = (struct sel_confirm){.deed = deed};
	(void)snprintf(c->id, sizeof c->id, "%s", id);
	va_start(ap, fmt);
	n = vsnprintf(c->what, sizeof c->what, fmt, ap);
	va_end(ap);
	/* what widens is said whole or not done here; what takes back may be cut */
	if (n < 0 || ((size_t)n >= sizeof c->what && deed == SEL_DEED_ACCEPT)) {
		*c = (struct sel_confirm){0};
		sel_ui_note(a->ui, a->now, SEL_ROLE_WARN,
			    "too long to be shown whole; use the command");
	}
}

static void confirmed(struct sel_acting *a)
{
	struct sel_confirm *c = &a->ui->confirm;

	if (strcmp(c->typed, sel_deed_word(c->deed)) != 0 || !c->whole || a->ui->focus_lost)
		return;
	a->effect->kind = SEL_EFFECT_DO;
	a->effect->deed = c->deed;
	(void)snprintf(a->effect->id, sizeof a->effect->id, "%s", c->id);
	*c = (struct sel_confirm){0};
}

void sel_views_confirm_key(struct sel_acting *a)
{
	struct sel_confirm *c = &a->ui->confirm;
	bool guarded = !c->guard_until || a->now < c->guard_until;

	if (a->key == SEL_KEY_ESC)
		*c = (struct sel_confirm){0};
	else if (a->key == SEL_KEY_CTRL_L)
		a->effect->kind = SEL_EFFECT_REDRAW;
	else if (a->key == SEL_KEY_CTRL_Z)
		a->effect->kind = SEL_EFFECT_SUSPEND;
	else if (guarded)
		return;
	else if (a->key == SEL_KEY_CTRL_U)
		c->typed[0] = '\0';
	else if (a->key == SEL_KEY_ENTER)
		confirmed(a);
	else
		sel_ui_type(c->typed, sizeof c->typed, a->key);
}

/* --- keys ------------------------------------------------------------------------------------ */

static void leave(struct sel_acting *a, bool quit)
{
	struct sel_ui *ui = a->ui;
	struct sel_place *p = &ui->places[ui->view];
	enum sel_view from = ui->view;

	if (!quit && p->filter[0]) {
		p->filter[0] = '\0';
		filter_changed(a);
		return;
	}
	if (from == SEL_VIEW_LOG) {
		bool part = ui->log_session[0] || ui->log_rule;
		enum sel_view to = ui->log_from;

		ui->log_session[0] = '\0';
		ui->log_rule = 0;
		ui->log_from = SEL_VIEW_NOW;
		if (part)
			forget(a, from);
		sel_views_back(a, part ? to : SEL_VIEW_NOW);
	} else {
		sel_views_back(a, views[from]->above);
	}
}

void sel_views_act(struct sel_acting *a, enum sel_act act)
{
	const struct sel_console_view *v = views[a->ui->view];

	if (!v)
		return;
	if (act == SEL_ACT_BACK || act == SEL_ACT_QUIT)
		leave(a, act == SEL_ACT_QUIT);
	else if (act == SEL_ACT_REREAD)
		sel_views_reread(a);
	else if (v->act && !(v->off && v->off(a->ui, a->m, act)))
		v->act(a, act);
}
