#include "console_view.h"

#include <stdarg.h>
#include <stdio.h>

#define NOTE_USEC     (5 * USEC_PER_SEC)
#define FEEDBACK_USEC (15 * USEC_PER_SEC) /* a sentence to read, about an answer just given */
/* The broker starts the time-out anew at most this often. */
#define HOLDS_MAX     3
#define HOLD_LEFT_MAX (60 * USEC_PER_SEC)

void sel_ui_init(struct sel_ui *ui)
{
	*ui = (struct sel_ui){.page = 1, .list_rows = 1};
}

void sel_ui_note(struct sel_ui *ui, usec_t now, enum sel_role role, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(ui->note, sizeof ui->note, fmt, ap);
	va_end(ap);
	ui->note_role = role;
	ui->note_until = now + NOTE_USEC;
}

enum sel_where sel_ui_where(const struct sel_ui *ui)
{
	if (ui->confirm.deed != SEL_DEED_NONE)
		return SEL_IN_CONFIRM;
	if (ui->noting)
		return SEL_IN_NOTE;
	switch (ui->view) {
	case SEL_VIEW_NOW:
		return ui->filtering ? SEL_IN_FILTER : SEL_IN_NOW;
	case SEL_VIEW_DIALOG:
		return ui->typing ? SEL_IN_TYPING : SEL_IN_DIALOG;
	case SEL_VIEW_FULL:
		return ui->typing ? SEL_IN_TYPING : SEL_IN_FULL;
	case SEL_VIEW_BATCH:
		return SEL_IN_BATCH;
	case SEL_VIEW_HELP:
		return SEL_IN_HELP;
	case SEL_VIEW_SESSIONS:
	case SEL_VIEW_LOG:
	case SEL_VIEW_RULES:
	case SEL_VIEW_STATS:
	case SEL_VIEW_UNDO:
	case SEL_VIEW_EXPLAIN:
	case SEL_VIEW_NUMBERS:
	case SEL_VIEW_PLAN:
	case SEL_VIEW_DIFFERENCE:
	case SEL_VIEW_PROPOSALS:
		return ui->places[ui->view].filtering ? SEL_IN_FILTER
						      : sel_console_view(ui->view)->where;
	case SEL_VIEW_N:
		break;
	}
	return SEL_IN_HELP;
}

static bool asked(const struct sel_ui *ui)
{
	return ui->view == SEL_VIEW_DIALOG || ui->view == SEL_VIEW_FULL;
}

bool sel_ui_answering(const struct sel_ui *ui)
{
	return ui->id[0] || ui->batch.n;
}

/* The keys are for the answer: no help lies over it. */
static bool answers(const struct sel_ui *ui)
{
	return asked(ui) || ui->view == SEL_VIEW_BATCH;
}

static struct sel_entry *open_entry(const struct sel_ui *ui, const struct sel_model *m)
{
	return sel_model_find((struct sel_model *)m, ui->id);
}

/* --- the list -------------------------------------------------------------------------------- */

static bool contains(const char *text, const char *part)
{
	return text && strcasestr(text, part);
}

bool sel_ui_shows(const struct sel_ui *ui, const struct sel_question *q)
{
	return !ui->filter[0] || contains(q->comm, ui->filter) || contains(q->object, ui->filter) ||
	       contains(q->object2, ui->filter) || contains(q->session, ui->filter) ||
	       contains(q->op, ui->filter) || contains(q->exe, ui->filter);
}

/* Row of the question in the filtered list; -1. */
static int list_row(const struct sel_ui *ui, const struct sel_model *m, const char *id)
{
	int row = 0;

	for (size_t i = 0; i < m->n_questions; i++) {
		if (!sel_ui_shows(ui, &m->questions[i].q))
			continue;
		if (strcmp(m->questions[i].q.id, id) == 0)
			return row;
		row++;
	}
	return -1;
}

static int list_length(const struct sel_ui *ui, const struct sel_model *m)
{
	int n = 0;

	for (size_t i = 0; i < m->n_questions; i++)
		n += sel_ui_shows(ui, &m->questions[i].q);
	return n;
}

static void list_select(struct sel_ui *ui, const struct sel_model *m, int row)
{
	int n = list_length(ui, m), at = 0;

	row = row >= n ? n - 1 : row < 0 ? 0 : row;
	ui->selected[0] = '\0';
	for (size_t i = 0; i < m->n_questions; i++) {
		if (!sel_ui_shows(ui, &m->questions[i].q))
			continue;
		if (at++ == row) {
			(void)snprintf(ui->selected, sizeof ui->selected, "%s",
				       m->questions[i].q.id);
			ui->selected_at = (size_t)row;
			return;
		}
	}
	ui->selected_at = 0;
}

