/* A program's output, in pieces, with changes of size and panels in between. The first two bytes
 * are the size; then come pieces, each with a byte for what happens after it and one for its
 * length. */
#include "fuzz.h"

#include "../../tui/shadow.h"
#include "../../tui/terminal.h"

static void panel(struct sel_shadow *s)
{
	struct sel_bytes out = {0};
	int rows, cols;

	sel_shadow_size(s, &rows, &cols);
	sel_shadow_open(s, &out);
	for (int row = 0; row < rows; row++)
		sel_shadow_paint(s, row, row % cols, cols, &out);
	sel_shadow_close(s, &out);
	MUST(!out.failed);
	sel_bytes_done(&out);
}

static void sane(struct sel_shadow *s, bool open)
{
	struct sel_bytes out = {0};

	sel_shadow_sane(s, open, &out);
	MUST(!out.failed && out.n <= SEL_SANE_MAX);
	sel_bytes_done(&out);
}

static void after(struct sel_shadow *s, uint8_t what)
{
	switch (what % 8) {
	case 0:
		panel(s);
		break;
	case 1:
		MUST(sel_shadow_resize(s, 1 + what / 8, 1 + what / 4) == 0);
		break;
	case 2:
		sel_shadow_read_on(s);
		break;
	case 3:
		sel_shadow_cancel(s);
		MUST(sel_shadow_modes(s)->state == SEL_SCAN_GROUND);
		break;
	default:
		break;
	}
	sane(s, what & 128);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct sel_shadow *s;
	size_t piece;

	if (n < 2)
		return 0;
	MUST(sel_shadow_new(1 + p[0] % 60, 1 + p[1] % 200, &s) == 0);
	for (p += 2, n -= 2; n >= 2; p += piece, n -= piece) {
		uint8_t what = p[0];

		piece = p[1];
		p += 2;
		n -= 2;
		piece = piece < n ? piece : n;
		sel_shadow_feed(s, (const char *)p, piece);
		after(s, what);
	}
	panel(s);
	sel_shadow_free(s);
	return 0;
}
