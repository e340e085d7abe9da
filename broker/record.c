/* What happened: rows in the store, counts, the summary. Called from several threads. */
#include "broker.h"

#include "seldom/hash.h"
#include "seldom/text.h"

#include <stdio.h>

#define LEARNED_ROWS 64 /* of one key, in one session */

static uint64_t hash_of(const struct sel_decided *d)
{
	const char *parts[] = {d->exe, d->object, d->object2 ? d->object2 : "", d->verdict->why,
			       d->key ? d->key : ""};
	uint64_t h = SEL_HASH_BEGIN + d->op * 7U + d->verdict->source;

	for (size_t i = 0; i < SEL_N(parts); i++)
		h = sel_hash(h, parts[i], strlen(parts[i]) + 1);
	return h | 1;
}

/* The one line of the log. What no watching thread decided has no subject of its own. */
static void one_line(const struct sel_decided *d, char *ret, size_t cap)
{
	struct sel_subject s = {.op = d->op, .path = d->object, .exe = d->exe};

	sel_verdict_line(d->verdict, d->subject ? d->subject : &s, sel_now_real(), ret, cap);
}

static void keep_denial(struct broker *b, const struct sel_decided *d, int64_t row,
			const char *line)
{
	if (d->verdict->source == SEL_SRC_DEFAULT)
		return; /* not worth a question, nor a line */
	if (json_array_size(b->denials) < DENIALS_MAX && b->denials_bytes < DENIALS_BYTES) {
		json_t *o = json_pack("{s:I,s:s}", "id", (json_int_t)row, "op", sel_op_name(d->op));

		(void)sel_json_set_bytes(o, "object", d->object, strlen(d->object));
		(void)json_object_set_new(o, "reason", json_string(d->verdict->why));
		b->denials_bytes += json_dumpb(o, NULL, 0, JSON_COMPACT | JSON_ENSURE_ASCII);
		if (b->denials_bytes < DENIALS_BYTES)
			(void)json_array_append(b->denials, o);
		json_decref(o);
	}
	/* A person knows what a person denied. */
	if (b->notices < NOTICES_MAX && d->verdict->source != SEL_SRC_TIMEOUT &&
	    d->verdict->source != SEL_SRC_PERSON) {
		b->notices++;
		b->pending_notice[b->n_pending] = strdup(line);
		if (b->pending_notice[b->n_pending])
			b->n_pending++;
	}
}

static struct recent *recent_slot(struct broker *b, uint64_t hash)
{
	return &b->recent[(hash >> 17) % RECENT_MAX];
}

static void forget(struct broker *b, struct recent *slot)
{
	if (slot->more && slot->row)
		(void)sel_store_action_repeat(b->store, slot->row, slot->more);
	*slot = (struct recent){0};
}

static void forget_learned(struct broker *b, struct learned *l)
{
	if (l->more && l->row)
		(void)sel_store_action_repeat(b->store, l->row, l->more);
	*l = (struct learned){0};
}

/* The key's slot; another key that had it is written out. */
static struct learned *learned_slot(struct broker *b, const char *key)
{
	uint64_t hash = sel_hash(SEL_HASH_BEGIN, key, strlen(key)) | 1;
	struct learned *l = &b->learned[(hash >> 17) % LEARNED_MAX];
	if (l->hash != hash) {
		forget_learned(b, l);
		l->hash = hash;
	}
	return l;
}

