/* Bytes out of the boundary by every way to send but an honest connect(). argv[1]: the way.
 * HOST:443 takes TCP and UDP and is reached natively; MARK is what must not arrive. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <netdb.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PORT	   443
#define MPTCP	   262
#define RACES	   300
#define URING_SEND 26
#define URING_CONN 16

static const char *mark, *host;

static void say(const char *what, long r)
{
	fprintf(stderr, "%s = %ld (%s)\n", what, r, r < 0 ? strerror(errno) : "ok");
}

static void skip(const char *why)
{
	fprintf(stderr, "%s (%s)\n", why, strerror(errno));
	exit(77);
}

static int open_or_skip(int family, int type, int proto)
{
	int s = socket(family, type | SOCK_CLOEXEC, proto);

	if (s < 0)
		skip("no such socket here");
	return s;
}

static struct sockaddr_in to(const char *address, int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};

	(void)inet_pton(AF_INET, address, &a.sin_addr);
	return a;
}

/* What a name leads to: natively its address, inside what seldom gave it. */
static struct sockaddr_storage named(const char *name, const char *port, int family)
{
	struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM}, *list;
	struct sockaddr_storage a = {0};

	if (getaddrinfo(name, port, &hints, &list) != 0)
		skip("the name has no address");
	memcpy(&a, list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	return a;
}

static void said(int s)
{
	say("send", send(s, mark, strlen(mark), MSG_NOSIGNAL));
	usleep(100000);
}

static void connected(int s)
{
	struct sockaddr_in a = to(host, PORT);

	say("connect", connect(s, (struct sockaddr *)&a, sizeof a));
	said(s);
}

/* --- TCP --- */

static void fastopen(void)
{
	struct sockaddr_in a = to(host, PORT);
	int s = open_or_skip(AF_INET, SOCK_STREAM, 0);

	say("sendto", sendto(s, mark, strlen(mark), MSG_FASTOPEN | MSG_NOSIGNAL,
			     (struct sockaddr *)&a, sizeof a));
	usleep(100000);
}

static void fastopen_msg(void)
{
	struct sockaddr_in a = to(host, PORT);
	struct iovec iov = {(void *)(uintptr_t)mark, strlen(mark)};
	struct msghdr m = {
		.msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &iov, .msg_iovlen = 1};

	say("sendmsg",
	    sendmsg(open_or_skip(AF_INET, SOCK_STREAM, 0), &m, MSG_FASTOPEN | MSG_NOSIGNAL));
	usleep(100000);
}

static void fastopen_connect(void)
{
	int s = open_or_skip(AF_INET, SOCK_STREAM, 0), on = 1;

	(void)setsockopt(s, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof on);
	connected(s);
}

static void mptcp(void)
{
	connected(open_or_skip(AF_INET, SOCK_STREAM, MPTCP));
}

static void child(void)
{
	if (fork() == 0) {
		connected(open_or_skip(AF_INET, SOCK_STREAM, 0));
		_exit(0);
	}
	(void)wait(NULL);
}

static void *run_connected(void *arg)
{
	(void)arg;
	connected(open_or_skip(AF_INET, SOCK_STREAM, 0));
	return NULL;
}

static void from_thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, run_connected, NULL) == 0)
		(void)pthread_join(t, NULL);
}

