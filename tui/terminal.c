#include "terminal.h"

#include <ctype.h>

/* --- output ----------------------------------------------------------------------------------- */

static void emit(struct sel_screen *s, const struct sel_token *token)
{
	if (s->token)
		s->token(s->ctx, token);
}

static void cursor_saved(struct sel_screen *s)
{
	s->saved[s->alternate] = s->charsets;
	s->saved[s->alternate].origin = s->origin;
	if (!s->alternate)
		s->saved_open = true;
}

static void cursor_restored(struct sel_screen *s)
{
	s->charsets = s->saved[s->alternate];
	s->origin = s->charsets.origin;
	if (!s->alternate)
		s->saved_open = false;
}

static void screen_alternate(struct sel_screen *s, int mode, bool on)
{
	if (mode == 1049 && on) {
		bool open = s->saved_open;

		cursor_saved(s);
		s->saved_open = open;
	}
	s->alternate = on;
	if (mode == 1049 && !on)
		cursor_restored(s);
}

/* Where output goes elsewhere, or keys are encoded otherwise, and no program in use wants it. */
static bool odd_mode(int mode, bool on)
{
	return (mode == 2 && !on) || (mode == 38 && on); /* VT52, Tektronix */
}

/* In xterm the mouse modes exclude each other: the last one set counts, and any of them ends it. */
static void screen_mode(struct sel_screen *s, int mode, bool on)
{
	s->odd |= odd_mode(mode, on);
	s->mouse_used |= on && (mode == 9 || (mode >= 1000 && mode <= 1016 && mode != 1004));
	switch (mode) {
	case 1:
		s->cursor_keys = on;
		break;
	case 6:
		s->origin = on;
		break;
	case 7:
		s->no_wrap = !on;
		break;
	case 25:
		s->hidden = !on;
		break;
	case 47:
	case 1047:
	case 1049:
		screen_alternate(s, mode, on);
		break;
	case 66:
		s->keypad = on;
		break;
	case 69:
		s->side_margins = on;
		break;
	case 9:
	case 1000:
	case 1001:
	case 1002:
	case 1003:
		s->mouse = on ? mode : 0;
		break;
	case 1004:
		s->focus = on;
		break;
	case 1005:
	case 1006:
	case 1015:
	case 1016:
		s->mouse_format = on ? mode : 0;
		break;
	case 1048:
		if (on)
			cursor_saved(s);
		else
			cursor_restored(s);
		break;
	case 2004:
		s->paste = on;
		break;
	case 2026:
		s->sync = on;
		break;
	case 9001:
		s->win32 = on;
		break;
	default:
		break;
	}
}

static void screen_modes(struct sel_screen *s, const struct sel_csi *csi)
{
	for (unsigned i = 0; i < csi->n; i++)
		if (csi->leader == '?')
			screen_mode(s, csi->arg[i], csi->final == 'h');
		else if (!csi->leader && csi->arg[i] == 4)
			s->insert = csi->final == 'h';
		else if (!csi->leader && csi->arg[i] == 2) /* the keyboard is locked */
			s->odd = true;
}

/* Forgets what a full or soft reset ends. */
static void screen_reset(struct sel_screen *s, bool full)
{
	if (full) {
		*s = (struct sel_screen){
			.token = s->token,
			.ctx = s->ctx,
			.odd = s->odd,
			.colours = s->colours,
			.graphics = s->graphics,
			.mouse_used = s->mouse_used,
			.kitty = s->kitty,
		};
		return;
	}
	s->origin = s->no_wrap = s->insert = s->hidden = s->side_margins = false;
	s->keypad = s->cursor_keys = false;
	s->charsets = s->saved[s->alternate] = (struct sel_charsets){0};
}

static void screen_kitty(struct sel_screen *s, const struct sel_csi *csi)
{
	int n = csi->arg[0] > 0 ? csi->arg[0] : 1;

	if (csi->leader == '>')
		s->kitty_depth += s->kitty_depth < 100;
	else if (csi->leader == '<')
		s->kitty_depth = s->kitty_depth > n ? s->kitty_depth - n : 0;
	s->kitty = true;
}

