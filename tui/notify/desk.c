#include "desk.h"

#include "seldom/proto.h"
#include "seldom/text.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <libnotify/notify.h>
#include <stdio.h>
#include <sys/stat.h>

#define SERVER_NAME "org.freedesktop.Notifications"
/* The last words to a server that hangs cost no more than this, in seconds. */
#define GOODBYE_SEC 5
/* A server that talks without end is not listened to without end. */
#define OLD_WORDS_MAX 64

struct desk;
struct shown {
	struct shown *next;
	struct desk *desk;
	char *key;
	json_int_t revision;
	NotifyNotification *note;
	bool pressed; /* since it was shown last; some servers then take it away, some do not */
	bool closed;  /* the server's number for it may be another's by now */
};
struct desk {
	int fd;
	GMainLoop *loop;
	struct shown *shown;
	char *owner; /* of the server's name */
	bool busy;   /* with an order; the next one waits */
	int code;
};

/* --- words to the other side ----------------------------------------------------------------- */

static void desk_end(struct desk *d, int code)
{
	d->code = code;
	g_main_loop_quit(d->loop);
}

static void tell(struct desk *d, json_t *take)
{
	if (!take || sel_msg_send(d->fd, take) < 0)
		desk_end(d, 1); /* it does not read, or is gone */
}

/* --- the session bus ------------------------------------------------------------------------- */

/* GLib would start a bus where there is none; only what is there already counts. */
static bool bus_there(void)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS"), *dir = getenv("XDG_RUNTIME_DIR");
	_cleanup_free_ char *path = NULL, *unix_address = NULL;
	struct stat st;

	if (address && *address)
		return true;
	if (!dir || *dir != '/' || asprintf(&path, "%s/bus", dir) < 0 || stat(path, &st) < 0 ||
	    !S_ISSOCK(st.st_mode) || st.st_uid != geteuid() ||
	    asprintf(&unix_address, "unix:path=%s", path) < 0)
		return false;
	return setenv("DBUS_SESSION_BUS_ADDRESS", unix_address, 1) == 0;
}

/* The kernel's word. A bus of another user, left in the environment by sudo or su, would show that
 * user what we ask, and let him press. g_bus_get_sync: libnotify's own connection. */
static bool bus_ours(void)
{
	GDBusConnection *bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
	GIOStream *stream = bus ? g_dbus_connection_get_stream(bus) : NULL;
	GCredentials *peer = NULL;
	bool ours;

	if (G_IS_SOCKET_CONNECTION(stream))
		peer = g_socket_get_credentials(
			g_socket_connection_get_socket(G_SOCKET_CONNECTION(stream)), NULL);
	ours = peer && g_credentials_get_unix_user(peer, NULL) == geteuid();
	g_clear_object(&peer);
	g_clear_object(&bus);
	return ours;
}

static bool caps_have(GList *caps, const char *name)
{
	return g_list_find_custom(caps, name, (GCompareFunc)strcmp) != NULL;
}

/* Whatever the server calls itself may be hostile, too. */
static json_t *safe(const char *text)
{
	_cleanup_free_ char *s = sel_text_dup(text, strnlen(text, 60));

	return json_string(s ? s : "?");
}

static json_t *none_message(const char *error)
{
	return json_pack("{s:s,s:s}", "type", "none", "error", error);
}

static json_t *server_message(void)
{
	char *name, *vendor, *version, *spec;
	GList *caps;
	json_t *m;

	/* straight to the server, never by a portal, which knows neither guards nor revisions */
	if (!bus_there() || setenv("NOTIFY_IGNORE_PORTAL", "1", 1) < 0)
		return none_message("there is no session bus");
	if (!bus_ours())
		return none_message("the session bus is gone, or another user's");
	if (!notify_init("seldom") || !notify_get_server_info(&name, &vendor, &version, &spec))
		return none_message("no notification server on the session bus");
	caps = notify_get_server_caps();
	m = json_pack("{s:s,s:o,s:o,s:b,s:b,s:b}", "type", "server", "name", safe(name), "version",
		      safe(version), "actions", caps_have(caps, "actions"), "body",
		      caps_have(caps, "body"), "markup", caps_have(caps, "body-markup"));
	g_list_free_full(caps, g_free);
	g_free(name);
	g_free(vendor);
	g_free(version);
	g_free(spec);
	return m;
}

