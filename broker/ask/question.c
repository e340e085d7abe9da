#include "internal.h"

#include "protected.h"
#include "seldom/proto.h"
#include "seldom/text.h"

#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/stat.h>

/* --- handing over from other threads
 * ----------------------------------------------------------------- */

static bool hand_over(struct sel_ask *a, struct handed *h)
{
	bool ok;

	(void)pthread_mutex_lock(&a->lock);
	ok = a->n_handed < PARKED_MAX * 2;
	if (ok) {
		*a->handed_last = h;
		a->handed_last = &h->next;
		a->n_handed++;
	}
	(void)pthread_mutex_unlock(&a->lock);
	if (ok)
		(void)eventfd_write(a->wake_fd, 1);
	return ok;
}

void sel_ask_park(struct sel_ask *a, struct sel_asked *asked)
{
	struct handed *h = calloc(1, sizeof *h);

	if (h)
		h->asked = asked;
	if (!h || !hand_over(a, h)) {
		free(h);
		sel_watch_refuse(a->watch, asked, EACCES);
	}
}

void sel_ask_secret(struct sel_ask *a, uint64_t id, pid_t pid, const char *path)
{
	struct handed *h = calloc(1, sizeof *h);

	if (h) {
		h->secret = id;
		h->pid = pid;
		h->path = strdup(path);
	}
	if (!h || !h->path || !hand_over(a, h)) {
		if (h)
			free(h->path);
		free(h);
		a->config.secret_answer(a->config.ctx, id, EACCES);
	}
}

void sel_ask_secret_gone(struct sel_ask *a, uint64_t id)
{
	struct handed *h = calloc(1, sizeof *h);

	if (!h)
		return; /* its question stays until the time-out */
	h->secret = id;
	h->gone = true;
	if (!hand_over(a, h))
		free(h);
}

/* --- a question
 * ---------------------------------------------------------------------------------------- */

static void question_free(struct question *q)
{
	if (!q)
		return;
	free(q->object);
	free(q->object2);
	free(q->detail);
	free(q->exe);
	sel_who_done(&q->who);
	sel_rungs_done(&q->rungs);
	free(q);
}

static void unlink_question(struct sel_ask *a, struct question *q)
{
	struct question **p = &a->questions;

	while (*p && *p != q)
		p = &(*p)->next;
	if (*p) {
		*p = q->next;
		a->n_questions--;
	}
}

static bool has_any(const char *dir, const char *const *names)
{
	char path[PATH_MAX];
	struct stat st;

	for (; *names; names++)
		if (snprintf(path, sizeof path, "%s/%s", dir, *names) < (int)sizeof path &&
		    lstat(path, &st) == 0)
			return true;
	return false;
}

/* The nearest folder upwards that looks like a project. The caller frees; NULL: none. */
static char *find_project(const char *object, const char *home)
{
	static const char *const marks[] = {".git",	      "package.json",	"Cargo.toml",
					    "go.mod",	      "pyproject.toml", "setup.py",
					    "CMakeLists.txt", "Makefile",	"pom.xml",
					    "build.gradle",   "meson.build",	NULL};
	char dir[PATH_MAX];
	char *slash;

	(void)snprintf(dir, sizeof dir, "%s", object);
	while ((slash = strrchr(dir, '/')) && slash > dir) {
		*slash = '\0';
		if (!sel_grantable_folder(dir, home))
			break;
		if (has_any(dir, marks))
			return strdup(dir);
	}
	return NULL;
}

static int make_token(struct question *q)
{
	static const char *const words[] = {
		"anchor", "basket", "candle", "desert", "ember",  "forest", "garden", "harbor",
		"island", "jacket", "kettle", "ladder", "marble", "nickel", "orchid", "pepper"};
	uint8_t r;

	if (getrandom(&r, 1, 0) != 1)
		return -EIO;
	(void)snprintf(q->token, sizeof q->token, "%s", words[r % SEL_N(words)]);
	return 0;
}

