/* connect: performed on a copy of the socket with the copied address. Continuing would let a second
 * thread swap either for a pathname socket outside, which no namespace hides. */
#include "internal.h"
#include "network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>

static bool loopback(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *in = (const void *)ss;
	const struct sockaddr_in6 *in6 = (const void *)ss;

	if (ss->ss_family == AF_INET)
		return (ntohl(in->sin_addr.s_addr) >> 24) == 127 || in->sin_addr.s_addr == 0;
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		return in6->sin6_addr.s6_addr[12] == 127;
	return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) || IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr);
}

static void name_of(const struct sockaddr_storage *ss, const char *kind, char *ret, size_t cap)
{
	char host[INET6_ADDRSTRLEN] = "?";
	const struct sockaddr_in *in = (const void *)ss;
	const struct sockaddr_in6 *in6 = (const void *)ss;
	bool six = ss->ss_family == AF_INET6;

	(void)inet_ntop(ss->ss_family,
			six ? (const void *)&in6->sin6_addr : (const void *)&in->sin_addr, host,
			sizeof host);
	(void)snprintf(ret, cap, six ? "%s:[%s]:%u" : "%s:%s:%u", kind, host,
		       ntohs(six ? in6->sin6_port : in->sin_port));
}

/* Refused, said and counted: no question, for nobody could answer it well. */
static void refuse(struct sel_job *job, struct sel_reply *reply, const char *object, enum sel_op op,
		   const char *why, int error)
{
	struct sel_watch *w = job->hand->w;
	struct sel_verdict v = {.decision = SEL_DENY,
				.source = SEL_SRC_INVARIANT,
				.tier = SEL_T3,
				.error = error,
				.why = why,
				.consequence = ""};
	struct sel_decided d = {.pid = job->target->tgid,
				.op = op,
				.verdict = &v,
				.exe = sel_target_exe(job->target),
				.comm = sel_target_comm(job->target),
				.object = object};

	(void)w->config.decided(w->config.ctx, &d);
	sel_reply_error(reply, -error);
}

static void refuse_network(struct sel_job *job, struct sel_reply *reply, const char *kind,
			   enum sel_op op, const char *why)
{
	char name[96];

	name_of(&job->call->address, kind, name, sizeof name);
	refuse(job, reply, name, op, why, ENETUNREACH);
}

static const char closed[] = "the network namespace has loopback only";

/* The sandbox's own addresses besides loopback: whatever listens there is inside. */
static bool own_address(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *in = (const void *)ss;
	const struct sockaddr_in6 *in6 = (const void *)ss;
	struct in6_addr own6;
	struct in_addr own4;

	if (inet_pton(AF_INET, sel_synth_own4, &own4) != 1 ||
	    inet_pton(AF_INET6, sel_synth_own6, &own6) != 1)
		return false;
	if (ss->ss_family == AF_INET)
		return in->sin_addr.s_addr == own4.s_addr;
	return IN6_ARE_ADDR_EQUAL(&in6->sin6_addr, &own6) ||
	       (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) &&
		memcmp(&in6->sin6_addr.s6_addr[12], &own4, sizeof own4) == 0);
}

static uint16_t port_of(const struct sockaddr_storage *ss)
{
	return ntohs(ss->ss_family == AF_INET ? ((const struct sockaddr_in *)ss)->sin_port
					      : ((const struct sockaddr_in6 *)ss)->sin6_port);
}

/* The name service answers at port 53 of every address; it has no need to know who asks. */
static bool names_port(const struct sockaddr_storage *ss)
{
	return port_of(ss) == 53;
}

/* Our listeners are at ports that no program inside can bind, and of every address, its own too:
 * there nobody of its own listens. */
static bool only_ours(const struct sockaddr_storage *ss)
{
	return (loopback(ss) || own_address(ss)) && port_of(ss) < IPPORT_RESERVED &&
	       !names_port(ss);
}