/* The person moved: scroll as little as is needed, and close gaps that kept rows in place. */
static void list_scroll(struct sel_ui *ui, const struct sel_model *m)
{
	int row = list_row(ui, m, ui->selected), n = list_length(ui, m);

	if (ui->list_top < 0)
		ui->list_top = 0;
	if (row < 0)
		return;
	if (row < ui->list_top)
		ui->list_top = row;
	if (row >= ui->list_top + ui->list_rows)
		ui->list_top = row - ui->list_rows + 1;
	if (ui->list_top > 0 && ui->list_top > n - ui->list_rows)
		ui->list_top = n > ui->list_rows ? n - ui->list_rows : 0;
}

static void list_guard(struct sel_ui *ui, usec_t now)
{
	ui->list_guard = now + SEL_GUARD_USEC;
}

/* What was open is no longer; the help may lie over it. */
static void to_list(struct sel_ui *ui, usec_t now)
{
	if (ui->view == SEL_VIEW_HELP)
		ui->behind = SEL_VIEW_NOW;
	else
		ui->view = SEL_VIEW_NOW;
	ui->typing = ui->noting = false;
	ui->id[0] = '\0';
	ui->batch.n = 0;
	list_guard(ui, now);
}

static void dialog_closed(struct sel_ui *ui, struct sel_model *m, usec_t now)
{
	const struct sel_event_line *last = sel_model_history(m, 0);

	to_list(ui, now);
	if (last)
		sel_ui_note(ui, now, last->role, "%s", last->text);
}

const char *sel_ui_reading(const struct sel_ui *ui, usec_t now)
{
	return ui->id[0] ? ui->id : now < ui->fresh_until ? "" : ui->selected;
}

/* Nothing is being read: the gravest comes first again. */
static void list_first(struct sel_ui *ui, struct sel_model *m, usec_t now)
{
	if (!ui->id[0])
		sel_model_sort(m);
	list_select(ui, m, 0);
	ui->list_top = 0;
	if (ui->selected[0])
		list_guard(ui, now);
}

/* It reads otherwise now: what was chosen or typed was for something else. */
static void question_changed(struct sel_ui *ui, const struct sel_entry *e, usec_t now)
{
	ui->revision = e->revision;
	ui->rung = sel_question_first_rung(&e->q);
	ui->term = 0;
	ui->typing = ui->noting = false;
	ui->typed[0] = '\0';
	ui->scroll = 0;
	sel_ui_again(ui);
	sel_ui_note(ui, now, SEL_ROLE_WARN, "the question has changed; read it again");
}

/* What is left is another thing to read, and nobody has read it yet. */
static void batch_sync(struct sel_ui *ui, const struct sel_model *m, usec_t now)
{
	size_t gone = ui->batch.n ? sel_batch_sync(&ui->batch, m) : 0;

	if (!gone)
		return;
	if (ui->batch.n < 2) {
		to_list(ui, now);
		sel_ui_note(ui, now, SEL_ROLE_WARN, "of those alike only one is left");
		return;
	}
	ui->shown_at = 0;
	ui->scroll = 0;
	sel_ui_again(ui);
	sel_ui_note(ui, now, SEL_ROLE_WARN, "%zu left the list; read it again", gone);
}

void sel_ui_sync(struct sel_ui *ui, struct sel_model *m, usec_t now)
{
	bool lost = ui->selected[0] && !sel_model_find(m, ui->selected);
	const struct sel_entry *open = open_entry(ui, m);
	int row;

	if (ui->id[0] && !open)
		dialog_closed(ui, m, now);
	if (ui->feedback_n != m->feedback_n) {
		ui->feedback_n = m->feedback_n;
		sel_ui_note(ui, now, SEL_ROLE_NOTE, "%s", m->feedback);
		ui->note_until = now + FEEDBACK_USEC;
	}
	if (open && open->revision != ui->revision)
		question_changed(ui, open, now);
	batch_sync(ui, m, now);
	if (lost || !ui->selected[0]) {
		list_first(ui, m, now);
		ui->fresh_until = now + SEL_GUARD_USEC;
		return;
	}
	if (!*sel_ui_reading(ui, now)) {
		list_first(ui, m, now);
		return;
	}
	row = list_row(ui, m, ui->selected);
	if (row >= 0 && (size_t)row != ui->selected_at) {
		ui->list_top += row - (int)ui->selected_at;
		ui->selected_at = (size_t)row;
		/* what kept the row in place must not push it out of the pane */
		if (row - ui->list_top >= ui->list_rows || row < ui->list_top)
			list_scroll(ui, m);
	}
}

/* --- the guard ------------------------------------------------------------------------------- */

void sel_ui_again(struct sel_ui *ui)
{
	ui->guard_until = 0;
	ui->guard_key = 0;
	ui->seen = 0;
	ui->whole = false;
	ui->confirm.guard_until = 0;
}