static void screen_csi(struct sel_screen *s, const struct sel_csi *csi)
{
	int kind = csi->intermediate << 16 | csi->leader << 8 | csi->final;

	switch (kind) {
	case '?' << 8 | 'h':
	case '?' << 8 | 'l':
	case 'h':
	case 'l':
		screen_modes(s, csi);
		break;
	case '!' << 16 | 'p':
		screen_reset(s, false);
		break;
	case ' ' << 16 | 'q':
		s->shape = csi->arg[0] > 0 ? csi->arg[0] : 0;
		break;
	case '>' << 8 | 'u':
	case '<' << 8 | 'u':
	case '=' << 8 | 'u':
		screen_kitty(s, csi);
		break;
	case '>' << 8 | 'm':
		if (csi->arg[0] == 4)
			s->modify_keys = csi->n > 1 && csi->arg[1] > 0 ? csi->arg[1] : 0;
		break;
	case 'n':
	case '?' << 8 | 'n':
		s->cpr_due += csi->arg[0] == 6 && s->cpr_due < 100;
		s->dsr_due += csi->arg[0] == 5 && !csi->leader;
		break;
	case 's':
		if (!s->side_margins)
			cursor_saved(s);
		break;
	case 'u':
		cursor_restored(s);
		break;
	case 'i': /* to the printer */
	case '?' << 8 | 'i':
	case '$' << 16 | '}': /* to the status line */
	case '"' << 16 | 'p': /* replies of eight bits */
		s->odd = true;
		break;
	default:
		break;
	}
}

static bool csi_argument(struct sel_csi *csi, char c)
{
	int *arg = &csi->arg[csi->n - 1];

	if (isdigit((unsigned char)c)) {
		*arg = (*arg < 0 ? 0 : *arg) * 10 + (c - '0');
		*arg = *arg > SEL_CSI_MAX ? SEL_CSI_MAX : *arg;
		return true;
	}
	csi->sub[csi->n - 1] = c == ':';
	if (csi->n == SEL_CSI_ARGS)
		return false;
	csi->arg[csi->n++] = -1;
	return true;
}

/* Leader, arguments, intermediate, final, in this order and nothing else. */
static bool csi_parse(const char *seq, size_t n, struct sel_csi *ret)
{
	struct sel_csi csi = {.n = 1, .arg = {-1}, .final = seq[n - 1]};
	size_t i = 0;

	if (seq[i] >= 0x3c && seq[i] <= 0x3f)
		csi.leader = seq[i++];
	for (; i + 1 < n && seq[i] >= '0' && seq[i] <= ';'; i++)
		if (!csi_argument(&csi, seq[i]))
			return false;
	if (i + 1 < n && seq[i] >= 0x20 && seq[i] < 0x30)
		csi.intermediate = seq[i++];
	if (i + 1 != n)
		return false;
	*ret = csi;
	return true;
}

static void seq_add(struct sel_screen *s, char c)
{
	if (s->n < sizeof s->seq)
		s->seq[s->n++] = c;
	else
		s->overlong = true;
}

static void seq_done(struct sel_screen *s)
{
	s->state = SEL_SCAN_GROUND;
	s->n = 0;
	s->overlong = false;
}

static void csi_done(struct sel_screen *s)
{
	struct sel_csi csi;

	if (!s->overlong && csi_parse(s->seq + 2, s->n - 2, &csi)) {
		emit(s, &(struct sel_token){SEL_TOKEN_CSI, s->seq, s->n, &csi});
		screen_csi(s, &csi);
	} else if (s->seq[s->n - 1] != 'm' || s->overlong) {
		s->odd = true; /* a terminal may read more of it */
	}
	seq_done(s);
}

/* Commands that leave the colours as they are, and the ones that give them back. */
static bool colour_harmless(int command)
{
	static const int harmless[] = {0,  1,  2,   3,	 6,   7,   8,	9,   12,  22,  50,
				       52, 99, 112, 133, 633, 777, 104, 105, 110, 111, 9999};

	for (size_t i = 0; i < SEL_N(harmless); i++)
		if (command == harmless[i])
			return true;
	return false;
}

/* Digits and ';' and '?' only: it asks for a colour. */
static bool colour_asked(const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)bytes[i]) && bytes[i] != ';' && bytes[i] != '?')
			return false;
	return true;
}

