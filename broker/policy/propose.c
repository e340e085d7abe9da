#include "propose.h"

#include "constants.h"
#include "rung.h"
#include "scope.h"

/* name, value, unit, reason */
/* Columns are the point */
/* clang-format off */
#define PROPOSALS(_)                                                                               \
	_(ATTENTIVE, 2, "approvals", "of one source: one may be an exception")                     \
	_(OFTEN, 3, "questions", "of one source in a week: more than a change of scope costs")     \
	_(OFTEN_DAYS, 7, "days", "a task's length")                                                \
	_(DENIED_DAYS, 30, "days", "as long as a denial counts against what is learned")           \
	_(EXPIRES_DAYS, 30, "days", "as a rule that a person made")                                \
	_(WEIGHED, 64, "folders", "asked most often; no more are weighed against all questions")
/* clang-format on */

#define ROW(name, value, unit, reason) {#name, value, unit, reason},
#define ID(name, value, unit, reason)  K_##name,
enum { PROPOSALS(ID) };
static const struct sel_constant_row table[] = {PROPOSALS(ROW)};
#define K(name) (table[K_##name].value)

/* Where a folder may become writable by proposal, and how wide. */
enum reach {
	REACH_NONE,   /* tier 2 and 3, and what cannot be written */
	REACH_COMMON, /* the folder that what was approved has in common */
	REACH_UNIT,   /* a tool names the files in its own place as it likes: the whole of it */
};
static const enum reach reaches[SEL_CLASS_N] = {
	[SEL_CLASS_OTHER] = REACH_COMMON,	  [SEL_CLASS_PROJECT_SOURCE] = REACH_COMMON,
	[SEL_CLASS_PROJECT_BUILD] = REACH_COMMON, [SEL_CLASS_PROJECT_VCS] = REACH_NONE,
	[SEL_CLASS_EXEC_CONFIG] = REACH_NONE,	  [SEL_CLASS_SECRET] = REACH_NONE,
	[SEL_CLASS_TOOL_CACHE] = REACH_UNIT,	  [SEL_CLASS_TOOL_DATA] = REACH_UNIT,
	[SEL_CLASS_TEMP] = REACH_COMMON,	  [SEL_CLASS_HOME_CONFIG] = REACH_COMMON,
	[SEL_CLASS_HOME] = REACH_COMMON,	  [SEL_CLASS_OTHER_PROJECT] = REACH_COMMON,
	[SEL_CLASS_SYSTEM] = REACH_NONE,	  [SEL_CLASS_DEVICE] = REACH_NONE,
	[SEL_CLASS_SOCKET] = REACH_NONE,	  [SEL_CLASS_HOST] = REACH_NONE,
};

static enum reach reach_of(const struct sel_asked_fact *f)
{
	return (unsigned)f->where.class < SEL_CLASS_N ? reaches[f->where.class] : REACH_NONE;
}

/* Who: evidence needs an identity, an offer to a person only a name. */
static const char *source_of(const struct sel_asked_fact *f)
{
	return f->program && *f->program ? f->program : f->exe ? f->exe : "";
}

/* Would a writable folder above its object answer this question? */
static bool answerable(const struct sel_asked_fact *f)
{
	static const bool writes[SEL_OP_N] = {
		[SEL_OP_WRITE] = true,	[SEL_OP_CREATE] = true, [SEL_OP_DELETE] = true,
		[SEL_OP_RENAME] = true, [SEL_OP_ATTR] = true,
	};

	return (unsigned)f->op < SEL_OP_N && writes[f->op] && f->tier <= SEL_T1 &&
	       reach_of(f) != REACH_NONE && f->where.unit > 0 &&
	       f->where.unit <= strlen(f->object) && sel_path_clean(f->object) && *source_of(f);
}

static bool refused(const struct sel_asked_fact *f)
{
	return f->said == SEL_SAID_DENY || f->said == SEL_SAID_NARROW;
}

static bool attentive(const struct sel_asked_fact *f)
{
	return f->said == SEL_SAID_ALLOW && f->weight >= 1;
}

static bool within(usec_t at, usec_t now, double days)
{
	usec_t distance = at > now ? at - now : now - at;

	return distance < (usec_t)(days * (double)SEL_DAYS(1));
}

/* --- candidates: one program, one folder ---------------------------------------------------------
 */

struct candidate {
	const char *program;
	char *folder;
	size_t questions; /* that made it */
	bool approved;	  /* by attentive approvals, not only by being asked often */
};

static void candidates_free(struct candidate *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(c[i].folder);
	free(c);
}

/* One source: a program in one unit, whatever it does there and for which project: what is offered
 * is the folder. */
static int compare_sources(const struct sel_asked_fact *x, const struct sel_asked_fact *y)
{
	int c = strcmp(source_of(x), source_of(y));

	if (c == 0 && x->where.unit != y->where.unit)
		c = x->where.unit > y->where.unit ? 1 : -1;
	return c ? c : strncmp(x->object, y->object, x->where.unit);
}

