/* Every live session at once: connects to the brokers that appear, hands on what they say, and
 * notices when they end. No thread and no loop of its own: the caller polls. */
#pragma once

#include "seldom/base.h"
#include <jansson.h>
#include <poll.h>

/* Runs that are followed at once; more wait until one ends. */
#define SEL_FLEET_MAX 64

struct sel_fleet;

/* Each is optional. Objects are borrowed, and their text is safe to show (sel_fleet_safe). */
struct sel_fleet_events {
	void (*joined)(void *ctx, const char *session, json_t *welcome);
	void (*message)(void *ctx, const char *session, json_t *message);
	void (*left)(void *ctx, const char *session);
};

/* `front`: the word of the hello. `only`: one session, or NULL for all. Borrows everything. */
int sel_fleet_new(const char *front, const char *only, const struct sel_fleet_events *events,
		  void *ctx, struct sel_fleet **ret);
void sel_fleet_free(struct sel_fleet *f);

/* Looks for new sessions: at the start, once a second, and when dispatch asked for it. */
int sel_fleet_scan(struct sel_fleet *f);
/* Fills `fds` (room for SEL_FLEET_MAX + 1) and returns how many; *timeout_msec is lowered when the
 * fleet wants to look again sooner. */
size_t sel_fleet_poll(struct sel_fleet *f, struct pollfd *fds, int *timeout_msec);
/* Reads what is ready. A peer that breaks the protocol is dropped. */
void sel_fleet_dispatch(struct sel_fleet *f, const struct pollfd *fds, size_t n);
size_t sel_fleet_count(const struct sel_fleet *f);
/* Takes the message. -ENOENT if there is no such session, -EAGAIN if its broker does not read. */
int sel_fleet_send(struct sel_fleet *f, const char *session, json_t *take);
/* Asks for the status and reads until it has come, so that every question that was open is known:
 * a broker sends those before it replies to anything. -ETIMEDOUT after `msec`. */
int sel_fleet_settle(struct sel_fleet *f, int msec);

/* Makes every string of `value`, keys included, safe to show: what a broker escaped already stays
 * as it is, what it did not is escaped here. Newlines stay in "detail" only. */
int sel_fleet_safe(json_t *value);
/* object[key] if it is a string, else "". Borrowed. */
const char *sel_json_text(const json_t *object, const char *key);
/* The safe form of one text; NULL when memory is out. The caller frees. */
char *sel_fleet_safe_text(const char *text);
/* "<session>.<n>": true and the session in `ret`. Anything else is no id. */
bool sel_fleet_id_session(const char *id, char ret[static 33]);