static int store_question(struct sel_ask *a, struct question *q)
{
	json_t *object = ask_question_json(a, q);
	struct sel_question_row row = {
		.session = a->config.session,
		.number = q->number,
		.asked = q->asked_real,
		.op = q->op,
		.tier = q->tier,
		.exe = q->exe,
		.object = q->object,
		.fresh = q->fresh,
		.rungs = json_object_get(object, "rungs"),
		.recommended = (int)q->rungs.recommended,
	};
	/* Hostile names and content choose its length; a front must get it whole or nobody is
	 * asked. */
	int r = json_dumpb(object, NULL, 0, JSON_COMPACT) > SEL_MSG_MAX - 1024 ? -EMSGSIZE : 0;

	if (r >= 0 && a->config.store)
		r = sel_store_question(a->config.store, &row, &q->row);
	json_decref(object);
	return r;
}

static int open_question(struct sel_ask *a, struct question *q)
{
	_cleanup_free_ char *project = q->by_name ? NULL : find_project(q->object, a->config.home);
	struct sel_surroundings s = {
		.object = q->object,
		.folder = q->parked->asked && q->parked->asked->folder,
		.by_name = q->by_name,
		.cwd = q->who.cwd,
		.home = a->config.home,
		.project = project,
	};
	struct question **p = &a->questions;
	int r = sel_rungs_build(&s, &q->rungs);

	if (r >= 0 && q->tier == SEL_T3)
		r = make_token(q);
	if (r < 0)
		return r;
	q->number = ++a->last_number;
	q->asked_real = sel_now_real();
	q->deadline = sel_now_monotonic() + a->config.timeout;
	r = store_question(a, q);
	if (r < 0)
		return sel_warn(r, "Question %u cannot be put and is refused", q->number);
	while (*p)
		p = &(*p)->next;
	*p = q;
	a->n_questions++;
	a->totals.asked++;
	ask_show(a, q);
	return 0;
}

/* The waiting question that this call belongs to: same kind of thing, covered by its recommended
 * rung. */
static struct question *find_question(struct sel_ask *a, const struct sel_asked *asked,
				      bool by_name)
{
	for (struct question *q = a->questions; q; q = q->next) {
		const struct sel_rung *rung = &q->rungs.item[q->rungs.recommended];

		if (q->secret || q->by_name != by_name || asked->verdict.tier > q->tier)
			continue;
		if ((q->op == SEL_OP_CONNECT) != (asked->op == SEL_OP_CONNECT))
			continue;
		if (by_name && (q->op != asked->op || !!q->detail != !!asked->detail ||
				(q->detail && strcmp(q->detail, asked->detail) != 0)))
			continue;
		if (sel_rung_covers(rung, asked->object) &&
		    (by_name || asked->object2[0] == '\0' || sel_rung_covers(rung, asked->object2)))
			return q;
	}
	return NULL;
}

static struct question *question_from(struct sel_asked *asked, bool by_name)
{
	struct question *q = calloc(1, sizeof *q);
	/* The place that changes is what the question is about: for a rename, where it goes. */
	bool second = asked->object2[0] && asked->op != SEL_OP_CONNECT;
	const char *object = second ? asked->object2 : asked->object;

	if (!q)
		return NULL;
	q->op = asked->op;
	q->tier = asked->verdict.tier;
	q->by_name = by_name;
	q->why = asked->verdict.why;
	q->consequence = asked->verdict.consequence;
	q->object = strdup(object);
	q->object2 = second ? strdup(asked->object) : NULL;
	q->exe = strdup(asked->who.exe ? asked->who.exe : "?");
	q->detail = asked->detail ? strdup(asked->detail) : NULL;
	q->who = asked->who;
	asked->who = (struct sel_who){0};
	const char *name = strrchr(q->exe ? q->exe : "?", '/');
	(void)snprintf(q->fresh, sizeof q->fresh, "first %s by %s %s", sel_op_name(q->op),
		       name ? name + 1 : "?",
		       by_name ? "of this file" : "outside the granted folders");
	if (!q->object || !q->exe) {
		question_free(q);
		return NULL;
	}
	return q;
}

static struct parked *parked_new(struct sel_asked *asked, uint64_t secret, const char *object)
{
	struct parked *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->asked = asked;
	p->secret = secret;
	p->object = strdup(object);
	if (!p->object) {
		free(p);
		return NULL;
	}
	return p;
}

static void append(struct sel_ask *a, struct question *q, struct parked *p)
{
	struct parked **last = &q->parked;

	while (*last)
		last = &(*last)->next;
	*last = p;
	q->waiting++;
	a->n_parked++;
}

