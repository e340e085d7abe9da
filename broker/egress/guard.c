#include "name.h"

#include <arpa/inet.h>

/* RFC 6890 and IANA's special-purpose registries, and the metadata services outside them. */
/* clang-format off */
static const struct {
	uint32_t net;
	unsigned bits;
	const char *why;
} nets4[] = {
	{0x00000000,  8, "this network"},
	{0x0a000000,  8, "a private network"},
	{0x64400000, 10, "a carrier's shared network"},
	{0x7f000000,  8, "this machine"},
	{0xa83f8110, 32, "a metadata service"}, /* 168.63.129.16 */
	{0xa9fe0000, 16, "link-local, where metadata services are"},
	{0xac100000, 12, "a private network"},
	{0xc0000000, 24, "a protocol's own address"},
	{0xc0000200, 24, "for documentation only"},
	{0xc0586300, 24, "a relay of 6to4"},
	{0xc0a80000, 16, "a private network"},
	{0xc6120000, 15, "for measurements and seldom's own names"},
	{0xc6336400, 24, "for documentation only"},
	{0xcb007100, 24, "for documentation only"},
	{0xe0000000,  4, "multicast"},
	{0xf0000000,  4, "reserved"},
};

/* Ranges that hold an address of v4: judged by that one. Teredo holds two, the client's inverted. */
static const struct {
	uint8_t net[12];
	unsigned bits, at;
	uint8_t flip;
} carriers6[] = {
	{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff},    96, 12, 0},    /* mapped */
	{{0x00, 0x64, 0xff, 0x9b},                      96, 12, 0},    /* NAT64 */
	{{0x20, 0x02},                                  16,  2, 0},    /* 6to4 */
	{{0x20, 0x01, 0x00, 0x00},                      32,  4, 0},    /* Teredo: the server */
	{{0x20, 0x01, 0x00, 0x00},                      32, 12, 0xff}, /* and the client */
	{{0},                                           96, 12, 0},    /* compatible */
};

static const struct {
	uint8_t net[16];
	unsigned bits;
	const char *why; /* NULL: fine */
} nets6[] = {
	{{0},                                  128, "this network"},
	{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, "this machine"},
	{{0},                                   96, NULL}, /* judged as a carrier */
	{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, NULL},
	{{0x00, 0x64, 0xff, 0x9b},              96, NULL},
	{{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01},  48, "a network's own translation of v4"},
	{{0x20, 0x01, 0x00, 0x00},              32, NULL},
	{{0x20, 0x01, 0x00, 0x00},              23, "a protocol's own address"},
	{{0x20, 0x01, 0x0d, 0xb8},              32, "for documentation only"},
	{{0x3f, 0xff},                          20, "for documentation only"},
	{{0x20},                                 3, NULL}, /* global unicast */
	{{0xfc},                                 7, "a private network"},
	{{0xfe, 0x80},                          10, "link-local"},
	{{0xfe, 0xc0},                          10, "a private network"},
	{{0xff},                                 8, "multicast"},
	{{0},                                    0, "reserved"},
};
/* clang-format on */

static bool begins(const uint8_t *address, const uint8_t *net, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;
	uint8_t mask = (uint8_t)(0xff00u >> rest);

	return memcmp(address, net, bytes) == 0 &&
	       (rest == 0 || ((address[bytes] ^ net[bytes]) & mask) == 0);
}

static const char *forbidden4(uint32_t a)
{
	for (size_t i = 0; i < SEL_N(nets4); i++)
		if ((a ^ nets4[i].net) >> (32 - nets4[i].bits) == 0)
			return nets4[i].why;
	return NULL;
}

static const char *forbidden6(const uint8_t *a)
{
	const char *why = NULL;

	for (size_t i = 0; i < SEL_N(nets6); i++)
		if (begins(a, nets6[i].net, nets6[i].bits)) {
			why = nets6[i].why;
			break;
		}
	for (size_t i = 0; !why && i < SEL_N(carriers6); i++) {
		uint32_t v4 = 0;

		if (!begins(a, carriers6[i].net, carriers6[i].bits))
			continue;
		for (unsigned b = 0; b < 4; b++)
			v4 = v4 << 8 | (a[carriers6[i].at + b] ^ carriers6[i].flip);
		why = forbidden4(v4);
	}
	return why;
}

const char *sel_dial_forbidden(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	switch (address->sa_family) {
	case AF_INET:
		memcpy(&v4, address, sizeof v4);
		return forbidden4(ntohl(v4.sin_addr.s_addr));
	case AF_INET6:
		memcpy(&v6, address, sizeof v6);
		return forbidden6(v6.sin6_addr.s6_addr);
	default:
		return "no address of the internet";
	}
}
