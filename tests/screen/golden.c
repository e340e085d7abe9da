#include "golden.h"

#include <regex.h>
#include <stdio.h>

const char *golden_folder;

/* --- a screen as text --------------------------------------------------------------------------
 */

int golden_color(const VTermColor *c)
{
	return VTERM_COLOR_IS_DEFAULT_FG(c) || !VTERM_COLOR_IS_INDEXED(c) ? -1 : c->indexed.idx;
}

/* One letter for what a cell looks like: bold, reverse and the colour together. */
static char look_of(const VTermScreenCell *cell)
{
	static const struct {
		int color;
		char plain, bold, reverse;
	} letters[] = {
		{-1, '.', 'B', 'R'},  {245, 'd', 'D', '?'}, {241, 'd', 'D', '?'},
		{39, 'o', 'O', '?'},  {25, 'o', 'O', '?'},  {214, 'w', 'W', '?'},
		{94, 'w', 'W', '?'},  {37, 't', 'T', '?'},  {24, 't', 'T', '?'},
		{207, '?', '?', 'G'}, {90, '?', '?', 'G'},  {14, 'o', 'O', '?'},
		{4, 'o', 'O', '?'},   {6, 't', 'T', '?'},   {11, 'w', 'W', '?'},
		{3, 'w', 'W', '?'},   {8, 'd', 'D', '?'},   {13, '?', '?', 'G'},
		{5, '?', '?', 'G'},
	};

	for (size_t i = 0; i < SEL_N(letters); i++)
		if (letters[i].color == golden_color(&cell->fg))
			return cell->attrs.reverse ? letters[i].reverse
			       : cell->attrs.bold  ? letters[i].bold
						   : letters[i].plain;
	return '?';
}

static char *looks_row(struct rig *r, int row, int cols)
{
	char *out = calloc(1, (size_t)cols + 1);
	size_t n = (size_t)cols;

	assert_non_null(out);
	for (int col = 0; col < cols; col++) {
		VTermScreenCell cell;

		(void)vterm_screen_get_cell(r->screen, (VTermPos){row, col}, &cell);
		out[col] = look_of(&cell);
	}
	while (n > 0 && out[n - 1] == '.')
		out[--n] = '\0';
	return out;
}

/* What differs from run to run, in as many columns. */
static void mask(const struct rig *r, char *line, const char *pattern)
{
	const char *random = strrchr(r->runtime, '-') + 1;
	regmatch_t m;
	regex_t re;

	for (char *at; (at = strstr(line, random)) != NULL;)
		memset(at, 'X', strlen(random));
	if (!pattern)
		return;
	assert_int_equal(regcomp(&re, pattern, REG_EXTENDED), 0);
	for (char *at = line; regexec(&re, at, 1, &m, 0) == 0; at += m.rm_eo)
		for (regoff_t i = m.rm_so; i < m.rm_eo; i++)
			at[i] = at[i] >= '0' && at[i] <= '9' ? '#' : at[i];
	regfree(&re);
}

static char *screen_text(struct rig *r, const char *pattern)
{
	int rows, cols;
	VTermPos pos;
	char *out = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&out, &n);

	assert_non_null(f);
	vterm_get_size(r->vt, &rows, &cols);
	vterm_state_get_cursorpos(vterm_obtain_state(r->vt), &pos);
	for (int row = 0; row < rows; row++) {
		_cleanup_free_ char *line = rig_row(r, row);

		if (row == 0)
			mask(r, line, "[0-9]{2}:[0-9]{2}:[0-9]{2}");
		mask(r, line, pattern);
		(void)fprintf(f, "|%s\n", line);
	}
	(void)fprintf(f, "cursor %d,%d\n", pos.row, pos.col);
	for (int row = 0; row < rows; row++) {
		_cleanup_free_ char *looks = looks_row(r, row, cols);

		(void)fprintf(f, "%s\n", looks);
	}
	(void)fclose(f);
	return out;
}

/* --- goldens -----------------------------------------------------------------------------------
 */

static char *read_golden(const char *name)
{
	char path[512], *text = calloc(1, 1 << 18);
	FILE *f;
	size_t n;

	assert_non_null(text);
	(void)snprintf(path, sizeof path, "%s/%s", golden_folder, name);
	f = fopen(path, "re");
	if (!f)
		return text;
	n = fread(text, 1, (1 << 18) - 1, f);
	text[n] = '\0';
	(void)fclose(f);
	return text;
}

static void write_golden(struct rig *r, const char *name, const char *pattern)
{
	_cleanup_free_ char *text = NULL;
	char path[512];
	FILE *f;

	for (int i = 0; i < 250; i++) /* whatever is on its way, the end of a guard too */
		rig_turn(r, 10);
	text = screen_text(r, pattern);
	(void)snprintf(path, sizeof path, "%s/%s", golden_folder, name);
	f = fopen(path, "we");
	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

/* Reports the first line that differs. */
static void say_difference(const char *name, const char *want, const char *got)
{
	for (int line = 1; *want || *got; line++) {
		size_t n = strcspn(want, "\n"), m = strcspn(got, "\n");

		if (n != m || strncmp(want, got, n) != 0)
			fail_msg("%s:%d:\nwant %.*s\ngot  %.*s", name, line, (int)n, want, (int)m,
				 got);
		want += n + (want[n] == '\n');
		got += m + (got[m] == '\n');
	}
}

void assert_golden(struct rig *r, const char *name, const char *pattern)
{
	_cleanup_free_ char *want = read_golden(name);
	usec_t end = sel_now_monotonic() + 10 * USEC_PER_SEC;

	if (getenv("SELDOM_GOLDEN")) {
		write_golden(r, name, pattern);
		return;
	}
	for (;;) {
		_cleanup_free_ char *got = screen_text(r, pattern);

		if (strcmp(want, got) == 0)
			return;
		if (sel_now_monotonic() > end)
			say_difference(name, want, got);
		rig_turn(r, 20);
	}
}

/* Nothing of what makes a text lie may be in a cell, wherever it came from. */
void assert_no_hostile_cell(struct rig *r)
{
	int rows, cols;

	vterm_get_size(r->vt, &rows, &cols);
	for (int row = 0; row < rows; row++)
		for (int col = 0; col < cols; col++) {
			VTermScreenCell cell;
			uint32_t c;

			(void)vterm_screen_get_cell(r->screen, (VTermPos){row, col}, &cell);
			c = cell.chars[0];
			assert_false((c > 0 && c < 32 && c != (uint32_t)-1) ||
				     (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
				     (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069));
		}
}
