/* Bytes out of the boundary, by every kind of socket. argv[1]: the way. */
#include "attack.h"
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>

#define TEXT "attack bytes"

static struct sockaddr_in v4(const char *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((in_port_t)var_int(port))};

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static struct sockaddr_in6 v6(const char *port)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6,
				 .sin6_port = htons((in_port_t)var_int(port))};

	a.sin6_addr = in6addr_loopback;
	return a;
}

static void tcp(int family, int proto, const void *addr, socklen_t len)
{
	int s = socket(family, SOCK_STREAM, proto);

	if (s < 0)
		attack_skip("no such socket here");
	say("connect", connect(s, addr, len));
	(void)!send(s, TEXT, sizeof TEXT, MSG_NOSIGNAL);
}

static void tcp4(void)
{
	struct sockaddr_in a = v4("LISTEN_TCP");

	tcp(AF_INET, 0, &a, sizeof a);
}

static void tcp_any(void)
{
	struct sockaddr_in a = v4("LISTEN_TCP");

	a.sin_addr.s_addr = 0;
	tcp(AF_INET, 0, &a, sizeof a);
}

static void tcp6(void)
{
	struct sockaddr_in6 a = v6("LISTEN_TCP6");

	if (!a.sin6_port)
		attack_skip("no IPv6 here");
	tcp(AF_INET6, 0, &a, sizeof a);
}

static void tcp_mapped(void)
{
	struct sockaddr_in6 a = v6("LISTEN_TCP");

	inet_pton(AF_INET6, "::ffff:127.0.0.1", &a.sin6_addr);
	tcp(AF_INET6, 0, &a, sizeof a);
}

static void mptcp(void)
{
	struct sockaddr_in a = v4("LISTEN_TCP");

	tcp(AF_INET, 262, &a, sizeof a);
}

static void fastopen(void)
{
	struct sockaddr_in a = v4("LISTEN_TCP");
	int s = socket(AF_INET, SOCK_STREAM, 0);

	say("sendto",
	    sendto(s, TEXT, sizeof TEXT, MSG_FASTOPEN | MSG_NOSIGNAL, (void *)&a, sizeof a));
}

static void fastopen_msg(void)
{
	struct sockaddr_in a = v4("LISTEN_TCP");
	struct iovec iov = {(char *)TEXT, sizeof TEXT};
	struct msghdr m = {
		.msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &iov, .msg_iovlen = 1};

	say("sendmsg", sendmsg(socket(AF_INET, SOCK_STREAM, 0), &m, MSG_FASTOPEN | MSG_NOSIGNAL));
}

static void udp_sendto(void)
{
	struct sockaddr_in a = v4("LISTEN_UDP");

	say("sendto",
	    sendto(socket(AF_INET, SOCK_DGRAM, 0), TEXT, sizeof TEXT, 0, (void *)&a, sizeof a));
}

static void udp_connect(void)
{
	struct sockaddr_in a = v4("LISTEN_UDP");
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	say("connect", connect(s, (void *)&a, sizeof a));
	(void)!write(s, TEXT, sizeof TEXT);
}

static void udp_msg(void)
{
	struct sockaddr_in a = v4("LISTEN_UDP");
	struct iovec iov = {(char *)TEXT, sizeof TEXT};
	struct mmsghdr m = {
		.msg_hdr = {
			.msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &iov, .msg_iovlen = 1}};

	say("sendmsg", sendmsg(socket(AF_INET, SOCK_DGRAM, 0), &m.msg_hdr, 0));
	say("sendmmsg", sendmmsg(socket(AF_INET, SOCK_DGRAM, 0), &m, 1, 0));
}

static void udp6(void)
{
	struct sockaddr_in6 a = v6("LISTEN_UDP6");

	if (!a.sin6_port)
		attack_skip("no IPv6 here");
	say("sendto",
	    sendto(socket(AF_INET6, SOCK_DGRAM, 0), TEXT, sizeof TEXT, 0, (void *)&a, sizeof a));
}

static void raw(void)
{
	struct {
		struct udphdr h;
		char text[sizeof TEXT];
	} p = {.text = TEXT};
	struct sockaddr_in a = v4("LISTEN_UDP");
	int s = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);

	if (s < 0)
		attack_skip("raw sockets need root here");
	p.h.dest = a.sin_port;
	p.h.source = htons(9);
	p.h.len = htons(sizeof p);
	a.sin_port = 0;
	say("sendto", sendto(s, &p, sizeof p, 0, (void *)&a, sizeof a));
	hold();
}

static void packet(void)
{
	if (socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)) < 0)
		attack_skip("packet sockets need root here");
	hold();
}

static void family(int domain, int type, int proto)
{
	if (socket(domain, type, proto) < 0)
		attack_skip("no such socket here");
	hold();
}

/* An address on the machine's own loopback: the network outside would have changed. */
static void netlink(void)
{
	struct {
		struct nlmsghdr h;
		struct ifaddrmsg a;
		struct rtattr t;
		uint8_t addr[4];
	} m = {.h = {.nlmsg_len = sizeof m,
		     .nlmsg_type = RTM_NEWADDR,
		     .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK},
	       .a = {.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = 1},
	       .t = {.rta_len = RTA_LENGTH(4), .rta_type = IFA_LOCAL},
	       .addr = {127, 66, 6, 6}};

	say("netlink", send(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), &m, sizeof m, 0));
}

/* Something outside connects to a port inside and gets an answer. */
static void inbound(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof a;
	int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	char port[16];

	listen(s, 8); /* without bind: the kernel chooses, and no bind hook sees it */
	getsockname(s, (void *)&a, &len);
	snprintf(port, sizeof port, "%d", ntohs(a.sin_port));
	put(in("P", "listening"), port);
	for (int i = 0; i < 100; i++, usleep(10000)) {
		int c = accept(s, NULL, NULL);

		if (c >= 0)
			(void)!send(c, var("ATTACK_MARK"), strlen(var("ATTACK_MARK")),
				    MSG_NOSIGNAL);
	}
}

static const struct {
	const char *name;
	void (*way)(void);
} ways[] = {
	{"tcp", tcp4},
	{"tcp-any", tcp_any},
	{"tcp6", tcp6},
	{"tcp-mapped", tcp_mapped},
	{"mptcp", mptcp},
	{"fastopen", fastopen},
	{"fastopen-msg", fastopen_msg},
	{"udp-sendto", udp_sendto},
	{"udp-connect", udp_connect},
	{"udp-msg", udp_msg},
	{"udp6", udp6},
	{"raw", raw},
	{"packet", packet},
	{"netlink", netlink},
	{"inbound", inbound},
};

int main(int argc, char **argv)
{
	attack_begin();
	if (argc != 2)
		return 2;
	if (strcmp(argv[1], "vsock") == 0)
		family(40, SOCK_STREAM, 0);
	if (strcmp(argv[1], "alg") == 0)
		family(38, SOCK_SEQPACKET, 0);
	if (strcmp(argv[1], "mptcp-hold") == 0)
		family(AF_INET, SOCK_STREAM, 262);
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		if (strcmp(ways[i].name, argv[1]) == 0)
			ways[i].way();
	return 0;
}