int broker_decided(struct broker *b, const struct sel_decided *d, int64_t question)
{
	uint64_t hash = hash_of(d);
	bool denied = d->verdict->decision != SEL_ALLOW;
	char line[1024];
	struct sel_action_row row = {
		.session = b->id,
		.at = sel_now_real(),
		.pid = d->pid,
		.op = d->op,
		.tier = d->verdict->tier,
		.decision = denied ? SEL_DENY : SEL_ALLOW,
		.source = d->verdict->source,
		.exe = d->exe,
		.comm = d->comm,
		.object = d->object,
		.object2 = d->object2,
		.reason = line,
		.question = question,
		.rule = d->verdict->rule > 0 ? d->verdict->rule : 0,
		.program = d->program,
		.key = d->key,
		.step = (int)d->step,
	};
	bool automatic = !denied && d->verdict->source == SEL_SRC_LEARNED;
	struct learned *learned = NULL;
	struct recent *slot;
	int64_t id = 0;
	int r;

	(void)pthread_mutex_lock(&b->lock);
	/* What is not worth a question is not worth a line at the end either. */
	if (denied && d->verdict->source != SEL_SRC_DEFAULT)
		b->denied++;
	else
		b->by_source[d->verdict->source]++;
	slot = recent_slot(b, hash);
	if ((denied || automatic) && slot->hash == hash) {
		slot->more++;
		(void)pthread_mutex_unlock(&b->lock);
		return 0;
	}
	if (automatic && d->key) {
		learned = learned_slot(b, d->key);
		if (learned->rows >= LEARNED_ROWS) {
			learned->more++;
			(void)pthread_mutex_unlock(&b->lock);
			return 0;
		}
	}
	one_line(d, line, sizeof line);
	/* Before it takes effect. */
	r = sel_store_action(b->store, &row, &id);
	if (r >= 0 && row.rule)
		(void)sel_store_rule_used(b->store, row.rule, row.at, 1);
	if (denied || (automatic && r >= 0)) {
		forget(b, slot);
		*slot = (struct recent){.hash = hash, .row = id};
	}
	if (denied)
		keep_denial(b, d, id, line);
	if (learned && r >= 0) {
		learned->row = id;
		learned->rows++;
	}
	(void)pthread_mutex_unlock(&b->lock);
	return r;
}

/* --- requests to hosts ---------------------------------------------------------------------------
 */

/* Who refused what no person and no memory refused. */
static enum sel_source source_of(enum sel_net_why why)
{
	switch ((int)why) {
	case SEL_NET_NOT_GRANTED: /* and no answer would help: it holds the credential of another */
	case SEL_NET_QUERY:
	case SEL_NET_BODY:
	case SEL_NET_TYPE:
	case SEL_NET_RATE:
	case SEL_NET_TOTAL:
	case SEL_NET_RESPONSE:
	case SEL_NET_NO_CREDENTIAL:
		return SEL_SRC_GRANT;
	case SEL_NET_RESOLVE:
	case SEL_NET_DIAL:
	case SEL_NET_UPSTREAM_TLS:
	case SEL_NET_UPSTREAM:
	case SEL_NET_OVERLOAD:
	case SEL_NET_KEYS:
		return SEL_SRC_DEFAULT; /* nobody refused: it failed */
	case SEL_NET_DENIED:
		return SEL_SRC_MEMORY; /* so long ago that the answer is not at hand any more */
	case SEL_NET_UNANSWERED:
		return SEL_SRC_TIMEOUT;
	case SEL_NET_NOT_ASKED:
		return SEL_SRC_TIRED;
	default:
		return SEL_SRC_INVARIANT;
	}
}

/* A row for each request that was refused, until there are many of one host, or many hosts: paths
 * and names are the program's to make up. */
static void refused_object(struct broker *b, const struct sel_net_decided *d, char *ret, size_t cap)
{
	json_t *rows = json_object_get(b->net.hosts, d->name);
	bool many = d->why != SEL_NET_OK && json_integer_value(rows) >= NET_ROWS_MAX;

	sel_host_object(d->method, rows ? d->name : "?", rows ? d->port : 443, many ? "" : d->path,
			ret, cap);
	if (rows && !many && d->why != SEL_NET_OK)
		(void)json_integer_set(rows, json_integer_value(rows) + 1);
}

