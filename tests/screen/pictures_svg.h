/* A screen as a picture: text in runs, lines and blocks as shapes, so that it looks the same
 * whatever font shows it. The same screen makes the same bytes. */
#pragma once

#include "console_rig.h"

/* `text`: rows times columns code points to be shown instead of the screen's own (0: as it is). */
void svg_write(struct rig *r, const uint32_t *text, const char *title, const char *path);
