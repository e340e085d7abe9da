/* `seldom rules proposals`, accept and decline: one concrete change, with what it would have done
 * and what it would newly allow. */
#include "rules_proposals.h"

#include "console_fleet.h"
#include "refused.h"
#include "seldom/text.h"
#include "view_facts.h"
#include "view_report.h"
#include "view_table.h"

#include <limits.h>
#include <stdio.h>

#define PROPOSALS_MAX 10
/* As the hint at the end of a run: other questions would make other proposals. */
#define LOOK_BACK ((usec_t)30 * 24 * 3600 * USEC_PER_SEC)

struct proposals {
	struct sel_store *store;
	usec_t now;
	struct sel_facts facts;
	struct sel_tiredness tired;
	char **covered; /* folders of rules that are in force, either way */
	size_t n_covered;
	struct sel_refusals refused; /* what was taken back */
	struct sel_proposal list[PROPOSALS_MAX];
	size_t n;
};

static void proposals_done(struct proposals *p)
{
	sel_proposals_done(p->list, p->n);
	sel_facts_done(&p->facts);
	for (size_t i = 0; i < p->n_covered; i++)
		free(p->covered[i]);
	free(p->covered);
	sel_refusals_done(&p->refused);
	sel_store_free(p->store);
}

/* --- which there are ------------------------------------------------------------------------- */

