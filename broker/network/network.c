/* See network.h. */
#include "network.h"

struct sel_network {
	struct sel_network_config config;
};

int sel_network_start(const struct sel_network_config *config, struct sel_network **ret)
{
	(void)config;
	(void)ret;
	return -ENOSYS;
}

int sel_network_trust(struct sel_network *n, const char **ret_dir)
{
	(void)n;
	(void)ret_dir;
	return -ENOSYS;
}

int sel_network_attach(struct sel_network *n, struct sel_joiner *joiner, pthread_mutex_t *mounts)
{
	(void)n;
	(void)joiner;
	(void)mounts;
	return -ENOSYS;
}

void sel_network_free(struct sel_network *n)
{
	free(n);
}

int sel_network_grant(struct sel_network *n, struct sel_net_grant *take, uint64_t once,
		      uint32_t *ret_number)
{
	(void)n;
	(void)take;
	(void)once;
	(void)ret_number;
	return -ENOSYS;
}

void sel_network_revoke(struct sel_network *n, uint32_t number)
{
	(void)n;
	(void)number;
}

void sel_network_answer(struct sel_network *n, uint64_t id, enum sel_net_why why)
{
	(void)n;
	(void)id;
	(void)why;
}

const struct sel_net_grant *sel_network_grants(const struct sel_network *n, size_t *ret_n)
{
	(void)n;
	*ret_n = 0;
	return NULL;
}

int sel_network_connect(struct sel_network *n, int sock, const struct sockaddr *address,
			socklen_t len, const struct sel_net_caller *caller,
			enum sel_net_why *ret_why)
{
	(void)n;
	(void)sock;
	(void)address;
	(void)len;
	(void)caller;
	*ret_why = SEL_NET_DENIED;
	return -ENETUNREACH;
}
