#include "trace.h"

#include "seldom/text.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

/* Flags of a subject, as they are called in a line: one table for both directions. */
#define FLAGS(_)                                                                                   \
	_(exists)                                                                                  \
	_(ours)                                                                                    \
	_(folder)                                                                                  \
	_(link)                                                                                    \
	_(destroys)                                                                                \
	_(plants)                                                                                  \
	_(undoable)

static const char *const decisions[] = {
	[SEL_DENY] = "deny", [SEL_ALLOW] = "allow", [SEL_ASK] = "ask"};
static const char *const modes[] = {[SEL_MODE_NONE] = "none",
				    [SEL_MODE_RO] = "ro",
				    [SEL_MODE_ND] = "rw-no-delete",
				    [SEL_MODE_RW] = "rw",
				    [SEL_MODE_PRIVATE] = "private"};

int sel_report_grow(void *list_of, size_t n, size_t size)
{
	void **list = list_of;
	void *p;

	if (n & (n - 1)) /* room for the next power of two is there */
		return 0;
	p = reallocarray(*list, n ? n * 2 : 1, size);
	if (!p)
		return -ENOMEM;
	*list = p;
	return 0;
}

/* --- writing -----------------------------------------------------------------------------------
 */

struct sel_trace {
	pthread_mutex_t lock;
	FILE *out;
	usec_t started;
	int error;	  /* the first */
	json_t *programs; /* by the line that was written for it: its number */
	/* An action that may still be joined by its like, and all of it but its time and object. */
	json_t *pending, *facts;
	char *folder, *base;
	uint64_t n;
};

static void fail(struct sel_trace *t, int r)
{
	if (t->error == 0)
		t->error = r;
}

static void put_line(struct sel_trace *t, json_t *take)
{
	if (!take)
		fail(t, -ENOMEM);
	else if (json_dumpf(take, t->out, JSON_COMPACT) < 0 || fputc('\n', t->out) == EOF)
		fail(t, errno ? -errno : -EIO);
	json_decref(take);
}

static void set_text(struct sel_trace *t, json_t *o, const char *key, const char *value)
{
	int r = value && *value ? sel_json_set_bytes(o, key, value, strlen(value)) : 0;

	if (r < 0)
		fail(t, r);
}

static void set_flag(struct sel_trace *t, json_t *o, const char *key, bool value)
{
	if (value && json_object_set_new(o, key, json_true()) < 0)
		fail(t, -ENOMEM);
}

static json_t *path_json(struct sel_trace *t, const char *key, const char *path)
{
	json_t *o = json_object();

	set_text(t, o, key, path);
	return o;
}

static void put_list(struct sel_trace *t, json_t *head, const char *key, const char *const *list)
{
	json_t *a = json_array();

	for (; list && *list; list++)
		(void)json_array_append_new(a, path_json(t, "path", *list));
	if (json_array_size(a))
		(void)json_object_set_new(head, key, a);
	else
		json_decref(a);
}

static void put_policy(struct sel_trace *t, json_t *head, const struct sel_policy *p)
{
	json_t *scope = json_array();

	for (size_t i = 0; i < p->scope.n; i++) {
		json_t *o = path_json(t, "path", p->scope.entries[i].path);

		(void)json_object_set_new(o, "mode", json_string(modes[p->scope.entries[i].mode]));
		(void)json_array_append_new(scope, o);
	}
	(void)json_object_set_new(head, "scope", scope);
	put_list(t, head, "secrets", (const char *const *)p->secrets);
	put_list(t, head, "own", (const char *const *)p->own);
	put_list(t, head, "roots", p->places.roots);
}

static void put_head(struct sel_trace *t, const struct sel_trace_head *h)
{
	json_t *o = json_pack("{s:i,s:s,s:s}", "v", SEL_TRACE_VERSION, "type", "trace", "seldom",
			      SELDOM_VERSION);

	if (h->command)
		(void)json_object_set(o, "command", h->command);
	set_text(t, o, "cwd", h->cwd);
	set_text(t, o, "home", h->home);
	set_text(t, o, "project", h->project);
	(void)json_object_set_new(o, "started", json_integer((json_int_t)h->started));
	if (h->policy)
		put_policy(t, o, h->policy);
	put_line(t, o);
}

