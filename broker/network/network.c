/* See network.h. */
#include "internal.h"

#include "credential.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define CLEAN_MAX  12
#define STALE_USEC (60 * USEC_PER_SEC)
#define TICK_EVERY (5 * USEC_PER_SEC)

/* --- starting
 * ---------------------------------------------------------------------------------- */

static int on_wake(sd_event_source *src, int fd, uint32_t events, void *ctx)
{
	struct sel_network *n = ctx;
	struct peer *const peers[] = {&n->egress, &n->dial, &n->keys};
	eventfd_t ignored;

	(void)src;
	(void)events;
	(void)eventfd_read(fd, &ignored);
	for (size_t i = 0; i < SEL_N(peers); i++)
		if (peers[i]->sock >= 0)
			peer_flush(peers[i]);
	network_early(n);
	return 0;
}

int network_new(const struct sel_network_config *config, struct sel_network **ret)
{
	struct sel_network *n = calloc(1, sizeof *n);
	int r;

	if (!n)
		return -ENOMEM;
	n->config = *config;
	n->egress.sock = n->dial.sock = n->keys.sock = n->folder_fd = -1;
	(void)pthread_mutex_init(&n->lock, NULL);
	n->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = n->wake < 0 ? -errno : 0;
	if (r >= 0)
		r = sd_event_add_io(config->loop, &n->wake_source, n->wake, EPOLLIN, on_wake, n);
	if (r < 0) {
		sel_network_free(n);
		return r;
	}
	*ret = n;
	return 0;
}

static int make_certs(const char *folder)
{
	_cleanup_close_ int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 || mkdirat(dir, "certs", 0755) < 0)
		return -errno;
	return 0;
}

static void remove_below(int dir, const char *name, int depth);

/* A broker that was killed leaves its folder behind; one that lives holds a lock on its own. `name`
 * begins as ours does, and is old enough not to be just being made. */
static void remove_if_stale(int dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	usec_t now = sel_now_real();
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != geteuid() ||
	    (usec_t)st.st_mtim.tv_sec * USEC_PER_SEC + STALE_USEC > now ||
	    flock(fd, LOCK_EX | LOCK_NB) < 0)
		return;
	remove_below(dir, name, 3);
}

/* What lies beside our folder and is called like it but for the session's id at the end. */
static void remove_stale(const char *runtime)
{
	const char *base = strrchr(runtime, '/') + 1, *id = strrchr(base, '-');
	_cleanup_free_ char *parent = strndup(runtime, (size_t)(base - runtime));
	const struct dirent *e;
	DIR *d = id && parent ? opendir(parent) : NULL;

	while (d && (e = readdir(d)))
		if (strncmp(e->d_name, base, (size_t)(id - base) + 1) == 0)
			remove_if_stale(dirfd(d), e->d_name);
	if (d)
		(void)closedir(d);
}