static void refuse(struct sel_ask *a, struct parked *p)
{
	if (p->asked)
		sel_watch_refuse(a->watch, p->asked, EACCES);
	else
		a->config.secret_answer(a->config.ctx, p->secret, EACCES);
	a->n_parked--;
	free(p->object);
	free(p);
}

static void refuse_all(struct sel_ask *a, struct question *q)
{
	while (q->parked) {
		struct parked *p = q->parked;

		q->parked = p->next;
		refuse(a, p);
	}
}

/* Adds a parked call to `q`, or makes a question of it. Whatever fails refuses the call. */
static void place(struct sel_ask *a, struct question *q, struct question *fresh, struct parked *p)
{
	if (!p || (!q && !fresh))
		return;
	if (q) {
		append(a, q, p);
		ask_show(a, q);
		return;
	}
	append(a, fresh, p);
	if (a->n_questions >= QUESTIONS_MAX || open_question(a, fresh) < 0) {
		refuse_all(a, fresh);
		question_free(fresh);
	}
}

static bool asks_by_name(const struct sel_asked *asked)
{
	return asked->verdict.tier == SEL_T3 || asked->op == SEL_OP_CONNECT || asked->content ||
	       strncmp(asked->verdict.consequence, "becomes code", 12) == 0;
}

static void take_call(struct sel_ask *a, struct sel_asked *asked)
{
	bool by_name = asks_by_name(asked);
	struct question *q = find_question(a, asked, by_name), *fresh = NULL;
	struct parked *p;

	if (a->n_parked >= PARKED_MAX || !(p = parked_new(asked, 0, asked->object))) {
		sel_watch_refuse(a->watch, asked, EACCES);
		return;
	}
	if (!q)
		fresh = question_from(asked, by_name);
	if (!q && !fresh) {
		a->n_parked++;
		refuse(a, p);
		return;
	}
	place(a, q, fresh, p);
}

static struct question *secret_question(pid_t stop_at, pid_t pid, const char *path)
{
	struct question *q = calloc(1, sizeof *q);

	if (!q)
		return NULL;
	q->op = SEL_OP_READ;
	q->tier = SEL_T3;
	q->secret = q->by_name = true;
	q->why = "I3: it holds credentials";
	q->consequence = "the program learns the secret; cannot be undone";
	if (pid <= 0 || sel_who_read(pid, stop_at, &q->who) < 0)
		q->who = (struct sel_who){0};
	q->object = strdup(path);
	q->exe = strdup(q->who.exe ? q->who.exe : "?");
	const char *name = q->exe ? strrchr(q->exe, '/') : NULL;
	(void)snprintf(q->fresh, sizeof q->fresh, "first read of this secret by %s",
		       name ? name + 1 : "?");
	if (!q->object || !q->exe) {
		question_free(q);
		return NULL;
	}
	return q;
}

static bool secret_granted(struct sel_ask *a, const char *path, const char *exe)
{
	struct sel_subject s = {.op = SEL_OP_READ, .path = path, .exe = exe, .exists = true};
	struct sel_verdict v;

	sel_judge(sel_watch_policy(a->watch), &s, sel_now_real(), &v);
	sel_watch_policy_release(a->watch);
	return v.decision == SEL_ALLOW;
}

static void take_secret(struct sel_ask *a, const struct handed *h)
{
	struct question *q, *fresh = secret_question(sel_watch_init(a->watch), h->pid, h->path);
	struct parked *p = a->n_parked < PARKED_MAX ? parked_new(NULL, h->secret, h->path) : NULL;

	if (!fresh || !p || secret_granted(a, h->path, fresh->exe)) {
		bool granted = fresh && p;

		a->config.secret_answer(a->config.ctx, h->secret, granted ? 0 : EACCES);
		if (p)
			free(p->object);
		free(p);
		question_free(fresh);
		return;
	}
	for (q = a->questions; q; q = q->next)
		if (q->secret && strcmp(q->object, h->path) == 0 && strcmp(q->exe, fresh->exe) == 0)
			break;
	if (q) {
		question_free(fresh);
		fresh = NULL;
	}
	place(a, q, fresh, p);
}