static int compare_facts(const void *a, const void *b)
{
	const struct sel_asked_fact *x = *(const struct sel_asked_fact *const *)a;
	const struct sel_asked_fact *y = *(const struct sel_asked_fact *const *)b;
	int c = compare_sources(x, y);

	return c ? c : (x->at > y->at) - (x->at < y->at);
}

static int compare_folders(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int c = strcmp(x->program, y->program);

	return c ? c : strcmp(x->folder, y->folder);
}

static int compare_questions(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->questions != y->questions)
		return x->questions > y->questions ? -1 : 1;
	return compare_folders(a, b);
}

static size_t parent_len(const char *path)
{
	return (size_t)(strrchr(path, '/') - path);
}

/* Length of the folder that `object` and the `len` bytes of `folder` have in common. */
static size_t common(const char *object, const char *folder, size_t len)
{
	size_t end = 0, max = parent_len(object);

	for (size_t i = 0; i <= len && i <= max; i++) {
		bool here = i == len || folder[i] == '/', there = i == max || object[i] == '/';

		if (here && there)
			end = i;
		if (i == len || i == max || folder[i] != object[i])
			break;
	}
	return end;
}

/* The narrowest folder that covers what was approved, or all if it was only asked often. All of one
 * source lie in one unit. */
static char *cover(const struct sel_asked_fact *const *list, size_t n, bool approved)
{
	const struct sel_asked_fact *first;
	size_t i = 0, len;

	while (approved && i + 1 < n && list[i]->said != SEL_SAID_ALLOW)
		i++;
	first = list[i];
	len = parent_len(first->object);
	for (i++; i < n; i++)
		if (!approved || list[i]->said == SEL_SAID_ALLOW)
			len = common(list[i]->object, first->object, len);
	if (reach_of(first) == REACH_UNIT || len < first->where.unit)
		len = first->where.unit;
	return strndup(first->object, len);
}

/* Three within a week? `list` in the order of time. */
static bool often(const struct sel_asked_fact *const *list, size_t n)
{
	size_t many = (size_t)K(OFTEN);

	for (size_t i = 0; i + many <= n; i++)
		if (within(list[i]->at, list[i + many - 1]->at, K(OFTEN_DAYS)))
			return true;
	return false;
}

/* One run of one source becomes at most one candidate. */
static int add_run(const struct sel_asked_fact *const *list, size_t n, struct candidate *out,
		   size_t *n_out)
{
	struct candidate c = {.program = source_of(list[0]), .questions = n};
	unsigned approvals = 0;

	for (size_t i = 0; i < n; i++)
		approvals += attentive(list[i]);
	c.approved = approvals >= K(ATTENTIVE);
	if (!c.approved && !often(list, n))
		return 0;
	c.folder = cover(list, n, c.approved);
	if (!c.folder)
		return -ENOMEM;
	out[(*n_out)++] = c;
	return 0;
}

/* Several that ask for the same folder are one. */
static size_t merge(struct candidate *c, size_t n)
{
	size_t kept = 0;

	if (n == 0)
		return 0;
	qsort(c, n, sizeof *c, compare_folders);
	for (size_t i = 1; i < n; i++)
		if (compare_folders(&c[kept], &c[i]) == 0) {
			c[kept].questions += c[i].questions;
			c[kept].approved |= c[i].approved;
			free(c[i].folder);
		} else {
			c[++kept] = c[i];
		}
	qsort(c, kept + 1, sizeof *c, compare_questions);
	return kept + 1;
}

static int collect(const struct sel_asked_fact *facts, size_t n, struct candidate **ret,
		   size_t *ret_n)
{
	_cleanup_free_ const struct sel_asked_fact **list =
		reallocarray(NULL, n + 1, sizeof(void *));
	struct candidate *out = calloc(n + 1, sizeof *out);
	size_t m = 0, n_out = 0;
	int r = list && out ? 0 : -ENOMEM;

	for (size_t i = 0; r >= 0 && i < n; i++)
		if (answerable(&facts[i]) && !refused(&facts[i]))
			list[m++] = &facts[i];
	if (m > 1)
		qsort(list, m, sizeof(void *), compare_facts);
	for (size_t i = 0, end; r >= 0 && i < m; i = end) {
		for (end = i + 1; end < m && compare_sources(list[end], list[i]) == 0;)
			end++;
		r = add_run(&list[i], end - i, out, &n_out);
	}
	if (r < 0) {
		candidates_free(out, n_out);
		return r;
	}
	*ret = out;
	*ret_n = merge(out, n_out);
	return 0;
}

/* --- what may be proposed, and what it would have done
 * --------------------------------------------- */

/* The folder itself, whoever asks. */
static bool may_offer(const char *folder, const struct sel_world *w)
{
	struct sel_classified in;

	if (!sel_grantable_folder(folder, w->home))
		return false;
	if (w->project && strcmp(folder, w->project) != 0 && sel_path_below(w->project, folder))
		return false;
	if (w->places && (sel_protected_prefix(folder, w->places) ||
			  sel_protected_of(folder, w->places).guard != SEL_GUARD_NONE))
		return false;
	sel_classify(folder, NULL, w, &in);
	return (unsigned)in.class < SEL_CLASS_N && reaches[in.class] != REACH_NONE;
}