int sel_trace_open(const char *path, const struct sel_trace_head *head, struct sel_trace **ret)
{
	_cleanup_close_ int fd = open(
		path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
	struct sel_trace *t;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) && strcmp(path, "/dev/null") != 0)
		return -EINVAL;
	if (S_ISREG(st.st_mode) && ftruncate(fd, 0) < 0)
		return -errno;
	t = calloc(1, sizeof *t);
	if (!t)
		return -ENOMEM;
	t->programs = json_object();
	t->out = t->programs ? fdopen(fd, "w") : NULL;
	if (!t->out) {
		int r = t->programs ? -errno : -ENOMEM;

		json_decref(t->programs);
		free(t);
		return r;
	}
	(void)sel_steal_fd(&fd);
	(void)pthread_mutex_init(&t->lock, NULL);
	t->started = head->started;
	put_head(t, head);
	if (fflush(t->out) == EOF)
		fail(t, -errno);
	if (t->error < 0)
		return sel_trace_close(t, head->started, -1);
	*ret = t;
	return 0;
}

static void flush_pending(struct sel_trace *t)
{
	json_t *line = sel_steal_ptr(&t->pending);

	if (!line)
		return;
	if (t->n > 1)
		(void)json_object_set_new(line, "n", json_integer((json_int_t)t->n));
	put_line(t, line);
	json_decref(sel_steal_ptr(&t->facts));
	free(sel_steal_ptr(&t->folder));
	free(sel_steal_ptr(&t->base));
}

/* Writes the line of a program, which nothing was told of before. `text`: the line; or NULL. */
static json_int_t program_add(struct sel_trace *t, json_t *o, const char *text)
{
	json_int_t number = (json_int_t)json_object_size(t->programs) + 1;

	if (!text || json_object_set_new(t->programs, text, json_integer(number)) < 0) {
		fail(t, -ENOMEM);
		return 0;
	}
	flush_pending(t);
	(void)json_object_set_new(o, "type", json_string("program"));
	(void)json_object_set_new(o, "p", json_integer(number));
	put_line(t, json_incref(o));
	return number;
}

/* The number of the program's own line, which is written when it is first seen. 0: unknown. */
static json_int_t program_number(struct sel_trace *t, const struct sel_subject *s)
{
	const struct sel_identity *id = s->id;
	json_int_t number;
	json_t *o;
	char *text;

	if (!id && !s->exe)
		return 0;
	o = json_object();
	set_text(t, o, "exe", id ? id->exe : s->exe);
	if (id) {
		set_text(t, o, "script", id->script);
		set_text(t, o, "sub", id->subcommand);
		set_text(t, o, "digest", id->digest);
		set_text(t, o, "package", id->package);
		set_text(t, o, "version", id->version);
		set_flag(t, o, "verified", id->verified);
		set_flag(t, o, "written", id->ours);
	}
	text = json_dumps(o, JSON_COMPACT);
	number = text ? json_integer_value(json_object_get(t->programs, text)) : 0;
	if (number == 0)
		number = program_add(t, o, text);
	free(text);
	json_decref(o);
	return number;
}

/* Everything of an action but its time and the object's last component. */
static json_t *action_json(struct sel_trace *t, const struct sel_subject *s,
			   const struct sel_verdict *v)
{
	json_int_t p = program_number(t, s);
	json_t *o = json_object();

	(void)json_object_set_new(o, "op", json_string(sel_op_name(s->op)));
	if (p)
		(void)json_object_set_new(o, "p", json_integer(p));
	set_text(t, o, "from", s->from);
	set_text(t, o, "other", s->other_project);
	if (s->host != SEL_HOST_NONE)
		set_text(t, o, "host", sel_host_known_name(s->host));
#define PUT_FLAG(name) set_flag(t, o, #name, s->name);
	FLAGS(PUT_FLAG)
#undef PUT_FLAG
	set_flag(t, o, "harmless", s->judged_content);
	(void)json_object_set_new(o, "verdict", json_string(decisions[v->decision]));
	(void)json_object_set_new(o, "source", json_string(sel_source_name(v->source)));
	(void)json_object_set_new(o, "tier", json_integer(v->tier));
	return o;
}