void ask_take_handed(struct sel_ask *a)
{
	struct handed *list;

	(void)pthread_mutex_lock(&a->lock);
	list = a->handed;
	a->handed = NULL;
	a->handed_last = &a->handed;
	a->n_handed = 0;
	(void)pthread_mutex_unlock(&a->lock);
	while (list) {
		struct handed *h = list;

		list = h->next;
		if (h->asked)
			take_call(a, h->asked);
		else if (!h->gone)
			take_secret(a, h);
		else
			for (struct question *q = a->questions; q; q = q->next)
				for (struct parked *p = q->parked; p; p = p->next)
					if (!p->asked && p->secret == h->secret)
						p->secret = 0; /* gone: the tick closes it */
		free(h->path);
		free(h);
	}
}

/* --- answers
 * --------------------------------------------------------------------------------------------- */

static int add_grant(struct sel_ask *a, const struct sel_grant *g, bool scope)
{
	struct sel_policy *next;
	int r = sel_policy_copy(sel_watch_policy(a->watch), &next);

	sel_watch_policy_release(a->watch);
	if (r < 0)
		return r;
	r = scope ? sel_scope_add(&next->scope, g->path, SEL_MODE_RW, g->rule ? g->rule : -1)
		  : sel_policy_grant(next, g);
	if (r < 0)
		sel_policy_free(next);
	else
		sel_watch_policy_swap(a->watch, next);
	return r;
}

/* Makes the answer last: a row in the store first, then the policy, then the mounts. */
static int keep_answer(struct sel_ask *a, const struct question *q, const struct sel_answer *answer)
{
	const struct sel_rung *rung = &q->rungs.item[answer->rung];
	bool folder = rung->kind != SEL_RUNG_FILE;
	enum sel_op op = q->secret || q->op == SEL_OP_CONNECT ? q->op : SEL_OP_INVALID;
	struct sel_rule_row row = {
		.session = answer->term == SEL_FOR_30D ? NULL : a->config.session,
		.op = op,
		.kind = rung->kind,
		.object = rung->path,
		.exe = folder ? NULL : q->exe,
		.decision = answer->allow ? SEL_ALLOW : SEL_DENY,
		.created = sel_now_real(),
		.expires = answer->term == SEL_FOR_30D
				   ? sel_now_real() + 30 * 24 * 3600 * USEC_PER_SEC
				   : 0,
		.question = q->row,
	};
	struct sel_grant g = {
		.source = answer->term == SEL_FOR_30D ? SEL_SRC_RULE : SEL_SRC_GRANT,
		.op = op,
		.kind = rung->kind,
		.path = rung->path,
		.exe = folder ? NULL : q->exe,
		.decision = answer->allow ? SEL_ALLOW : SEL_DENY,
		.uses_left = UINT64_MAX,
	};
	int r = 0;

	if (a->config.store && answer->term != SEL_FOR_ONCE)
		r = sel_store_rule_add(a->config.store, &row);
	if (r < 0)
		return r;
	g.rule = row.id;
	if (!answer->allow)
		g.source = answer->term == SEL_FOR_30D ? SEL_SRC_RULE : SEL_SRC_MEMORY;
	r = add_grant(a, &g, answer->allow && folder);
	if (r >= 0 && answer->allow && folder)
		(void)a->config.rebind(a->config.ctx,
				       rung->path); /* if it cannot be, we go on performing */
	return r;
}

/* The second refusal of one program in one place stands for the rest of the session. */
static void remember_denial(struct sel_ask *a, const struct question *q)
{
	const struct sel_rung *rung = &q->rungs.item[q->rungs.recommended];
	struct denial_count *d = NULL;

	for (size_t i = 0; i < a->n_denials; i++)
		if (strcmp(a->denials[i].exe, q->exe) == 0 &&
		    strcmp(a->denials[i].folder, rung->path) == 0)
			d = &a->denials[i];
	if (!d) {
		if (a->n_denials >= SEL_N(a->denials))
			return;
		d = &a->denials[a->n_denials];
		d->exe = strdup(q->exe);
		d->folder = strdup(rung->path);
		if (!d->exe || !d->folder) {
			free(d->exe);
			free(d->folder);
			*d = (struct denial_count){0};
			return;
		}
		a->n_denials++;
	}
	if (++d->n == 2) {
		struct sel_grant g = {.source = SEL_SRC_MEMORY,
				      .op = SEL_OP_INVALID,
				      .kind = rung->kind,
				      .path = rung->path,
				      .exe = q->exe,
				      .decision = SEL_DENY,
				      .uses_left = UINT64_MAX};

		(void)add_grant(a, &g, false);
	}
}