static int lock_folder(struct sel_network *n)
{
	n->folder_fd = open(n->config.runtime, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return n->folder_fd < 0 || flock(n->folder_fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

/* <runtime>/trust: what is bound over the places where programs look for authorities. */
static int make_folder(struct sel_network *n)
{
	mode_t saved = umask(0022);
	int r = asprintf(&n->folder, "%s/trust", n->config.runtime) < 0 ? -ENOMEM : 0;

	if (r < 0)
		n->folder = NULL;
	if (r >= 0)
		remove_stale(n->config.runtime);
	if (r >= 0 && mkdir(n->config.runtime, 0700) < 0)
		r = -errno;
	if (r >= 0)
		r = lock_folder(n);
	if (r >= 0 && mkdir(n->folder, 0755) < 0)
		r = -errno;
	(void)umask(saved);
	return r < 0 ? r : make_certs(n->folder);
}

struct start {
	struct peer *peer;
	const char *name;
	const char *const *arguments;
	char *const *env;
	int other; /* end of the pair between egress and keys */
	void (*handle)(struct sel_network *n, const struct sel_wire *w, int fd);
};

static int start_one(struct sel_network *n, const struct start *s)
{
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	r = process_start(s->name, s->arguments, s->env, pair[1], s->other);
	(void)close(pair[1]);
	if (r < 0) {
		(void)close(pair[0]);
		return r;
	}
	s->peer->pid = r;
	return peer_open(s->peer, n, s->name, pair[0], s->handle);
}

/* The caller's environment is the program's business, not theirs: LD_PRELOAD, OPENSSL_CONF,
 * RES_OPTIONS, proxies. */
static void clean_environment(char *ret[CLEAN_MAX])
{
	static const char *const kept[] = {"SSL_CERT_FILE=", "SELDOM_DEBUG=", "ASAN_OPTIONS=",
					   "UBSAN_OPTIONS=", "LSAN_OPTIONS="};
	size_t at = 0;

	ret[at++] = (char *)"PATH=/usr/bin:/bin";
	ret[at++] = (char *)"LOCALDOMAIN="; /* a name means itself: no search list */
	for (char **e = environ; *e; e++)
		for (size_t i = 0; i < SEL_N(kept); i++)
			if (strncmp(*e, kept[i], strlen(kept[i])) == 0 && at < CLEAN_MAX - 1)
				ret[at++] = *e;
	ret[at] = NULL;
}

/* seldom-keys holds credentials of the host's side: variables, and what the session's bus guards.
 */
static int keys_environment(char ***ret)
{
	static const char *const dropped[] = {"LD_", "GLIBC_", "GIO_", "G_", "OPENSSL_"};
	size_t n = 0, at = 0;

	while (environ[n])
		n++;
	char **env = calloc(n + 1, sizeof *env);
	if (!env)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		bool drop = false;

		for (size_t k = 0; k < SEL_N(dropped); k++)
			drop |= strncmp(environ[i], dropped[k], strlen(dropped[k])) == 0;
		if (!drop)
			env[at++] = environ[i];
	}
	*ret = env;
	return 0;
}

static int egress_arguments(const struct sel_network *n, const char ***ret)
{
	size_t at = 0, roots = 0;

	while (n->config.roots && n->config.roots[roots])
		roots++;
	const char **args = calloc(2 * roots + 3, sizeof *args);
	if (!args)
		return -ENOMEM;
	if (n->config.java)
		args[at++] = "--java";
	for (size_t i = 0; i < roots; i++) {
		args[at++] = "--roots";
		args[at++] = n->config.roots[i];
	}
	args[at] = n->folder;
	*ret = args;
	return 0;
}

static int start_all(struct sel_network *n)
{
	static const char *const nothing[] = {NULL};
	_cleanup_free_ const char **arguments = NULL;
	_cleanup_free_ char **keys_env = NULL;
	char *env[CLEAN_MAX];
	int pair[2];
	int r = egress_arguments(n, &arguments);

	if (r >= 0)
		r = keys_environment(&keys_env);
	if (r >= 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		r = -errno;
	if (r < 0)
		return r;
	clean_environment(env);
	const struct start list[] = {
		{&n->egress, "seldom-egress", arguments, env, pair[0], network_from_egress},
		{&n->dial, "seldom-dial", nothing, env, -1, network_from_dial},
		{&n->keys, "seldom-keys", nothing, keys_env, pair[1], network_from_keys},
	};
	for (size_t i = 0; r >= 0 && i < SEL_N(list); i++)
		r = start_one(n, &list[i]);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return r;
}

int sel_network_start(const struct sel_network_config *config, struct sel_network **ret)
{
	struct sel_network *n;
	int r = network_new(config, &n);

	if (r < 0)
		return r;
	r = make_folder(n);
	if (r >= 0)
		r = start_all(n);
	if (r < 0) {
		sel_network_free(n);
		return r;
	}
	*ret = n;
	return 0;
}

const char *sel_network_trust(const struct sel_network *n)
{
	return n->folder;
}

int sel_network_ready(struct sel_network *n)
{
	static struct sel_wire w; /* before the loop runs */
	usec_t end = sel_now_monotonic() + TRUST_MSEC * USEC_PER_MSEC;

	while (!n->ready && !n->closed) {
		struct pollfd p = {.fd = n->egress.sock, .events = POLLIN};
		usec_t now = sel_now_monotonic();
		_cleanup_close_ int fd = -1;
		int r;

		if (now >= end || poll(&p, 1, (int)((end - now) / USEC_PER_MSEC) + 1) == 0)
			return -ETIMEDOUT;
		r = sel_wire_recv(n->egress.sock, &w, &fd);
		if (r == 0)
			return -EPIPE;
		if (r < 0 && r != -EAGAIN)
			return r;
		if (r > 0)
			network_from_egress(n, &w, fd);
	}
	return n->closed ? -EPIPE : 0;
}

/* --- inside
 * ------------------------------------------------------------------------------------ */

/* Under the lock. */
static int tell_listener(struct sel_network *n, enum sel_wire_what what, uint16_t port, int fd)
{
	struct sel_wire w;

	memset(&w, 0, offsetof(struct sel_wire, text));
	w.kind = SEL_WIRE_LISTENER;
	w.what = what;
	w.port = port;
	return peer_send(&n->egress, &w, fd);
}

static int serve_names(struct sel_network *n, int family)
{
	struct address any = {.family = (uint16_t)family, .port = 53};
	struct sockaddr_storage at;
	socklen_t len = address_put(&any, &at);
	int r = 0;

	for (int tcp = 0; tcp < 2 && r >= 0; tcp++) {
		r = tcp ? sel_joiner_listen(n->joiner, (struct sockaddr *)&at, len)
			: sel_joiner_datagrams(n->joiner, (struct sockaddr *)&at, len);
		_cleanup_close_ int fd = r;
		if (r < 0)
			break;
		(void)pthread_mutex_lock(&n->lock);
		r = tell_listener(n, tcp ? SEL_WHAT_DNS_TCP : SEL_WHAT_DNS_UDP, 53, fd);
		(void)pthread_mutex_unlock(&n->lock);
	}
	return r;
}

int sel_network_attach(struct sel_network *n, struct sel_joiner *joiner, pthread_mutex_t *mounts)
{
	bool six = false;
	int r;

	if (n->closed)
		return -EPIPE;
	n->joiner = joiner;
	n->mounts = mounts;
	(void)pthread_mutex_lock(mounts);
	r = sel_joiner_network(joiner, sel_synth_own4, sel_synth_own6, &six);
	if (r >= 0)
		r = serve_names(n, AF_INET);
	if (r >= 0 && six) {
		r = serve_names(n, AF_INET6);
		if (r == -EAFNOSUPPORT) /* no such sockets here: names are had over IPv4 */
			r = 0;
	}
	(void)pthread_mutex_unlock(mounts);
	n->attached = r >= 0;
	return r;
}

/* --- connecting, from watching threads
 * --------------------------------------------------------- */

/* Under the lock. */
static bool literal_granted(const struct sel_network *n, const struct address *to)
{
	char name[SEL_NAME_MAX];
	usec_t now = sel_now_real();

	address_name(to, name);
	for (size_t i = 0; i < n->n_grants; i++)
		if (sel_grant_covers(&n->grants[i], name, to->port, now))
			return true;
	return false;
}

/* Under `mounts`, not under the lock. */
static int make_listener(struct sel_network *n, const struct address *to)
{
	struct address any = {.family = to->family, .port = stand_in(to->port)};
	struct sockaddr_storage at;
	socklen_t len = address_put(&any, &at);
	_cleanup_close_ int fd = sel_joiner_listen(n->joiner, (struct sockaddr *)&at, len);
	int r;

	if (fd < 0)
		return fd;
	(void)pthread_mutex_lock(&n->lock);
	r = tell_listener(n, SEL_WHAT_TCP, any.port, fd);
	if (r >= 0)
		listener_of(&n->callers, to)->there = true;
	(void)pthread_mutex_unlock(&n->lock);
	return r;
}

/* Counted as being connected to, if it is there. */
static bool join_listener(struct sel_network *n, const struct address *to)
{
	struct listener *l = listener_of(&n->callers, to);

	if (l->there)
		l->connecting++;
	return l->there;
}

/* One at a time; another thread may have made it while this one waited. */
static int wait_listener(struct sel_network *n, const struct address *to)
{
	bool there = false;
	int r = 0;

	(void)pthread_mutex_lock(n->mounts);
	for (int i = 0; r >= 0 && !there; i++) {
		if (i)
			r = make_listener(n, to);
		(void)pthread_mutex_lock(&n->lock);
		there = join_listener(n, to);
		(void)pthread_mutex_unlock(&n->lock);
	}
	(void)pthread_mutex_unlock(n->mounts);
	return r;
}

/* There is a listener for `to`, counted as being connected to. */
static int get_listener(struct sel_network *n, const struct address *to, enum sel_net_why *ret_why)
{
	struct sockaddr_storage at;
	bool refused, there;
	int r = 0;

	(void)address_put(to, &at);
	(void)pthread_mutex_lock(&n->lock);
	refused = n->closed || (!sel_synth_is((struct sockaddr *)&at) && !literal_granted(n, to));
	there = !refused && join_listener(n, to);
	*ret_why = n->closed ? SEL_NET_DENIED : SEL_NET_LITERAL;
	(void)pthread_mutex_unlock(&n->lock);
	if (refused)
		return -ENETUNREACH;
	if (!there)
		r = wait_listener(n, to);
	*ret_why = r < 0 ? SEL_NET_OVERLOAD : SEL_NET_OK;
	return r < 0 ? -ENETUNREACH : 0;
}

/* Connecting again asks how the first time went; it makes no connection. */
static bool unconnected(int sock)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof peer, info_len;
	struct tcp_info info = {0};

	info_len = sizeof info;
	return getpeername(sock, (struct sockaddr *)&peer, &len) < 0 &&
	       getsockopt(sock, IPPROTO_TCP, TCP_INFO, &info, &info_len) == 0 &&
	       info.tcpi_state == TCP_CLOSE;
}

/* To where it listens; v4-mapped stays so. */
static int connect_to(int sock, const struct sockaddr *address, socklen_t len, uint16_t port)
{
	struct sockaddr_storage to = {0};

	if (len > sizeof to)
		return -EINVAL;
	memcpy(&to, address, len);
	if (to.ss_family == AF_INET)
		((struct sockaddr_in *)&to)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)&to)->sin6_port = htons(port);
	return connect(sock, (struct sockaddr *)&to, len) < 0 ? -errno : 0;
}