static void split(const char *path, char **ret_folder, char **ret_base)
{
	const char *slash = path[0] == '/' ? strrchr(path, '/') : NULL;

	*ret_folder = slash ? strndup(path, (size_t)(slash - path)) : strdup("");
	*ret_base = strdup(slash ? slash + 1 : path);
}

static bool joins(const struct sel_trace *t, const char *folder, const char *base, json_t *facts)
{
	if (!t->pending || !folder[0] || strcmp(t->folder, folder) != 0 ||
	    strcmp(t->base, base) == 0)
		return false;
	return json_equal(t->facts, facts) == 1;
}

static void add_action(struct sel_trace *t, usec_t at, const struct sel_subject *s, json_t *facts)
{
	_cleanup_free_ char *folder = NULL;
	_cleanup_free_ char *base = NULL;

	split(s->path, &folder, &base);
	if (!folder || !base || !facts) {
		fail(t, -ENOMEM);
		return;
	}
	if (joins(t, folder, base, facts)) {
		t->n++;
		free(t->base);
		t->base = sel_steal_ptr(&base);
		return;
	}
	flush_pending(t);
	t->pending = json_object();
	(void)json_object_set_new(
		t->pending, "t", json_integer(at > t->started ? (json_int_t)(at - t->started) : 0));
	set_text(t, t->pending, "object", s->path);
	(void)json_object_update(t->pending, facts);
	t->facts = json_incref(facts);
	t->folder = sel_steal_ptr(&folder);
	t->base = sel_steal_ptr(&base);
	t->n = 1;
}

void sel_trace_action(struct sel_trace *t, usec_t at, const struct sel_subject *s,
		      const struct sel_verdict *v)
{
	json_t *facts;

	(void)pthread_mutex_lock(&t->lock);
	facts = action_json(t, s, v);
	add_action(t, at, s, facts);
	json_decref(facts);
	(void)pthread_mutex_unlock(&t->lock);
}

void sel_trace_answer(struct sel_trace *t, usec_t at, const char *question, bool allow,
		      const char *object)
{
	json_t *o = json_pack("{s:s,s:I,s:b}", "type", "answer", "t",
			      (json_int_t)(at > t->started ? at - t->started : 0), "allow", allow);

	(void)pthread_mutex_lock(&t->lock);
	flush_pending(t);
	set_text(t, o, "question", question);
	set_text(t, o, "object", object);
	put_line(t, o);
	(void)pthread_mutex_unlock(&t->lock);
}

int sel_trace_close(struct sel_trace *t, usec_t at, int exit_code)
{
	int r;

	if (!t)
		return 0;
	flush_pending(t);
	put_line(t,
		 json_pack("{s:s,s:I,s:i}", "type", "end", "t",
			   (json_int_t)(at > t->started ? at - t->started : 0), "exit", exit_code));
	if (fclose(t->out) == EOF)
		fail(t, -errno);
	r = t->error;
	json_decref(t->programs);
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
	return r;
}

/* --- reading -----------------------------------------------------------------------------------
 */

static int check_line(json_t *o, uint64_t number, struct sel_trace_line *ret)
{
	const char *type = json_string_value(json_object_get(o, "type"));

	*ret = (struct sel_trace_line){.object = o};
	if (!json_is_object(o) || (json_object_get(o, "type") && !type))
		return -EBADMSG;
	if (number == 1) {
		if (!type || strcmp(type, "trace") != 0)
			return -EBADMSG;
		ret->head = true;
		json_int_t v = json_integer_value(json_object_get(o, "v"));
		return v == SEL_TRACE_VERSION ? 0 : v > SEL_TRACE_VERSION ? -ENOTSUP : -EBADMSG;
	}
	if (!type)
		return json_is_string(json_object_get(o, "op")) ? 0 : -EBADMSG;
	ret->program = strcmp(type, "program") == 0;
	ret->answer = strcmp(type, "answer") == 0;
	ret->end = strcmp(type, "end") == 0;
	return ret->program || ret->answer || ret->end ? 0 : -EBADMSG;
}