static int add_rule(const struct sel_rule_row *row, void *ctx)
{
	struct proposals *p = ctx;
	char **grown;

	if (row->kind == SEL_RUNG_FILE || row->kind == SEL_RUNG_HOST || row->exe)
		return 0;
	grown = reallocarray(p->covered, p->n_covered + 1, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	p->covered = grown;
	grown[p->n_covered] = strdup(row->object);
	return grown[p->n_covered] ? (p->n_covered++, 0) : -ENOMEM;
}

static bool below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* Somebody decided about it already, or it holds a project. */
static bool settled(const char *folder, void *ctx)
{
	const struct proposals *p = ctx;

	for (size_t i = 0; i < p->n_covered; i++)
		if (below(folder, p->covered[i]))
			return true;
	for (size_t i = 0; i < p->facts.n_projects; i++)
		if (below(p->facts.projects[i], folder))
			return true;
	return sel_refusals_bar(&p->refused, folder);
}

static int find_all(struct proposals *p)
{
	static const char *const no_roots[] = {NULL};
	char home[PATH_MAX] = "";
	const struct sel_places places = {.home = home, .roots = no_roots};
	const struct sel_world world = {.home = home, .places = &places};
	const char *named = getenv("HOME");
	int r;

	if (!named || !realpath(named, home))
		return sel_err(named ? -errno : -ENOENT, "Cannot find your home folder");
	p->now = sel_now_real();
	r = sel_facts_read(p->store, p->now > LOOK_BACK ? p->now - LOOK_BACK : 0, &p->facts);
	if (r >= 0)
		r = sel_refusals_read(p->store, p->now > LOOK_BACK ? p->now - LOOK_BACK : 0, home,
				      &p->refused);
	if (r >= 0)
		r = sel_store_rules_alive(p->store, p->now, add_rule, p);
	if (r >= 0)
		r = sel_facts_tiredness(p->store, p->now, &p->tired);
	if (r >= 0)
		r = sel_propose(p->facts.asked, p->facts.n_asked, &world, settled, p, p->now,
				p->list, SEL_N(p->list));
	if (r < 0)
		return sel_err(r, "Cannot work out proposals");
	p->n = (size_t)r;
	return 0;
}

/* 1: there is a store; 0: nothing ran yet; negative after a message. */
static int prepare(struct proposals *p, enum sel_store_mode mode)
{
	int r = sel_view_store(mode, &p->store);

	if (r <= 0 || !p->store)
		return r;
	r = find_all(p);
	return r < 0 ? r : 1;
}

/* --- showing --------------------------------------------------------------------------------- */

static const char *last_word(struct proposals *p, const struct sel_proposal *one)
{
	const char *what = NULL;
	usec_t at;

	return sel_store_proposal_get(p->store, one->id, &what, &at) >= 0 && what ? what : "new";
}

static json_t *proposal_json(struct proposals *p, const struct sel_proposal *one)
{
	json_t *o = json_pack("{s:i, s:s, s:i, s:i, s:i, s:b, s:i, s:i, s:s, s:b}", "v", 1, "id",
			      one->id, "would", (int)one->would, "of", (int)one->of, "attentive",
			      (int)one->attentive, "often", one->often, "tier", (int)one->tier,
			      "days", (int)(one->expires_after / USEC_PER_SEC / 86400), "state",
			      last_word(p, one), "acceptable", p->tired.state == SEL_FRESH);

	if (o && (sel_json_set_bytes(o, "folder", one->folder, strlen(one->folder)) < 0 ||
		  sel_json_set_bytes(o, "program", one->program, strlen(one->program)) < 0 ||
		  sel_fleet_safe(o) < 0)) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static void print_proposal(json_t *o)
{
	const char *id = sel_json_text(o, "id"), *folder = sel_json_text(o, "folder");
	long long would = json_integer_value(json_object_get(o, "would"));
	long long of = json_integer_value(json_object_get(o, "of"));

	(void)printf("%s  let programs change what is below %s for %lld days%s\n", id, folder,
		     (long long)json_integer_value(json_object_get(o, "days")),
		     strcmp(sel_json_text(o, "state"), "declined") == 0 ? " (declined)" : "");
	(void)printf("          would have answered %lld of your last %lld questions by %s\n",
		     would, of, sel_json_text(o, "program"));
	(void)printf("          would newly allow: changes below %s only, by any program\n",
		     folder);
	if (json_is_true(json_object_get(o, "often")))
		(void)puts(
			"          offered because it was asked often, not because it was approved "
			"with care");
	(void)printf("          seldom rules accept %s | seldom rules decline %s\n", id, id);
}

static void say_tired(const struct proposals *p)
{
	char line[256];

	if (p->tired.state == SEL_FRESH)
		return;
	sel_tiredness_line(&p->tired, line, sizeof line);
	(void)printf("None can be accepted now: %s\n", line);
}

int sel_rules_proposals(bool json, bool all)
{
	struct proposals p = {0};
	size_t shown = 0;
	int r = prepare(&p, SEL_STORE_READ);

	for (size_t i = 0; r > 0 && i < p.n; i++) {
		bool declined = strcmp(last_word(&p, &p.list[i]), "declined") == 0;
		json_t *o = declined && !all ? NULL : proposal_json(&p, &p.list[i]);

		if (!o)
			continue;
		shown++;
		if (json)
			(void)sel_print_json(o);
		else
			print_proposal(o);
		json_decref(o);
	}
	if (r >= 0 && !json && shown == 0)
		(void)puts("Nothing to propose: no folder was approved often enough.");
	if (r >= 0 && !json && shown)
		say_tired(&p);
	proposals_done(&p);
	return r < 0 ? 1 : 0;
}

int sel_proposals_read(bool all, json_t **ret)
{
	struct proposals p = {0};
	json_t *o = json_pack("{s:[]}", "rows"), *rows = json_object_get(o, "rows");
	int r = prepare(&p, SEL_STORE_READ);
	char line[256];

	for (size_t i = 0; r > 0 && i < p.n; i++) {
		bool declined = strcmp(last_word(&p, &p.list[i]), "declined") == 0;
		json_t *one = declined && !all ? NULL : proposal_json(&p, &p.list[i]);

		if (one && json_array_append_new(rows, one) < 0)
			r = -ENOMEM;
	}
	if (r > 0 && p.tired.state != SEL_FRESH) {
		sel_tiredness_line(&p.tired, line, sizeof line);
		(void)json_object_set_new(o, "tired", json_string(line));
	}
	proposals_done(&p);
	if (r < 0 || !o) {
		json_decref(o);
		return r < 0 ? r : -ENOMEM;
	}
	*ret = o;
	return 0;
}

/* --- deciding -------------------------------------------------------------------------------- */

static const struct sel_proposal *find(const struct proposals *p, const char *id)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->list[i].id, id) == 0)
			return &p->list[i];
	return NULL;
}

static int no_such(const char *id)
{
	(void)sel_err(0, "There is no proposal '%s' now; 'seldom rules proposals' lists them", id);
	return -ENOENT;
}