static void net_row(struct broker *b, const struct sel_net_decided *d,
		    const struct sel_host_end *end)
{
	bool allowed = d->why == SEL_NET_OK;
	struct sel_verdict v = {.decision = allowed ? SEL_ALLOW : SEL_DENY,
				.source = end ? end->source : source_of(d->why),
				.tier = end ? end->tier : SEL_T3,
				.error = ENETUNREACH,
				.why = end ? end->why : sel_net_words(d->why),
				.consequence = "",
				.where = {.class = SEL_CLASS_HOST}};
	char object[PATH_MAX];
	struct sel_decided row = {.pid = d->caller->pid,
				  .op = SEL_OP_CONNECT,
				  .verdict = &v,
				  .exe = d->caller->exe,
				  .comm = d->caller->comm,
				  .object = object};

	refused_object(b, d, object, sizeof object);
	if (broker_decided(b, &row, end ? end->question : 0) < 0)
		return;
	if (!allowed && d->count > 1) {
		(void)pthread_mutex_lock(&b->lock);
		b->denied += d->count - 1;
		recent_slot(b, hash_of(&row))->more += d->count - 1;
		(void)pthread_mutex_unlock(&b->lock);
	}
}

/* What a grant stands for: the caller's own choice, a rule that was written down, an answer. */
static enum sel_source net_source(const struct broker *b, const struct sel_net_grant *g)
{
	if (g && g->from == SEL_GRANT_COMMAND)
		return SEL_SRC_SCOPE;
	if (g && (g->from == SEL_GRANT_FILE || g->from == SEL_GRANT_ADMIN))
		return SEL_SRC_RULE;
	return g && g->rule && b->n_stored &&
			       bsearch(&g->rule, b->stored, b->n_stored, sizeof g->rule,
				       broker_compare_ids)
		       ? SEL_SRC_RULE
		       : SEL_SRC_GRANT;
}

static void net_flush(struct broker *b)
{
	struct sel_count_row rows[NET_ALLOWED_MAX];
	struct net_counts *n = &b->net;
	int r;

	for (size_t i = 0; i < n->n_allowed; i++)
		rows[i] = (struct sel_count_row){.exe = n->allowed[i].exe,
						 .folder = n->allowed[i].what,
						 .op = SEL_OP_CONNECT,
						 .source = n->allowed[i].source,
						 .count = n->allowed[i].count};
	r = n->n_allowed ? sel_store_counts(b->store, b->id, rows, n->n_allowed) : 0;
	if (r < 0)
		(void)sel_warn(r, "Cannot store the counts of requests to hosts");
	for (size_t i = 0; i < n->n_allowed; i++) {
		free(n->allowed[i].exe);
		free(n->allowed[i].what);
	}
	n->n_allowed = 0;
}

static void net_count(struct broker *b, const struct sel_net_decided *d)
{
	enum sel_source source = net_source(b, d->grant);
	const char *exe = d->caller->exe[0] ? d->caller->exe : "?";
	char object[SEL_HOST_SUBJECT_MAX + SEL_METHOD_MAX], what[512];
	struct net_counts *n = &b->net;

	sel_host_object(d->method, d->name, d->port, "", object, sizeof object);
	(void)snprintf(what, sizeof what, "%s (grant %s)", object, d->grant ? d->grant->name : "?");
	(void)pthread_mutex_lock(&b->lock);
	b->by_source[source] += d->count;
	(void)pthread_mutex_unlock(&b->lock);
	if (d->grant && d->grant->rule)
		(void)sel_store_rule_used(b->store, d->grant->rule, sel_now_real(), d->count);
	for (size_t i = 0; i < n->n_allowed; i++)
		if (n->allowed[i].source == source && strcmp(n->allowed[i].what, what) == 0 &&
		    strcmp(n->allowed[i].exe, exe) == 0) {
			n->allowed[i].count += d->count;
			return;
		}
	if (n->n_allowed == NET_ALLOWED_MAX)
		net_flush(b);
	struct net_allowed one = {strdup(exe), strdup(what), source, d->count};

	if (one.exe && one.what) {
		n->allowed[n->n_allowed++] = one;
		return;
	}
	free(one.exe);
	free(one.what);
}