/* What makes it another thing to read. */
static uint64_t reading_key(const struct sel_ui *ui, const struct sel_entry *e,
			    const struct sel_drawn *d)
{
	uint64_t h = 14695981039346656037u;
	uint64_t parts[] = {e->revision,       (uint64_t)ui->view, (uint64_t)d->rows,
			    (uint64_t)d->cols, (uint64_t)d->total, ui->whole,
			    ui->batch.n};

	for (size_t i = 0; i < SEL_N(parts); i++)
		h = (h ^ parts[i]) * 1099511628211u;
	for (const char *p = e->q.id; *p; p++)
		h = (h ^ (uint8_t)*p) * 1099511628211u;
	return h ? h : 1;
}

/* What is drawn and may be answered: of a batch the first, which cannot change while it is in it.
 */
static const struct sel_entry *drawn_entry(const struct sel_ui *ui, const struct sel_model *m,
					   const struct sel_drawn *drawn)
{
	const char *id = ui->view == SEL_VIEW_BATCH && ui->batch.n ? ui->batch.id[0] : ui->id;

	return answers(ui) && strcmp(drawn->id, id) == 0 ? sel_model_find((struct sel_model *)m, id)
							 : NULL;
}

void sel_ui_drawn(struct sel_ui *ui, const struct sel_model *m, const struct sel_drawn *drawn,
		  usec_t now)
{
	const struct sel_entry *e = drawn_entry(ui, m, drawn);
	uint64_t before, key;

	ui->page = drawn->page > 0 ? drawn->page : 1;
	if (!e)
		return;
	ui->total = drawn->total;
	/* lines count as seen from the first one on, without a gap */
	before = reading_key(ui, e, drawn);
	if (drawn->first <= ui->seen && drawn->end > ui->seen)
		ui->seen = drawn->end;
	ui->whole = !drawn->failed && ui->seen >= drawn->total;
	key = reading_key(ui, e, drawn);
	if (before != ui->guard_key || key != before) {
		ui->guard_key = key;
		ui->guard_until = now + (e->q.tier >= 3 ? SEL_GUARD_T3_USEC : SEL_GUARD_USEC);
	}
	if (!ui->shown_at)
		ui->shown_at = now;
	ui->blurred |= ui->focus_lost;
}

static bool guarded(const struct sel_ui *ui, usec_t now)
{
	return !ui->guard_until || now < ui->guard_until;
}

/* Of what is open, whether one question or more: it was not read yet. */
static const char *unread(const struct sel_ui *ui, char *buf, size_t cap)
{
	if (ui->focus_lost)
		return "this terminal has lost the focus";
	if (!ui->whole && ui->view == SEL_VIEW_DIALOG)
		return "too long here; d shows all";
	if (ui->whole)
		return NULL;
	(void)snprintf(buf, cap, "%d of %d lines unseen", ui->total - ui->seen, ui->total);
	return buf;
}

const char *sel_ui_allow_off(const struct sel_ui *ui, const struct sel_model *m, usec_t now,
			     char *buf, size_t cap)
{
	const struct sel_entry *e = open_entry(ui, m);
	bool batch = ui->view == SEL_VIEW_BATCH && ui->batch.n;
	const char *why;

	if (!batch && (!asked(ui) || !e))
		return "no question is open";
	if (!batch && e->sent)
		return "it is answered; waiting for the broker";
	why = unread(ui, buf, cap);
	if (why)
		return why;
	if (!batch && e->q.tier >= 3 && !e->q.token && !e->q.flood)
		return "the broker named no word to type";
	if (guarded(ui, now))
		return "a moment to read first";
	return NULL;
}

const char *sel_ui_batch_off(const struct sel_ui *ui, const struct sel_model *m)
{
	struct sel_batch batch;

	if (ui->view != SEL_VIEW_NOW || ui->pane != SEL_PANE_QUESTIONS)
		return "no question is selected";
	return sel_batch_gather(m, ui->selected, &batch);
}

usec_t sel_ui_wait(const struct sel_ui *ui, usec_t now)
{
	usec_t at[] = {ui->guard_until, ui->list_guard, ui->note_until, ui->confirm.guard_until},
	       wait = USEC_INFINITY;

	for (size_t i = 0; i < SEL_N(at); i++)
		if (at[i] > now && at[i] - now < wait)
			wait = at[i] - now;
	return wait;
}

/* --- acting ---------------------------------------------------------------------------------- */

static void effect_on(struct sel_acting *a, enum sel_effect_kind kind, const struct sel_question *q)
{
	a->effect->kind = kind;
	(void)snprintf(a->effect->id, sizeof a->effect->id, "%s", q->id);
	(void)snprintf(a->effect->session, sizeof a->effect->session, "%s", q->session);
}

