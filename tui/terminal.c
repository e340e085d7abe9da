#include "terminal.h"

#include <ctype.h>

/* --- output ----------------------------------------------------------------------------------- */

static void screen_mode(struct sel_screen *s, unsigned mode, bool on)
{
	switch (mode) {
	case 47:
	case 1047:
	case 1049:
		s->alternate = on;
		break;
	case 1004:
		s->focus = on;
		break;
	case 2004:
		s->paste = on;
		break;
	default:
		break;
	}
}

/* CSI ? N ; N ... h|l: the only sequences that matter here. */
static void screen_csi(struct sel_screen *s, char final)
{
	unsigned mode = 0;

	if ((final != 'h' && final != 'l') || s->overlong || s->n == 0 || s->csi[0] != '?')
		return;
	for (size_t i = 1; i < s->n; i++) {
		if (isdigit((unsigned char)s->csi[i])) {
			mode = mode * 10 % 100000 + (unsigned)(s->csi[i] - '0');
		} else {
			screen_mode(s, mode, final == 'h');
			mode = 0;
		}
	}
	screen_mode(s, mode, final == 'h');
}

static void screen_ground(struct sel_screen *s, unsigned char c)
{
	if (c == '\x1b')
		s->state = SEL_SCAN_ESC;
	else if (c == '\n')
		s->midline = false;
	else if (c >= 0x20 || c == '\t')
		s->midline = true;
}

static void screen_esc(struct sel_screen *s, unsigned char c)
{
	s->state = SEL_SCAN_GROUND;
	if (c == '[') {
		s->state = SEL_SCAN_CSI;
		s->n = 0;
		s->overlong = false;
	} else if (strchr("]P_^X", c) && c) {
		s->state = SEL_SCAN_STRING;
	} else if (c == 'c') {
		*s = (struct sel_screen){0}; /* full reset */
	} else if (c == '\x1b') {
		s->state = SEL_SCAN_ESC;
	}
}

static void screen_byte(struct sel_screen *s, unsigned char c)
{
	if (c == 0x18 || c == 0x1a) { /* CAN and SUB end any sequence */
		s->state = SEL_SCAN_GROUND;
		return;
	}
	switch (s->state) {
	case SEL_SCAN_GROUND:
		screen_ground(s, c);
		break;
	case SEL_SCAN_ESC:
		screen_esc(s, c);
		break;
	case SEL_SCAN_CSI:
		if (c == '\x1b') {
			s->state = SEL_SCAN_ESC;
		} else if (c >= 0x40 && c <= 0x7e) {
			screen_csi(s, (char)c);
			s->state = SEL_SCAN_GROUND;
		} else if (c >= 0x20 && s->n < sizeof s->csi) {
			s->csi[s->n++] = (char)c;
		} else if (c >= 0x20) {
			s->overlong = true;
		}
		break;
	case SEL_SCAN_STRING:
		if (c == '\a')
			s->state = SEL_SCAN_GROUND;
		else if (c == '\x1b')
			s->state = SEL_SCAN_STRING_ESC;
		break;
	case SEL_SCAN_STRING_ESC:
		if (c == '\\')
			s->state = SEL_SCAN_GROUND;
		else
			screen_esc(s, c);
		break;
	}
}

void sel_screen_feed(struct sel_screen *s, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		screen_byte(s, (unsigned char)bytes[i]);
}

/* --- input ------------------------------------------------------------------------------------ */

static void keys_csi(struct sel_keys *k, char final)
{
	if (final == 'I' && k->n == 0)
		k->unfocused = false;
	else if (final == 'O' && k->n == 0)
		k->unfocused = true;
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
