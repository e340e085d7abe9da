#include "console_input.h"

#include <ctype.h>
#include <stdio.h>

/* An escape sequence arrives in one piece, even over slow lines; a person does not type in 50 ms.
 */
#define ESC_USEC (50 * USEC_PER_MSEC)
/* The rest of a sequence that is on its way must not become keys. */
#define REST_USEC (500 * USEC_PER_MSEC)
/* A terminal that never ends a paste must not take the keyboard for good. */
#define PASTE_USEC (2 * USEC_PER_SEC)

static const struct {
	const char *params; /* NULL: any */
	char final;
	int key;
} sequences[] = {
	{NULL, 'A', SEL_KEY_UP},      {NULL, 'B', SEL_KEY_DOWN},   {NULL, 'C', SEL_KEY_RIGHT},
	{NULL, 'D', SEL_KEY_LEFT},    {NULL, 'H', SEL_KEY_HOME},   {NULL, 'F', SEL_KEY_END},
	{NULL, 'Z', SEL_KEY_BACKTAB}, {"", 'I', SEL_KEY_FOCUS_IN}, {"", 'O', SEL_KEY_FOCUS_OUT},
	{"1", '~', SEL_KEY_HOME},     {"7", '~', SEL_KEY_HOME},	   {"4", '~', SEL_KEY_END},
	{"8", '~', SEL_KEY_END},      {"5", '~', SEL_KEY_PAGE_UP}, {"6", '~', SEL_KEY_PAGE_DOWN},
};

static int sequence_key(const char *params, char final)
{
	for (size_t i = 0; i < SEL_N(sequences); i++)
		if (sequences[i].final == final &&
		    (!sequences[i].params || strcmp(sequences[i].params, params) == 0))
			return sequences[i].key;
	return SEL_KEY_NONE;
}

/* "<0;12;5": button, column, row, from 1. Only a plain press counts. */
static int mouse_key(struct sel_input *in)
{
	int button, col, row;
	char rest;

	if (!in->mouse || in->paste ||
	    sscanf(in->params, "<%4d;%4d;%4d%c", &button, &col, &row, &rest) != 3 || col < 1 ||
	    row < 1)
		return SEL_KEY_NONE;
	in->row = row - 1;
	in->col = col - 1;
	return button == 0    ? SEL_KEY_CLICK
	       : button == 64 ? SEL_KEY_WHEEL_UP
	       : button == 65 ? SEL_KEY_WHEEL_DOWN
			      : SEL_KEY_NONE;
}

/* "11;rgb:ffff/ffff/e000": bright or dark, by what the eye sees of each. */
static int reply_key(struct sel_input *in)
{
	unsigned v[3];
	int n[4] = {0};
	double bright = 0;
	static const double weight[] = {0.299, 0.587, 0.114};

	in->text[in->text_n < sizeof in->text ? in->text_n : 0] = '\0';
	if (in->paste ||
	    sscanf(in->text, "11;rgb:%n%4x%n/%4x%n/%4x%n", &n[0], &v[0], &n[1], &v[1], &n[2], &v[2],
		   &n[3]) != 3 ||
	    in->text[n[3]])
		return SEL_KEY_NONE;
	for (int i = 0; i < 3; i++) {
		int digits = n[i + 1] - n[i] - (i > 0);

		bright += weight[i] * v[i] / (double)((1u << 4 * digits) - 1);
	}
	return bright > 0.5 ? SEL_KEY_IS_LIGHT : SEL_KEY_IS_DARK;
}

static int csi_final(struct sel_input *in, char final)
{
	bool mouse = final == 'M' && in->n == 0;

	in->state = SEL_IN_GROUND;
	in->params[in->n < sizeof in->params ? in->n : sizeof in->params - 1] = '\0';
	if (final == '~' && strcmp(in->params, "200") == 0)
		in->paste = true;
	else if (final == '~' && strcmp(in->params, "201") == 0)
		in->paste = false;
	else if (mouse) {
		in->state = SEL_IN_MOUSE;
		in->left = 3;
	} else if (final == '[' && in->n == 0) {
		in->state = SEL_IN_SKIP;
	} else if (final == 'M' && in->params[0] == '<') {
		return mouse_key(in);
	} else if (!in->paste) {
		return sequence_key(in->params, final);
	}
	return SEL_KEY_NONE;
}

static int csi_byte(struct sel_input *in, uint8_t byte)
{
	if (byte >= 0x40 && byte <= 0x7e)
		return csi_final(in, (char)byte);
	if (byte < 0x20 || byte > 0x7e) { /* broken off */
		in->state = byte == 27 ? SEL_IN_ESC : SEL_IN_GROUND;
		return SEL_KEY_NONE;
	}
	if (in->n < sizeof in->params - 1)
		in->params[in->n] = (char)byte;
	in->n++; /* counts on, so that a cut one is never taken for a short one */
	if (in->n >= sizeof in->params - 1)
		in->params[0] = '!';
	return SEL_KEY_NONE;
}