/* One line without its end; 1, 0 at the end of the file, -EBADMSG if it is too long. */
static int next_line(FILE *in, char **buffer, size_t *cap, size_t *ret_len)
{
	size_t len = 0;
	int c;

	while ((c = getc_unlocked(in)) != EOF && c != '\n') {
		if (len >= SEL_TRACE_LINE_MAX)
			return -EBADMSG;
		if (len + 1 >= *cap) {
			size_t more = *cap ? *cap * 2 : 4096;
			char *p = realloc(*buffer, more);

			if (!p)
				return -ENOMEM;
			*buffer = p;
			*cap = more;
		}
		(*buffer)[len++] = (char)c;
	}
	*ret_len = len;
	return ferror(in) ? -EIO : c != EOF || len > 0;
}

static int read_lines(FILE *in, int (*fn)(const struct sel_trace_line *l, void *ctx), void *ctx,
		      uint64_t *number)
{
	_cleanup_free_ char *buffer = NULL;
	size_t cap = 0, len;
	int r;

	for (*number = 1; (r = next_line(in, &buffer, &cap, &len)) > 0; ++*number) {
		struct sel_trace_line line;
		json_t *o = json_loadb(buffer ? buffer : "", len, JSON_REJECT_DUPLICATES, NULL);

		r = o ? check_line(o, *number, &line) : -EBADMSG;
		if (r == 0)
			r = fn(&line, ctx);
		json_decref(o);
		if (r != 0)
			return r;
	}
	return r == 0 && *number == 1 ? -EBADMSG : r; /* nothing at all is no trace */
}

int sel_trace_read(const char *path, int (*fn)(const struct sel_trace_line *l, void *ctx),
		   void *ctx, uint64_t *ret_line)
{
	FILE *in = fopen(path, "re");
	uint64_t number = 0;
	int r;

	if (!in)
		return -errno;
	r = read_lines(in, fn, ctx, &number);
	(void)fclose(in);
	if (ret_line)
		*ret_line = number;
	return r;
}

/* No path, program or name is longer; the engine's buffers rely on it. */
static bool fits(const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (texts[i] && strlen(texts[i]) >= PATH_MAX)
			return false;
	return true;
}

static int list_from(json_t *array, char ***ret)
{
	size_t n = json_array_size(array), i;
	char **list = calloc(n + 1, sizeof *list);
	json_t *o;

	*ret = list;
	if (!list)
		return -ENOMEM;
	json_array_foreach(array, i, o)
	{
		list[i] = sel_json_get_bytes(o, "path");
		if (!list[i])
			return -EBADMSG;
	}
	return fits((const char *const *)list, n) ? 0 : -EBADMSG;
}

static int word_from(const char *const *names, size_t n, json_t *value)
{
	const char *text = json_string_value(value);

	for (size_t i = 0; text && i < n; i++)
		if (names[i] && strcmp(names[i], text) == 0)
			return (int)i;
	return -EBADMSG;
}

static int scope_from(json_t *array, struct sel_scope *ret)
{
	json_t *o;
	size_t i;
	int r = 0;

	json_array_foreach(array, i, o)
	{
		_cleanup_free_ char *path = sel_json_get_bytes(o, "path");
		int mode = word_from(modes, SEL_N(modes), json_object_get(o, "mode"));

		if (!path || mode < 0)
			return -EBADMSG;
		r = sel_scope_add(ret, path, (enum sel_mode)mode, 0);
		if (r < 0)
			return r == -EINVAL ? -EBADMSG : r;
	}
	return 0;
}

static int head_from(struct sel_recording *r, json_t *o)
{
	int rc;

	r->head = json_incref(o);
	r->cwd = sel_json_get_bytes(o, "cwd");
	r->home = sel_json_get_bytes(o, "home");
	r->project = sel_json_get_bytes(o, "project");
	const char *const texts[] = {r->cwd, r->home, r->project};
	if (!fits(texts, SEL_N(texts)))
		return -EBADMSG;
	json_int_t started = json_integer_value(json_object_get(o, "started"));
	r->started = started > 0 ? (usec_t)started : 0;
	rc = scope_from(json_object_get(o, "scope"), &r->scope);
	if (rc >= 0)
		rc = list_from(json_object_get(o, "secrets"), &r->secrets);
	if (rc >= 0)
		rc = list_from(json_object_get(o, "own"), &r->own);
	if (rc >= 0)
		rc = list_from(json_object_get(o, "roots"), &r->roots);
	return rc;
}