/* What came back may speak to whoever reads it. */
static void net_taint(struct broker *b, const struct sel_net_decided *d)
{
	enum sel_host_known known = sel_ask_host_known(b->ask, d->name, d->port);

	if (d->grant && d->grant->credential != SEL_CRED_NONE)
		known = SEL_HOST_SERVICE;
	if (b->net.tainted || !b->watch || !sel_host_taints(known))
		return;
	b->net.tainted = true;
	sel_watch_taint(b->watch);
}

static void net_incident(struct broker *b, const struct sel_net_decided *d)
{
	char line[512], name[SEL_HOST_SUBJECT_MAX], program[64];
	const char *slash = strrchr(d->caller->exe, '/');
	json_t *body = json_pack("{s:i,s:s,s:i}", "v", 1, "what", sel_net_code(d->why), "port",
				 (int)d->port);
	int r;

	(void)sel_json_set_bytes(body, "host", d->name, strlen(d->name));
	(void)sel_json_set_bytes(body, "exe", d->caller->exe, strlen(d->caller->exe));
	if (d->detail)
		(void)sel_json_set_bytes(body, "where", d->detail, strlen(d->detail));
	if (d->grant)
		(void)json_object_set_new(body, "grant", json_string(d->grant->name));
	r = sel_store_event(b->store, b->id, "incident", body);
	json_decref(body);
	if (r < 0)
		(void)sel_warn(r, "Cannot record an incident");
	b->net.incidents++;
	(void)sel_text_escape(slash ? slash + 1 : d->caller->exe,
			      strlen(slash ? slash + 1 : d->caller->exe), program, sizeof program,
			      NULL);
	(void)sel_text_escape(d->name, strlen(d->name), name, sizeof name, NULL);
	(void)snprintf(line, sizeof line, "INCIDENT %s: %s and %s: %s", sel_net_code(d->why),
		       *program ? program : "?", name, sel_net_words(d->why));
	sel_ask_notice(b->ask, line);
}

static void net_host(struct broker *b, const char *name)
{
	if (!b->net.hosts)
		b->net.hosts = json_object();
	if (json_object_size(b->net.hosts) < NET_HOSTS_MAX && !json_object_get(b->net.hosts, name))
		(void)json_object_set_new_nocheck(b->net.hosts, name, json_integer(0));
}

void broker_net_decided(struct broker *b, const struct sel_net_decided *d)
{
	bool answered = d->why == SEL_NET_DENIED || d->why == SEL_NET_AFTER_SECRET ||
			d->why == SEL_NET_UNANSWERED || d->why == SEL_NET_NOT_ASKED;
	bool once = d->grant && d->grant->from == SEL_GRANT_ONCE;
	const struct sel_host_end *end =
		b->ask && (answered || once)
			? sel_ask_host_end(b->ask, d->name, d->port, d->method,
					   d->why == SEL_NET_OK ? SEL_ALLOW : SEL_DENY)
			: NULL;

	if (!b->ask)
		return; /* before anything ran */
	if (d->incident) {
		net_incident(b, d);
		return;
	}
	b->net.requests += d->count;
	if (d->name[0])
		net_host(b, d->name);
	if (d->why != SEL_NET_OK) {
		if (source_of(d->why) == SEL_SRC_DEFAULT)
			b->net.failed += d->count;
		else
			b->net.refused += d->count;
		net_row(b, d, end);
		return;
	}
	net_taint(b, d);
	if (end)
		net_row(b, d, end);
	else
		net_count(b, d);
}