static int esc_byte(struct sel_input *in, uint8_t byte)
{
	in->n = 0;
	switch (byte) {
	case '[':
		in->state = SEL_IN_CSI;
		return SEL_KEY_NONE;
	case 'O':
		in->state = SEL_IN_SS3;
		return SEL_KEY_NONE;
	case ']':
		in->text_n = 0;
		in->state = SEL_IN_STRING;
		return SEL_KEY_NONE;
	case 'P':
	case '_':
	case '^':
	case 'X':
		in->text_n = sizeof in->text; /* no reply that we want */
		in->state = SEL_IN_STRING;
		return SEL_KEY_NONE;
	case 27:
		return in->paste ? SEL_KEY_NONE : SEL_KEY_ESC;
	default: /* Alt with a key: never that key */
		in->state = SEL_IN_GROUND;
		return SEL_KEY_NONE;
	}
}

static void utf8_start(struct sel_input *in, uint8_t byte)
{
	int more = byte >= 0xf0 && byte <= 0xf4	 ? 3
		   : byte >= 0xe0 && byte < 0xf0 ? 2
		   : byte >= 0xc2 && byte < 0xe0 ? 1
						 : 0;

	in->left = more;
	in->utf8 = more ? byte & (0x3fu >> more) : 0;
	in->utf8_least = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
}

static int utf8_more(struct sel_input *in, uint8_t byte)
{
	in->utf8 = in->utf8 << 6 | (byte & 0x3fu);
	if (--in->left > 0 || in->utf8 < in->utf8_least || in->utf8 > 0x10ffff ||
	    (in->utf8 >= 0xd800 && in->utf8 < 0xe000) || (in->utf8 >= 0x80 && in->utf8 < 0xa0))
		return SEL_KEY_NONE;
	return (int)in->utf8;
}

static int ground_byte(struct sel_input *in, uint8_t byte)
{
	if (byte == 27) {
		in->state = SEL_IN_ESC;
		in->left = 0;
		return SEL_KEY_NONE;
	}
	if (in->left > 0 && (byte & 0xc0) == 0x80) {
		int key = utf8_more(in, byte);

		return in->paste ? SEL_KEY_NONE : key;
	}
	in->left = 0;
	if (byte >= 0x80) {
		utf8_start(in, byte);
		return SEL_KEY_NONE;
	}
	if (in->paste)
		return SEL_KEY_NONE;
	if (byte == 127 || byte == 8)
		return SEL_KEY_BACKSPACE;
	return byte == '\n' ? SEL_KEY_ENTER : byte;
}

static int string_byte(struct sel_input *in, uint8_t byte)
{
	in->state = byte == 7 ? SEL_IN_GROUND : byte == 27 ? SEL_IN_STRING_ESC : in->state;
	if (byte == 7)
		return reply_key(in);
	if (byte != 27 && in->text_n < sizeof in->text)
		in->text[in->text_n++] = (char)byte;
	return SEL_KEY_NONE;
}

int sel_input_byte(struct sel_input *in, uint8_t byte, usec_t now)
{
	in->last = now;
	switch (in->state) {
	case SEL_IN_GROUND:
		return ground_byte(in, byte);
	case SEL_IN_ESC:
		return esc_byte(in, byte);
	case SEL_IN_CSI:
		return csi_byte(in, byte);
	case SEL_IN_SS3:
		in->state = SEL_IN_GROUND;
		return in->paste				     ? SEL_KEY_NONE
		       : isupper(byte) && byte != 'I' && byte != 'O' ? sequence_key("", (char)byte)
								     : SEL_KEY_NONE;
	case SEL_IN_STRING:
		return string_byte(in, byte);
	case SEL_IN_STRING_ESC:
		in->state = byte == '\\' ? SEL_IN_GROUND : byte == 27 ? in->state : SEL_IN_STRING;
		return byte == '\\' ? reply_key(in) : SEL_KEY_NONE;
	case SEL_IN_MOUSE:
		if (--in->left == 0)
			in->state = SEL_IN_GROUND;
		return SEL_KEY_NONE;
	case SEL_IN_SKIP:
		in->state = SEL_IN_GROUND;
		return SEL_KEY_NONE;
	}
	return SEL_KEY_NONE;
}

usec_t sel_input_wait(const struct sel_input *in, usec_t now)
{
	usec_t due;

	if (in->state == SEL_IN_GROUND && !in->paste)
		return USEC_INFINITY;
	due = in->last + (in->paste		       ? PASTE_USEC
			  : in->state == SEL_IN_ESC    ? ESC_USEC
			  : in->state == SEL_IN_GROUND ? PASTE_USEC
						       : REST_USEC);
	return due > now ? due - now : 0;
}

int sel_input_idle(struct sel_input *in, usec_t now)
{
	bool lone = in->state == SEL_IN_ESC && !in->paste;

	if (sel_input_wait(in, now) > 0)
		return SEL_KEY_NONE;
	*in = (struct sel_input){.last = now, .mouse = in->mouse};
	return lone ? SEL_KEY_ESC : SEL_KEY_NONE;
}