static void nonblocking(void)
{
	int s = open_or_skip(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in a = to(host, PORT);

	say("connect", connect(s, (struct sockaddr *)&a, sizeof a));
	usleep(200000);
	said(s);
}

static void bound_first(void)
{
	int s = open_or_skip(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in a = to("0.0.0.0", 0);

	say("bind", bind(s, (struct sockaddr *)&a, sizeof a));
	connected(s);
}

static void device(void)
{
	int s = open_or_skip(AF_INET, SOCK_DGRAM, 0);

	say("device", setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
	connected(s);
}

static void unspec_first(void)
{
	int s = open_or_skip(AF_INET, SOCK_STREAM, 0);
	struct sockaddr a = {.sa_family = AF_UNSPEC};

	say("unspec", connect(s, &a, sizeof a));
	connected(s);
}

/* Connected to what is granted, disconnected, and connected to something else. */
static void unspec_between(void)
{
	struct sockaddr_storage a = named("plain.test", "80", AF_INET);
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int s = open_or_skip(AF_INET, SOCK_STREAM, 0);

	say("connect", connect(s, (struct sockaddr *)&a, sizeof(struct sockaddr_in)));
	say("disconnect", connect(s, &none, sizeof none));
	connected(s);
}

static void by_vfork(void)
{
	int s = open_or_skip(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in a = to(host, PORT);
	pid_t pid = vfork();

	if (pid == 0) {
		(void)connect(s, (struct sockaddr *)&a, sizeof a);
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
	said(s);
}

/* Connected here, spoken by a program that takes this one's place. */
static void by_exec(void)
{
	int s = open_or_skip(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in a = to(host, PORT);

	say("connect", connect(s, (struct sockaddr *)&a, sizeof a));
	(void)dup2(s, STDOUT_FILENO);
	(void)execl("/bin/echo", "echo", mark, (char *)NULL);
}

/* A process of its own that shares only the table of descriptors: each swaps the other's. */
static int swap_files(void *arg)
{
	int s = *(int *)arg;

	for (int i = 0; i < 20000; i++) {
		int other = socket(AF_INET, SOCK_STREAM, 0);

		(void)dup2(other, s);
		close(other);
	}
	return 0;
}

static void shared_files(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	struct sockaddr_in a = to(host, PORT);
	int s = open_or_skip(AF_INET, SOCK_STREAM, 0);
	pid_t pid = clone(swap_files, stack + sizeof stack, CLONE_FILES | SIGCHLD, &s);

	if (pid < 0)
		skip("no clone");
	for (int i = 0; i < 200; i++)
		if (connect(s, (struct sockaddr *)&a, sizeof a) == 0)
			(void)!send(s, mark, strlen(mark), MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	connected(socket(AF_INET, SOCK_STREAM, 0));
}

/* The socket of one process, connected by another. */
static void passed(void)
{
	int pair[2], s = open_or_skip(AF_INET, SOCK_STREAM, 0);
	char control[CMSG_SPACE(sizeof s)] = {0}, byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof control};

	(void)socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
	if (fork() == 0) {
		if (recvmsg(pair[1], &m, 0) > 0 && CMSG_FIRSTHDR(&m)) {
			memcpy(&s, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof s);
			connected(s);
		}
		_exit(0);
	}
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof s);
	memcpy(CMSG_DATA(c), &s, sizeof s);
	say("sendmsg", sendmsg(pair[0], &m, 0));
	close(s);
	(void)wait(NULL);
}

/* connect() of the 32-bit table, which has another number. */
static void syscall32(void)
{
#ifdef __x86_64__
	struct low {
		struct sockaddr_in a;
		uint32_t args[3];
	} *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1,
		    0);
	int s = open_or_skip(AF_INET, SOCK_STREAM, 0);
	long r = 362;

	if (p == MAP_FAILED)
		skip("no low memory");
	p->a = to(host, PORT);
	__asm__ volatile("int $0x80"
			 : "+a"(r)
			 : "b"((long)s), "c"((long)(uintptr_t)&p->a), "d"((long)sizeof p->a)
			 : "memory", "r8", "r9", "r10", "r11");
	if (r < 0) {
		errno = (int)-r;
		r = -1;
	}
	say("connect of 32 bits", r);
	said(s);
#else
	skip("no table of 32 bits");
#endif
}

/* --- UDP --- */

static void udp_sendto(void)
{
	struct sockaddr_in a = to(host, PORT);

	say("sendto", sendto(open_or_skip(AF_INET, SOCK_DGRAM, 0), mark, strlen(mark), 0,
			     (struct sockaddr *)&a, sizeof a));
}

static void udp_connect(void)
{
	connected(open_or_skip(AF_INET, SOCK_DGRAM, 0));
}

static void udp_message(bool many)
{
	struct sockaddr_in a = to(host, PORT);
	struct iovec iov = {(void *)(uintptr_t)mark, strlen(mark)};
	struct mmsghdr m = {
		.msg_hdr = {
			.msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &iov, .msg_iovlen = 1}};
	int s = open_or_skip(AF_INET, SOCK_DGRAM, 0);

	if (many)
		say("sendmmsg", sendmmsg(s, &m, 1, 0));
	else
		say("sendmsg", sendmsg(s, &m.msg_hdr, 0));
}

static void udp_sendmsg(void)
{
	udp_message(false);
}

static void udp_sendmmsg(void)
{
	udp_message(true);
}

static void udp_cork(void)
{
	struct sockaddr_in a = to(host, PORT);
	int s = open_or_skip(AF_INET, SOCK_DGRAM, 0);

	say("sendto", sendto(s, mark, 8, MSG_MORE, (struct sockaddr *)&a, sizeof a));
	say("send", sendto(s, mark + 8, strlen(mark) - 8, 0, (struct sockaddr *)&a, sizeof a));
}

static void udp_six(void)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
	char text[64];

	snprintf(text, sizeof text, "::ffff:%s", host);
	(void)inet_pton(AF_INET6, text, &a.sin6_addr);
	say("sendto", sendto(open_or_skip(AF_INET6, SOCK_DGRAM, 0), mark, strlen(mark), 0,
			     (struct sockaddr *)&a, sizeof a));
}

/* An address without a family is one of IPv4 to this call, for the sake of old programs. */
static void udp_unspec(void)
{
	struct sockaddr_in a = to(host, PORT);

	a.sin_family = AF_UNSPEC;
	say("sendto", sendto(open_or_skip(AF_INET, SOCK_DGRAM, 0), mark, strlen(mark), 0,
			     (struct sockaddr *)&a, sizeof a));
}

/* A socket of IPv6 takes addresses of IPv4 as they are. */
static void udp_four_of_six(void)
{
	struct sockaddr_in a = to(host, PORT);

	say("sendto", sendto(open_or_skip(AF_INET6, SOCK_DGRAM, 0), mark, strlen(mark), 0,
			     (struct sockaddr *)&a, sizeof a));
}

static void udp_name(void)
{
	struct sockaddr_storage a = named("public.test", "443", AF_INET);

	say("sendto", sendto(open_or_skip(AF_INET, SOCK_DGRAM, 0), mark, strlen(mark), 0,
			     (struct sockaddr *)&a, sizeof(struct sockaddr_in)));
}

/* A first packet of QUIC, as far as anybody outside could tell. */
static void udp_quic(void)
{
	struct sockaddr_storage a = named("public.test", "443", AF_INET);
	int s = open_or_skip(AF_INET, SOCK_DGRAM, 0);
	char packet[1200] = {(char)0xc3, 0, 0, 0, 1, 8};

	memcpy(packet + 6, mark, strlen(mark));
	say("connect", connect(s, (struct sockaddr *)&a, sizeof(struct sockaddr_in)));
	say("send", send(s, packet, sizeof packet, 0));
}

/* --- below --- */

struct datagram {
	struct iphdr ip;
	struct udphdr udp;
	char text[64];
};

static size_t make_datagram(struct datagram *d)
{
	size_t n = sizeof d->ip + sizeof d->udp + strlen(mark);
	uint32_t sum = 0;
	uint16_t word;

	memset(d, 0, sizeof *d);
	d->ip = (struct iphdr){.version = 4,
			       .ihl = 5,
			       .tot_len = htons((uint16_t)n),
			       .ttl = 64,
			       .protocol = IPPROTO_UDP,
			       .saddr = htonl(INADDR_LOOPBACK)};
	(void)inet_pton(AF_INET, host, &d->ip.daddr);
	d->udp.source = htons(9);
	d->udp.dest = htons(PORT);
	d->udp.len = htons((uint16_t)(n - sizeof d->ip));
	memcpy(d->text, mark, strlen(mark));
	for (size_t i = 0; i < sizeof d->ip; i += 2) {
		memcpy(&word, (char *)&d->ip + i, 2);
		sum += word;
	}
	sum = (sum >> 16) + (sum & 0xffff);
	d->ip.check = (uint16_t) ~(sum + (sum >> 16));
	return n;
}

static void raw_udp(void)
{
	struct datagram d;
	size_t n = make_datagram(&d);
	struct sockaddr_in a = to(host, 0);

	say("sendto", sendto(open_or_skip(AF_INET, SOCK_RAW, IPPROTO_UDP), &d.udp, n - sizeof d.ip,
			     0, (struct sockaddr *)&a, sizeof a));
}

static void raw_header(void)
{
	struct datagram d;
	size_t n = make_datagram(&d);
	struct sockaddr_in a = to(host, 0);

	say("sendto", sendto(open_or_skip(AF_INET, SOCK_RAW, IPPROTO_RAW), &d, n, 0,
			     (struct sockaddr *)&a, sizeof a));
}

static void packet(void)
{
	struct {
		struct ethhdr eth;
		struct datagram d;
	} __attribute__((packed)) f = {.eth = {.h_proto = htons(ETH_P_IP)}};
	struct datagram d;
	size_t n = make_datagram(&d);
	struct sockaddr_ll a = {.sll_family = AF_PACKET,
				.sll_protocol = htons(ETH_P_IP),
				.sll_ifindex = 1,
				.sll_halen = 6};

	d.ip.saddr = htonl(0x09090909); /* what comes from an own address on the wire is dropped */
	d.ip.check = 0;
	uint32_t sum = 0;
	for (size_t i = 0; i < sizeof d.ip; i += 2) {
		uint16_t word;

		memcpy(&word, (char *)&d.ip + i, 2);
		sum += word;
	}
	sum = (sum >> 16) + (sum & 0xffff);
	d.ip.check = (uint16_t) ~(sum + (sum >> 16));
	f.d = d;
	say("sendto", sendto(open_or_skip(AF_PACKET, SOCK_RAW, htons(ETH_P_IP)), &f,
			     sizeof f.eth + n, 0, (struct sockaddr *)&a, sizeof a));
}

/* Into the network of whoever is outside. */
static void netns(void)
{
	char path[64];

	for (int pid = 1; pid < 400; pid++) {
		snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			continue;
		if (setns(fd, CLONE_NEWNET) == 0)
			udp_sendto();
		close(fd);
	}
}

/* An address for the machine. */
static void address(void)
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
	       .addr = {11, 22, 33, 99}};

	say("netlink", send(open_or_skip(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), &m, sizeof m, 0));
}

/* Held for a while: whether there is one is seen from outside. */
static void hold(int family, int type, int protocol)
{
	(void)open_or_skip(family, type, protocol);
	usleep(400000);
}

#define HOLD(name, family, type, protocol)                                                         \
	static void hold_##name(void)                                                              \
	{                                                                                          \
		hold(family, type, protocol);                                                      \
	}
HOLD(vsock, AF_VSOCK, SOCK_STREAM, 0)
HOLD(alg, AF_ALG, SOCK_SEQPACKET, 0)
HOLD(raw, AF_INET, SOCK_RAW, IPPROTO_ICMP)
HOLD(ping, AF_INET, SOCK_DGRAM, IPPROTO_ICMP)
HOLD(udplite, AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE)
HOLD(sctp, AF_INET, SOCK_STREAM, IPPROTO_SCTP)
HOLD(xdp, AF_XDP, SOCK_RAW, 0)

/* --- io_uring --- */

struct uring {
	int fd;
	struct io_uring_params p;
	char *sq, *cq;
	struct io_uring_sqe *sqes;
};

static void uring_open(struct uring *u)
{
	memset(u, 0, sizeof *u);
	u->fd = (int)syscall(SYS_io_uring_setup, 4, &u->p);
	if (u->fd < 0)
		skip("no io_uring");
	u->sq = mmap(NULL, u->p.sq_off.array + u->p.sq_entries * 4, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_POPULATE, u->fd, IORING_OFF_SQ_RING);
	u->cq = mmap(NULL, u->p.cq_off.cqes + u->p.cq_entries * 16, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_POPULATE, u->fd, IORING_OFF_CQ_RING);
	u->sqes = mmap(NULL, u->p.sq_entries * sizeof *u->sqes, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, u->fd, IORING_OFF_SQES);
	if (u->sq == MAP_FAILED || u->cq == MAP_FAILED || u->sqes == MAP_FAILED)
		skip("no rings");
}

static int uring_do(struct uring *u, const struct io_uring_sqe *sqe)
{
	uint32_t *tail = (uint32_t *)(u->sq + u->p.sq_off.tail);
	uint32_t mask = *(uint32_t *)(u->sq + u->p.sq_off.ring_mask), at = *tail & mask;
	uint32_t *head = (uint32_t *)(u->cq + u->p.cq_off.head);
	struct io_uring_cqe *cqes = (struct io_uring_cqe *)(u->cq + u->p.cq_off.cqes);

	u->sqes[at] = *sqe;
	((uint32_t *)(u->sq + u->p.sq_off.array))[at] = at;
	atomic_store((_Atomic uint32_t *)tail, *tail + 1);
	if (syscall(SYS_io_uring_enter, u->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	int r = cqes[*head & *(uint32_t *)(u->cq + u->p.cq_off.ring_mask)].res;

	atomic_store((_Atomic uint32_t *)head, *head + 1);
	return r;
}

static int uring_connect_to(struct uring *u, int s, const void *a, socklen_t len)
{
	struct io_uring_sqe sqe = {
		.opcode = URING_CONN, .fd = s, .addr = (uint64_t)(uintptr_t)a, .off = len};

	return uring_do(u, &sqe);
}

static void uring_connect(void)
{
	struct uring u;
	struct sockaddr_in a = to(host, PORT);
	int s = open_or_skip(AF_INET, SOCK_STREAM, 0);

	uring_open(&u);
	say("io_uring connect", uring_connect_to(&u, s, &a, sizeof a));
	said(s);
}

static void uring_send(void)
{
	struct uring u;
	struct sockaddr_in a = to(host, PORT);
	struct iovec iov = {(void *)(uintptr_t)mark, strlen(mark)};
	struct msghdr m = {
		.msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &iov, .msg_iovlen = 1};
	struct io_uring_sqe sqe = {.opcode = IORING_OP_SENDMSG,
				   .fd = open_or_skip(AF_INET, SOCK_DGRAM, 0),
				   .addr = (uint64_t)(uintptr_t)&m,
				   .len = 1};

	uring_open(&u);
	say("io_uring sendmsg", uring_do(&u, &sqe));
}

/* --- races --- */

static struct sockaddr_in aim, good, bad;
static int moving = -1;
static atomic_bool stop;
static bool flip_port_only;

static void *flip_memory(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop)) {
		if (flip_port_only)
			((volatile struct sockaddr_in *)&aim)->sin_port = bad.sin_port;
		else
			((volatile struct sockaddr_in *)&aim)->sin_addr = bad.sin_addr;
		if (flip_port_only)
			((volatile struct sockaddr_in *)&aim)->sin_port = good.sin_port;
		else
			((volatile struct sockaddr_in *)&aim)->sin_addr = good.sin_addr;
	}
	return NULL;
}

static bool time_left(double seconds)
{
	static struct timespec begin;
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	if (begin.tv_sec == 0)
		begin = t;
	return (double)(t.tv_sec - begin.tv_sec) + (double)(t.tv_nsec - begin.tv_nsec) / 1e9 <
	       seconds;
}

/* A request that is granted, as seen by whoever looks first; where it goes is another matter. */
static void race_memory(void)
{
	struct sockaddr_storage a = named("plain.test", "80", AF_INET);
	pthread_t t;

	memcpy(&good, &a, sizeof good);
	bad = to(host, flip_port_only ? PORT : 80);
	if (flip_port_only)
		bad.sin_addr = good.sin_addr;
	aim = good;
	(void)pthread_create(&t, NULL, flip_memory, NULL);
	for (int i = 0; i < RACES && time_left(2.5); i++) {
		int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (connect(s, (struct sockaddr *)&aim, sizeof aim) == 0)
			(void)!send(s, mark, strlen(mark), MSG_NOSIGNAL | MSG_DONTWAIT);
		close(s);
	}
	atomic_store(&stop, true);
	(void)pthread_join(t, NULL);
	usleep(200000);
}

static void flip(void)
{
	race_memory();
}

static void flip_port(void)
{
	flip_port_only = true;
	race_memory();
}

/* While connect() is looked at, another socket takes the number: of another kind, already bound. */
static void *flip_number(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop)) {
		int one = socket(AF_INET, SOCK_DGRAM, 0), two = socket(AF_INET, SOCK_STREAM, 0);

		(void)dup2(one, moving);
		(void)dup2(two, moving);
		close(one);
		close(two);
	}
	return NULL;
}

