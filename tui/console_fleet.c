#include "console_fleet.h"

#include "seldom/proto.h"
#include "seldom/text.h"

#include <stdio.h>
#include <sys/inotify.h>

#define SESSION_MAX 33
/* Between bind and listen a broker refuses; look again soon, for a while. */
#define EAGER_MSEC   40
#define EAGER_USEC   (2 * USEC_PER_SEC)
#define BACKOFF_USEC (30 * USEC_PER_SEC) /* a broker that hangs costs 3 s a try */
#define BACKOFF_MAX  64
/* Messages read from one peer before the others and the keyboard have their turn. */
#define MESSAGES_A_TURN 64

struct member {
	char session[SESSION_MAX];
	int fd;
	bool settled;
};
struct sel_fleet {
	const char *front, *only;
	const struct sel_fleet_events *events;
	void *ctx;
	int inotify; /* -1: none; the caller's tick finds sessions, too */
	usec_t eager_until;
	struct member members[SEL_FLEET_MAX];
	size_t n;
	struct {
		char session[SESSION_MAX];
		usec_t until;
	} backoff[BACKOFF_MAX];
};

/* --- safe text ------------------------------------------------------------------------------- */

static int safe_append(char **out, size_t *len, const char *bytes, size_t n, bool verbatim)
{
	_cleanup_free_ char *escaped = verbatim ? NULL : sel_text_dup(bytes, n);
	const char *from = verbatim ? bytes : escaped;
	size_t add = verbatim ? n : escaped ? strlen(escaped) : 0;
	char *grown;

	if (!from)
		return -ENOMEM;
	grown = realloc(*out, *len + add + 1);
	if (!grown)
		return -ENOMEM;
	memcpy(grown + *len, from, add);
	*len += add;
	grown[*len] = '\0';
	*out = grown;
	return 0;
}

/* Backslashes (of escapes that are there already) and, if asked, newlines are kept. */
static char *safe_text(const char *text, size_t n, bool newlines)
{
	char *out = strdup("");
	size_t len = 0;

	for (size_t at = 0; out && at < n;) {
		size_t run = at;
		bool keep;

		while (run < n && text[run] != '\\' && !(newlines && text[run] == '\n'))
			run++;
		keep = run == at;
		run = keep ? at + 1 : run;
		if (safe_append(&out, &len, text + at, run - at, keep) < 0) {
			free(out);
			return NULL;
		}
		at = run;
	}
	return out;
}

char *sel_fleet_safe_text(const char *text)
{
	return safe_text(text, strlen(text), false);
}

static int safe_string(json_t *value, bool newlines)
{
	_cleanup_free_ char *safe =
		safe_text(json_string_value(value), json_string_length(value), newlines);

	return safe ? json_string_set(value, safe) : -1;
}

static int safe_value(const char *key, json_t *value)
{
	size_t n = strlen(key);

	if (n > 4 && strcmp(key + n - 4, "_b64") == 0)
		return 0;
	return json_is_string(value) ? safe_string(value, strcmp(key, "detail") == 0)
				     : sel_fleet_safe(value);
}

static int safe_object(json_t *object)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(object, next, key, value)
	{
		_cleanup_free_ char *name = sel_fleet_safe_text(key);

		if (!name || safe_value(key, value) < 0)
			return -ENOMEM;
		/* no message has such a key: what nobody can look up is left out */
		if (strcmp(name, key) != 0)
			(void)json_object_del(object, key);
	}
	return 0;
}

int sel_fleet_safe(json_t *value)
{
	size_t i;
	json_t *item;

	if (json_is_object(value))
		return safe_object(value);
	if (json_is_string(value))
		return safe_string(value, false) < 0 ? -ENOMEM : 0;
	if (!json_is_array(value))
		return 0;
	json_array_foreach(value, i, item) if (sel_fleet_safe(item) < 0) return -ENOMEM;
	return 0;
}