void broker_say_notices(struct broker *b)
{
	char *lines[NOTICES_MAX];
	size_t n;

	(void)pthread_mutex_lock(&b->lock);
	n = b->n_pending;
	memcpy(lines, b->pending_notice, n * sizeof *lines);
	b->n_pending = 0;
	(void)pthread_mutex_unlock(&b->lock);
	for (size_t i = 0; i < n; i++) {
		sel_ask_notice(b->ask, lines[i]);
		free(lines[i]);
	}
}

/* What rests on a rule of an earlier session is the rule's work, not this session's grant. */
static void own_up(struct broker *b, struct sel_counted *c)
{
	int r;

	if (c->rule <= 0)
		return;
	if (b->n_stored &&
	    bsearch(&c->rule, b->stored, b->n_stored, sizeof c->rule, broker_compare_ids))
		c->source = SEL_SRC_RULE;
	r = sel_store_rule_used(b->store, c->rule, sel_now_real(), c->count);
	if (r < 0 && r != -ENOENT)
		(void)sel_warn(r, "Cannot store that rule %lld was used", (long long)c->rule);
}

void broker_take_counts(struct broker *b)
{
	struct sel_counted *counts = NULL;
	struct sel_count_row *rows;
	size_t n = 0;

	net_flush(b);
	if (!b->watch || sel_watch_take_counts(b->watch, &counts, &n) < 0)
		return;
	rows = calloc(n + 1, sizeof *rows);
	for (size_t i = 0; i < n; i++)
		own_up(b, &counts[i]);
	(void)pthread_mutex_lock(&b->lock);
	for (size_t i = 0; i < n; i++) {
		b->by_source[counts[i].source] += counts[i].count;
		if (rows)
			rows[i] = (struct sel_count_row){counts[i].exe, counts[i].folder,
							 counts[i].op, counts[i].source,
							 counts[i].count};
	}
	(void)pthread_mutex_unlock(&b->lock);
	if (rows && n) {
		int r = sel_store_counts(b->store, b->id, rows, n);

		if (r < 0)
			(void)sel_warn(r, "Cannot store the counts of work in scope");
	}
	free(rows);
	sel_counted_free(counts, n);
}

void broker_flush(struct broker *b)
{
	broker_take_counts(b);
	(void)pthread_mutex_lock(&b->lock);
	for (size_t i = 0; i < RECENT_MAX; i++)
		forget(b, &b->recent[i]);
	for (size_t i = 0; i < LEARNED_MAX; i++)
		forget_learned(b, &b->learned[i]);
	(void)pthread_mutex_unlock(&b->lock);
}

static json_t *questions_json(struct broker *b)
{
	struct sel_ask_totals t = b->ask ? sel_ask_totals(b->ask) : (struct sel_ask_totals){0};

	return json_pack("{s:I,s:I,s:I,s:I,s:I}", "asked", (json_int_t)t.asked, "allowed",
			 (json_int_t)t.allowed, "denied", (json_int_t)t.denied, "timeout",
			 (json_int_t)t.timeout, "gone", (json_int_t)t.gone);
}

static json_t *actions_json(struct broker *b)
{
	static const enum sel_source shown[] = {SEL_SRC_SCOPE,	 SEL_SRC_GRANT,	 SEL_SRC_RULE,
						SEL_SRC_LEARNED, SEL_SRC_PERSON, SEL_SRC_INVARIANT};
	json_t *by = json_object();
	uint64_t total = b->denied;

	for (size_t i = 0; i < SEL_N(shown); i++) {
		(void)json_object_set_new(by, sel_source_name(shown[i]),
					  json_integer((json_int_t)b->by_source[shown[i]]));
		total += b->by_source[shown[i]];
	}
	(void)json_object_set_new(by, "denied", json_integer((json_int_t)b->denied));
	return json_pack("{s:I,s:o}", "total", (json_int_t)total, "by_source", by);
}