/* What a string may do to what is seen afterwards; overlong ones, too: the terminal reads them. */
static void string_look(struct sel_screen *s)
{
	const char *text = s->seq + 2;
	size_t n = s->n > 2 ? s->n - 2 : 0, digits = 0;
	int command = 0;

	while (digits < n && digits < 6 && isdigit((unsigned char)text[digits]))
		command = command * 10 + (text[digits++] - '0');
	if (s->seq[1] == ']') {
		bool known = digits && colour_harmless(command);

		known |= command == 1337 && n > 7 && memcmp(text + 5, "Set", 3) != 0;
		s->colours |= !known && (s->overlong || !colour_asked(text, n));
	} else if (s->seq[1] == '_') {
		s->graphics |= n > 0 && text[0] == 'G';
	} else if (s->seq[1] == 'P') {
		s->odd |= n > 1 && text[0] == '='; /* the other way to hold updates back */
		s->colours |= s->graphics |= n > 4 && memcmp(text, "tmux;", 5) == 0;
	}
}

static void string_done(struct sel_screen *s)
{
	string_look(s);
	if (!s->overlong)
		emit(s, &(struct sel_token){SEL_TOKEN_STRING, s->seq + 1, s->n - 1, NULL});
	seq_done(s);
}

static void screen_designate(struct sel_screen *s, char which, char set)
{
	const char *at = strchr("()*+", which);

	if (at && which)
		s->charsets.g[at - "()*+"] = set;
}

static void screen_esc(struct sel_screen *s, char final)
{
	char intermediate = s->n > 2 ? s->seq[1] : '\0';

	emit(s, &(struct sel_token){SEL_TOKEN_ESC, s->seq, s->n, NULL});
	if (intermediate) {
		/* replies of eight bits, another encoding */
		s->odd |= final == (intermediate == ' ' ? 'G' : '@') && strchr(" %", intermediate);
		screen_designate(s, intermediate, final);
		return;
	}
	switch (final) {
	case '7':
		cursor_saved(s);
		break;
	case '8':
		cursor_restored(s);
		break;
	case '=':
	case '>':
		s->keypad = final == '=';
		break;
	case 'n':
	case 'o':
		s->charsets.gl = final == 'n' ? 2 : 3;
		break;
	case 'c':
		screen_reset(s, true);
		break;
	default:
		break;
	}
}

/* A control character in the middle of a sequence acts at once. */
static bool inner_control(struct sel_screen *s, unsigned char c)
{
	char byte = (char)c;

	if (c >= 0x20)
		return false;
	emit(s, &(struct sel_token){SEL_TOKEN_TEXT, &byte, 1, NULL});
	if (c == 0x0e || c == 0x0f)
		s->charsets.gl = c == 0x0e;
	return true;
}

static void esc_byte(struct sel_screen *s, unsigned char c)
{
	bool shifted = s->n == 2 && (s->seq[1] == 'N' || s->seq[1] == 'O');

	if (inner_control(s, c))
		return;
	seq_add(s, (char)c);
	if (s->n == 2 && c == '[') {
		s->state = SEL_SCAN_CSI;
	} else if (s->n == 2 && strchr("]P_^X", c)) {
		s->state = SEL_SCAN_STRING;
	} else if (s->n == 2 && (c == 'N' || c == 'O')) {
		/* a single shift: the next character belongs to it */
	} else if (c < 0x30 && !shifted) {
		s->overlong |= s->n > 2; /* ESC with two intermediates is nothing we know */
	} else {
		if (!s->overlong && c < 0x7f)
			screen_esc(s, (char)c);
		seq_done(s);
	}
}

static void csi_byte(struct sel_screen *s, unsigned char c)
{
	if (inner_control(s, c))
		return;
	seq_add(s, (char)c);
	if (c >= 0x40 && c <= 0x7e)
		csi_done(s);
	else if (c >= 0x7f)
		seq_done(s);
}

static void string_byte(struct sel_screen *s, unsigned char c)
{
	bool esc = s->state == SEL_SCAN_STRING_ESC;

	if (c == '\a' || (esc && c == '\\')) {
		string_done(s);
	} else if (c == '\x1b') {
		s->state = SEL_SCAN_STRING_ESC;
	} else if (esc) { /* broken off by another sequence */
		seq_done(s);
		s->state = SEL_SCAN_ESC;
		seq_add(s, '\x1b');
		esc_byte(s, c);
	} else {
		seq_add(s, (char)c);
	}
}

static void screen_byte(struct sel_screen *s, unsigned char c)
{
	if (c == 0x18 || c == 0x1a) { /* CAN and SUB end any sequence */
		seq_done(s);
	} else if (c == '\x1b' && s->state != SEL_SCAN_STRING && s->state != SEL_SCAN_STRING_ESC) {
		if (s->state == SEL_SCAN_GROUND && s->n)
			emit(s, &(struct sel_token){SEL_TOKEN_TEXT, s->seq, s->n, NULL});
		seq_done(s);
		s->state = SEL_SCAN_ESC;
		seq_add(s, '\x1b');
	} else if (s->state == SEL_SCAN_ESC) {
		esc_byte(s, c);
	} else if (s->state == SEL_SCAN_CSI) {
		csi_byte(s, c);
	} else {
		string_byte(s, c);
	}
}