static bool would_block(int sock)
{
	int flags = fcntl(sock, F_GETFL), type = 0;
	socklen_t len = sizeof type;

	return flags >= 0 && !(flags & O_NONBLOCK) &&
	       getsockopt(sock, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type != SOCK_DGRAM;
}

static void perform_connect(struct sel_job *job, struct sel_reply *reply, int sock,
			    const struct sockaddr *address, socklen_t len)
{
	if (!job->hand->may_block && would_block(sock)) {
		reply->kind = SEL_REPLY_LATER;
		reply->error = EINPROGRESS; /* taken up by a worker, which may wait */
		return;
	}
	sel_reply_value(reply, connect(sock, address, len) < 0 ? -errno : 0);
}

static bool whole(const struct sockaddr_storage *ss, socklen_t len)
{
	return (ss->ss_family == AF_INET && len >= sizeof(struct sockaddr_in)) ||
	       (ss->ss_family == AF_INET6 && len >= sizeof(struct sockaddr_in6));
}

/* How long a socket that blocks may do so: here, and in a worker. A listener of ours takes it at
 * once, unless the program saw to it that the handshake cannot end, or that many wait. It could
 * make the kernel try for hours (TCP_SYNCNT). */
static const struct timeval brief = {.tv_usec = 50000}, patient = {.tv_sec = 20},
			    at_once = {.tv_usec = 1000};

static bool sooner(const struct timeval *a, const struct timeval *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_usec < b->tv_usec;
}

/* True if connecting now ends after that time, which would be later; *ret_old is to be given back.
 */
static bool hurry(const struct timeval *most, int sock, struct timeval *ret_old)
{
	socklen_t len = sizeof *ret_old;

	if (!would_block(sock) || getsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, ret_old, &len) < 0 ||
	    (timerisset(ret_old) && sooner(ret_old, most)))
		return false;
	return setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, most, sizeof *most) == 0;
}

/* To a host: a listener of ours takes it, and tells by source and target who it was. That is at
 * once where there is room among those that wait to be accepted. */
static void connect_host(struct sel_job *job, struct sel_reply *reply, int sock)
{
	struct sel_network *n = job->hand->w->config.network;
	struct sel_net_caller caller = {.pid = job->target->tgid};
	struct timeval old;
	enum sel_net_why why;
	int r;

	if (!job->hand->may_block && would_block(sock) && sel_network_crowded(n)) {
		reply->kind = SEL_REPLY_LATER;
		reply->error = EINPROGRESS;
		return;
	}
	(void)sel_target_refresh(job->target);
	(void)snprintf(caller.exe, sizeof caller.exe, "%s", sel_target_exe(job->target));
	(void)snprintf(caller.comm, sizeof caller.comm, "%s", sel_target_comm(job->target));
	bool hurried = hurry(job->hand->may_block ? &patient : &brief, sock, &old);
	r = sel_network_connect(n, sock, (struct sockaddr *)&job->call->address,
				job->call->address_len, &caller, &why);
	if (hurried)
		(void)setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &old, sizeof old);
	if (hurried && job->hand->may_block && (r == -EINPROGRESS || r == -EALREADY)) {
		sel_reply_error(reply, -ETIMEDOUT);
		return;
	}
	if (hurried && r == -EINPROGRESS) { /* a worker may wait for it */
		reply->kind = SEL_REPLY_LATER;
		reply->error = EINPROGRESS;
		return;
	}
	if (r < 0 && why != SEL_NET_OK)
		refuse_network(job, reply, "tcp", SEL_OP_CONNECT,
			       sel_network_open(n) ? sel_net_words(why) : closed);
	else
		sel_reply_value(reply, r);
}

static void connect_inet(struct sel_job *job, struct sel_reply *reply, int sock)
{
	struct sockaddr_storage *ss = &job->call->address;
	bool open = sel_network_open(job->hand->w->config.network);
	int type = 0;
	socklen_t len = sizeof type;

	(void)getsockopt(sock, SOL_SOCKET, SO_TYPE, &type, &len);
	if (open && type == SOCK_STREAM && whole(ss, job->call->address_len) && only_ours(ss)) {
		sel_reply_error(reply, -ECONNREFUSED);
		return;
	}
	/* IPv4 on an IPv6 socket, half an address and the like: the kernel says what is wrong. */
	if (!whole(ss, job->call->address_len) || loopback(ss)) {
		perform_connect(job, reply, sock, (struct sockaddr *)ss, job->call->address_len);
		return;
	}
	if (open && (type == SOCK_DGRAM || own_address(ss) || names_port(ss)))
		perform_connect(job, reply, sock, (struct sockaddr *)ss, job->call->address_len);
	else if (open)
		connect_host(job, reply, sock);
	else if (type == SOCK_DGRAM)
		/* getaddrinfo connects datagram sockets to sort addresses: nothing leaves, nothing
		 * to say. */
		sel_reply_error(reply, -ENETUNREACH);
	else
		refuse_network(job, reply, "tcp", SEL_OP_CONNECT, closed);
}

/* Sockets behind which a program acts for whoever asks: with the powers of root, with keys, with
 * the network that this boundary names hosts for. Most lie in /run, which is empty inside; a scope
 * may show it. Patterns of fnmatch(3), '*' over folders too. */
