#include "identify.h"

struct sel_identities {
	struct sel_store *store;
	bool (*writable)(const char *path, void *ctx);
	void *ctx;
};

int sel_identities_new(struct sel_store *store, bool (*writable)(const char *path, void *ctx),
		       void *ctx, struct sel_identities **ret)
{
	struct sel_identities *ids = calloc(1, sizeof *ids);

	if (!ids)
		return -ENOMEM;
	*ids = (struct sel_identities){.store = store, .writable = writable, .ctx = ctx};
	*ret = ids;
	return 0;
}

void sel_identities_free(struct sel_identities *ids)
{
	free(ids);
}

int sel_identify(struct sel_identities *ids, pid_t tid, int proc, bool (*ours)(int fd, void *ctx),
		 void *ctx, bool may_block, struct sel_identified *ret)
{
	(void)ids;
	(void)tid;
	(void)proc;
	(void)ours;
	(void)ctx;
	(void)may_block;
	(void)ret;
	return -ENOSYS;
}

void sel_identified_done(struct sel_identified *i)
{
	for (size_t n = 0; n < SEL_N(i->strings); n++)
		free(i->strings[n]);
	*i = (struct sel_identified){0};
}
