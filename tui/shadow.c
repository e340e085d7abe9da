#include "shadow_parts.h"

#define ROWS_MAX 1000
#define COLS_MAX 2000
#define LAG_MAX	 (256 * 1024) /* of output that is not read yet; at least what one write takes */
#define SLICE	 (16 * 1024)  /* read at a time: less than a person notices */

/* --- the lag ---------------------------------------------------------------------------------- */

/* What was dropped may have set modes: they are known, and set. */
static void lag_resync(struct sel_shadow *s)
{
	const struct sel_screen *m = &s->modes;

	sel_screen_cancel(&s->lex);
	sel_shadow_vt(s, "\030\033[0m\033[?6%c\033[4%c\033[?7%c", m->origin ? 'h' : 'l',
		      m->insert ? 'h' : 'l', m->no_wrap ? 'l' : 'h');
	s->lex.origin = m->origin;
	s->lex.insert = m->insert;
	s->lex.no_wrap = m->no_wrap;
	s->pen.attrs = 0;
	s->pen.line_kind = 0;
}

void sel_shadow_catch_up(struct sel_shadow *s)
{
	size_t from = 0;

	if (s->lag_cut) {
		const char *line = memchr(s->lag, '\n', s->lag_n);

		lag_resync(s);
		from = line ? (size_t)(line - s->lag) + 1 : 0;
	}
	sel_screen_feed(&s->lex, s->lag + from, s->lag_n - from);
	s->lag_n = 0;
	s->lag_cut = false;
}

static void lag_add(struct sel_shadow *s, const char *bytes, size_t n)
{
	if (n > LAG_MAX) {
		bytes += n - LAG_MAX;
		n = LAG_MAX;
		s->lag_cut = true;
	}
	if (s->lag_n + n > LAG_MAX) { /* the older half goes */
		size_t keep = LAG_MAX - n < LAG_MAX / 2 ? LAG_MAX - n : LAG_MAX / 2;

		keep = keep < s->lag_n ? keep : s->lag_n;
		memmove(s->lag, s->lag + s->lag_n - keep, keep);
		s->lag_n = keep;
		s->lag_cut = true;
	}
	memcpy(s->lag + s->lag_n, bytes, n);
	s->lag_n += n;
}

/* Nothing is dropped of the alternate screen's output, nor of what leads to it and away. */
void sel_shadow_feed(struct sel_shadow *s, const char *bytes, size_t n)
{
	while (n) {
		size_t piece = n < LAG_MAX / 2 ? n : LAG_MAX / 2;
		bool before = s->modes.alternate;

		if (before && s->lag_n + piece > LAG_MAX)
			sel_shadow_catch_up(s);
		sel_screen_feed(&s->modes, bytes, piece);
		lag_add(s, bytes, piece);
		if (before != s->modes.alternate)
			sel_shadow_catch_up(s);
		bytes += piece;
		n -= piece;
	}
}

bool sel_shadow_behind(const struct sel_shadow *s)
{
	return s->modes.alternate && s->lag_n;
}

void sel_shadow_read_on(struct sel_shadow *s)
{
	size_t n = s->lag_n < SLICE ? s->lag_n : SLICE;

	if (!sel_shadow_behind(s))
		return;
	sel_screen_feed(&s->lex, s->lag, n);
	s->lag_n -= n;
	memmove(s->lag, s->lag + n, s->lag_n);
}

/* --- life ------------------------------------------------------------------------------------- */

static void on_output(const char *bytes, size_t n, void *user)
{
	struct sel_shadow *s = user;

	if (s->reply)
		sel_bytes_add(s->reply, bytes, n);
}

static bool size_valid(int rows, int cols)
{
	return rows > 0 && cols > 0 && rows <= ROWS_MAX && cols <= COLS_MAX;
}