/* What it showed went with it; a word to it would start another one. */
static void server_lost(struct desk *d)
{
	for (struct shown *s = d->shown; s; s = s->next)
		s->closed = true;
	desk_end(d, 1);
}

static void on_appeared(GDBusConnection *bus, const char *name, const char *owner, void *data)
{
	struct desk *d = data;

	(void)bus;
	(void)name;
	if (!d->owner)
		d->owner = g_strdup(owner);
	else if (strcmp(d->owner, owner) != 0)
		server_lost(d);
}

static void on_vanished(GDBusConnection *bus, const char *name, void *data)
{
	struct desk *d = data;

	(void)bus;
	(void)name;
	server_lost(d);
}

/* --- bubbles --------------------------------------------------------------------------------- */

static struct shown *shown_find(struct desk *d, const char *key)
{
	for (struct shown *s = d->shown; s; s = s->next)
		if (strcmp(s->key, key) == 0)
			return s;
	return NULL;
}

static void shown_drop(struct desk *d, struct shown *gone)
{
	struct shown **at = &d->shown;

	while (*at && *at != gone)
		at = &(*at)->next;
	if (*at)
		*at = gone->next;
	g_signal_handlers_disconnect_by_data(gone->note, gone);
	notify_notification_clear_actions(gone->note);
	g_object_unref(gone->note);
	g_free(gone->key);
	g_free(gone);
}

static void on_pressed(NotifyNotification *note, char *action, void *data)
{
	struct shown *s = data;
	const char *token = notify_notification_get_activation_token(note);

	if (s->pressed || s->closed)
		return;
	s->pressed = true;
	tell(s->desk,
	     json_pack("{s:s,s:s,s:I,s:I,s:s,s:s*}", "type", "pressed", "key", s->key, "revision",
		       s->revision, "at", (json_int_t)sel_now_monotonic(), "what",
		       strcmp(action, "default") == 0 ? "open" : action, "token", token));
}

static void shown_gone(struct shown *s)
{
	s->closed = true;
	tell(s->desk,
	     json_pack("{s:s,s:s,s:I}", "type", "gone", "key", s->key, "revision", s->revision));
}

static void on_closed(NotifyNotification *note, void *data)
{
	(void)note;
	shown_gone(data);
}

/* What is closed is remembered only until nothing can be told of it any more. */
static void shown_prune(struct desk *d)
{
	struct shown *next;

	for (struct shown *s = d->shown; s; s = next) {
		next = s->next;
		if (s->closed)
			shown_drop(d, s);
	}
}

static struct shown *shown_new(struct desk *d, const char *key)
{
	struct shown *s = g_new0(struct shown, 1);

	*s = (struct shown){.next = d->shown,
			    .desk = d,
			    .key = g_strdup(key),
			    .note = notify_notification_new("seldom", NULL, NULL)};
	g_signal_connect(s->note, "closed", G_CALLBACK(on_closed), s);
	d->shown = s;
	return s;
}

static void action_add(struct shown *s, const char *what, const char *label)
{
	if (label && *label)
		notify_notification_add_action(s->note, what, label, on_pressed, s, NULL);
}

static int number_of(const struct shown *s)
{
	int number;

	g_object_get(s->note, "id", &number, NULL);
	return number;
}

/* What is here already, orders excepted (`busy`). */
static void hear(void)
{
	for (int i = 0; i < OLD_WORDS_MAX && g_main_context_iteration(NULL, FALSE); i++)
		;
}

/* One press must never be two answers: a bubble whose number the server gave away is no more. 0 is
 * no number. */
static bool number_fresh(const struct shown *s)
{
	int number = number_of(s);

	for (struct shown *other = s->desk->shown; other; other = other->next)
		if (other != s && !other->closed && number_of(other) == number)
			shown_gone(other);
	return number != 0;
}

/* What the server had said before it took the new text was about the old one: it is all here by
 * now, since a sender's messages keep their order, and goes out before the new revision counts. If
 * the old bubble was pressed or closed then, what the server made of the new text is no bubble of
 * ours. */
static bool old_words(struct shown *s)
{
	int number = number_of(s);

	hear();
	if (!s->pressed && !s->closed)
		return true;
	g_object_set(s->note, "id", number, NULL);
	(void)notify_notification_close(s->note, NULL);
	return false;
}