static const struct {
	const char *pattern, *why;
} helpers[] = {
	{"*/nscd/socket", "resolves names outside, past the boundary"},
	{"*/systemd/resolve/io.systemd.*", "resolves names outside, past the boundary"},
	{"*/avahi-daemon/socket", "resolves names outside, past the boundary"},
	{"*/docker.sock", "whoever reaches it is root outside"},
	{"*/podman.sock", "whoever reaches it acts outside"},
	{"*/containerd.sock", "whoever reaches it is root outside"},
	{"*/buildkitd.sock", "whoever reaches it is root outside"},
	{"*/crio.sock", "whoever reaches it is root outside"},
	{"*/lxd/unix.socket*", "whoever reaches it is root outside"},
	{"*/libvirt*-sock*", "whoever reaches it acts outside"},
	{"*/dbus/system_bus_socket", "the bus starts programs outside"},
	{"/run/user/*/bus", "the bus starts programs outside"},
	{"/tmp/dbus-*", "the bus starts programs outside"},
	{"*/systemd/private", "the manager starts programs outside"},
	{"*/ssh-*/agent.*", "the agent signs for every host"},
	{"*/openssh_agent", "the agent signs for every host"},
	{"*/ssh-agent", "the agent signs for every host"},
	{"*/ssh-agent.soc*", "the agent signs for every host"},
	{"/run/user/*/keyring/*", "an open password store"},
	{"*/S.gpg-agent*", "the agent signs and decrypts"},
	{"*/S.scdaemon", "the agent signs and decrypts"},
	{"*/S.keyboxd", "holds keys"},
	{"*/S.dirmngr", "speaks to hosts outside, past the boundary"},
	{"*/tmux-[0-9]*/*", "keys can be sent to panes outside"},
	{"*/screen/S-*", "keys can be sent to windows outside"},
	{"*/.X11-unix/X*", "gives every client keyboard and screen"},
	{"*/wayland-[0-9]*", "clipboard and windows outside"},
	{"*/snapd*.socket", "whoever reaches it acts outside"},
};

/* Whoever started seldom was told of them: agents, editors and multiplexers put theirs anywhere. */
static const char *const told[] = {
	"SSH_AUTH_SOCK",  "DBUS_*_ADDRESS",	 "DOCKER_HOST",
	"CONTAINER_HOST", "GPG_AGENT_INFO",	 "TMUX",
	"NVIM",		  "NVIM_LISTEN_ADDRESS", "*_IPC_HOOK*",
	"*_IPC_HANDLE",	  "KITTY_LISTEN_ON",	 "*SWAYSOCK",
	"I3SOCK",	  "*CONTROL_SOCK*",	 "*MESSAGING_SOCK*",
	"CLAUDE_*SOCK*",
};

/* A socket's path begins a value, or what follows "unix:" in it. */
static bool names_path(const char *value, const char *path)
{
	const char *begin = strchr(value, '/');
	_cleanup_free_ char *one = NULL, *real = NULL;

	if (!begin || (begin != value && strncmp(value, "unix:", 5) != 0))
		return false;
	if (begin[1] == '/') /* unix:///path */
		begin += 2;
	one = strndup(begin, strcspn(begin, ",;:"));
	real = one ? realpath(one, NULL) : NULL;
	return real && strcmp(real, path) == 0;
}

static bool told_of(const char *path)
{
	for (char **e = environ; *e; e++) {
		const char *value = strchr(*e, '=');
		char name[64];

		if (!value ||
		    snprintf(name, sizeof name, "%.*s", (int)(value - *e), *e) >= (int)sizeof name)
			continue;
		for (size_t i = 0; i < SEL_N(told); i++)
			if (fnmatch(told[i], name, 0) == 0 && names_path(value + 1, path))
				return true;
	}
	return false;
}

static const char *helper_outside(const char *path)
{
	for (size_t i = 0; i < SEL_N(helpers); i++)
		if (fnmatch(helpers[i].pattern, path, 0) == 0)
			return helpers[i].why;
	return told_of(path) ? "belongs to what started seldom" : NULL;
}

/* The socket at job->call->path into job->a. */
static int find_socket(struct sel_job *job)
{
	int r = sel_resolve(&job->hand->w->view, job->target, AT_FDCWD, job->call->path, SEL_FOLLOW,
			    &job->a);

	if (r >= 0 && !job->a.exists)
		r = -ENOENT;
	if (r >= 0 && job->a.slash && !S_ISDIR(job->a.st.st_mode))
		r = -ENOTDIR;
	if (r >= 0 &&
	    syscall(SYS_faccessat2, job->a.fd, "", W_OK, AT_EMPTY_PATH | AT_EACCESS) < 0 &&
	    errno == EACCES)
		r = -EACCES;
	/* Nobody listens there, neither inside nor on the host: not worth a question. */
	if (r >= 0 && (!S_ISSOCK(job->a.st.st_mode) ||
		       (!sel_bound_at(job->hand->w->config.sockets, &job->a.st) &&
			!sel_bound_at(job->hand->w->host_sockets, &job->a.st))))
		r = -ECONNREFUSED;
	return r;
}