static void show_question(struct sel_acting *a, struct sel_entry *e, enum sel_view view)
{
	struct sel_ui *ui = a->ui;

	(void)snprintf(ui->id, sizeof ui->id, "%s", e->q.id);
	ui->view = view;
	ui->rung = sel_question_first_rung(&e->q);
	ui->term = 0;
	ui->typing = ui->noting = false;
	ui->typed[0] = '\0';
	ui->scroll = 0;
	ui->expanded = view == SEL_VIEW_FULL;
	ui->revision = e->revision;
	ui->shown_at = 0;
	ui->blurred = false;
	ui->holds = 1;
	ui->note_until = 0;
	sel_ui_again(ui);
	effect_on(a, SEL_EFFECT_OPENED, &e->q);
}

static void open_question(struct sel_acting *a, enum sel_view view)
{
	struct sel_entry *e = sel_model_find(a->m, a->ui->selected);

	if (e && !e->sent && list_row(a->ui, a->m, a->ui->selected) >= 0)
		show_question(a, e, view);
}

/* The effect is for all of the batch. */
static void effect_on_batch(struct sel_acting *a, enum sel_effect_kind kind)
{
	const struct sel_batch *b = &a->ui->batch;
	const struct sel_entry *first = sel_model_find(a->m, b->id[0]);

	if (!first)
		return;
	effect_on(a, kind, &first->q);
	for (size_t i = 1; i < b->n; i++)
		memcpy(a->effect->also[a->effect->n_also++], b->id[i], sizeof b->id[0]);
}

static void open_batch(struct sel_acting *a)
{
	struct sel_ui *ui = a->ui;
	const char *off = sel_ui_batch_off(ui, a->m);

	if (off) {
		sel_ui_note(ui, a->now, SEL_ROLE_WARN, "not at once: %s", off);
		return;
	}
	(void)sel_batch_gather(a->m, ui->selected, &ui->batch);
	ui->view = SEL_VIEW_BATCH;
	ui->scroll = 0;
	ui->shown_at = 0;
	ui->blurred = false;
	ui->holds = 1;
	ui->note_until = 0;
	sel_ui_again(ui);
	effect_on_batch(a, SEL_EFFECT_OPENED);
}

bool sel_ui_open(struct sel_ui *ui, struct sel_model *m, const char *id, usec_t now,
		 struct sel_ui_effect *ret)
{
	struct sel_acting a = {ui, m, now, ret, SEL_KEY_NONE};
	struct sel_entry *e = sel_model_find(m, id);

	*ret = (struct sel_ui_effect){0};
	if (e)
		show_question(&a, e, SEL_VIEW_DIALOG);
	return e != NULL;
}

void sel_ui_view(struct sel_ui *ui, struct sel_model *m, enum sel_view view, usec_t now,
		 struct sel_ui_effect *ret)
{
	struct sel_acting a = {ui, m, now, ret, SEL_KEY_NONE};

	*ret = (struct sel_ui_effect){0};
	sel_views_go(&a, view);
}

static void leave_question(struct sel_acting *a)
{
	to_list(a->ui, a->now);
}

static void answer(struct sel_acting *a, struct sel_entry *e, bool allow)
{
	struct sel_ui *ui = a->ui;
	struct sel_reply *reply = &a->effect->reply;
	bool open = ui->id[0] && strcmp(e->q.id, ui->id) == 0;

	effect_on(a, SEL_EFFECT_ANSWER, &e->q);
	*reply = (struct sel_reply){.allow = allow, .response_ms = -1};
	if (allow) {
		reply->rung = e->q.rungs[ui->rung].n;
		reply->term = e->q.terms[sel_question_term(&e->q, ui->rung, ui->term)];
	}
	if (allow && e->q.token) {
		(void)snprintf(a->effect->token, sizeof a->effect->token, "%s", ui->typed);
		reply->token = a->effect->token;
	}
	if (!allow && open && ui->noting && ui->reason[0]) {
		(void)snprintf(a->effect->note, sizeof a->effect->note, "%s", ui->reason);
		reply->note = a->effect->note;
	}
	if (open && ui->shown_at && !ui->blurred)
		reply->response_ms = (long long)((a->now - ui->shown_at) / USEC_PER_MSEC);
	reply->expanded = open && ui->expanded;
	e->sent = true;
	sel_ui_note(ui, a->now, SEL_ROLE_NOTE, "%s: %s %s",
		    e->q.flood ? (allow ? e->q.allow : e->q.deny)
		    : allow    ? "allowing"
			       : "denying",
		    e->q.op, e->q.object);
	if (!ui->single)
		leave_question(a);
}

/* One reading, spread over all of them: docs/judgement.md. */
static void answer_batch(struct sel_acting *a, bool allow)
{
	struct sel_ui *ui = a->ui;
	const struct sel_batch *b = &ui->batch;
	struct sel_reply *reply = &a->effect->reply;

	effect_on_batch(a, SEL_EFFECT_ANSWER);
	*reply = (struct sel_reply){
		.allow = allow, .response_ms = -1, .term = SEL_FOR_ONCE, .batch = (unsigned)b->n};
	if (ui->shown_at && !ui->blurred)
		reply->response_ms = (long long)((a->now - ui->shown_at) / USEC_PER_MSEC / b->n);
	for (size_t i = 0; i < b->n; i++) {
		struct sel_entry *e = sel_model_find(a->m, b->id[i]);

		e->sent = true;
		/* the same in each: they are alike */
		reply->rung = e->q.rungs[sel_batch_rung(&e->q)].n;
	}
	sel_ui_note(ui, a->now, SEL_ROLE_NOTE, "%s %zu questions", allow ? "allowing" : "denying",
		    b->n);
	to_list(ui, a->now);
}