int sel_network_connect(struct sel_network *n, int sock, const struct sockaddr *address,
			socklen_t len, const struct sel_net_caller *caller,
			enum sel_net_why *ret_why)
{
	struct address to, from;
	struct sockaddr_storage own;
	socklen_t own_len = sizeof own;
	int r = address_of(address, len, &to);

	*ret_why = SEL_NET_OK;
	if (r < 0)
		return r;
	if (!unconnected(sock))
		return connect(sock, address, len) < 0 ? -errno : 0;
	r = get_listener(n, &to, ret_why);
	if (r < 0)
		return r;
	struct address at = to;
	at.port = stand_in(to.port);
	r = connect_to(sock, address, len, at.port);
	bool made = (r == 0 || r == -EINPROGRESS) &&
		    getsockname(sock, (struct sockaddr *)&own, &own_len) == 0 &&
		    address_of((struct sockaddr *)&own, own_len, &from) == 0;
	(void)pthread_mutex_lock(&n->lock);
	if (made)
		(void)callers_put(&n->callers, &from, &at, to.port, caller,
				  sel_now_monotonic()); /* else it is refused later */
	listener_of(&n->callers, &to)->connecting--;
	bool early = n->early;
	(void)pthread_mutex_unlock(&n->lock);
	if (early)
		(void)eventfd_write(n->wake, 1);
	if (r == -ECONNREFUSED) { /* nobody else can be there: seldom-egress is ending */
		*ret_why = SEL_NET_OVERLOAD;
		return -ENETUNREACH;
	}
	return r;
}

