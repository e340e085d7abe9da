#include "internal.h"

#include "seldom/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#define DETAIL_MAX 12288 /* bytes of escaped content that a question shows */

static void observe(const struct sel_job *job, const struct sel_subject *s,
		    const struct sel_verdict *v)
{
	const struct sel_watch_config *c = &job->hand->w->config;

	/* What is judged again after an answer was seen before. */
	if (__builtin_expect(c->observed != NULL, 0) && !job->resumed)
		c->observed(c->ctx, s, v);
}

static void count(struct sel_job *job, enum sel_op op, const char *path, enum sel_source source,
		  int64_t rule)
{
	const char *slash = strrchr(path, '/');

	sel_counts_add(job->hand->w->counts, sel_target_exe(job->target), path,
		       slash ? (size_t)(slash - path) : 0, op, source, rule > 0 ? rule : 0);
}

void sel_count(struct sel_job *job, enum sel_op op, const char *path, enum sel_source source,
	       int64_t rule)
{
	count(job, op, path, source, rule);
	observe(job,
		&(struct sel_subject){.op = op,
				      .path = path,
				      .exe = sel_target_exe(job->target),
				      .exists = true, /* or the kernel refuses it */
				      .destroys = op == SEL_OP_DELETE || op == SEL_OP_WRITE,
				      .plants = op == SEL_OP_WRITE},
		&(struct sel_verdict){.decision = SEL_ALLOW,
				      .source = source,
				      .why = "in scope",
				      .consequence = ""});
}

/* Counted; not logged row by row. */
static bool is_counted(const struct sel_verdict *v)
{
	return v->decision == SEL_ALLOW &&
	       (v->source == SEL_SRC_SCOPE || v->source == SEL_SRC_GRANT);
}

/* --- who acts ----------------------------------------------------------------------------------
 */

void sel_judged_done(struct sel_job *job)
{
	sel_identified_done(&job->who);
	free(job->project_a);
	free(job->project_b);
	job->project_a = job->project_b = NULL;
}

static const struct sel_identity *identity(const struct sel_job *job)
{
	return job->who.id.exe ? &job->who.id : NULL;
}

static bool made_by_run(int fd, void *ctx)
{
	return sel_ours_has(ctx, fd);
}

/* -EINPROGRESS: a worker has to; -ESRCH: the process is gone. Whoever cannot be identified is not,
 * and nothing learned counts for it. */
static int identify(struct sel_job *job)
{
	struct sel_watch *w = job->hand->w;
	int r;

	sel_judged_done(job);
	if (!w->config.identities)
		return 0;
	r = sel_identify(w->config.identities, job->target->proc, made_by_run, w->ours,
			 job->hand->may_block, &job->who);
	if (r == -EAGAIN && sel_watch_has_room(w))
		return -EINPROGRESS;
	if (r < 0)
		job->who = (struct sel_identified){0};
	/* Another thread may have made the process another program meanwhile; ours is dead then. */
	return sel_watch_waits(w, job->call->notif.id) ? 0 : -ESRCH;
}

int sel_watch_identify(struct sel_watch *w, pid_t pid, struct sel_identified *ret)
{
	struct sel_identified who = {0};
	char path[32];
	int r;

	(void)snprintf(path, sizeof path, "/proc/%d", pid);
	_cleanup_close_ int proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return -errno;
	r = w->config.identities
		    ? sel_identify(w->config.identities, proc, made_by_run, w->ours, true, &who)
		    : -ENOENT;
	if (r >= 0)
		*ret = who;
	return r;
}

static const struct sel_world *world(struct sel_job *job)
{
	const struct sel_world *world = sel_watch_policy(job->hand->w)->world;

	sel_watch_policy_release(job->hand->w);
	return world; /* stays for the whole run */
}

/* What a verdict on something out of scope rests on besides the object itself. */
static void complete(struct sel_job *job, struct sel_subject *s, const struct sel_place *p,
		     char **project)
{
	const struct sel_watch_config *c = &job->hand->w->config;
	const struct sel_world *here = world(job);

	s->id = identity(job);
	s->undoable = c->undo && s->exists && p->exists && S_ISREG(p->st.st_mode) &&
		      sel_undo_can(c->undo, &p->st);
	if (!c->home || s->path[0] != '/' ||
	    (here && here->project && sel_path_below(s->path, here->project)))
		return;
	*project = sel_find_project(s->path, c->home);
	s->other_project = *project;
}

static const char *program_of(const struct sel_job *job, char *buf, size_t cap)
{
	if (!identity(job))
		return NULL;
	sel_program_name(identity(job), buf, cap);
	return *buf ? buf : NULL;
}

static struct sel_key_facts facts_of(struct sel_job *job, const struct sel_subject *s)
{
	const struct sel_world *here = world(job);

	return (struct sel_key_facts){.id = identity(job),
				      .op = s->op,
				      .exists = s->exists,
				      .object = s->path,
				      .where = job->verdict.where,
				      .project = here ? here->project : NULL};
}

/* --- telling and asking ------------------------------------------------------------------------
 */