/* A socket in a folder that only this run can write is this run's. Anything else may have a program
 * of the outside behind it, in the workspace too. */
static bool may_connect(struct sel_job *job, struct sel_reply *reply)
{
	struct sel_subject s = {.op = SEL_OP_CONNECT,
				.path = job->a.path,
				.exe = sel_target_exe(job->target),
				.exists = true};
	const struct sel_policy *policy = sel_watch_policy(job->hand->w);
	enum sel_mode mode = sel_scope_mode(&policy->scope, job->a.path);
	const char *why;

	sel_watch_policy_release(job->hand->w);
	job->op = SEL_OP_CONNECT;
	if (mode == SEL_MODE_PRIVATE ||
	    (mode == SEL_MODE_RW && sel_bound_at(job->hand->w->config.sockets, &job->a.st)))
		return true;
	why = helper_outside(job->a.path);
	if (why)
		refuse(job, reply, job->a.path, SEL_OP_CONNECT, why, EACCES);
	return !why && sel_allowed(job, reply, &s, NULL);
}

static bool is_claims(const struct sel_job *job)
{
	const struct sel_watch_config *c = &job->hand->w->config;

	return c->claim_ino && job->a.st.st_ino == c->claim_ino && job->a.st.st_dev == c->claim_dev;
}

/* Where it is crowded it is refused, not waited for: nobody's call is late because of it. */
static void connect_claims(struct sel_reply *reply, int sock, const struct sockaddr_un *to)
{
	struct timeval old;
	bool hurried = hurry(&at_once, sock, &old);
	int r = connect(sock, (const struct sockaddr *)to, sizeof *to) < 0 ? -errno : 0;

	if (hurried)
		(void)setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &old, sizeof old);
	sel_reply_value(reply, r);
}

static void connect_path(struct sel_job *job, struct sel_reply *reply, int sock)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&job->call->address;
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int r;

	(void)snprintf(job->call->path, sizeof job->call->path, "%.*s", (int)sizeof un->sun_path,
		       un->sun_path);
	r = find_socket(job);
	if (r < 0) {
		sel_reply_error(reply, r);
		return;
	}
	bool claims = is_claims(job);
	if (!claims && !may_connect(job, reply))
		return;
	(void)snprintf(to.sun_path, sizeof to.sun_path, "/proc/self/fd/%d", job->a.fd);
	if (claims)
		connect_claims(reply, sock, &to);
	else
		perform_connect(job, reply, sock, (struct sockaddr *)&to, sizeof to);
}

void sel_handle_connect(struct sel_job *job, struct sel_reply *reply)
{
	struct sockaddr_storage *ss = &job->call->address;
	_cleanup_close_ int sock =
		sel_target_getfd(job->target, (int)job->call->notif.data.args[0]);
	int domain = -1;
	socklen_t len = sizeof domain;

	if (sock < 0) {
		sel_reply_error(reply, sock == -EBADF ? -EBADF : sock);
		return;
	}
	if (getsockopt(sock, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0) {
		sel_reply_error(reply, -errno);
		return;
	}
	if (job->call->address_len < sizeof ss->ss_family) {
		sel_reply_error(reply, -EINVAL);
		return;
	}
	if (domain == AF_INET || domain == AF_INET6)
		connect_inet(job, reply, sock);
	else if (domain == AF_UNIX && ss->ss_family == AF_UNIX &&
		 ((struct sockaddr_un *)ss)->sun_path[0] != '\0' &&
		 job->call->address_len > sizeof ss->ss_family)
		connect_path(job, reply, sock);
	else /* abstract: of this network namespace; netlink; AF_UNSPEC */
		perform_connect(job, reply, sock, (struct sockaddr *)ss, job->call->address_len);
}

void sel_handle_sendto(struct sel_job *job, struct sel_reply *reply)
{
	struct sockaddr_storage *ss = &job->call->address;

	if (whole(ss, job->call->address_len) && !loopback(ss) &&
	    !sel_network_open(job->hand->w->config.network))
		refuse_network(job, reply, "udp", SEL_OP_SEND, closed);
	else /* every address is inside: the name service, or nobody, which is said at once */
		sel_reply_continue(reply);
}