static void try_allow(struct sel_acting *a)
{
	struct sel_entry *e = open_entry(a->ui, a->m);
	char buf[96];
	const char *off = sel_ui_allow_off(a->ui, a->m, a->now, buf, sizeof buf);

	if (off)
		return; /* the line above the keys says why */
	if (a->ui->view == SEL_VIEW_BATCH) {
		answer_batch(a, true);
		return;
	}
	if (!e)
		return;
	if (e->q.token && !a->ui->typing) {
		a->ui->typing = true;
		a->ui->typed[0] = '\0';
		return;
	}
	if (e->q.token && strcmp(a->ui->typed, e->q.token) != 0)
		return;
	answer(a, e, true);
}

static void try_deny(struct sel_acting *a)
{
	struct sel_ui *ui = a->ui;
	struct sel_entry *e = asked(ui) ? open_entry(ui, a->m) : sel_model_find(a->m, ui->selected);

	if (ui->focus_lost || (answers(ui) && guarded(ui, a->now)))
		return;
	if (ui->view == SEL_VIEW_BATCH) {
		answer_batch(a, false);
		return;
	}
	if (!e || e->sent)
		return;
	if (!asked(ui) && (ui->pane != SEL_PANE_QUESTIONS || a->now < ui->list_guard ||
			   list_row(ui, a->m, ui->selected) < 0))
		return;
	answer(a, e, false);
}

/* The time-out starts anew while the person is at work on it. */
static void hold(struct sel_acting *a)
{
	struct sel_entry *e = open_entry(a->ui, a->m);
	bool batch = a->ui->view == SEL_VIEW_BATCH && a->ui->batch.n;
	usec_t deadline = batch ? sel_batch_deadline(&a->ui->batch, a->m) : e ? e->deadline : 0;

	if (a->effect->kind != SEL_EFFECT_NONE || (!batch && (!asked(a->ui) || !e)) ||
	    a->ui->holds >= HOLDS_MAX || deadline > a->now + HOLD_LEFT_MAX)
		return;
	a->ui->holds++;
	if (batch)
		effect_on_batch(a, SEL_EFFECT_HOLD);
	else
		effect_on(a, SEL_EFFECT_HOLD, &e->q);
}

static void choose_rung(struct sel_acting *a, int rung)
{
	struct sel_entry *e = open_entry(a->ui, a->m);

	if (!e || rung < 0 || (size_t)rung >= e->q.n_rungs)
		return;
	a->ui->expanded |= a->ui->rung != (size_t)rung;
	a->ui->rung = (size_t)rung;
}

static void next_term(struct sel_acting *a)
{
	struct sel_entry *e = open_entry(a->ui, a->m);

	if (!e || e->q.n_terms < 2)
		return;
	a->ui->expanded = true;
	a->ui->term = (sel_question_term(&e->q, a->ui->rung, a->ui->term) + 1) % e->q.n_terms;
}

/* --- moving ---------------------------------------------------------------------------------- */

static int clamp(int value, int least, int most)
{
	return value > most ? (most < least ? least : most) : value < least ? least : value;
}

static void move_list(struct sel_acting *a, int by)
{
	struct sel_ui *ui = a->ui;
	int row = list_row(ui, a->m, ui->selected);

	switch (ui->pane) {
	case SEL_PANE_QUESTIONS:
		list_select(ui, a->m,
			    clamp((row < 0 ? 0 : row) + by, 0, list_length(ui, a->m) - 1));
		list_scroll(ui, a->m);
		list_guard(ui, a->now);
		break;
	case SEL_PANE_SESSIONS:
		ui->session_at = clamp(ui->session_at + by, 0, (int)a->m->n_sessions - 1);
		break;
	case SEL_PANE_HISTORY:
		ui->history_at = clamp(ui->history_at - by, 0, (int)a->m->history_n - 1);
		break;
	case SEL_PANE_N:
		break;
	}
}

static void move(struct sel_acting *a, int by)
{
	struct sel_ui *ui = a->ui;

	if (ui->view == SEL_VIEW_NOW)
		move_list(a, by);
	else if (ui->view == SEL_VIEW_DIALOG)
		choose_rung(a, (int)ui->rung + (by > 0 ? 1 : -1));
	else if (ui->view == SEL_VIEW_FULL || ui->view == SEL_VIEW_BATCH)
		ui->scroll = clamp(ui->scroll + by, 0, ui->total - ui->page);
	else if (ui->view == SEL_VIEW_HELP)
		ui->help_at = clamp(ui->help_at + by, 0, 1000);
	else
		sel_views_move(a, by);
}