/* How many bytes at the end of `bytes` are the beginning of a character. */
static size_t utf8_begun(const char *bytes, size_t n)
{
	for (size_t k = 1; k <= 3 && k <= n; k++) {
		unsigned char c = (unsigned char)bytes[n - k];

		if (c < 0x80)
			return 0;
		if (c >= 0xc0)
			return k < (c >= 0xf0 ? 4u : c >= 0xe0 ? 3u : 2u) ? k : 0;
	}
	return 0;
}

static bool prints(const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)bytes[i] >= 0x20 || bytes[i] == '\t')
			return true;
	return false;
}

/* Whole characters only: who reads them need not join the pieces. Returns how many bytes of `bytes`
 * went into the one that had begun. */
static size_t begun_go_on(struct sel_screen *s, const char *bytes, size_t n)
{
	unsigned char lead = (unsigned char)s->seq[0];
	size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2, took = 0;

	while (s->n < want && took < n && ((unsigned char)bytes[took] & 0xc0) == 0x80)
		s->seq[s->n++] = bytes[took++];
	if (s->n == want || took < n) { /* done, or broken */
		emit(s, &(struct sel_token){SEL_TOKEN_TEXT, s->seq, s->n, NULL});
		s->n = 0;
	}
	return took;
}

/* Plain output: what is looked for in it is looked for by memchr, for it may be gigabytes. */
static void plain_text(struct sel_screen *s, const char *bytes, size_t n, bool last)
{
	const char *line = memrchr(bytes, '\n', n);
	const char *out = memrchr(bytes, 0x0e, n), *in = memrchr(bytes, 0x0f, n);
	size_t from = line ? (size_t)(line - bytes) + 1 : 0, took = 0, begun;

	s->midline = (s->midline && !line) || prints(bytes + from, n - from);
	if (out || in)
		s->charsets.gl = out > in;
	if (s->n)
		took = begun_go_on(s, bytes, n);
	if (s->n && !last) { /* broken off by a sequence */
		emit(s, &(struct sel_token){SEL_TOKEN_TEXT, s->seq, s->n, NULL});
		s->n = 0;
	}
	if (took == n)
		return;
	begun = last ? utf8_begun(bytes + took, n - took) : 0;
	if (n - took > begun)
		emit(s, &(struct sel_token){SEL_TOKEN_TEXT, bytes + took, n - took - begun, NULL});
	memcpy(s->seq, bytes + n - begun, begun);
	s->n = begun;
}

void sel_screen_cancel(struct sel_screen *s)
{
	seq_done(s);
}

/* Some terminals take U+0080 .. U+009F for the short forms of sequences, also within others: what
 * such output does is not followed, only that there was some. */
static void c1_look(struct sel_screen *s, const char *bytes, size_t n)
{
	const char *end = bytes + n, *p = bytes;

	if (n == 0)
		return;
	s->odd |= s->c2 && ((unsigned char)bytes[0] & 0xe0) == 0x80;
	s->c2 = bytes[n - 1] == '\xc2';
	while (!s->odd && (p = memchr(p, 0xc2, (size_t)(end - p)))) {
		p++;
		s->odd = p < end && ((unsigned char)*p & 0xe0) == 0x80;
	}
}

void sel_screen_feed(struct sel_screen *s, const char *bytes, size_t n)
{
	c1_look(s, bytes, n);
	for (size_t i = 0; i < n;) {
		const char *esc;
		size_t text;

		if (s->state != SEL_SCAN_GROUND) {
			screen_byte(s, (unsigned char)bytes[i++]);
			continue;
		}
		esc = memchr(bytes + i, '\x1b', n - i);
		text = esc ? (size_t)(esc - bytes) - i : n - i;
		if (text)
			plain_text(s, bytes + i, text, !esc);
		i += text;
		if (esc)
			screen_byte(s, (unsigned char)bytes[i++]);
	}
}

/* --- input ------------------------------------------------------------------------------------ */