/* Counts over all questions; false if one of them speaks against it. */
static bool weigh(const struct sel_asked_fact *facts, size_t n, usec_t now, struct sel_proposal *p)
{
	for (size_t i = 0; i < n; i++) {
		const struct sel_asked_fact *f = &facts[i];
		bool below = sel_path_below(f->object, p->folder);
		bool its = strcmp(source_of(f), p->program) == 0;

		if (below && refused(f) && within(f->at, now, K(DENIED_DAYS)))
			return false;
		/* The folder lies above a project that is not ours. */
		if (below && f->where.class == SEL_CLASS_OTHER_PROJECT &&
		    strlen(p->folder) < f->where.unit)
			return false;
		p->of += its;
		if (!its || !below || !answerable(f))
			continue;
		p->would++;
		p->attentive += attentive(f);
		p->tier = f->tier > p->tier ? f->tier : p->tier;
	}
	return p->would > 0;
}

/* A name for the offer, not a proof of it: FNV-1a. Two offers of one list never share one. */
static char *name_of(const struct sel_proposal *p)
{
	const char *parts[] = {p->program, p->folder};
	uint64_t h = 14695981039346656037u;
	char name[9] = "";

	for (size_t k = 0; k < SEL_N(parts); k++)
		for (const char *c = parts[k];; c++) {
			h = (h ^ (unsigned char)*c) * 1099511628211u;
			if (!*c)
				break;
		}
	h ^= h >> 32; /* the low letters hang on all bytes */
	for (size_t i = 0; i < sizeof name - 1; i++, h /= 26)
		name[i] = (char)('a' + h % 26);
	return strdup(name);
}

static int compare_use(const void *a, const void *b)
{
	const struct sel_proposal *x = a, *y = b;
	size_t lx = strlen(x->folder), ly = strlen(y->folder);

	if (x->would != y->would)
		return x->would > y->would ? -1 : 1;
	if (x->attentive != y->attentive)
		return x->attentive > y->attentive ? -1 : 1;
	if (lx != ly)
		return lx > ly ? -1 : 1; /* the narrower */
	return strcmp(x->id, y->id);
}

/* One more to the list, unless something speaks against it. 1: added. */
static int offer(const struct candidate *c, const struct sel_asked_fact *facts, size_t n,
		 usec_t now, struct sel_proposal *ret)
{
	struct sel_proposal p = {.folder = strdup(c->folder),
				 .program = strdup(c->program),
				 .often = !c->approved,
				 .expires_after = SEL_DAYS(K(EXPIRES_DAYS))};
	int r = -ENOMEM;

	if (p.folder && p.program && (p.id = name_of(&p)))
		r = weigh(facts, n, now, &p);
	if (r > 0)
		*ret = p;
	else
		sel_proposals_done(&p, 1);
	return r;
}

/* Of two with the same name, and of two of one program where the wider answers no more: the first,
 * which is the more useful or narrower. */
static bool is_spare(const struct sel_proposal *list, size_t n, const struct sel_proposal *p)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].id, p->id) == 0 ||
		    (strcmp(list[i].program, p->program) == 0 && list[i].would == p->would &&
		     sel_path_below(list[i].folder, p->folder)))
			return true;
	return false;
}

static size_t keep_best(struct sel_proposal *list, size_t n, struct sel_proposal *ret, size_t cap)
{
	size_t kept = 0;

	if (n > 1)
		qsort(list, n, sizeof *list, compare_use);
	for (size_t i = 0; i < n; i++)
		if (kept < cap && !is_spare(ret, kept, &list[i]))
			ret[kept++] = list[i];
		else
			sel_proposals_done(&list[i], 1);
	return kept;
}

int sel_propose(const struct sel_asked_fact *facts, size_t n, const struct sel_world *world,
		bool (*covered)(const char *folder, void *ctx), void *ctx, usec_t now,
		struct sel_proposal *ret, size_t cap)
{
	struct candidate *c = NULL;
	size_t n_c = 0, found = 0, weighed = 0;
	struct sel_proposal *list;
	int r;

	if (!world || cap == 0)
		return 0;
	r = collect(facts, n, &c, &n_c);
	if (r < 0)
		return r;
	list = calloc((size_t)K(WEIGHED), sizeof *list);
	if (!list)
		r = -ENOMEM;
	for (size_t i = 0; r >= 0 && i < n_c && weighed < (size_t)K(WEIGHED); i++) {
		if (!may_offer(c[i].folder, world) || (covered && covered(c[i].folder, ctx)))
			continue;
		weighed++;
		r = offer(&c[i], facts, n, now, &list[found]);
		found += r > 0;
	}
	candidates_free(c, n_c);
	if (r < 0)
		sel_proposals_done(list, found);
	else
		r = (int)keep_best(list, found, ret, cap);
	free(list);
	return r;
}

void sel_proposals_done(struct sel_proposal *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].folder);
		free(list[i].program);
		free(list[i].id);
		list[i] = (struct sel_proposal){0};
	}
}