int sel_shadow_new(int rows, int cols, struct sel_shadow **ret)
{
	struct sel_shadow *s;

	if (!size_valid(rows, cols))
		return -EINVAL;
	s = calloc(1, sizeof *s);
	if (!s)
		return -ENOMEM;
	s->rows = rows;
	s->cols = cols;
	s->vt = vterm_new(rows, cols);
	s->lag = malloc(LAG_MAX);
	for (int i = 0; i < 2; i++)
		s->cells[i] = calloc((size_t)rows * (size_t)cols, sizeof(struct sel_shadow_cell));
	if (!s->vt || !s->lag || !s->cells[0] || !s->cells[1]) {
		sel_shadow_free(s);
		return -ENOMEM;
	}
	vterm_set_utf8(s->vt, 1);
	vterm_output_set_callback(s->vt, on_output, s);
	s->state = vterm_obtain_state(s->vt);
	vterm_state_set_callbacks(s->state, &sel_shadow_callbacks, s);
	vterm_state_reset(s->state, 1);
	s->lex.token = sel_shadow_token;
	s->lex.ctx = s;
	*ret = s;
	return 0;
}

void sel_shadow_free(struct sel_shadow *s)
{
	if (!s)
		return;
	if (s->vt)
		vterm_free(s->vt);
	for (unsigned i = 0; i < s->links_n; i++)
		free(s->links[i]);
	free(s->cells[0]);
	free(s->cells[1]);
	free(s->lag);
	free(s);
}

static struct sel_shadow_cell *cells_resized(const struct sel_shadow *s,
					     const struct sel_shadow_cell *old, int rows, int cols)
{
	struct sel_shadow_cell *cells = calloc((size_t)rows * (size_t)cols, sizeof *cells);
	const struct sel_pen blank = {.fg = s->pen.fg, .bg = s->pen.bg};

	for (int row = 0; cells && row < rows; row++)
		for (int col = 0; col < cols; col++)
			cells[(size_t)row * (size_t)cols + (size_t)col] =
				row < s->rows && col < s->cols
					? old[(size_t)row * (size_t)s->cols + (size_t)col]
					: (struct sel_shadow_cell){.pen = blank};
	return cells;
}

/* libvterm keeps margins that no longer fit, and then moves memory it does not have: so none are
 * kept, as xterm does it. */
static void margins_forget(struct sel_shadow *s)
{
	VTermPos pos;

	vterm_state_get_cursorpos(s->state, &pos);
	sel_shadow_vt(s, "\030\033[r\033[s\033[%d;%dH", pos.row + 1, pos.col + 1);
}

int sel_shadow_resize(struct sel_shadow *s, int rows, int cols)
{
	struct sel_shadow_cell *cells[2];

	if (!size_valid(rows, cols))
		return -EINVAL;
	if (rows == s->rows && cols == s->cols)
		return 0;
	if (sel_shadow_behind(s)) /* it was written for the old size */
		sel_shadow_catch_up(s);
	for (int i = 0; i < 2; i++)
		cells[i] = cells_resized(s, s->cells[i], rows, cols);
	if (!cells[0] || !cells[1]) {
		free(cells[0]);
		free(cells[1]);
		return -ENOMEM;
	}
	margins_forget(s);
	for (int i = 0; i < 2; i++) {
		free(s->cells[i]);
		s->cells[i] = cells[i];
	}
	s->rows = rows;
	s->cols = cols;
	s->fresh = false;
	vterm_set_size(s->vt, rows, cols);
	return 0;
}

void sel_shadow_size(const struct sel_shadow *s, int *ret_rows, int *ret_cols)
{
	*ret_rows = s->rows;
	*ret_cols = s->cols;
}

struct sel_screen *sel_shadow_modes(struct sel_shadow *s)
{
	return &s->modes;
}

void sel_shadow_cancel(struct sel_shadow *s)
{
	sel_screen_cancel(&s->modes);
	sel_shadow_catch_up(s);
	sel_screen_cancel(&s->lex);
}

bool sel_shadow_cpr_given(struct sel_shadow *s)
{
	bool due = s->modes.cpr_due > 0;

	s->modes.cpr_due -= due;
	return due;
}

bool sel_shadow_odd(const struct sel_shadow *s)
{
	return s->modes.odd;
}

bool sel_shadow_recolored(const struct sel_shadow *s)
{
	return s->modes.colours || s->modes.odd;
}

bool sel_shadow_dsr_given(struct sel_shadow *s)
{
	bool due = s->modes.dsr_due > 0;

	s->modes.dsr_due -= due;
	return due;
}

bool sel_shadow_tells_focus(const struct sel_shadow *s)
{
	return s->modes.focus;
}