static void keys_csi(struct sel_keys *k, char final)
{
	if (final == 'I' && k->n == 0)
		k->unfocused = false;
	else if (final == 'O' && k->n == 0)
		k->unfocused = true;
	else if (final == 'n' && k->n == 1 && k->csi[0] == '0' && !k->pasting)
		k->well++;
	else if (final == '~' && k->n == 3 && memcmp(k->csi, "200", 3) == 0)
		k->pasting = true;
	else if (final == '~' && k->n == 3 && memcmp(k->csi, "201", 3) == 0)
		k->pasting = false;
}

/* One byte; true if it stands outside every sequence. */
static bool keys_byte(struct sel_keys *k, unsigned char c)
{
	switch (k->state) {
	case SEL_SCAN_GROUND:
		if (c != '\x1b')
			return true;
		k->state = SEL_SCAN_ESC;
		return false;
	case SEL_SCAN_ESC:
		if (k->ss3) {
			k->ss3 = false;
			k->state = c == '\x1b' ? SEL_SCAN_ESC : SEL_SCAN_GROUND;
		} else if (c == '[') {
			k->state = SEL_SCAN_CSI;
			k->n = 0;
		} else if (c == 'O') {
			k->ss3 = true;
		} else if (c && strchr("]P_^X", c)) {
			k->state = SEL_SCAN_STRING;
		} else if (c != '\x1b') {
			k->state = SEL_SCAN_GROUND; /* Alt with a key */
		}
		return false;
	case SEL_SCAN_CSI:
		if (c == '\x1b') {
			k->state = SEL_SCAN_ESC;
		} else if (c == 'M' && k->n == 0) {
			/* the old mouse report: three raw bytes follow, each of which may be any
			 * key */
			k->state = SEL_SCAN_STRING_ESC;
		} else if (c >= 0x40 && c <= 0x7e) {
			keys_csi(k, (char)c);
			k->state = SEL_SCAN_GROUND;
		} else if (k->n < sizeof k->csi) {
			k->csi[k->n++] = (char)c;
		}
		return false;
	case SEL_SCAN_STRING: /* an answer of the terminal to somebody's question */
		if (c == '\a')
			k->state = SEL_SCAN_GROUND;
		else if (c == '\x1b')
			k->state = SEL_SCAN_ESC;
		return false;
	case SEL_SCAN_STRING_ESC:
		if (++k->n >= 3)
			k->state = SEL_SCAN_GROUND;
		return false;
	}
	return false;
}

static struct sel_key key_of(unsigned char c)
{
	struct sel_key key = {.kind = SEL_KEY_CONTROL, .c = (char)c};

	if (c == '\r' || c == '\n')
		key.kind = SEL_KEY_ENTER;
	else if (c == 0x7f || c == '\b')
		key.kind = SEL_KEY_BACKSPACE;
	else if (c >= 0x80)
		key.kind = SEL_KEY_DISCARDED;
	else if (c >= 0x20)
		key.kind = SEL_KEY_CHAR;
	return key;
}

struct sel_key sel_keys_feed(struct sel_keys *k, const char *bytes, size_t n, usec_t now)
{
	const struct sel_key nothing = {0}, discarded = {.kind = SEL_KEY_DISCARDED};
	struct sel_key key = nothing;
	bool touched = k->pasting || k->state != SEL_SCAN_GROUND;
	size_t plain = 0;

	for (size_t i = 0; i < n; i++) {
		bool is_plain = keys_byte(k, (unsigned char)bytes[i]);

		touched |= !is_plain || k->pasting;
		if (!is_plain)
			continue;
		plain++;
		key = key_of((unsigned char)bytes[i]);
	}
	k->since = now;
	if (plain == 1 && !touched)
		return key;
	/* A lone ESC, or a sequence without its end, is decided when more comes or time passes. */
	return plain == 0 && k->state != SEL_SCAN_GROUND ? nothing : discarded;
}

usec_t sel_keys_deadline(const struct sel_keys *k)
{
	return k->state == SEL_SCAN_GROUND ? USEC_INFINITY : k->since + SEL_ESC_USEC;
}

struct sel_key sel_keys_tick(struct sel_keys *k, usec_t now)
{
	bool lone = k->state == SEL_SCAN_ESC && !k->ss3;

	if (now < sel_keys_deadline(k))
		return (struct sel_key){0};
	k->state = SEL_SCAN_GROUND;
	k->ss3 = false;
	return (struct sel_key){.kind = lone && !k->pasting ? SEL_KEY_ESCAPE : SEL_KEY_DISCARDED};
}
