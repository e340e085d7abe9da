/* seldom-broker: started by `seldom run` only. */
#include "broker.h"

#include "constants.h"
#include "landlock.h"

#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum {
	OPT_FD_FIRST = 256,
	OPT_CONTROL = OPT_FD_FIRST,
	OPT_STDIN,
	OPT_STDOUT,
	OPT_STDERR,
	OPT_TTY,
	OPT_PROFILE,
	OPT_RW,
	OPT_RO,
	OPT_ND,
	OPT_SECRET,
	OPT_NET,
	OPT_NO_NET,
	OPT_ENV,
	OPT_EPHEMERAL,
	OPT_NO_POPUP,
	OPT_TIMEOUT,
	OPT_EXPLAIN,
	OPT_RECORD
};

static const struct option long_options[] = {
	{"control", required_argument, NULL, OPT_CONTROL},
	{"stdin", required_argument, NULL, OPT_STDIN},
	{"stdout", required_argument, NULL, OPT_STDOUT},
	{"stderr", required_argument, NULL, OPT_STDERR},
	{"tty", required_argument, NULL, OPT_TTY},
	{"profile", required_argument, NULL, OPT_PROFILE},
	{"rw", required_argument, NULL, OPT_RW},
	{"ro", required_argument, NULL, OPT_RO},
	{"rw-no-delete", required_argument, NULL, OPT_ND},
	{"secret", required_argument, NULL, OPT_SECRET},
	{"net", required_argument, NULL, OPT_NET},
	{"no-net", no_argument, NULL, OPT_NO_NET},
	{"env", required_argument, NULL, OPT_ENV},
	{"ephemeral", no_argument, NULL, OPT_EPHEMERAL},
	{"no-popup", no_argument, NULL, OPT_NO_POPUP},
	{"ask-timeout", required_argument, NULL, OPT_TIMEOUT},
	{"explain", no_argument, NULL, OPT_EXPLAIN},
	{"record", required_argument, NULL, OPT_RECORD},
	{NULL, 0, NULL, 0},
};

int broker_fail(struct broker *b, int r, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (n > 0 && r < 0 && (size_t)n < sizeof line)
		(void)snprintf(line + n, sizeof line - (size_t)n, ": %s", strerror(-r));
	json_t *m = json_pack("{s:i,s:s,s:s+}", "v", 1, "type", "failed", "message", line, "");
	if (!m) /* hostile bytes in a name */
		m = json_pack("{s:i,s:s,s:s}", "v", 1, "type", "failed", "message", strerror(-r));
	if (b->ask)
		(void)sel_ask_tell_run(b->ask, m, 0);
	else if (b->o.control >= 0)
		(void)sel_msg_send(b->o.control, m);
	else {
		json_decref(m);
		(void)sel_log(LOG_ERR, 0, "%s", line);
	}
	return r < 0 ? r : -EINVAL;
}

