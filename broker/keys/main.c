/* seldom-keys: holds the real credentials of the host's side. The broker tells it which grants have
 * one and where it is; seldom-egress asks by number and gets the value. It parses nothing else.
 * Started by seldom-broker only. */
#include "keys.h"

#include "confine.h"
#include "wire.h"

#include <poll.h>
#include <signal.h>

enum state { IDLE, FETCHING, HERE };
struct entry {
	uint32_t number;
	enum sel_cred_source source;
	char *name, *of; /* of the credential, of the grant */
	usec_t expires;	 /* real; 0: with the session */
	enum state state;
	bool wanted;  /* egress waits for an answer */
	bool revoked; /* kept only until it has that */
	enum sel_net_why why;
	struct secret value;
};

static struct entry *entries;
static size_t n_entries;
static struct {
	struct secret packet; /* a struct sel_wire: what is sent holds a value */
	bool blocked;	      /* egress does not read: nothing more is taken from it */
	bool refused;	      /* and a number without a grant is to be answered */
	uint32_t number;
} out;

static const char *const source_names[] = {[SEL_CRED_NONE] = "",
					   [SEL_CRED_KEYRING] = "keyring:",
					   [SEL_CRED_KERNEL] = "kernel:",
					   [SEL_CRED_FILE] = "file:",
					   [SEL_CRED_VARIABLE] = "variable:"};

static struct entry *find(uint32_t number)
{
	for (size_t i = 0; i < n_entries; i++)
		if (entries[i].number == number)
			return &entries[i];
	return NULL;
}

static void forget(struct entry *e)
{
	fetch_drop(e->number);
	secret_done(&e->value);
	e->state = IDLE;
}

static void drop(struct entry *e)
{
	forget(e);
	free(e->name);
	free(e->of);
	*e = entries[--n_entries];
}

/* --- to egress --- */

/* False: it is not sent yet. */
static bool answer(uint32_t number, enum sel_net_why why, const struct secret *value)
{
	struct sel_wire *w = (struct sel_wire *)(void *)out.packet.p;
	int r;

	memset(w, 0, offsetof(struct sel_wire, text));
	w->kind = SEL_WIRE_VALUE;
	w->number = number;
	w->why = why;
	if (why == SEL_NET_OK) {
		w->n = (uint32_t)value->n;
		memcpy(w->text, value->p, value->n);
	}
	r = sel_wire_send(SEL_WIRE_FD_KEYS, w, -1);
	explicit_bzero(w->text, w->n);
	if (r < 0 && r != -EAGAIN)
		exit(r == -EPIPE ? 0 : 1); /* egress is gone: nobody is left to hold keys for */
	out.blocked = r == -EAGAIN;
	return r >= 0;
}

static void answer_all(void)
{
	if (out.refused && answer(out.number, SEL_NET_KEYS, NULL))
		out.refused = false;
	for (size_t i = 0; i < n_entries && !out.blocked; i++) {
		struct entry *e = &entries[i];

		if (e->wanted && e->state != FETCHING && answer(e->number, e->why, &e->value))
			e->wanted = false;
		if (e->revoked && !e->wanted) {
			drop(e);
			i--;
		}
	}
}

static bool over(const struct entry *e)
{
	return e->expires != 0 && e->expires <= sel_now_real();
}

static void on_want(const struct sel_wire *w)
{
	struct entry *e = find(w->number);
	int r;

	if (!e) {
		out.refused = true;
		out.number = w->number;
		return;
	}
	e->wanted = true;
	e->why = SEL_NET_KEYS;
	if (e->revoked || over(e)) {
		forget(e);
	} else if (e->state == HERE) {
		e->why = SEL_NET_OK;
	} else if (e->state == IDLE) {
		r = fetch_start(e->number, e->source, e->name);
		if (r < 0)
			(void)sel_warn(r, "Cannot look for the credential of grant %s", e->of);
		else
			e->state = FETCHING;
	}
}

static void take_fetched(void)
{
	struct fetch *f;

	while ((f = fetch_take())) {
		struct entry *e = find(f->number);

		if (e && f->r < 0) {
			(void)sel_warn(0, "No credential for grant %s: %s%s: %s", e->of,
				       source_names[e->source], e->name, f->words);
			e->state = IDLE; /* it may be there when it is wanted again */
			e->why = SEL_NET_KEYS;
		} else if (e) {
			e->state = HERE;
			e->why = over(e) ? SEL_NET_KEYS : SEL_NET_OK;
			e->value = f->value;
			f->value = (struct secret){0};
		}
		fetch_free(f);
	}
}

/* --- from the broker --- */

static void broken(const char *what)
{
	(void)sel_err(-EBADMSG, "%s", what);
	exit(1);
}