/* Somebody who is tired would accept anything: what lasts 30 days is not for them. */
static int may_accept(const struct proposals *p)
{
	char line[256];

	if (p->tired.state == SEL_FRESH)
		return 0;
	sel_tiredness_line(&p->tired, line, sizeof line);
	(void)sel_err(0, "Not accepted now. %s; 45 minutes without a question mend it", line);
	return -EAGAIN;
}

static int accept(struct proposals *p, const struct sel_proposal *one, struct sel_rule_row *rule)
{
	int r = may_accept(p);

	if (r < 0)
		return r;
	*rule = (struct sel_rule_row){
		.op = SEL_OP_INVALID,
		.kind = SEL_RUNG_TREE,
		.object = one->folder,
		.decision = SEL_ALLOW,
		.created = p->now,
		.expires = p->now + one->expires_after,
	};
	/* the rule last: what fails leaves none */
	r = sel_store_proposal(p->store, one->id, one->folder, "accepted", p->now);
	if (r >= 0)
		r = sel_store_rule_add(p->store, rule);
	return r < 0 ? sel_err(r, "Cannot accept '%s'", one->id) : 0;
}

int sel_rules_accept(const char *id, bool json)
{
	struct proposals p = {0};
	struct sel_rule_row rule;
	const struct sel_proposal *one;
	_cleanup_free_ char *safe = NULL;
	int r = prepare(&p, SEL_STORE_WRITE);

	one = r > 0 ? find(&p, id) : NULL;
	if (r >= 0)
		r = one ? accept(&p, one, &rule) : no_such(id);
	if (r >= 0)
		safe = sel_text_dup(one->folder, strlen(one->folder));
	if (r >= 0 && json) {
		json_t *o = json_pack("{s:s, s:I, s:s*, s:I}", "accepted", one->id, "rule",
				      (json_int_t)rule.id, "folder", safe, "expires_unix",
				      (json_int_t)(rule.expires / USEC_PER_SEC));

		(void)sel_print_json(o);
		json_decref(o);
	} else if (r >= 0) {
		(void)printf("rule %lld: programs may change what is below %s, for 30 days\n"
			     "take it back: seldom rules revoke %lld\n",
			     (long long)rule.id, safe ? safe : "?", (long long)rule.id);
	}
	proposals_done(&p);
	return r < 0 ? 1 : 0;
}

int sel_rules_decline(const char *id, bool json)
{
	struct proposals p = {0};
	const struct sel_proposal *one;
	int r = prepare(&p, SEL_STORE_WRITE);

	one = r > 0 ? find(&p, id) : NULL;
	if (r >= 0)
		r = one ? 0 : no_such(id);
	if (r >= 0) {
		r = sel_store_proposal(p.store, one->id, one->folder, "declined", p.now);
		if (r < 0)
			(void)sel_err(r, "Cannot decline '%s'", id);
	}
	if (r >= 0)
		(void)printf(json ? "{\"v\":1,\"declined\":\"%s\"}\n" : "declined %s\n", one->id);
	proposals_done(&p);
	return r < 0 ? 1 : 0;
}

int sel_proposal_decide(const char *id, bool accepted, char *words, size_t cap)
{
	struct proposals p = {0};
	struct sel_rule_row rule = {0};
	const struct sel_proposal *one;
	int r = prepare(&p, SEL_STORE_WRITE);

	one = r > 0 ? find(&p, id) : NULL;
	(void)snprintf(words, cap, "%s", "it cannot be kept");
	if (r >= 0 && !one) {
		r = -ENOENT;
		(void)snprintf(words, cap, "this proposal is not there any more");
	} else if (one && accepted && p.tired.state != SEL_FRESH) {
		r = -EAGAIN;
		sel_tiredness_line(&p.tired, words, cap);
	} else if (one && accepted) {
		r = accept(&p, one, &rule);
		(void)snprintf(words, cap, "accepted %s: rule %lld, for 30 days", id,
			       (long long)rule.id);
	} else if (one) {
		r = sel_store_proposal(p.store, one->id, one->folder, "declined", p.now);
		(void)snprintf(words, cap, "declined %s", id);
	}
	proposals_done(&p);
	return r;
}