static int check_answer(const struct question *q, const struct sel_answer *answer, char *error,
			size_t cap)
{
	int r = 0;

	if (answer->rung >= q->rungs.n) {
		(void)snprintf(error, cap, "there is no rung %zu; the last is %zu", answer->rung,
			       q->rungs.n - 1);
		r = -ERANGE;
	} else if (answer->allow && q->tier == SEL_T3 &&
		   (!answer->token || strcmp(answer->token, q->token) != 0)) {
		(void)snprintf(error, cap, "type the word '%s' to allow this", q->token);
		r = -EKEYREJECTED;
	} else if (answer->allow && q->tier == SEL_T3 && answer->term == SEL_FOR_30D) {
		(void)snprintf(error, cap,
			       "this can be allowed once or for the session, not for 30 days");
		r = -EPERM;
	}
	return r;
}

static int store_answer(struct sel_ask *a, const struct question *q,
			const struct sel_answer *answer)
{
	struct sel_answer_row row = {
		.question = q->row,
		.at = sel_now_real(),
		.decision = answer->allow ? SEL_ALLOW : SEL_DENY,
		.source = answer->source,
		.front = answer->by,
		.rung = answer->allow ? (int)answer->rung : -1,
		.term = answer->term,
		.note = answer->note,
		.response = answer->response,
		.expanded = answer->expanded,
		.settled = q->waiting,
	};
	int r = a->config.store && q->row ? sel_store_answer(a->config.store, &row) : 0;

	return r < 0 ? sel_warn(r, "Cannot store the answer to question %u", q->number) : 0;
}

static int tell(struct sel_ask *a, const struct question *q, const struct parked *p,
		const struct sel_answer *answer)
{
	struct sel_verdict v = {.decision = answer->allow ? SEL_ALLOW : SEL_DENY,
				.source = answer->source,
				.tier = q->tier,
				.error = EACCES,
				.why = answer->source == SEL_SRC_TIMEOUT ? "nobody answered in time"
				       : answer->source == SEL_SRC_DEFAULT ? "the program is gone"
				       : answer->allow			   ? "a person allowed it"
									   : "a person denied it",
				.consequence = ""};
	bool second = p->asked && p->asked->object2[0];
	struct sel_decided d = {.pid = q->who.pid,
				.op = q->op,
				.verdict = &v,
				.exe = q->exe,
				.comm = q->who.comm,
				.object = second ? p->asked->object2 : p->object,
				.object2 = second ? p->asked->object : NULL};

	return a->config.decided(a->config.ctx, &d, q->row);
}

/* Settles the parked calls: covered ones are judged again, the rest of an allow asks anew. */
static void settle(struct sel_ask *a, struct question *q, const struct sel_answer *answer)
{
	const struct sel_rung *rung = &q->rungs.item[answer->rung];

	while (q->parked) {
		struct parked *p = q->parked;
		bool covered = answer->allow && (q->by_name || sel_rung_covers(rung, p->object) ||
						 (p->asked && p->asked->object2[0] &&
						  sel_rung_covers(rung, p->asked->object2)));

		q->parked = p->next;
		/* What is resumed is told when it is judged again. What cannot be recorded is
		 * refused. */
		if ((!answer->allow || !p->asked) && tell(a, q, p, answer) < 0)
			covered = false;
		if (!answer->allow || (!p->asked && !covered)) {
			refuse(a, p);
			continue;
		}
		if (p->asked)
			sel_watch_resume(a->watch, p->asked, covered);
		else
			a->config.secret_answer(a->config.ctx, p->secret, 0);
		a->n_parked--;
		free(p->object);
		free(p);
	}
}