static bool show(struct desk *d, const json_t *m)
{
	const char *key, *title, *body, *allow = NULL, *deny = NULL;
	int expire, grave, open;
	json_int_t revision;
	struct shown *s;

	if (json_unpack((json_t *)m, "{s:s,s:I,s:s,s:s,s:i,s:b,s:b,s?s,s?s}", "key", &key,
			"revision", &revision, "title", &title, "body", &body, "expire_ms", &expire,
			"grave", &grave, "open", &open, "allow", &allow, "deny", &deny) < 0 ||
	    !*title)
		return false;
	hear();
	shown_prune(d);
	s = shown_find(d, key);
	if (!s)
		s = shown_new(d, key);
	s->pressed = false;
	notify_notification_clear_actions(s->note);
	notify_notification_update(s->note, title, body,
				   grave ? "dialog-warning" : "dialog-question");
	notify_notification_set_urgency(s->note,
					grave ? NOTIFY_URGENCY_CRITICAL : NOTIFY_URGENCY_NORMAL);
	notify_notification_set_timeout(s->note, expire);
	/* a click beside the buttons only ever opens; three buttons is what every desktop shows */
	action_add(s, "default", open ? "Open" : NULL);
	action_add(s, "allow", allow);
	action_add(s, "deny", deny);
	action_add(s, "open", open ? "Open" : NULL);
	if (notify_notification_show(s->note, NULL) && number_fresh(s) && old_words(s)) {
		s->revision = revision;
		return true;
	}
	shown_drop(d, s);
	return false;
}

static bool close_one(struct desk *d, const json_t *m)
{
	const char *key = json_string_value(json_object_get(m, "key"));
	struct shown *s = key ? shown_find(d, key) : NULL;

	if (!s)
		return true;
	if (!s->closed)
		(void)notify_notification_close(s->note, NULL);
	shown_drop(d, s);
	return true;
}

static const struct order {
	const char *type;
	bool (*take)(struct desk *d, const json_t *m);
} orders[] = {{"show", show}, {"close", close_one}};

static void take_order(struct desk *d, const json_t *m)
{
	const char *type = json_string_value(json_object_get(m, "type"));

	for (size_t i = 0; type && i < SEL_N(orders); i++)
		if (strcmp(orders[i].type, type) == 0) {
			bool ok;

			d->busy = true;
			ok = orders[i].take(d, m);
			d->busy = false;
			tell(d, json_pack("{s:s,s:b}", "type", "done", "ok", ok));
			return;
		}
	desk_end(d, 1);
}

static gboolean on_order(int fd, GIOCondition condition, void *data)
{
	struct desk *d = data;
	json_t *m = NULL;
	int r;

	(void)condition;
	if (d->busy)
		return G_SOURCE_CONTINUE;
	r = sel_msg_recv(fd, &m);
	if (r > 0)
		take_order(d, m);
	else if (r != -EAGAIN)
		desk_end(d, 0);
	json_decref(m);
	return G_SOURCE_CONTINUE;
}

/* --- life ------------------------------------------------------------------------------------ */

static void goodbye(struct desk *d)
{
	(void)alarm(GOODBYE_SEC); /* its default action ends us */
	while (d->shown) {
		if (!d->shown->closed)
			(void)notify_notification_close(d->shown->note, NULL);
		shown_drop(d, d->shown);
	}
}

int sel_desk_run(int fd)
{
	struct desk d = {.fd = fd, .loop = g_main_loop_new(NULL, FALSE)};
	json_t *first = server_message();
	bool there = strcmp(json_string_value(json_object_get(first, "type")), "server") == 0;

	tell(&d, first);
	if (there && d.code == 0) {
		guint watch = g_bus_watch_name(G_BUS_TYPE_SESSION, SERVER_NAME,
					       G_BUS_NAME_WATCHER_FLAGS_NONE, on_appeared,
					       on_vanished, &d, NULL);

		(void)g_unix_fd_add(fd, G_IO_IN | G_IO_HUP, on_order, &d);
		g_main_loop_run(d.loop);
		g_bus_unwatch_name(watch);
		goodbye(&d);
	}
	g_main_loop_unref(d.loop);
	g_free(d.owner);
	return d.code;
}

json_t *sel_desk_probe(void)
{
	return server_message();
}