bool sel_network_crowded(struct sel_network *n)
{
	(void)pthread_mutex_lock(&n->lock);
	bool crowded = n->callers.unaccepted > CROWD;
	(void)pthread_mutex_unlock(&n->lock);
	return crowded;
}

bool sel_network_open(struct sel_network *n)
{
	if (!n)
		return false;
	(void)pthread_mutex_lock(&n->lock);
	bool open = n->attached && !n->closed;
	(void)pthread_mutex_unlock(&n->lock);
	return open;
}

/* --- grants
 * ------------------------------------------------------------------------------------ */

static int tell_grant(struct sel_network *n, const struct sel_net_grant *g, const char *phantom,
		      uint64_t request)
{
	struct sel_wire w;
	int r;

	memset(&w, 0, sizeof w);
	w.kind = SEL_WIRE_GRANT;
	w.number = g->number;
	w.id = request;
	w.rule = g->rule;
	w.from = g->from;
	w.expires = g->expires;
	(void)snprintf(w.phantom, sizeof w.phantom, "%s", phantom);
	r = sel_grant_line(g, w.text, SEL_GRANT_LINE_MAX);
	if (r < 0)
		return r;
	w.n = (uint32_t)strlen(w.text);
	/* Egress last: what it then wants of the others they have heard of. */
	r = peer_send(&n->dial, &w, -1);
	if (r >= 0 && g->credential != SEL_CRED_NONE)
		r = peer_send(&n->keys, &w, -1);
	if (r >= 0)
		r = peer_send(&n->egress, &w, -1);
	explicit_bzero(w.phantom, sizeof w.phantom);
	return r;
}

