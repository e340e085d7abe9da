/* What judgement reads back and keeps: answered questions, the digest's labels, identities of
 * programs, what became of proposals. */
#include "internal.h"

int sel_store_facts(struct sel_store *s, usec_t since, int64_t after,
		    int (*fn)(const struct sel_fact_row *row, void *ctx), void *ctx)
{
	(void)s, (void)since, (void)after, (void)fn, (void)ctx;
	return -ENOSYS;
}

int sel_store_learned(struct sel_store *s, const char *session, usec_t since,
		      int (*fn)(const struct sel_learned_row *row, void *ctx), void *ctx)
{
	(void)s, (void)session, (void)since, (void)fn, (void)ctx;
	return -ENOSYS;
}

int sel_store_label(struct sel_store *s, const struct sel_label_row *row)
{
	(void)s, (void)row;
	return -ENOSYS;
}

int sel_store_labels(struct sel_store *s,
		     int (*fn)(const struct sel_label_row *row, const char *program,
			       const char *key, void *ctx),
		     void *ctx)
{
	(void)s, (void)fn, (void)ctx;
	return -ENOSYS;
}

int sel_store_identity_get(struct sel_store *s, struct sel_identity_row *row)
{
	(void)s, (void)row;
	return 0;
}

int sel_store_identity_put(struct sel_store *s, const struct sel_identity_row *row, usec_t at)
{
	(void)s, (void)row, (void)at;
	return -ENOSYS;
}

int sel_store_proposal(struct sel_store *s, const char *id, const char *folder, const char *what,
		       usec_t at)
{
	(void)s, (void)id, (void)folder, (void)what, (void)at;
	return -ENOSYS;
}

int sel_store_proposal_get(struct sel_store *s, const char *id, const char **ret_what,
			   usec_t *ret_at)
{
	(void)s, (void)id, (void)ret_what, (void)ret_at;
	return 0;
}

int sel_store_prune(struct sel_store *s, usec_t rows_before, usec_t sums_before, usec_t now,
		    struct sel_pruned *ret)
{
	(void)s, (void)rows_before, (void)sums_before, (void)now, (void)ret;
	return -ENOSYS;
}

int sel_report_review(struct sel_store *s, usec_t now, sel_row_fn fn, void *ctx)
{
	(void)s, (void)now, (void)fn, (void)ctx;
	return -ENOSYS;
}
