/* seldom-egress [--java] [--valid=SECONDS] [--roots=PATH]... FOLDER
 *
 * Started by the broker with the descriptors of wire.h. FOLDER: an existing folder that the trust
 * files are written to. --valid: how long the session's authority is good for (default 30 days).
 * --roots: a grant's own roots; all that a grant may name must be given here, since nothing can be
 * read once confined. SSL_CERT_FILE names the host's roots, as everywhere.
 *
 * Everything that touches files is done first; then it confines itself, and only then looks at
 * anything that came from inside or from the world. */
#include "engine.h"

#include "confine.h"

#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define VALID_DEFAULT ((usec_t)30 * 24 * 3600 * USEC_PER_SEC)
#define VALID_MAX     ((unsigned long long)366 * 24 * 3600)
#define FILES_WANTED  65536
#define KEPT_FREE     (4 * 1024 * 1024)

static const char *const usage =
	"seldom-egress [--java] [--valid=SECONDS] [--roots=PATH]... FOLDER";

struct options {
	bool java;
	usec_t valid;
	const char *folder;
};

static int parse_valid(const char *text, usec_t *ret)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || *end || end == text || n == 0 || n > VALID_MAX)
		return -EINVAL;
	*ret = n * USEC_PER_SEC;
	return 0;
}

/* A grant whose roots cannot be read will fail where it is used; the others are not to suffer. */
static void load_roots(const char *path)
{
	int r = sel_tls_load_roots(path);

	if (r < 0)
		(void)sel_warn(r, "Cannot read roots '%s'", path ? path : "of this host");
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{"java", no_argument, NULL, 'j'},
		{"valid", required_argument, NULL, 'v'},
		{"roots", required_argument, NULL, 'r'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) >= 0)
		switch (c) {
		case 'j':
			o->java = true;
			break;
		case 'v':
			if (parse_valid(optarg, &o->valid) < 0)
				return sel_err(-EINVAL, "--valid wants seconds");
			break;
		case 'r':
			load_roots(optarg);
			break;
		default:
			return -EINVAL;
		}
	if (optind != argc - 1)
		return sel_err(-EINVAL, "usage: %s", usage);
	o->folder = argv[optind];
	return 0;
}

/* The terminal's signals are the program's, not ours; the broker's end is what ends us. */
static void ignore_signals(void)
{
	static const int ignored[] = {SIGPIPE, SIGINT,	SIGQUIT, SIGHUP,  SIGTSTP,
				      SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, SIGALRM};
	sigset_t none;

	for (size_t i = 0; i < SEL_N(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void raise_limits(void)
{
	struct rlimit files, none = {0, 0};

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max < FILES_WANTED ? files.rlim_max : FILES_WANTED;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	(void)setrlimit(RLIMIT_CORE, &none); /* credentials are in memory */
}

static int write_trust(struct engine *e, const struct options *o)
{
	_cleanup_close_ int dir =
		o->folder ? open(o->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	const char *what = "the folder";
	int r;

	if (dir < 0)
		return sel_err(-errno, "Cannot open '%s'", o->folder);
	r = sel_ca_new(o->valid, &e->ca);
	if (r < 0)
		return sel_err(r, "Cannot make the session's authority");
	r = sel_trust_write(dir, sel_ca_pem(e->ca), NULL, o->java, &what);
	return r < 0 ? sel_err(r, "Cannot write %s in '%s'", what, o->folder) : 0;
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0)
			return -errno;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

static int say_ready(struct engine *e)
{
	_cleanup_close_ int fd = memfd_create("seldom-ca", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	const char *pem = sel_ca_pem(e->ca);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, pem, strlen(pem));
	if (r == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		r = -errno;
	if (r < 0)
		return r;
	(void)wire_new(e, SEL_WIRE_READY, NULL);
	return sel_wire_send(e->calls.source.fd, &e->wire, fd);
}

/* Buffers of bytes on their way come and go by the thousand a second: the kernel is not asked for
 * each of them, nor given it back. */
static void keep_memory(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, KEPT_FREE);
	(void)mallopt(M_TRIM_THRESHOLD, KEPT_FREE);
	(void)mallopt(M_TOP_PAD, KEPT_FREE / 8);
}

static void tick(struct timer *t)
{
	struct engine *e = (struct engine *)((char *)t - offsetof(struct engine, tick));

	conns_tick(e);
	grants_sweep(e);
	listeners_pause(e, false);
	timer_set(&e->loop, &e->tick, TICK_USEC);
}

static int set_up(struct engine *e, const struct options *o)
{
	static const char *const nothing[] = {NULL};
	int r;

	load_roots(NULL);
	r = loop_open(&e->loop);
	if (r == 0)
		r = sel_synth_new(&e->synth);
	if (r < 0)
		return sel_err(r, "Cannot begin");
	secrets_open(&e->secrets);
	r = write_trust(e, o);
	if (r < 0)
		return r;
	r = say_ready(e);
	if (r < 0)
		return sel_err(r, "Cannot reach the broker");
	r = sel_confine(SEL_CONFINED_EGRESS, nothing);
	return r < 0 ? sel_err(r, "Cannot confine itself") : 0;
}

static void tear_down(struct engine *e)
{
	while (e->conns)
		conn_close(e->conns);
	upstreams_free(e);
	listeners_free(e);
	grants_free(e);
	calls_free(e);
	sel_synth_free(e->synth);
	sel_ca_free(e->ca);
	loop_close(&e->loop);
}

int main(int argc, char **argv)
{
	static struct engine engine = {.calls.source.fd = SEL_WIRE_FD_BROKER,
				       .keys.fd = SEL_WIRE_FD_KEYS};
	struct options options = {.valid = VALID_DEFAULT};
	int r;

	sel_log_init("seldom-egress");
	ignore_signals();
	raise_limits();
	keep_memory();
	if (parse(argc, argv, &options) < 0)
		return SEL_EXIT_SETUP;
	r = set_up(&engine, &options);
	if (r < 0)
		return EXIT_FAILURE;
	calls_start(&engine);
	engine.tick.fire = tick;
	timer_set(&engine.loop, &engine.tick, TICK_USEC);
	r = loop_run(&engine.loop);
	tear_down(&engine);
	if (r < 0)
		(void)sel_err(r, "The network is closed");
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