static int grow(struct sel_network *n)
{
	struct sel_net_grant *grants = reallocarray(n->grants, n->n_grants + 1, sizeof *n->grants);

	if (grants)
		n->grants = grants;
	char(*phantoms)[160] = reallocarray(n->phantoms, n->n_grants + 1, sizeof *n->phantoms);
	if (phantoms)
		n->phantoms = phantoms;
	return grants && phantoms ? 0 : -ENOMEM;
}

/* Under the lock. `request`: of egress, for which it is alone; 0: for all. */
static int add_grant(struct sel_network *n, struct sel_net_grant *g, uint64_t request)
{
	char phantom[SEL_PHANTOM_MAX] = "";
	int r = 0;

	_Static_assert(SEL_PHANTOM_MAX == sizeof n->phantoms[0], "one of credential.h");
	if (n->n_grants >= SEL_GRANTS_N_MAX)
		return -ENOSPC;
	if (g->credential != SEL_CRED_NONE)
		r = sel_phantom_new(g->phantom_shape ? g->phantom_shape : "", phantom);
	if (r >= 0)
		r = grow(n);
	if (r < 0)
		return r;
	g->number = n->last_number + 1;
	r = tell_grant(n, g, phantom, request);
	if (r < 0)
		return r;
	n->last_number++;
	memcpy(n->phantoms[n->n_grants], phantom, sizeof phantom);
	n->grants[n->n_grants++] = *g;
	return 0;
}

static int on_tick(sd_event_source *src, uint64_t usec, void *ctx);

static void keep_time(struct sel_network *n)
{
	if (n->timer)
		(void)sd_event_source_set_enabled(n->timer, SD_EVENT_ONESHOT);
	else
		(void)sd_event_add_time_relative(n->config.loop, &n->timer, CLOCK_MONOTONIC,
						 TICK_EVERY, USEC_PER_SEC, on_tick, n);
}

int sel_network_grant(struct sel_network *n, struct sel_net_grant *take, uint64_t once,
		      uint32_t *ret_number)
{
	struct once *o = once ? calloc(1, sizeof *o) : NULL;
	uint64_t request = once ? questions_first(&n->questions, once) : 0;
	usec_t expires = take->expires;
	int r = once && !o ? -ENOMEM : once && !request ? -ENOENT : 0;

	if (once)
		take->from = SEL_GRANT_ONCE;
	if (expires == USEC_INFINITY) /* no longer than the session anyway */
		take->expires = expires = 0;
	(void)pthread_mutex_lock(&n->lock);
	if (r >= 0)
		r = n->closed ? -EPIPE : add_grant(n, take, request);
	uint32_t number = n->last_number;
	(void)pthread_mutex_unlock(&n->lock);
	if (r < 0) {
		free(o);
		sel_grant_done(take);
		*take = (struct sel_net_grant){0};
		return r;
	}
	*take = (struct sel_net_grant){0};
	if (o) {
		*o = (struct once){.next = n->onces,
				   .number = number,
				   .until = sel_now_monotonic() + ONCE_USEC};
		n->onces = o;
	}
	if (o || expires)
		keep_time(n);
	if (ret_number)
		*ret_number = number;
	return 0;
}

/* Under the lock. */
static void tell_revoke(struct sel_network *n, uint32_t number)
{
	struct peer *const peers[] = {&n->egress, &n->dial, &n->keys};
	struct sel_wire w;

	memset(&w, 0, offsetof(struct sel_wire, text));
	w.kind = SEL_WIRE_REVOKE;
	w.number = number;
	for (size_t i = 0; i < SEL_N(peers); i++)
		(void)peer_send(peers[i], &w, -1);
}

void sel_network_revoke(struct sel_network *n, uint32_t number)
{
	(void)pthread_mutex_lock(&n->lock);
	for (size_t i = 0; i < n->n_grants; i++) {
		if (n->grants[i].number != number)
			continue;
		tell_revoke(n, number);
		sel_grant_done(&n->grants[i]);
		n->n_grants--;
		memmove(&n->grants[i], &n->grants[i + 1], (n->n_grants - i) * sizeof *n->grants);
		memmove(&n->phantoms[i], &n->phantoms[i + 1],
			(n->n_grants - i) * sizeof *n->phantoms);
		break;
	}
	(void)pthread_mutex_unlock(&n->lock);
}