const char *sel_json_text(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

bool sel_fleet_id_session(const char *id, char ret[static 33])
{
	size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
	size_t digits;

	if (n == 0 || n >= SESSION_MAX || id[n] != '.')
		return false;
	digits = strspn(id + n + 1, "0123456789");
	if (digits == 0 || digits > 10 || id[n + 1 + digits] != '\0')
		return false;
	memcpy(ret, id, n);
	ret[n] = '\0';
	return true;
}

/* --- members --------------------------------------------------------------------------------- */

static struct member *member_find(struct sel_fleet *f, const char *session)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->members[i].session, session) == 0)
			return &f->members[i];
	return NULL;
}

static void member_drop(struct sel_fleet *f, size_t i)
{
	struct member gone = f->members[i];

	(void)close(gone.fd);
	f->members[i] = f->members[--f->n];
	if (f->events->left)
		f->events->left(f->ctx, gone.session);
}

static bool backing_off(const struct sel_fleet *f, const char *session, usec_t now)
{
	for (size_t i = 0; i < BACKOFF_MAX; i++)
		if (f->backoff[i].until > now && strcmp(f->backoff[i].session, session) == 0)
			return true;
	return false;
}

static void back_off(struct sel_fleet *f, const char *session, usec_t now)
{
	size_t oldest = 0;

	for (size_t i = 1; i < BACKOFF_MAX; i++)
		if (f->backoff[i].until < f->backoff[oldest].until)
			oldest = i;
	(void)snprintf(f->backoff[oldest].session, SESSION_MAX, "%s", session);
	f->backoff[oldest].until = now + BACKOFF_USEC;
}

static int member_join(struct sel_fleet *f, const char *session)
{
	json_t *welcome = NULL;
	struct member *m;
	int fd;

	if (f->n >= SEL_FLEET_MAX || strlen(session) >= SESSION_MAX || member_find(f, session) ||
	    backing_off(f, session, sel_now_monotonic()))
		return 0;
	fd = sel_front_connect(session, f->front, &welcome);
	if (fd < 0) {
		if (fd != -ENOENT)
			back_off(f, session, sel_now_monotonic());
		return fd;
	}
	m = &f->members[f->n++];
	*m = (struct member){.fd = fd, .settled = true}; /* until it is asked */
	(void)snprintf(m->session, sizeof m->session, "%s", session);
	if (sel_fleet_safe(welcome) >= 0 && f->events->joined)
		f->events->joined(f->ctx, m->session, welcome);
	json_decref(welcome);
	return 0;
}

int sel_fleet_scan(struct sel_fleet *f)
{
	char **sessions;
	int r = sel_front_sessions(&sessions);

	if (r < 0)
		return r;
	for (char **s = sessions; *s; s++) {
		if (!f->only || strcmp(f->only, *s) == 0)
			(void)member_join(f, *s); /* one that cannot be reached hides no other */
		free(*s);
	}
	free(sessions);
	return 0;
}

/* --- life ------------------------------------------------------------------------------------ */