static void flip_socket(void)
{
	struct sockaddr_in a = to(host, PORT);
	pthread_t t;

	moving = socket(AF_INET, SOCK_STREAM, 0);
	(void)pthread_create(&t, NULL, flip_number, NULL);
	for (int i = 0; i < RACES && time_left(2.5); i++)
		if (connect(moving, (struct sockaddr *)&a, sizeof a) == 0)
			(void)!send(moving, mark, strlen(mark), MSG_NOSIGNAL | MSG_DONTWAIT);
	atomic_store(&stop, true);
	(void)pthread_join(t, NULL);
	usleep(200000);
}

/* --- a listener that is there for somebody else --- */

static int request(char *text, size_t cap)
{
	return snprintf(text, cap,
			"GET /pub/%s HTTP/1.1\r\nHost: plain.test\r\nConnection: close\r\n\r\n",
			mark);
}

static void past_connect(int family)
{
	struct sockaddr_storage a = named("plain.test", "80", family);
	socklen_t len =
		family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	int honest = open_or_skip(family, SOCK_STREAM, 0);
	char text[512];
	int n = request(text, sizeof text);
	int s = open_or_skip(family, SOCK_STREAM, 0);

	say("honest", connect(honest, (struct sockaddr *)&a, len));
	say("fast open",
	    sendto(s, text, (size_t)n, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&a, len));
	usleep(300000);
	if (getenv("PHASE") && strcmp(getenv("PHASE"), "native") != 0) {
		struct uring u;

		s = open_or_skip(family, SOCK_STREAM, 0);
		uring_open(&u);
		say("io_uring", uring_connect_to(&u, s, &a, len));
		(void)!send(s, text, (size_t)n, MSG_NOSIGNAL);
		usleep(300000);
	}
}

