#include "trial.h"

#include "desk.h"

#include <glib.h>
#include <libnotify/notify.h>
#include <signal.h>
#include <stdio.h>

#define SUMMARY "seldom: notifications work"
#define BUTTON	"I see it"
/* Servers differ in which of the two they say first: that it was pressed, or that it is closed. */
#define SETTLE_MSEC 500
/* libnotify waits for a server that hangs, longer than a person would. */
#define HANG_SEC (SEL_TRIAL_SEC + 5)

struct trial {
	GMainLoop *loop;
	bool pressed;
	const char *why; /* it was not */
};

static void on_hang(int signo)
{
	static const char words[] = "seldom-notify: The notification server does not answer\n";

	(void)signo;
	(void)!write(STDERR_FILENO, words, sizeof words - 1);
	_exit(1);
}

static void on_pressed(NotifyNotification *note, char *action, void *data)
{
	struct trial *t = data;

	(void)note;
	(void)action;
	t->pressed = true;
	g_main_loop_quit(t->loop);
}

static gboolean on_over(void *data)
{
	struct trial *t = data;

	g_main_loop_quit(t->loop);
	return G_SOURCE_REMOVE;
}

static void on_closed(NotifyNotification *note, void *data)
{
	struct trial *t = data;

	(void)note;
	t->why = "It was closed, and its button was not pressed";
	(void)g_timeout_add(SETTLE_MSEC, on_over, t);
}

/* Shows it and waits for the press. */
static void show(struct trial *t, bool buttons)
{
	NotifyNotification *note = notify_notification_new(
		SUMMARY,
		buttons ? "A question would come like this." : "This desktop shows no buttons.",
		"dialog-question");

	notify_notification_set_timeout(note, SEL_TRIAL_SEC * 1000);
	if (buttons)
		notify_notification_add_action(note, "seen", BUTTON, on_pressed, t, NULL);
	(void)g_signal_connect(note, "closed", G_CALLBACK(on_closed), t);
	if (!notify_notification_show(note, NULL)) {
		t->why = "The notification server refused it";
	} else if (!buttons) {
		t->why = "The notification server shows no buttons: questions are answered in a "
			 "terminal";
	} else {
		(void)g_timeout_add_seconds(SEL_TRIAL_SEC, on_over, t);
		g_main_loop_run(t->loop);
		(void)g_signal_handlers_disconnect_by_data(note, t);
		(void)notify_notification_close(note, NULL);
	}
	g_object_unref(note);
}

int sel_trial_run(void)
{
	struct trial t = {.why = "Nobody pressed its button"};
	json_t *server;
	const char *error;

	(void)signal(SIGALRM, on_hang);
	(void)alarm(HANG_SEC);
	server = sel_desk_probe();
	error = json_string_value(json_object_get(server, "error"));
	if (!server || error) {
		t.why = error ? error : "out of memory";
	} else {
		t.loop = g_main_loop_new(NULL, FALSE);
		show(&t, json_is_true(json_object_get(server, "actions")));
		g_main_loop_unref(t.loop);
	}
	if (!t.pressed)
		(void)sel_err(0, "%s", t.why);
	json_decref(server);
	return t.pressed ? 0 : 1;
}
