/* Checks, for those who want them: a question that looks like any other, about something that no
 * program did and a careful person denies. Whatever the answer, nothing is done, and it is said at
 * once. */
#include "internal.h"

#include "protected.h"

#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>

#define GAP 20 /* real questions between two checks, at least; twice that at most */

static unsigned random_below(unsigned n)
{
	uint8_t r;

	return getrandom(&r, 1, 0) == 1 ? r % n : 0;
}

static unsigned real_since(const struct person *p)
{
	unsigned n = 0;

	for (size_t i = p->n; i-- > 0 && !p->past[i].decoy;)
		n += p->past[i].measured && p->past[i].said != SEL_SAID_NOTHING;
	return n;
}

void ask_decoy_plan(struct sel_ask *a)
{
	if (!a->config.decoys || a->decoy_at)
		return;
	if (!a->decoy_gap)
		a->decoy_gap = GAP + random_below(GAP);
	if (real_since(&a->person) < a->decoy_gap)
		return;
	a->decoy_gap = 0;
	a->decoy_at = sel_now_monotonic() + USEC_PER_SEC + random_below(20) * 100 * USEC_PER_MSEC;
}

/* A key, else a start-up file; NULL: this home has neither. */
static char *decoy_object(const char *home, bool *ret_secret)
{
	static const struct {
		const char *name;
		bool secret;
	} names[] = {{".ssh/id_ed25519", true},	 {".ssh/id_rsa", true}, {".ssh/id_ecdsa", true},
		     {".aws/credentials", true}, {".netrc", true},	{".bashrc", false},
		     {".zshrc", false},		 {".profile", false}};

	for (size_t i = 0; i < SEL_N(names); i++) {
		_cleanup_free_ char *path = NULL;
		struct stat st;

		if (asprintf(&path, "%s/%s", home, names[i].name) < 0)
			return NULL;
		if (lstat(path, &st) == 0 && S_ISREG(st.st_mode)) {
			*ret_secret = names[i].secret;
			return sel_steal_ptr(&path);
		}
	}
	return NULL;
}

/* As the same question about a start-up file would be. */
static void make_plain(struct sel_ask *a, struct question *q)
{
	const char *const none[] = {NULL};
	struct sel_places places = {.home = a->config.home, .roots = none};
	struct sel_protected guard = sel_protected_of(q->object, &places);

	q->secret = false;
	q->op = SEL_OP_WRITE;
	q->tier = SEL_T2;
	q->why = guard.why ? guard.why : "it existed before and is outside the granted folders";
	q->consequence = guard.why ? "becomes code: it runs later, outside the boundary"
				   : "what was there before is lost";
	q->facts.op = SEL_OP_WRITE;
	q->facts.where.class = SEL_CLASS_EXEC_CONFIG;
}

static int who_copy(const struct sel_who *from, struct sel_who *ret)
{
	bool ok = true;

	*ret = (struct sel_who){.pid = from->pid, .n_chain = from->n_chain};
	memcpy(ret->comm, from->comm, sizeof ret->comm);
	if (from->exe)
		ok = (ret->exe = strdup(from->exe));
	if (from->cwd)
		ok = (ret->cwd = strdup(from->cwd)) && ok;
	for (size_t i = 0; i < from->n_chain; i++)
		if (from->chain[i])
			ok = (ret->chain[i] = strdup(from->chain[i])) && ok;
	if (ok)
		return 0;
	sel_who_done(ret);
	*ret = (struct sel_who){0};
	return -ENOMEM;
}

void ask_decoy_who(struct sel_ask *a, const struct sel_who *who)
{
	sel_who_done(&a->decoy_who);
	(void)who_copy(who, &a->decoy_who);
}

static void put(struct sel_ask *a)
{
	bool secret = true;
	_cleanup_free_ char *object = decoy_object(a->config.home, &secret);
	struct question *q = NULL;
	const char *why;
	enum sel_gate gate;

	if (object && a->decoy_who.exe) {
		q = ask_secret_question(&a->decoy_who, object);
		a->decoy_who = (struct sel_who){0}; /* taken */
	}
	if (!q)
		return;
	if (!secret)
		make_plain(a, q);
	q->decoy = true;
	/* Where a real one would not be put, neither is this. */
	gate = sel_gate(&a->person.now, q->tier, &why);
	if (gate == SEL_GATE_DEFER || ask_open(a, q, gate == SEL_GATE_TOKEN) < 0)
		ask_question_free(q);
}

void ask_decoy_tick(struct sel_ask *a)
{
	if (!a->decoy_at || a->questions || sel_now_monotonic() < a->decoy_at)
		return;
	a->decoy_at = 0;
	(void)ask_person_look(a);
	if (ask_person_there(a) && a->person.now.state != SEL_EXHAUSTED)
		put(a);
}

const char *const ask_decoy_unanswered =
	"nobody answered; that was a check by seldom: nothing was done";

const char *ask_decoy_feedback(bool allow)
{
	return allow ? "that was a check by seldom: nothing was done; you would have allowed it"
		     : "that was a check by seldom: nothing was done; you caught it";
}