/* What was there before the run is lost: bulk deletion is counted (I8). */
static bool deletes(const struct sel_subject *s)
{
	return s->exists && !s->ours && s->destroys &&
	       (s->op == SEL_OP_DELETE || (s->op == SEL_OP_RENAME && s->plants));
}

static int tell(struct sel_job *job, const struct sel_verdict *v, const struct sel_subject *a,
		const struct sel_subject *b)
{
	struct sel_watch *w = job->hand->w;
	bool learned = v->decision == SEL_ALLOW && v->source == SEL_SRC_LEARNED;
	struct sel_key_facts facts = facts_of(job, job->about);
	_cleanup_free_ struct sel_keys *keys = NULL;
	char program[SEL_KEY_MAX];
	int rung = v->support.learned_rung;
	int r = learned ? sel_keys_build(&facts, &keys) : 0;

	if (r < 0)
		return r;
	struct sel_decided d = {
		.pid = job->target->tgid,
		.op = job->op,
		.verdict = v,
		.exe = sel_target_exe(job->target),
		.comm = sel_target_comm(job->target),
		.object = a->path,
		.object2 = b ? b->path : NULL,
		.id = identity(job),
		.subject = job->about,
		.program = program_of(job, program, sizeof program),
		.key = keys && rung >= 0 && rung < SEL_RUNGS ? keys->rung[rung] : NULL,
		.step = learned ? job->step : 0,
		.question = v->source == SEL_SRC_PERSON ? job->question : 0,
	};
	r = w->config.decided(w->config.ctx, &d);
	if (r >= 0 && v->decision == SEL_ALLOW)
		sel_watch_allowed(w, learned, deletes(a) || (b && deletes(b)));
	return r;
}

/* The host's side of what a call would change: only there can it be told whether the kernel would
 * have allowed it without us. */
static int host_permits(const struct sel_place *p, const struct sel_subject *s)
{
	char dir[PATH_MAX];
	bool inside = s->op == SEL_OP_WRITE || s->op == SEL_OP_ATTR;
	char *slash;

	if (p->magic)
		return 0;
	(void)snprintf(dir, sizeof dir, "%s", p->path);
	if (!inside || !p->exists) {
		if (p->parent < 0)
			return 0;
		slash = strrchr(dir, '/');
		if (slash)
			slash[slash == dir] = '\0';
	}
	_cleanup_close_ int fd = sel_host_view(dir, inside && p->exists ? p->fd : p->parent);
	if (fd < 0)
		return fd;
	if (s->op == SEL_OP_ATTR) {
		struct statvfs fs;

		if (fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_RDONLY))
			return -EROFS;
		return p->st.st_uid == geteuid() ? 0 : -EPERM;
	}
	if (syscall(SYS_faccessat2, fd, "", W_OK | (inside ? 0 : X_OK),
		    AT_EMPTY_PATH | AT_EACCESS) < 0)
		return -errno;
	return 0;
}

static int would_fail(struct sel_job *job, const struct sel_subject *a, const struct sel_subject *b)
{
	int r;

	if (a->op == SEL_OP_CONNECT)
		return 0;
	/* Two file systems: whatever else is wrong, the kernel says this first. */
	struct stat from, to;
	if (b && job->a.parent >= 0 && job->b.parent >= 0 && fstat(job->a.parent, &from) == 0 &&
	    fstat(job->b.parent, &to) == 0 && from.st_dev != to.st_dev)
		return -EXDEV;
	r = host_permits(&job->a, a);
	return r < 0 || !b ? r : host_permits(&job->b, b);
}

/* What the answer will be evidence of. */
static int hand_judgement(struct sel_job *job, struct sel_asked *asked)
{
	const struct sel_subject *s = job->about;
	char program[SEL_KEY_MAX];

	asked->second = asked->object2[0] && s->path == job->b.path;
	if (program_of(job, program, sizeof program)) {
		asked->program = strdup(program);
		if (!asked->program)
			return -ENOMEM;
	}
	asked->facts = facts_of(job, s);
	asked->facts.object = asked->second ? asked->object2 : asked->object;
	asked->other_project = sel_steal_ptr(asked->second ? &job->project_b : &job->project_a);
	asked->identified = job->who;
	job->who = (struct sel_identified){0};
	if (asked->facts.id)
		asked->facts.id = &asked->identified.id;
	return sel_keys_build(&asked->facts, &asked->keys);
}

static int hand_to_person(struct sel_job *job, const struct sel_verdict *v,
			  const struct sel_subject *a, const struct sel_subject *b)
{
	struct sel_watch *w = job->hand->w;
	struct sel_asked *asked = calloc(1, sizeof *asked);

	if (!asked)
		return -ENOMEM;
	asked->call = *job->call;
	asked->verdict = *v;
	asked->op = job->op;
	asked->folder = job->folder;
	asked->exists = a->exists;
	(void)snprintf(asked->object, sizeof asked->object, "%s", a->path);
	if (b)
		(void)snprintf(asked->object2, sizeof asked->object2, "%s", b->path);
	asked->content_len = job->content_len;
	asked->content = sel_steal_ptr(&job->content);
	if (asked->content && (asked->detail = malloc(DETAIL_MAX)))
		(void)sel_text_escape(asked->content, asked->content_len, asked->detail, DETAIL_MAX,
				      NULL);
	int r = hand_judgement(job, asked);
	if (r >= 0)
		r = sel_who_read(job->target->tid, w->config.init, &asked->who);
	if (r < 0) {
		sel_asked_free(asked);
		return r;
	}
	w->config.ask(w->config.ctx, asked);
	return 0;
}

