/* `seldom run --status`: how it goes, in the terminal's title. */
#include "run.h"
#include "run_summary.h"

#include <stdio.h>

/* xterm's stack of titles: what was there before is there again afterwards. */
#define TITLE_PUSH "\033[22;2t"
#define TITLE_POP  "\033[23;2t"

bool run_title_ask(struct run *r, usec_t now)
{
	if (!r->opt.status || r->opt.plain || !r->tty.std[2] || !run_terminal_capable() ||
	    now < r->title_next)
		return false;
	r->title_next = now + USEC_PER_SEC;
	return true;
}

void run_title_set(struct run *r, const json_t *status)
{
	char *text = run_status_text(status, json_array_size(r->questions), r->prompt.utf8);

	if (!text || (r->title && strcmp(r->title, text) == 0)) {
		free(text);
		return;
	}
	free(r->title);
	r->title = text;
	r->title_due = true;
}

/* Only words and numbers of our own are in it. */
char *run_title_take(struct run *r)
{
	char *bytes = NULL;

	if (!r->title || !r->title_due)
		return NULL;
	if (asprintf(&bytes, "%s\033]2;seldom: %s\033\\", r->title_pushed ? "" : TITLE_PUSH,
		     r->title) < 0)
		return NULL;
	r->title_pushed = true;
	r->title_due = false;
	return bytes;
}

const char *run_title_back(struct run *r)
{
	bool pushed = r->title_pushed;

	r->title_pushed = false;
	r->title_due = true;
	return pushed ? TITLE_POP : "";
}