static void back_now(struct sel_acting *a, bool quit)
{
	struct sel_ui *ui = a->ui;

	if (quit) {
		a->effect->kind = SEL_EFFECT_QUIT;
	} else if (ui->filter[0]) {
		ui->filter[0] = '\0';
		list_scroll(ui, a->m);
		list_guard(ui, a->now);
	} else {
		ui->pane = SEL_PANE_QUESTIONS;
	}
}

static void back(struct sel_acting *a, bool quit)
{
	struct sel_ui *ui = a->ui;

	if (ui->typing || ui->noting) {
		ui->typing = ui->noting = false;
	} else if (ui->view == SEL_VIEW_HELP) {
		ui->view = ui->behind;
		sel_ui_again(ui);
		list_guard(ui, a->now);
	} else if (ui->view == SEL_VIEW_FULL) {
		ui->view = SEL_VIEW_DIALOG;
		ui->scroll = 0;
		sel_ui_again(ui);
	} else if (ui->view == SEL_VIEW_BATCH) {
		leave_question(a);
	} else if (ui->view == SEL_VIEW_DIALOG) {
		if (ui->single)
			a->effect->kind = SEL_EFFECT_QUIT;
		leave_question(a);
	} else if (ui->view == SEL_VIEW_NOW) {
		back_now(a, quit);
	} else {
		sel_views_act(a, quit ? SEL_ACT_QUIT : SEL_ACT_BACK);
	}
}

static void details(struct sel_acting *a)
{
	if (a->ui->view == SEL_VIEW_NOW) {
		if (a->ui->pane == SEL_PANE_QUESTIONS)
			open_question(a, SEL_VIEW_FULL);
		return;
	}
	a->ui->view = a->ui->view == SEL_VIEW_FULL ? SEL_VIEW_DIALOG : SEL_VIEW_FULL;
	a->ui->expanded = true;
	a->ui->scroll = 0;
	sel_ui_again(a->ui);
}

/* In the lists of Now: a question, or the log of a run. */
static void open_now(struct sel_acting *a)
{
	struct sel_ui *ui = a->ui;

	if (ui->pane == SEL_PANE_QUESTIONS) {
		open_question(a, SEL_VIEW_DIALOG);
	} else if (ui->pane == SEL_PANE_SESSIONS && (size_t)ui->session_at < a->m->n_sessions) {
		sel_views_log(a, a->m->sessions[ui->session_at].id, 0);
	}
}

static void help(struct sel_acting *a)
{
	if (a->ui->view == SEL_VIEW_HELP)
		return;
	a->ui->behind = a->ui->view;
	a->ui->view = SEL_VIEW_HELP;
	a->ui->help_at = 0;
}

/* By its digit, or the next in turn. A question that is open is left first. */
static void go_view(struct sel_acting *a, bool next)
{
	struct sel_ui *ui = a->ui;
	enum sel_view from = ui->view == SEL_VIEW_HELP ? ui->behind : ui->view, to = from;
	int step = a->key == SEL_KEY_BACKTAB ? SEL_VIEW_HELP - 1 : 1;

	if (sel_ui_answering(ui))
		return;
	while (to >= SEL_VIEW_HELP)
		to = sel_console_view(to)->above;
	if (next)
		to = (enum sel_view)(((int)to + step) % SEL_VIEW_HELP);
	else if (a->key - '1' < SEL_VIEW_HELP)
		to = (enum sel_view)(a->key - '1');
	else
		return;
	sel_views_go(a, to);
	list_guard(ui, a->now);
}

