/* Questions about hosts: what a program may ask of one. */
#include "internal.h"

void sel_ask_host(struct sel_ask *a, const struct sel_net_asked *asked)
{
	a->config.host_answer(a->config.ctx, asked->id, SEL_NET_DENIED);
}

void sel_ask_host_gone(struct sel_ask *a, uint64_t id)
{
	(void)a;
	(void)id;
}