static int take_fd(const char *text, int *ret)
{
	int fd;
	char rest;

	if (sscanf(text, "%d%c", &fd, &rest) != 1 || fd < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -EBADF;
	*ret = fd;
	return 0;
}

static int take_timeout(struct options *o, const char *text)
{
	unsigned seconds;
	char rest;

	if (sscanf(text, "%u%c", &seconds, &rest) != 1 || seconds < 1 || seconds > 86400)
		return -ERANGE;
	o->config.ask_timeout = seconds * USEC_PER_SEC;
	return 0;
}

/* What the administrator locked, the command line cannot change either. */
static bool locked(const struct options *o, int c)
{
	static const struct {
		int option;
		enum sel_config_key key;
	} keys[] = {{OPT_RW, SEL_CONFIG_RW},   {OPT_ND, SEL_CONFIG_ND},
		    {OPT_RO, SEL_CONFIG_RO},   {OPT_SECRET, SEL_CONFIG_SECRET},
		    {OPT_ENV, SEL_CONFIG_ENV}, {OPT_TIMEOUT, SEL_CONFIG_TIMEOUT},
		    {OPT_NET, SEL_CONFIG_NET}};

	for (size_t i = 0; i < SEL_N(keys); i++)
		if (keys[i].option == c)
			return o->config.locked[keys[i].key];
	return false;
}

static int take_option(struct options *o, int c)
{
	switch (c) {
	case OPT_CONTROL:
		return take_fd(optarg, &o->control);
	case OPT_STDIN:
	case OPT_STDOUT:
	case OPT_STDERR:
		return take_fd(optarg, &o->stdio[c - OPT_STDIN]);
	case OPT_TTY:
		return take_fd(optarg, &o->tty);
	case OPT_PROFILE:
		o->profile = optarg;
		return 0;
	case OPT_RW:
		return broker_append(&o->config.rw, optarg);
	case OPT_RO:
		return broker_append(&o->config.ro, optarg);
	case OPT_ND:
		return broker_append(&o->config.nd, optarg);
	case OPT_SECRET:
		return broker_append(&o->config.secret, optarg);
	case OPT_NET:
		return broker_append(&o->net, optarg);
	case OPT_NO_NET:
		o->no_net = true;
		return 0;
	case OPT_ENV:
		return broker_append(&o->config.env, optarg);
	case OPT_EPHEMERAL:
		o->ephemeral = true;
		return 0;
	case OPT_NO_POPUP: /* the front's business */
		return 0;
	case OPT_TIMEOUT:
		return take_timeout(o, optarg);
	case OPT_EXPLAIN:
		o->explain = true;
		return 0;
	case OPT_RECORD:
		o->record = optarg;
		return 0;
	default:
		return -EINVAL;
	}
}

/* Twice over the options: the profile decides what the files give, the command line goes on top. */
static int read_options(struct broker *b, int argc, char **argv)
{
	_cleanup_free_ char *error = NULL;
	struct options *o = &b->o;
	int c, r;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "+", long_options, NULL)) != -1) {
		if (c == OPT_PROFILE || c == OPT_CONTROL) {
			r = take_option(o, c);
			if (r < 0)
				return r;
		}
	}
	r = sel_config_load(o->profile, b->home, &o->config, &error);
	if (r < 0)
		return broker_fail(b, 0, "%s", error ? error : strerror(-r));
	o->no_net = o->config.net == 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, "+", long_options, NULL)) != -1) {
		if (locked(o, c))
			return broker_fail(b, 0,
					   "the administrator locked '%s' in /etc/seldom/config; "
					   "nothing was run",
					   argv[optind - 1]);
		r = take_option(o, c);
		if (r < 0)
			return broker_fail(b, r, "option %s", argv[optind - 1]);
	}
	o->command = argv + optind;
	if (o->control < 0 || (!o->explain && (!*o->command || o->stdio[0] < 0 || o->stdio[1] < 0 ||
					       o->stdio[2] < 0)))
		return -EINVAL;
	return 0;
}

static int make_id(struct broker *b)
{
	static const char digits[] = "abcdefghijkmnpqrstuvwxyz23456789";
	uint8_t random[8];

	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return -EIO;
	for (size_t i = 0; i < 8; i++)
		b->id[i] = digits[random[i] % 32];
	return 0;
}

static int who_am_i(struct broker *b)
{
	const char *home = getenv("HOME");
	const struct passwd *pw = getpwuid(geteuid());
	struct rlimit files;

	if (!home || *home != '/')
		home = pw ? pw->pw_dir : "/nonexistent";
	b->home = realpath(home, NULL);
	if (!b->home)
		b->home = strdup(home);
	b->cwd = getcwd(NULL, 0);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	if (!b->home)
		return -ENOMEM;
	return b->cwd ? make_id(b) : -errno;
}

#define ROWS_DAYS 90  /* rows of single actions */
#define SUMS_DAYS 730 /* their sums a day */

/* `seldom-broker --prune`, started by a broker at its end. */
static int prune(void)
{
	struct sel_store *store = NULL;
	struct sel_pruned done;
	usec_t now = sel_now_real();
	int r;

	(void)signal(SIGHUP, SIG_IGN);
	(void)setpriority(PRIO_PROCESS, 0, 10);
	r = sel_store_open(NULL, SEL_STORE_WRITE, &store, NULL);
	if (r >= 0)
		r = sel_store_prune(store, now - SEL_DAYS(ROWS_DAYS), now - SEL_DAYS(SUMS_DAYS),
				    now, &done);
	sel_store_free(store);
	(void)sel_undo_prune(NULL, now);
	return r < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	static struct broker b = {
		.claim = -1, .listener = -1, .init_pidfd = -1, .bwrap_pidfd = -1, .root = -1};
	int r;

	sel_log_init("seldom");
	if (argc == 2 && strcmp(argv[1], "--prune") == 0)
		return prune();
	b.o.control = b.o.tty = b.o.stdio[0] = b.o.stdio[1] = b.o.stdio[2] = -1;
	b.exit_code = SEL_EXIT_SETUP;
	(void)pthread_mutex_init(&b.lock, NULL);
	(void)pthread_mutex_init(&b.mounts, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)setsid(); /* the terminal's signals are for `seldom run`, which passes them on */
	r = who_am_i(&b);
	if (r < 0)
		return sel_err(r, "Cannot tell where this is started"), SEL_EXIT_SETUP;
	r = read_options(&b, argc, argv);
	if (r < 0) {
		if (b.o.control < 0)
			(void)sel_err(0, "seldom-broker is started by 'seldom run' only");
		return SEL_EXIT_SETUP;
	}
	if (broker_begin(&b) < 0 || broker_setup(&b) < 0) {
		broker_net_end(&b);
		return SEL_EXIT_SETUP;
	}
	return broker_live(&b);
}