static void on_grant(const struct sel_wire *w)
{
	_cleanup_free_ char *error = NULL;
	struct sel_net_grant *list = NULL;
	struct entry *grown, *e;
	size_t n = 0;

	if (sel_grants_parse("grant", w->text, w->n, (enum sel_grant_from)w->from, sel_now_real(),
			     &list, &n, &error) < 0 ||
	    n != 1 || find(w->number))
		broken("The broker told a grant that cannot be");
	if (list->credential != SEL_CRED_NONE) {
		grown = reallocarray(entries, n_entries + 1, sizeof *entries);
		if (!grown)
			exit(1);
		entries = grown;
		e = &entries[n_entries++];
		*e = (struct entry){.number = w->number,
				    .source = list->credential,
				    .name = sel_steal_ptr(&list->credential_name),
				    .of = sel_steal_ptr(&list->name),
				    .expires = w->expires};
	}
	sel_net_grants_free(list, n);
}

static void on_revoke(const struct sel_wire *w)
{
	struct entry *e = find(w->number);

	if (!e)
		return;
	forget(e);
	e->why = SEL_NET_KEYS;
	e->revoked = true;
}

/* --- the loop --- */

enum taken { NOTHING, MESSAGE, END };

static enum taken take(int sock, void (*const handlers[])(const struct sel_wire *))
{
	static struct sel_wire w;
	int fd = -1, r = sel_wire_recv(sock, &w, &fd);

	if (fd >= 0)
		(void)close(fd);
	if (r == -EAGAIN)
		return NOTHING;
	if (r > 0 && !handlers[w.kind])
		r = -EBADMSG;
	if (r < 0)
		broken(sock == SEL_WIRE_FD_BROKER ? "The broker's message"
						  : "A message of seldom-egress");
	if (r == 0)
		return END;
	handlers[w.kind](&w);
	return MESSAGE;
}

/* All there is: egress may want what was told before. */
static bool take_from_broker(void)
{
	static void (*const handlers[SEL_WIRE_KIND_N])(const struct sel_wire *) = {
		[SEL_WIRE_GRANT] = on_grant,
		[SEL_WIRE_REVOKE] = on_revoke,
	};
	enum taken t;

	do
		t = take(SEL_WIRE_FD_BROKER, handlers);
	while (t == MESSAGE);
	return t != END;
}

static bool take_from_egress(void)
{
	static void (*const handlers[SEL_WIRE_KIND_N])(const struct sel_wire *) = {
		[SEL_WIRE_WANT] = on_want,
	};

	return take(SEL_WIRE_FD_KEYS, handlers) != END;
}

static int wait_msec(void)
{
	usec_t now = sel_now_monotonic(), until = fetch_deadline();

	if (until == USEC_INFINITY)
		return -1;
	return until <= now ? 0 : (int)((until - now) / USEC_PER_MSEC) + 1;
}

static volatile sig_atomic_t told_to_end;

static void on_signal(int sig)
{
	(void)sig;
	told_to_end = 1;
}

static void serve(void)
{
	while (!told_to_end) {
		struct pollfd p[] = {
			{.fd = SEL_WIRE_FD_BROKER, .events = POLLIN},
			{.fd = SEL_WIRE_FD_KEYS, .events = out.blocked ? POLLOUT : POLLIN},
			{.fd = fetch_wake(), .events = POLLIN},
		};

		if (poll(p, SEL_N(p), wait_msec()) < 0)
			continue;
		/* The broker first, however little it says: what it revoked is given away no
		 * more, and what it granted before egress could hear of it is known. */
		if (!take_from_broker())
			return;
		take_fetched();
		out.blocked = out.blocked && !p[1].revents;
		answer_all();
		if (p[1].revents && !out.blocked && !take_from_egress())
			return;
		answer_all();
	}
}

static void wipe(void)
{
	while (n_entries > 0)
		drop(&entries[n_entries - 1]);
	free(entries);
	secret_done(&out.packet);
	environment_done();
	if (fetch_running())
		_exit(0); /* what it waits for may never come */
}

int main(void)
{
	/* Files may be named by grants that come later; folders cannot be listed. */
	static const char *const read[] = {"/", NULL};
	const struct sigaction end = {.sa_handler = on_signal};
	int r;

	sel_log_init("seldom-keys");
	environment_take();
	file_find_home();
	r = sel_confine(SEL_CONFINED_KEYS, read);
	if (r < 0)
		return sel_err(r, "Cannot confine itself"), 1;
	(void)sigaction(SIGTERM, &end, NULL);
	r = secret_new(sizeof(struct sel_wire), &out.packet);
	if (r < 0)
		return sel_err(r, "Cannot lock memory for credentials"), 1;
	r = fetch_open();
	if (r < 0)
		return sel_err(r, "Cannot start"), 1;
	if (atexit(wipe) != 0)
		return 1;
	serve();
	return 0;
}