/* Content that a person approved must still be the content. */
static bool covered_by_answer(const struct sel_job *job, const struct sel_subject *a,
			      const struct sel_subject *b)
{
	/* The objects, not the strings of the call: a link may lead elsewhere by now. */
	if (!job->allow_once || strcmp(job->approved_object, a->path) != 0 ||
	    strcmp(job->approved_object2, b ? b->path : "") != 0)
		return false;
	if (!job->approved && !job->content)
		return true;
	return job->approved && job->content && job->approved_len == job->content_len &&
	       memcmp(job->approved, job->content, job->content_len) == 0;
}

/* The strictest of both; among allows one that rests on learning, which has to be told. */
static void judge_both(struct sel_job *job, const struct sel_subject *a,
		       const struct sel_subject *b)
{
	const struct sel_policy *policy = sel_watch_policy(job->hand->w);
	struct sel_verdict va, vb;
	const struct sel_verdict *v = &va;
	usec_t now = sel_now_real();

	sel_judge(policy, a, now, &va);
	if (b) {
		sel_judge(policy, b, now, &vb);
		v = sel_stricter(&va, &vb);
		if (v->decision == SEL_ALLOW && v->source != SEL_SRC_LEARNED)
			v = vb.source == SEL_SRC_LEARNED   ? &vb
			    : va.source == SEL_SRC_LEARNED ? &va
							   : v;
	}
	job->step = policy->learning.step;
	sel_watch_policy_release(job->hand->w);
	job->about = v == &va ? a : b;
	job->verdict = *v;
}

/* In scope: counted, and the fast way out. */
static bool counted(struct sel_job *job, const struct sel_subject *a, const struct sel_subject *b)
{
	/* The very call that a person was asked about has a row of its own, whatever covers it now.
	 */
	if (!is_counted(&job->verdict) || covered_by_answer(job, a, b))
		return false;
	count(job, a->op, b ? b->path : a->path, job->verdict.source, job->verdict.rule);
	observe(job, job->about, &job->verdict);
	return true;
}

/* Out of scope, and nobody has said anything yet: who it is, and what is known of it. 0: judged. */
static int judge_closely(struct sel_job *job, struct sel_subject *a, struct sel_subject *b)
{
	int r = would_fail(job, a, b);

	if (r >= 0)
		r = identify(job);
	if (r < 0)
		return r;
	complete(job, a, &job->a, &job->project_a);
	if (b)
		complete(job, b, &job->b, &job->project_b);
	judge_both(job, a, b);
	return 0;
}

/* True: go on. False: the reply is filled. */
static bool settle(struct sel_job *job, struct sel_reply *reply, const struct sel_subject *a,
		   const struct sel_subject *b)
{
	struct sel_verdict *v = &job->verdict;
	int r;

	/* An earlier denial of its like was about another object; this answer was about this call.
	 */
	if ((v->decision != SEL_DENY || v->source == SEL_SRC_MEMORY) &&
	    covered_by_answer(job, a, b)) {
		/* The answer itself may have been the last one that learning needed. */
		if (v->decision != SEL_ASK)
			v->why = "a person allowed it";
		v->decision = SEL_ALLOW;
		v->source = SEL_SRC_PERSON;
		v->tier = job->asked_tier;
	}
	observe(job, job->about, v);
	if (v->decision == SEL_ASK) {
		r = hand_to_person(job, v, a, b);
		sel_reply_error(reply, r);
		if (r >= 0)
			reply->kind = SEL_REPLY_LATER;
		return false;
	}
	r = tell(job, v, a, b);
	if (v->decision == SEL_ALLOW && r >= 0)
		return true;
	sel_reply_error(reply, -(v->error ? v->error : EACCES));
	return false;
}

bool sel_allowed(struct sel_job *job, struct sel_reply *reply, struct sel_subject *a,
		 struct sel_subject *b)
{
	int r;

	judge_both(job, a, b);
	if (job->verdict.source == SEL_SRC_SCOPE && counted(job, a, b))
		return true;
	/* From here on it matters which program it is. */
	r = sel_target_refresh(job->target);
	if (r >= 0) {
		a->exe = sel_target_exe(job->target);
		if (b)
			b->exe = a->exe;
		judge_both(job, a, b);
		if (counted(job, a, b))
			return true;
		/* Whether a host may be talked to can hang on who asks, even where it is refused.
		 */
		if (job->verdict.decision == SEL_ASK || a->op == SEL_OP_CONNECT)
			r = judge_closely(job, a, b);
	}
	if (r < 0) {
		sel_reply_error(reply, r);
		if (r == -EINPROGRESS) /* taken up by a worker, which may wait */
			reply->kind = SEL_REPLY_LATER;
		return false;
	}
	return settle(job, reply, a, b);
}
