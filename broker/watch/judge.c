#include "internal.h"

#include "seldom/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#define DETAIL_MAX 12288 /* bytes of escaped content that a question shows */

void sel_count(struct sel_job *job, enum sel_op op, const char *path, enum sel_source source)
{
	const char *slash = strrchr(path, '/');

	sel_counts_add(job->hand->w->counts, sel_target_exe(job->target), path,
		       slash ? (size_t)(slash - path) : 0, op, source);
}

static int tell(struct sel_job *job, const struct sel_verdict *v, const struct sel_subject *a,
		const struct sel_subject *b)
{
	struct sel_watch *w = job->hand->w;
	struct sel_decided d = {
		.pid = job->target->tgid,
		.op = job->op,
		.verdict = v,
		.exe = sel_target_exe(job->target),
		.comm = sel_target_comm(job->target),
		.object = a->path,
		.object2 = b ? b->path : NULL,
	};

	return w->config.decided(w->config.ctx, &d);
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
	int r = sel_who_read(job->target->tid, w->config.init, &asked->who);
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

static void judge_both(struct sel_job *job, const struct sel_subject *a,
		       const struct sel_subject *b)
{
	const struct sel_policy *policy = sel_watch_policy(job->hand->w);
	struct sel_verdict va, vb;

	sel_judge(policy, a, sel_now_real(), &va);
	if (b)
		sel_judge(policy, b, sel_now_real(), &vb);
	sel_watch_policy_release(job->hand->w);
	job->verdict = b ? *sel_stricter(&va, &vb) : va;
}

bool sel_allowed(struct sel_job *job, struct sel_reply *reply, struct sel_subject *a,
		 struct sel_subject *b)
{
	const struct sel_verdict *v = &job->verdict;
	int r;

	judge_both(job, a, b);
	if (v->decision == SEL_ALLOW && v->source == SEL_SRC_SCOPE) {
		sel_count(job, a->op, b ? b->path : a->path, v->source);
		return true;
	}
	/* From here on it matters which program it is. */
	r = sel_target_refresh(job->target);
	if (r < 0) {
		sel_reply_error(reply, r);
		return false;
	}
	a->exe = sel_target_exe(job->target);
	if (b)
		b->exe = a->exe;
	judge_both(job, a, b);
	if (v->decision == SEL_ALLOW &&
	    (v->source == SEL_SRC_SCOPE || v->source == SEL_SRC_GRANT)) {
		sel_count(job, a->op, b ? b->path : a->path, v->source);
		return true;
	}
	if (v->decision == SEL_ASK) {
		r = would_fail(job, a, b);
		if (r < 0) {
			sel_reply_error(reply, r);
			return false;
		}
		if (!covered_by_answer(job, a, b)) {
			r = hand_to_person(job, v, a, b);
			sel_reply_error(reply, r);
			if (r >= 0)
				reply->kind = SEL_REPLY_LATER;
			return false;
		}
		job->verdict.decision = SEL_ALLOW;
	}
	r = tell(job, &job->verdict, a, b);
	if (job->verdict.decision == SEL_ALLOW && r >= 0)
		return true;
	sel_reply_error(reply, -(v->error ? v->error : EACCES));
	return false;
}