static void close_question(struct sel_ask *a, struct question *q, const struct sel_answer *answer)
{
	static const char *const how_names[] = {"deny", "allow", "timeout", "gone"};
	int how = answer->allow			      ? 1
		  : answer->source == SEL_SRC_TIMEOUT ? 2
		  : answer->source == SEL_SRC_DEFAULT ? 3
						      : 0;
	uint64_t *total[] = {&a->totals.denied, &a->totals.allowed, &a->totals.timeout,
			     &a->totals.gone};
	char id[64];

	++*total[how];
	(void)snprintf(id, sizeof id, "%s.%u", a->config.session, q->number);
	unlink_question(a, q);
	settle(a, q, answer);
	ask_broadcast(a, json_pack("{s:i,s:s,s:s,s:s,s:s}", "v", 1, "type", "closed", "id", id,
				   "how", how_names[how], "by", answer->by));
	question_free(q);
}

static struct question *by_number(struct sel_ask *a, uint32_t number)
{
	struct question *q = a->questions;

	while (q && q->number != number)
		q = q->next;
	return q;
}

int ask_answer(struct sel_ask *a, uint32_t number, const struct sel_answer *answer, char *error,
	       size_t cap)
{
	struct question *q = by_number(a, number);
	struct sel_answer said = *answer;
	int r;

	if (!q) {
		(void)snprintf(error, cap, "there is no such question; it may be answered already");
		return -ENOENT;
	}
	r = check_answer(q, answer, error, cap);
	if (r < 0)
		return r;
	/* A folder is granted for the session at least: "once" would ask again for the next file in
	 * it. */
	if (said.allow && q->rungs.item[said.rung].kind != SEL_RUNG_FILE &&
	    said.term == SEL_FOR_ONCE)
		said.term = SEL_FOR_SESSION;
	/* Durable before it takes effect. */
	r = store_answer(a, q, &said);
	if (r < 0 && said.allow) {
		(void)snprintf(error, cap, "cannot store the answer: %s", strerror(-r));
		return r;
	}
	if (said.term != SEL_FOR_ONCE || !said.allow) {
		r = keep_answer(a, q, &said);
		if (r < 0 && said.allow) {
			(void)snprintf(error, cap, "cannot keep the answer: %s", strerror(-r));
			return r;
		}
	}
	if (!said.allow)
		remember_denial(a, q);
	close_question(a, q, &said);
	return 0;
}

int ask_hold(struct sel_ask *a, uint32_t number)
{
	struct question *q = by_number(a, number);

	if (!q)
		return -ENOENT;
	if (q->holds >= HOLDS_MAX)
		return -EDQUOT;
	q->holds++;
	q->deadline = sel_now_monotonic() + a->config.timeout;
	return 0;
}

static void drop_vanished(struct sel_ask *a, struct question *q)
{
	struct parked **p = &q->parked;

	while (*p) {
		struct parked *dead = *p;

		bool alive =
			dead->asked ? sel_watch_alive(a->watch, dead->asked) : dead->secret != 0;
		bool signalled = alive && dead->asked && sel_watch_signalled(dead->asked);

		if (alive && !signalled) {
			p = &dead->next;
			continue;
		}
		*p = dead->next;
		if (signalled)
			sel_watch_give_back(a->watch, dead->asked);
		else
			sel_asked_free(dead->asked);
		free(dead->object);
		free(dead);
		q->waiting--;
		a->n_parked--;
	}
}

void ask_tick(struct sel_ask *a)
{
	struct question *q = a->questions, *next;
	usec_t now = sel_now_monotonic();

	for (; q; q = next) {
		struct sel_answer end = {.source = SEL_SRC_TIMEOUT, .by = ""};

		next = q->next;
		drop_vanished(a, q);
		if (!q->parked)
			end.source = SEL_SRC_DEFAULT;
		else if (now < q->deadline)
			continue;
		(void)store_answer(a, q, &end);
		if (end.source == SEL_SRC_TIMEOUT) {
			char line[512], object[256];

			(void)sel_text_escape(q->object, strlen(q->object), object, sizeof object,
					      NULL);
			(void)snprintf(line, sizeof line, "nobody answered: denied once: %s %s",
				       sel_op_name(q->op), object);
			sel_ask_notice(a, line);
		}
		close_question(a, q, &end);
	}
}