static int program_from(struct sel_recording *r, json_t *o)
{
	struct sel_identity *id;
	char *sub = sel_json_get_bytes(o, "sub");
	int rc = sel_report_grow(&r->programs, r->n_programs, sizeof *r->programs);

	if (!sub)
		sub = strdup("");
	if (rc < 0 || !sub) {
		free(sub);
		return -ENOMEM;
	}
	id = &r->programs[r->n_programs];
	*id = (struct sel_identity){
		.exe = sel_json_get_bytes(o, "exe"),
		.digest = sel_json_get_bytes(o, "digest"),
		.package = sel_json_get_bytes(o, "package"),
		.version = sel_json_get_bytes(o, "version"),
		.verified = json_is_true(json_object_get(o, "verified")),
		.ours = json_is_true(json_object_get(o, "written")),
		.script = sel_json_get_bytes(o, "script"),
		.subcommand = sub,
	};
	r->n_programs++;
	const char *const texts[] = {id->exe,	  id->digest, id->package,
				     id->version, id->script, id->subcommand};
	return id->exe && fits(texts, SEL_N(texts)) &&
			       json_integer_value(json_object_get(o, "p")) ==
				       (json_int_t)r->n_programs
		       ? 0
		       : -EBADMSG;
}

/* A number of a line, which a hostile file may choose. `absent`: what no number means. */
static int number_from(json_t *o, const char *key, json_int_t low, json_int_t high,
		       json_int_t absent, json_int_t *ret)
{
	json_t *value = json_object_get(o, key);

	*ret = absent;
	if (!value)
		return 0;
	*ret = json_integer_value(value);
	return json_is_integer(value) && *ret >= low && *ret <= high ? 0 : -EBADMSG;
}

/* What is no address lies in a folder; the engine relies on it. */
static bool names_object(const char *object, enum sel_op op)
{
	bool address = op == SEL_OP_CONNECT || op == SEL_OP_SEND || op == SEL_OP_BIND;

	return object[0] == '/' || (address && strchr(object, ':'));
}

static int action_from(struct sel_recording *r, json_t *o)
{
	int op = sel_op_from_name(json_string_value(json_object_get(o, "op")));
	int source = sel_source_from_name(json_string_value(json_object_get(o, "source")));
	int decision = word_from(decisions, SEL_N(decisions), json_object_get(o, "verdict"));
	int host = sel_host_known_from_name(json_string_value(json_object_get(o, "host")));
	json_int_t t, n, p, tier;
	struct sel_traced *a;

	if (op < 0 || source < 0 || decision < 0 || host < 0 ||
	    number_from(o, "t", 0, INT64_MAX / 4, 0, &t) < 0 ||
	    number_from(o, "n", 1, UINT32_MAX, 1, &n) < 0 ||
	    number_from(o, "p", 1, (json_int_t)r->n_programs, 0, &p) < 0 ||
	    number_from(o, "tier", 0, SEL_T3, 0, &tier) < 0)
		return -EBADMSG;
	if (sel_report_grow(&r->acts, r->n_acts, sizeof *r->acts) < 0)
		return -ENOMEM;
	a = &r->acts[r->n_acts++];
	*a = (struct sel_traced){.t = (usec_t)t,
				 .n = (uint64_t)n,
				 .program = (int)p - 1,
				 .decision = (enum sel_decision)decision,
				 .source = (enum sel_source)source,
				 .tier = (enum sel_tier)tier};
	a->s = (struct sel_subject){.op = (enum sel_op)op,
				    .path = sel_json_get_bytes(o, "object"),
				    .from = sel_json_get_bytes(o, "from"),
				    .other_project = sel_json_get_bytes(o, "other"),
				    .host = (enum sel_host_known)host,
				    .judged_content = json_is_true(json_object_get(o, "harmless"))};
#define GET_FLAG(name) a->s.name = json_is_true(json_object_get(o, #name));
	FLAGS(GET_FLAG)
#undef GET_FLAG
	r->total += a->n;
	const char *const texts[] = {a->s.path, a->s.from, a->s.other_project};
	return a->s.path && names_object(a->s.path, a->s.op) && fits(texts, SEL_N(texts))
		       ? 0
		       : -EBADMSG;
}

