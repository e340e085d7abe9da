#include "codec.h"

int sel_http2_new(bool server, const struct sel_codec_events *events, void *ctx,
		  struct sel_codec **ret)
{
	(void)server;
	(void)events;
	(void)ctx;
	(void)ret;
	return -ENOSYS;
}