static int watch_folder(struct sel_fleet *f)
{
	_cleanup_free_ char *dir = NULL;
	int r = sel_runtime_dir(&dir);

	if (r < 0)
		return r;
	f->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (f->inotify >= 0 &&
	    inotify_add_watch(f->inotify, dir, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
		(void)close(f->inotify);
		f->inotify = -1; /* too many watches: the tick is left */
	}
	return 0;
}

int sel_fleet_new(const char *front, const char *only, const struct sel_fleet_events *events,
		  void *ctx, struct sel_fleet **ret)
{
	struct sel_fleet *f = calloc(1, sizeof *f);
	int r;

	if (!f)
		return -ENOMEM;
	f->front = front;
	f->only = only;
	f->events = events;
	f->ctx = ctx;
	f->inotify = -1;
	*ret = f; /* what is told while it looks may be answered at once */
	r = watch_folder(f);
	if (r >= 0)
		r = sel_fleet_scan(f);
	if (r < 0) {
		sel_fleet_free(f);
		*ret = NULL;
	}
	return r < 0 ? r : 0;
}

void sel_fleet_free(struct sel_fleet *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		(void)close(f->members[i].fd);
	if (f->inotify >= 0)
		(void)close(f->inotify);
	free(f);
}

size_t sel_fleet_count(const struct sel_fleet *f)
{
	return f->n;
}

size_t sel_fleet_poll(struct sel_fleet *f, struct pollfd *fds, int *timeout_msec)
{
	fds[0] = (struct pollfd){.fd = f->inotify, .events = POLLIN};
	for (size_t i = 0; i < f->n; i++)
		fds[i + 1] = (struct pollfd){.fd = f->members[i].fd, .events = POLLIN};
	if (sel_now_monotonic() < f->eager_until &&
	    (*timeout_msec < 0 || *timeout_msec > EAGER_MSEC))
		*timeout_msec = EAGER_MSEC;
	return f->n + 1;
}

static bool is_status(const json_t *m)
{
	const char *type = json_string_value(json_object_get(m, "type"));

	return type && strcmp(type, "status") == 0;
}

/* 1: read one, 0: nothing there, negative: drop the peer. */
static int member_read(struct sel_fleet *f, size_t i)
{
	json_t *m = NULL;
	int r = sel_msg_recv(f->members[i].fd, &m);

	if (r == -EAGAIN)
		return 0;
	if (r <= 0)
		return r < 0 ? r : -ECONNRESET;
	r = sel_fleet_safe(m);
	if (r >= 0) {
		f->members[i].settled |= is_status(m);
		if (f->events->message)
			f->events->message(f->ctx, f->members[i].session, m);
	}
	json_decref(m);
	return r < 0 ? r : 1;
}

static void member_drain(struct sel_fleet *f, int fd)
{
	for (int turn = 0; turn < MESSAGES_A_TURN; turn++) {
		size_t i = 0;
		int r;

		/* by descriptor: a handler's send may have moved the members */
		while (i < f->n && f->members[i].fd != fd)
			i++;
		if (i == f->n)
			return;
		r = member_read(f, i);
		if (r < 0 && r != -ECONNRESET)
			back_off(f, f->members[i].session, sel_now_monotonic());
		if (r < 0)
			member_drop(f, i);
		if (r <= 0)
			return;
	}
}

void sel_fleet_dispatch(struct sel_fleet *f, const struct pollfd *fds, size_t n)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));

	for (size_t i = 1; i < n; i++)
		if (fds[i].revents)
			member_drain(f, fds[i].fd);
	if (n > 0 && fds[0].revents) {
		while (read(f->inotify, buf, sizeof buf) > 0)
			;
		f->eager_until = sel_now_monotonic() + EAGER_USEC;
	}
	if (sel_now_monotonic() < f->eager_until)
		(void)sel_fleet_scan(f);
}

int sel_fleet_send(struct sel_fleet *f, const char *session, json_t *take)
{
	struct member *m = member_find(f, session);

	if (!m) {
		json_decref(take);
		return -ENOENT;
	}
	return sel_msg_send(m->fd, take);
}

static bool all_settled(const struct sel_fleet *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (!f->members[i].settled)
			return false;
	return true;
}

int sel_fleet_settle(struct sel_fleet *f, int msec)
{
	usec_t end = sel_now_monotonic() + (usec_t)msec * USEC_PER_MSEC;

	for (size_t i = 0; i < f->n; i++) {
		f->members[i].settled = false;
		(void)sel_msg_send(f->members[i].fd, json_pack("{s:s}", "type", "status"));
	}
	while (!all_settled(f)) {
		struct pollfd fds[SEL_FLEET_MAX + 1];
		usec_t now = sel_now_monotonic();
		int timeout = now < end ? (int)((end - now) / USEC_PER_MSEC) + 1 : 0;
		size_t n;

		if (timeout == 0)
			return -ETIMEDOUT;
		n = sel_fleet_poll(f, fds, &timeout);
		if (poll(fds, n, timeout) < 0 && errno != EINTR)
			return -errno;
		sel_fleet_dispatch(f, fds, n);
	}
	return 0;
}