static void drop_onces(struct sel_network *n)
{
	usec_t now = sel_now_monotonic();

	for (struct once **at = &n->onces; *at;) {
		struct once *o = *at;

		if (o->conn || o->until > now) {
			at = &o->next;
			continue;
		}
		*at = o->next;
		sel_network_revoke(n, o->number);
		free(o);
	}
}

static int on_tick(sd_event_source *src, uint64_t usec, void *ctx)
{
	struct sel_network *n = ctx;
	usec_t now = sel_now_real();
	bool again = false;

	(void)usec;
	drop_onces(n);
	for (size_t i = 0; i < n->n_grants;) { /* only the loop changes the list */
		usec_t end = n->grants[i].expires;

		again |= end != 0;
		if (end && end <= now)
			sel_network_revoke(n, n->grants[i].number);
		else
			i++;
	}
	if (again || n->onces) {
		(void)sd_event_source_set_time_relative(src, TICK_EVERY);
		(void)sd_event_source_set_enabled(src, SD_EVENT_ONESHOT);
	}
	return 0;
}

const struct sel_net_grant *sel_network_grants(const struct sel_network *n, size_t *ret_n)
{
	*ret_n = n ? n->n_grants : 0;
	return n ? n->grants : NULL;
}

const char *sel_network_phantom(const struct sel_network *n, uint32_t number)
{
	for (size_t i = 0; i < n->n_grants; i++)
		if (n->grants[i].number == number && n->phantoms[i][0])
			return n->phantoms[i];
	return NULL;
}

/* --- the end
 * ----------------------------------------------------------------------------------- */

static void end_questions(struct sel_network *n)
{
	struct question *q;

	while ((q = n->questions.first)) {
		uint64_t id = q->id;

		question_free(questions_take(&n->questions, id));
		if (n->config.gone)
			n->config.gone(n->config.ctx, id);
	}
}

static void close_all(struct sel_network *n)
{
	struct peer *const peers[] = {&n->egress, &n->dial, &n->keys};

	(void)pthread_mutex_lock(&n->lock);
	n->closed = true;
	for (struct early *e = n->early, *next; e; e = next) {
		next = e->next;
		free(e);
	}
	n->early = NULL;
	(void)pthread_mutex_unlock(&n->lock);
	for (size_t i = 0; i < SEL_N(peers); i++) /* then they end at the same time */
		if (peers[i]->pid > 0)
			(void)kill(peers[i]->pid, SIGKILL);
	for (size_t i = 0; i < SEL_N(peers); i++)
		peer_close(peers[i]);
}

void network_lost(struct sel_network *n, const char *what)
{
	if (n->closed)
		return;
	close_all(n);
	end_questions(n);
	if (n->config.lost)
		n->config.lost(n->config.ctx, what);
}

static void remove_below(int dir, const char *name, int depth)
{
	struct dirent *e;
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		sel_closep(&fd);
	while (d && (e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (e->d_type == DT_DIR && depth > 0)
			remove_below(dirfd(d), e->d_name, depth - 1);
		else
			(void)unlinkat(dirfd(d), e->d_name, 0);
	}
	if (d)
		(void)closedir(d);
	(void)unlinkat(dir, name, AT_REMOVEDIR);
}

void sel_network_free(struct sel_network *n)
{
	if (!n)
		return;
	close_all(n);
	if (n->folder) {
		remove_below(AT_FDCWD, n->folder, 2);
		(void)rmdir(n->config.runtime);
	}
	free(n->folder);
	n->wake_source = sd_event_source_unref(n->wake_source);
	n->timer = sd_event_source_unref(n->timer);
	sel_closep(&n->wake);
	sel_closep(&n->folder_fd);
	questions_done(&n->questions);
	callers_done(&n->callers);
	for (struct dial *d = n->dials, *next; d; d = next) {
		next = d->next;
		free(d);
	}
	for (struct once *o = n->onces, *next; o; o = next) {
		next = o->next;
		free(o);
	}
	sel_net_grants_free(n->grants, n->n_grants);
	if (n->phantoms)
		explicit_bzero(n->phantoms, n->n_grants * sizeof *n->phantoms);
	free(n->phantoms);
	(void)pthread_mutex_destroy(&n->lock);
	free(n);
}