/* What the keys of Now and of a question do; keys of the other views go to them. */
static void act_on(struct sel_acting *a, enum sel_act act)
{
	struct sel_ui *ui = a->ui;

	switch (act) {
	case SEL_ACT_OPEN:
	case SEL_ACT_RIGHT:
		if (ui->view == SEL_VIEW_NOW)
			open_now(a);
		else
			sel_views_act(a, SEL_ACT_OPEN);
		break;
	case SEL_ACT_ALLOW:
		try_allow(a);
		break;
	case SEL_ACT_DENY:
	case SEL_ACT_DENY_T:
	case SEL_ACT_SEND:
		try_deny(a);
		break;
	case SEL_ACT_ALIKE:
		open_batch(a);
		break;
	case SEL_ACT_NOTE:
		ui->noting = true;
		ui->reason[0] = '\0';
		break;
	case SEL_ACT_DETAILS:
		if (ui->view == SEL_VIEW_NOW || asked(ui))
			details(a);
		else
			sel_views_act(a, act);
		break;
	case SEL_ACT_TERM:
		next_term(a);
		break;
	case SEL_ACT_RUNG:
		choose_rung(a, a->key - '1');
		break;
	case SEL_ACT_FILTER:
		if (ui->view == SEL_VIEW_NOW) {
			ui->filtering = true;
			ui->pane = SEL_PANE_QUESTIONS;
		} else {
			ui->places[ui->view].filtering = true;
		}
		break;
	case SEL_ACT_PANE:
		ui->pane = (ui->pane + 1) % SEL_PANE_N;
		list_guard(ui, a->now);
		break;
	case SEL_ACT_VIEW:
	case SEL_ACT_NEXT:
		go_view(a, act == SEL_ACT_NEXT);
		break;
	case SEL_ACT_HELP:
		help(a);
		break;
	case SEL_ACT_BACK:
	case SEL_ACT_LEFT:
		back(a, false);
		break;
	case SEL_ACT_QUIT:
		back(a, true);
		break;
	case SEL_ACT_UP:
		move(a, -1);
		break;
	case SEL_ACT_DOWN:
		move(a, 1);
		break;
	case SEL_ACT_PAGE_UP:
		move(a, -ui->page);
		break;
	case SEL_ACT_PAGE_DN:
		move(a, ui->page);
		break;
	case SEL_ACT_TOP:
		move(a, -100000000);
		break;
	case SEL_ACT_BOTTOM:
		move(a, 100000000);
		break;
	case SEL_ACT_CLEAR:
		*(ui->typing ? ui->typed : ui->noting ? ui->reason : ui->filter) = '\0';
		break;
	case SEL_ACT_REDRAW:
		a->effect->kind = SEL_EFFECT_REDRAW;
		break;
	case SEL_ACT_SUSPEND:
		a->effect->kind = SEL_EFFECT_SUSPEND;
		break;
	case SEL_ACT_REREAD:
	case SEL_ACT_REVOKE:
	case SEL_ACT_UNDO:
	case SEL_ACT_ACCEPT:
	case SEL_ACT_DECLINE:
	case SEL_ACT_PROPOSE:
	case SEL_ACT_EVERY:
		sel_views_act(a, act);
		break;
	case SEL_ACT_SURE: /* what is typed has its own keys */
	case SEL_ACT_KEEP:
	case SEL_ACT_N:
		break;
	}
}

/* --- typing ---------------------------------------------------------------------------------- */

static size_t utf8_of(int key, char out[static 5])
{
	unsigned cp = (unsigned)key;

	if (cp < 0x80)
		return out[0] = (char)cp, 1;
	if (cp < 0x800)
		return out[0] = (char)(0xc0 | cp >> 6), out[1] = (char)(0x80 | (cp & 0x3f)), 2;
	if (cp < 0x10000)
		return out[0] = (char)(0xe0 | cp >> 12), out[1] = (char)(0x80 | (cp >> 6 & 0x3f)),
		       out[2] = (char)(0x80 | (cp & 0x3f)), 3;
	return out[0] = (char)(0xf0 | cp >> 18), out[1] = (char)(0x80 | (cp >> 12 & 0x3f)),
	       out[2] = (char)(0x80 | (cp >> 6 & 0x3f)), out[3] = (char)(0x80 | (cp & 0x3f)), 4;
}

void sel_ui_type(char *text, size_t cap, int key)
{
	size_t n = strlen(text), add;
	char utf8[5];

	if (key == SEL_KEY_BACKSPACE) {
		while (n > 0 && ((uint8_t)text[n - 1] & 0xc0) == 0x80)
			n--;
		text[n ? n - 1 : 0] = '\0';
		return;
	}
	if (key < ' ' || key >= SEL_KEY_UP)
		return;
	add = utf8_of(key, utf8);
	if (n + add < cap) {
		memcpy(text + n, utf8, add);
		text[n + add] = '\0';
	}
}

static void typing_key(struct sel_acting *a)
{
	struct sel_entry *e = open_entry(a->ui, a->m);
	enum sel_act act = sel_key_act(a->key, SEL_IN_TYPING);
	bool complete = e && e->q.token && strcmp(a->ui->typed, e->q.token) == 0;

	/* 'y' and 'h' are letters of the word; 'y' after the whole word is the answer */
	if (act == SEL_ACT_ALLOW && !complete)
		act = SEL_ACT_N;
	if (act == SEL_ACT_BACK && a->key != SEL_KEY_ESC)
		act = SEL_ACT_N;
	if (act != SEL_ACT_N)
		act_on(a, act);
	else
		sel_ui_type(a->ui->typed, sizeof a->ui->typed, a->key);
}

/* Every letter is one of the note. */
static void note_key(struct sel_acting *a)
{
	enum sel_act act = sel_key_act(a->key, SEL_IN_NOTE);

	if (act == SEL_ACT_BACK && a->key != SEL_KEY_ESC)
		act = SEL_ACT_N;
	if (act != SEL_ACT_N)
		act_on(a, act);
	else
		sel_ui_type(a->ui->reason, sizeof a->ui->reason, a->key);
}