json_t *broker_status(struct broker *b)
{
	json_t *o;

	broker_take_counts(b);
	(void)pthread_mutex_lock(&b->lock);
	o = json_pack("{s:i,s:s,s:o,s:o,s:I}", "v", 1, "type", "status", "questions",
		      questions_json(b), "actions", actions_json(b), "trapped",
		      (json_int_t)(b->watch ? sel_watch_trapped(b->watch) : 0));
	(void)pthread_mutex_unlock(&b->lock);
	return o;
}

/* --- what the person may want to look at now ----------------------------------------------------
 */

static void add_hint(json_t *hints, const char *kind, uint64_t n, const char *what,
		     const char *command)
{
	char text[128];

	if (n == 0)
		return;
	(void)snprintf(text, sizeof text, "%ju %s", (uintmax_t)n, what);
	(void)json_array_append_new(
		hints, json_pack("{s:s,s:s,s:s}", "kind", kind, "text", text, "command", command));
}

static json_t *hints_json(struct broker *b, uint64_t learned, uint64_t kept)
{
	json_t *hints = json_array(), *proposal = b->ask ? sel_ask_proposal(b->ask) : NULL;
	char command[64];

	if (proposal)
		(void)json_array_append_new(hints, proposal);
	(void)snprintf(command, sizeof command, "seldom undo --session %s", b->id);
	add_hint(hints, "digest", learned,
		 learned == 1 ? "automatic allow to look at" : "automatic allows to look at",
		 "seldom digest");
	add_hint(hints, "undo", kept,
		 kept == 1 ? "changed file can be put back" : "changed files can be put back",
		 command);
	return hints;
}

static json_t *network_json(const struct broker *b)
{
	const struct net_counts *n = &b->net;

	return json_pack("{s:I,s:I,s:I,s:I,s:I}", "requests", (json_int_t)n->requests, "hosts",
			 (json_int_t)json_object_size(n->hosts), "refused", (json_int_t)n->refused,
			 "failed", (json_int_t)n->failed, "incidents", (json_int_t)n->incidents);
}

/* Adds to the summary what judgement did. */
static void judgement_json(struct broker *b, json_t *o)
{
	struct sel_ask_totals t = b->ask ? sel_ask_totals(b->ask) : (struct sel_ask_totals){0};
	struct sel_undo_totals undo =
		b->undo ? sel_undo_totals(b->undo) : (struct sel_undo_totals){0};
	uint64_t learned = b->by_source[SEL_SRC_LEARNED];

	(void)json_object_set_new(o, "learned", json_integer((json_int_t)learned));
	(void)json_object_set_new(o, "deferred", json_integer((json_int_t)t.deferred));
	(void)json_object_set_new(o, "network", network_json(b));
	(void)json_object_set_new(o, "undo",
				  json_pack("{s:I,s:I}", "files", (json_int_t)undo.files, "bytes",
					    (json_int_t)undo.bytes));
	(void)json_object_set_new(
		o, "state",
		json_string(sel_state_name(b->ask ? sel_ask_state(b->ask) : SEL_FRESH)));
	(void)json_object_set_new(o, "hints", hints_json(b, learned, undo.files));
}

json_t *broker_summary(struct broker *b)
{
	json_t *o;
	/* In milliseconds: more digits would be noise. */
	usec_t milliseconds = (sel_now_monotonic() - b->started) / USEC_PER_MSEC;
	double seconds = (double)milliseconds / 1000.0;

	(void)pthread_mutex_lock(&b->lock);
	o = json_pack("{s:i,s:s,s:o,s:i,s:f,s:o,s:o,s:I,s:O,s:s}", "v", 1, "session", b->id,
		      "command", broker_command(b, COMMAND_MAX), "exit", b->exit_code, "seconds",
		      seconds, "questions", questions_json(b), "actions", actions_json(b),
		      "trapped", (json_int_t)(b->watch ? sel_watch_trapped(b->watch) : 0),
		      "denials", b->denials, "seldom", SELDOM_VERSION);
	(void)pthread_mutex_unlock(&b->lock);
	judgement_json(b, o);
	return o;
}