void ask_drop_all(struct sel_ask *a)
{
	while (a->questions) {
		struct sel_answer end = {.source = SEL_SRC_DEFAULT, .by = ""};

		(void)store_answer(a, a->questions, &end);
		close_question(a, a->questions, &end);
	}
}

struct sel_ask_totals sel_ask_totals(const struct sel_ask *a)
{
	return a->totals;
}

/* --- as JSON
 * -----------------------------------------------------------------------------------------------
 */

static json_t *who_json(const struct question *q)
{
	json_t *who = json_object(), *chain = json_array();

	(void)json_object_set_new(who, "pid", json_integer(q->who.pid));
	(void)sel_json_set_bytes(who, "comm", q->who.comm,
				 strnlen(q->who.comm, sizeof q->who.comm));
	(void)sel_json_set_bytes(who, "exe", q->exe, strlen(q->exe));
	if (q->who.cwd)
		(void)sel_json_set_bytes(who, "cwd", q->who.cwd, strlen(q->who.cwd));
	for (size_t i = 0; i < q->who.n_chain; i++) {
		_cleanup_free_ char *safe = sel_text_dup(q->who.chain[i], strlen(q->who.chain[i]));

		(void)json_array_append_new(chain, json_string(safe ? safe : "?"));
	}
	(void)json_object_set_new(who, "chain", chain);
	return who;
}

static json_t *rungs_json(const struct question *q)
{
	json_t *list = json_array();

	for (size_t i = 0; i < q->rungs.n; i++) {
		const struct sel_rung *r = &q->rungs.item[i];
		json_t *o =
			json_pack("{s:i,s:s,s:s,s:s}", "n", (int)i, "kind", sel_rung_name(r->kind),
				  "label", r->label, "exposes", r->exposes);
		unsigned covers = 0;

		for (const struct parked *p = q->parked; p; p = p->next)
			covers += sel_rung_covers(r, p->object);
		(void)json_object_set_new(o, "covers", json_integer(covers));
		(void)sel_json_set_bytes(o, "object", r->path, strlen(r->path));
		(void)json_array_append_new(list, o);
	}
	return list;
}

json_t *ask_question_json(const struct sel_ask *a, const struct question *q)
{
	usec_t now = sel_now_monotonic();
	char id[64];
	json_t *o = json_object();
	json_t *terms = q->tier == SEL_T3 ? json_pack("[ss]", "once", "session")
					  : json_pack("[sss]", "once", "session", "30d");

	(void)snprintf(id, sizeof id, "%s.%u", a->config.session, q->number);
	(void)json_object_set_new(o, "id", json_string(id));
	(void)json_object_set_new(o, "session", json_string(a->config.session));
	(void)json_object_set_new(o, "tier", json_integer(q->tier));
	(void)json_object_set_new(o, "op", json_string(sel_op_name(q->op)));
	(void)sel_json_set_bytes(o, "object", q->object, strlen(q->object));
	if (q->object2)
		(void)sel_json_set_bytes(o, "object2", q->object2, strlen(q->object2));
	(void)json_object_set_new(o, "who", who_json(q));
	(void)sel_json_set_bytes(o, "new", q->fresh, strlen(q->fresh));
	(void)json_object_set_new(o, "consequence", json_string(q->consequence));
	(void)json_object_set_new(o, "why", json_string(q->why));
	(void)json_object_set_new(o, "rungs", rungs_json(q));
	(void)json_object_set_new(o, "recommended", json_integer((json_int_t)q->rungs.recommended));
	(void)json_object_set_new(
		o, "preselected",
		json_integer(q->tier == SEL_T1 ? (json_int_t)q->rungs.recommended : 0));
	(void)json_object_set_new(o, "waiting", json_integer(q->waiting));
	(void)json_object_set_new(o, "asked",
				  json_integer((json_int_t)(q->asked_real / USEC_PER_SEC)));
	(void)json_object_set_new(
		o, "remaining_ms",
		json_integer(q->deadline > now ? (json_int_t)((q->deadline - now) / USEC_PER_MSEC)
					       : 0));
	(void)json_object_set_new(o, "terms", terms);
	if (q->token[0])
		(void)json_object_set_new(o, "token", json_string(q->token));
	if (q->detail)
		(void)json_object_set_new(o, "detail", json_string(q->detail));
	return o;
}