static void filter_key(struct sel_acting *a)
{
	struct sel_ui *ui = a->ui;

	if (a->key == SEL_KEY_CTRL_L)
		a->effect->kind = SEL_EFFECT_REDRAW;
	if (a->key == SEL_KEY_ESC)
		ui->filter[0] = '\0';
	if (a->key == SEL_KEY_ESC || a->key == SEL_KEY_ENTER)
		ui->filtering = false;
	else if (a->key == SEL_KEY_CTRL_U)
		ui->filter[0] = '\0';
	else
		sel_ui_type(ui->filter, sizeof ui->filter, a->key);
	if (list_row(ui, a->m, ui->selected) < 0)
		list_select(ui, a->m, 0);
	ui->selected_at = (size_t)clamp(list_row(ui, a->m, ui->selected), 0, 100000);
	list_scroll(ui, a->m);
	list_guard(ui, a->now);
}

/* --- keys ------------------------------------------------------------------------------------ */

/* While one may not have read it yet, only what leaves it works. */
static bool works_guarded(enum sel_act act)
{
	return act == SEL_ACT_BACK || act == SEL_ACT_LEFT || act == SEL_ACT_QUIT ||
	       act == SEL_ACT_HELP || act == SEL_ACT_REDRAW || act == SEL_ACT_SUSPEND ||
	       act == SEL_ACT_DETAILS;
}

/* To scroll on is to read; what is still to be read cannot be allowed anyway. */
static bool scrolls(const struct sel_ui *ui, enum sel_act act)
{
	return (ui->view == SEL_VIEW_FULL || ui->view == SEL_VIEW_BATCH) &&
	       (act == SEL_ACT_UP || act == SEL_ACT_DOWN || act == SEL_ACT_PAGE_UP ||
		act == SEL_ACT_PAGE_DN || act == SEL_ACT_TOP || act == SEL_ACT_BOTTOM);
}

static void focus_key(struct sel_acting *a)
{
	a->ui->focus_lost = a->key == SEL_KEY_FOCUS_OUT;
	a->ui->blurred |= a->ui->focus_lost;
	a->ui->guard_until = 0; /* drawn anew, it starts */
	a->ui->guard_key = 0;
	a->ui->confirm.guard_until = 0;
	list_guard(a->ui, a->now);
}

/* The wheel scrolls where there is something to scroll; it never changes an answer. */
static bool wheel_key(struct sel_acting *a)
{
	if (a->key != SEL_KEY_WHEEL_UP && a->key != SEL_KEY_WHEEL_DOWN)
		return false;
	if (a->ui->view != SEL_VIEW_DIALOG && !a->ui->typing &&
	    a->ui->confirm.deed == SEL_DEED_NONE)
		move(a, a->key == SEL_KEY_WHEEL_UP ? -3 : 3);
	return true;
}

void sel_ui_click(struct sel_ui *ui, const struct sel_model *m, int row, usec_t now)
{
	struct sel_place *p = &ui->places[ui->view];
	const struct sel_console_view *v = sel_console_view(ui->view);

	if (ui->confirm.deed != SEL_DEED_NONE)
		return;
	if (ui->view == SEL_VIEW_NOW && row >= ui->list_row && row < ui->list_row + ui->list_rows &&
	    ui->list_top + row - ui->list_row < list_length(ui, m)) {
		ui->pane = SEL_PANE_QUESTIONS;
		list_select(ui, m, ui->list_top + row - ui->list_row);
		list_guard(ui, now);
	} else if (v && v->id && row >= p->row && row < p->row + p->rows) {
		sel_views_select(ui, m, ui->view, p->top + row - p->row);
	}
}

void sel_ui_key(struct sel_ui *ui, struct sel_model *m, int key, usec_t now,
		struct sel_ui_effect *ret)
{
	struct sel_acting a = {ui, m, now, ret, key};
	enum sel_act act = sel_key_act(key, sel_ui_where(ui));

	*ret = (struct sel_ui_effect){0};
	if (key == SEL_KEY_NONE)
		return;
	if (key == SEL_KEY_FOCUS_IN || key == SEL_KEY_FOCUS_OUT) {
		focus_key(&a);
		return;
	}
	ui->fresh_until = 0;
	if (wheel_key(&a))
		return;
	if (answers(ui) && guarded(ui, now) && !works_guarded(act) && !scrolls(ui, act))
		return;
	if (ui->confirm.deed != SEL_DEED_NONE)
		sel_views_confirm_key(&a);
	else if (ui->filtering && ui->view == SEL_VIEW_NOW)
		filter_key(&a);
	else if (!asked(ui) && ui->places[ui->view].filtering)
		sel_views_filter_key(&a);
	else if (ui->typing && asked(ui))
		typing_key(&a);
	else if (ui->noting && asked(ui))
		note_key(&a);
	else
		act_on(&a, act);
	hold(&a);
}
