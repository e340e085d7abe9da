/* The screens, drawn from the model and the state of the keys onto a canvas. Pure. */
#pragma once

#include "console_ui.h"

/* `now` monotonic, `real` wall time. *ui is only told how many rows its list has. */
void sel_view_draw(struct sel_canvas *c, struct sel_ui *ui, const struct sel_model *m, usec_t now,
		   usec_t real, struct sel_drawn *ret);

/* Only the question that is open, or the help over it, on a canvas of the panel's own size: for a
 * panel over something else. */
void sel_view_panel(struct sel_canvas *c, struct sel_ui *ui, const struct sel_model *m, usec_t now,
		    usec_t real, struct sel_drawn *ret);
/* How many of `rows` such a panel needs at this width. */
int sel_view_panel_rows(struct sel_ui *ui, const struct sel_model *m, int rows, int cols,
			bool utf8);