static void after(void)
{
	past_connect(AF_INET);
}

static void after_six(void)
{
	past_connect(AF_INET6);
}

static const struct {
	const char *name;
	void (*run)(void);
} ways[] = {
	{"fastopen", fastopen},
	{"fastopen-msg", fastopen_msg},
	{"fastopen-connect", fastopen_connect},
	{"mptcp", mptcp},
	{"child", child},
	{"thread", from_thread},
	{"nonblocking", nonblocking},
	{"bound-first", bound_first},
	{"device", device},
	{"unspec-first", unspec_first},
	{"passed", passed},
	{"syscall-32", syscall32},
	{"udp-sendto", udp_sendto},
	{"udp-connect", udp_connect},
	{"udp-sendmsg", udp_sendmsg},
	{"udp-sendmmsg", udp_sendmmsg},
	{"udp-cork", udp_cork},
	{"udp-six", udp_six},
	{"unspec-between", unspec_between},
	{"vfork", by_vfork},
	{"exec", by_exec},
	{"shared-files", shared_files},
	{"udp-unspec", udp_unspec},
	{"udp-four-of-six", udp_four_of_six},
	{"hold-vsock", hold_vsock},
	{"hold-alg", hold_alg},
	{"hold-raw", hold_raw},
	{"hold-ping", hold_ping},
	{"hold-udplite", hold_udplite},
	{"hold-sctp", hold_sctp},
	{"hold-xdp", hold_xdp},
	{"udp-name", udp_name},
	{"udp-quic", udp_quic},
	{"raw-udp", raw_udp},
	{"raw-header", raw_header},
	{"packet", packet},
	{"netns", netns},
	{"address", address},
	{"uring-connect", uring_connect},
	{"uring-send", uring_send},
	{"flip", flip},
	{"flip-port", flip_port},
	{"flip-socket", flip_socket},
	{"after", after},
	{"after-six", after_six},
};

int main(int argc, char **argv)
{
	mark = getenv("MARK");
	host = getenv("HOST");
	if (argc != 2 || !mark || !host)
		return 2;
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		if (strcmp(ways[i].name, argv[1]) == 0) {
			ways[i].run();
			return 0;
		}
	return 2;
}