static int answer_from(struct sel_recording *r, json_t *o)
{
	json_t *allow = json_object_get(o, "allow");
	json_int_t t;

	if (!json_is_boolean(allow) || number_from(o, "t", 0, INT64_MAX / 4, 0, &t) < 0)
		return -EBADMSG;
	if (sel_report_grow(&r->said, r->n_said, sizeof *r->said) < 0)
		return -ENOMEM;
	r->said[r->n_said++] = (struct sel_trace_said){.t = (usec_t)t,
						       .allow = json_is_true(allow),
						       .object = sel_json_get_bytes(o, "object")};
	return 0;
}

static int load_line(const struct sel_trace_line *l, void *ctx)
{
	struct sel_recording *r = ctx;

	if (l->head)
		return head_from(r, l->object);
	if (l->program)
		return program_from(r, l->object);
	if (l->end)
		r->exit_code = (int)json_integer_value(json_object_get(l->object, "exit"));
	if (l->answer)
		return answer_from(r, l->object);
	return l->end ? 0 : action_from(r, l->object);
}

static void complete(struct sel_recording *r, struct sel_traced *a)
{
	/* Only now does `programs` stay where it is. */
	if (a->program >= 0) {
		a->s.id = &r->programs[a->program];
		a->s.exe = a->s.id->exe;
	}
	/* In scope but below no folder of it: made by the run, or it would have been asked about.
	 */
	if (a->source == SEL_SRC_SCOPE && a->decision == SEL_ALLOW && r->scope.n > 0 &&
	    sel_scope_mode(&r->scope, a->s.path) == SEL_MODE_NONE)
		a->s.ours = a->s.exists = true;
}

int sel_recording_load(const char *path, struct sel_recording **ret, uint64_t *ret_line)
{
	struct sel_recording *r = calloc(1, sizeof *r);
	const char *base = strrchr(path, '/');
	int rc;

	if (!r)
		return -ENOMEM;
	base = base ? base + 1 : path;
	r->exit_code = -1;
	r->name = strndup(base, strcspn(base, "."));
	rc = r->name ? sel_trace_read(path, load_line, r, ret_line) : -ENOMEM;
	if (rc < 0) {
		sel_recording_free(r);
		return rc;
	}
	for (size_t i = 0; i < r->n_acts; i++)
		complete(r, &r->acts[i]);
	*ret = r;
	return 0;
}

static void free_list(char **list)
{
	for (char **p = list; p && *p; p++)
		free(*p);
	free(list);
}

void sel_recording_free(struct sel_recording *r)
{
	if (!r)
		return;
	free(r->name);
	json_decref(r->head);
	free(r->cwd);
	free(r->home);
	free(r->project);
	sel_scope_done(&r->scope);
	free_list(r->secrets);
	free_list(r->own);
	free_list(r->roots);
	for (size_t i = 0; i < r->n_programs; i++) {
		const struct sel_identity *id = &r->programs[i];
		const char *const owned[] = {id->exe,	  id->digest, id->package,
					     id->version, id->script, id->subcommand};

		for (size_t k = 0; k < SEL_N(owned); k++)
			free((void *)(uintptr_t)owned[k]);
	}
	free(r->programs);
	for (size_t i = 0; i < r->n_acts; i++) {
		free((void *)(uintptr_t)r->acts[i].s.path);
		free((void *)(uintptr_t)r->acts[i].s.from);
		free((void *)(uintptr_t)r->acts[i].s.other_project);
	}
	free(r->acts);
	for (size_t i = 0; i < r->n_said; i++)
		free(r->said[i].object);
	free(r->said);
	free(r);
}
