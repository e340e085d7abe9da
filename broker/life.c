/* The life of a run: the sandbox is made, watched, and ended. */
#include "broker.h"

#include "filter.h"
#include "probe.h"
#include "seldom/text.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define FLUSH_EVERY (2 * USEC_PER_SEC)
#define STATE_EVERY (250 * USEC_PER_MSEC)
#define QUIET_TIME  (10 * USEC_PER_MSEC) /* between two things that seldom-egress tells */
#define QUIET_MAX   (2 * USEC_PER_SEC)
#define END_WAIT    5000 /* ms for the last process inside to be gone, and for the last message */

/* --- what the other parts ask of us
 * ---------------------------------------------------------------------- */

static int on_rebind(void *ctx, const char *path)
{
	struct broker *b = ctx;
	int r;

	(void)pthread_mutex_lock(&b->mounts);
	r = sel_joiner_rebind(b->joiner, path);
	(void)pthread_mutex_unlock(&b->mounts);
	if (r >= 0)
		sel_watch_bound(b->watch, path);
	else
		sel_dbg("'%s' stays read-only inside, writes to it are performed: %s", path,
			strerror(-r));
	return r;
}

static void on_secret_answer(void *ctx, uint64_t id, int error)
{
	struct broker *b = ctx;

	if (b->mask)
		sel_mask_answer(b->mask, id, -error);
}

static int on_decided_asked(void *ctx, const struct sel_decided *d, int64_t question)
{
	return broker_decided(ctx, d, question);
}

static bool on_signal(void *ctx, int sig)
{
	struct broker *b = ctx;

	if (b->launched.init <= 0)
		return false;
	/* The first process leads the program's session and group; both pidfd and group must be
	 * alive. */
	if (syscall(SYS_pidfd_send_signal, b->init_pidfd, 0, NULL, 0) < 0)
		return false;
	return kill(-b->launched.init, sig) == 0 || kill(b->launched.init, sig) == 0;
}

void broker_kill(struct broker *b)
{
	if (b->launched.bwrap > 0)
		(void)kill(b->launched.bwrap,
			   SIGKILL); /* its child, process 1 inside, dies with it */
}

/* Nobody is there to see or to answer. */
static void on_run_gone(void *ctx)
{
	struct broker *b = ctx;

	if (b->ended)
		return;
	if (b->launched.bwrap > 0) {
		broker_kill(b);
	} else {
		broker_net_end(b);
		_exit(SEL_EXIT_SETUP);
	}
}

static json_t *on_status(void *ctx)
{
	return broker_status(ctx);
}

static void on_park(void *ctx, struct sel_asked *asked)
{
	struct broker *b = ctx;

	sel_ask_park(b->ask, asked);
}

static void on_observed(void *ctx, const struct sel_subject *s, const struct sel_verdict *v)
{
	struct broker *b = ctx;

	sel_trace_action(b->trace, sel_now_real(), s, v);
}

static int on_decided(void *ctx, const struct sel_decided *d)
{
	return broker_decided(ctx, d, d->question);
}

/* A folder made outside the scope after a person said yes: this run's to its leaves. */
static void on_grow(void *ctx, const char *path, int64_t rule)
{
	struct broker *b = ctx;

	if (sel_ask_widen(b->ask, path, rule) >= 0)
		(void)on_rebind(b, path);
}

static void on_protect(void *ctx, const char *path)
{
	struct broker *b = ctx;

	(void)pthread_mutex_lock(&b->mounts);
	(void)sel_joiner_protect(b->joiner, path);
	(void)pthread_mutex_unlock(&b->mounts);
}

static int on_mask_ask(const struct sel_mask_request *req, void *ctx)
{
	struct broker *b = ctx;

	sel_ask_secret(b->ask, req->id, req->pid, req->path);
	return 0;
}

static void on_mask_gone(uint64_t id, void *ctx)
{
	struct broker *b = ctx;

	sel_ask_secret_gone(b->ask, id);
}

/* --- the end
 * ------------------------------------------------------------------------------------------------
 */

static void wait_for_last(struct broker *b)
{
	struct pollfd p = {.fd = b->listener, .events = 0};

	if (b->listener >= 0 && poll(&p, 1, END_WAIT) != 1)
		(void)sel_warn(0, "Some processes of the program do not end; the kernel will not "
				  "let them act");
}

static void end_trace(struct broker *b)
{
	int r;

	if (!b->trace)
		return;
	r = sel_trace_close(sel_steal_ptr(&b->trace), sel_now_real(), b->exit_code);
	if (r < 0) {
		char line[512];

		(void)snprintf(line, sizeof line, "the recording is not whole: %s", strerror(-r));
		sel_ask_notice(b->ask, line);
	}
}

static int finish(struct broker *b, int status)
{
	json_t *summary;

	b->ended = true;
	b->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	wait_for_last(b);
	broker_flush(b);
	broker_say_notices(b);
	if (b->undo)
		sel_undo_end(b->undo);
	end_trace(b);
	summary = broker_summary(b);
	(void)sel_store_session_end(b->store, b->id, sel_now_real(), b->exit_code, summary);
	/* It takes this for the end of the program: without it the exit code would be lost. */
	(void)sel_ask_tell_run(b->ask,
			       json_pack("{s:i,s:s,s:i,s:o}", "v", 1, "type", "exit", "code",
					 b->exit_code, "summary", summary),
			       END_WAIT);
	return sd_event_exit(b->loop, 0);
}

/* Nothing else waits for the loop: what seldom-egress had to tell has been heard, unless it is
 * still telling. */
static int on_quiet(sd_event_source *src, uint64_t usec, void *ctx)
{
	struct broker *b = ctx;

	(void)usec;
	if (b->net.requests != b->heard && sel_now_monotonic() < b->quiet_until) {
		b->heard = b->net.requests;
		(void)sd_event_source_set_time_relative(src, QUIET_TIME);
		return sd_event_source_set_enabled(src, SD_EVENT_ONESHOT);
	}
	return finish(b, b->status);
}

static int on_bwrap_exit(sd_event_source *src, const siginfo_t *si, void *ctx)
{
	struct broker *b = ctx;
	sd_event_source *quiet = NULL;
	int r;

	(void)src;
	b->status = si->si_code == CLD_EXITED ? (si->si_status & 0xff) << 8 : si->si_status;
	b->quiet_until = sel_now_monotonic() + QUIET_MAX;
	b->ended = true;
	r = sd_event_add_time_relative(b->loop, &quiet, CLOCK_MONOTONIC, 0, 1, on_quiet, b);
	if (r < 0)
		return finish(b, b->status);
	(void)sd_event_source_set_priority(quiet, SD_EVENT_PRIORITY_IDLE);
	return sd_event_source_set_floating(quiet, true);
}

/* Is the program's first process stopped (^Z on a program without a shell)? */
static void look_at_state(struct broker *b)
{
	char path[32], buf[512], *p;
	bool stopped;

	(void)snprintf(path, sizeof path, "/proc/%d/stat", b->launched.init);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf - 1);
	if (n <= 0)
		return;
	buf[n] = '\0';
	p = strrchr(buf, ')');
	stopped = p && p[1] == ' ' && p[2] == 'T';
	if (stopped && !b->stopped)
		(void)sel_ask_tell_run(b->ask, json_pack("{s:i,s:s}", "v", 1, "type", "stopped"),
				       0);
	b->stopped = stopped;
}

static int on_state_timer(sd_event_source *src, uint64_t usec, void *ctx)
{
	static unsigned n;
	struct broker *b = ctx;

	(void)usec;
	if (b->o.tty >= 0)
		look_at_state(b);
	broker_say_notices(b);
	if (++n % (FLUSH_EVERY / STATE_EVERY) == 0)
		broker_take_counts(b);
	(void)sd_event_source_set_time_relative(src, STATE_EVERY);
	return sd_event_source_set_enabled(src, SD_EVENT_ONESHOT);
}

static int on_term(sd_event_source *src, const struct signalfd_siginfo *si, void *ctx)
{
	struct broker *b = ctx;

	(void)src;
	(void)si;
	broker_kill(b);
	return 0;
}

/* --- the start
 * ---------------------------------------------------------------------------------------------- */

json_t *broker_command(const struct broker *b, size_t max)
{
	json_t *command = json_array();

	for (char **c = b->o.command; c && *c; c++) {
		_cleanup_free_ char *safe = sel_text_dup(*c, strlen(*c));
		size_t n = safe ? strlen(safe) + 1 : 2;

		(void)json_array_append_new(command, json_string(n > max ? "..."
								 : safe	 ? safe
									 : "?"));
		if (n > max)
			break;
		max -= n;
	}
	return command;
}

static int make_ask(struct broker *b)
{
	json_t *welcome;

	welcome = json_pack("{s:i,s:s,s:s,s:i,s:o,s:I}", "v", 1, "type", "welcome", "session",
			    b->id, "pid", (int)getpid(), "command", broker_command(b, COMMAND_MAX),
			    "started", (json_int_t)(b->started_real / USEC_PER_SEC));
	(void)sel_json_set_bytes(welcome, "cwd", b->cwd, strlen(b->cwd));
	(void)json_object_set_new(welcome, "profile",
				  b->o.profile ? json_string(b->o.profile) : json_null());

	struct sel_ask_config config = {
		.loop = b->loop,
		.session = b->id,
		.welcome = welcome,
		.store = b->store,
		.timeout = b->o.config.ask_timeout ? b->o.config.ask_timeout : 300 * USEC_PER_SEC,
		.home = b->home,
		.world = &b->world,
		.learning = {.off = b->o.config.learn == 0},
		.trace = b->trace,
		.decoys = b->o.config.decoys == 1,
		.terminal = b->o.tty >= 0,
		.run_fd = b->o.control,
		.claim_fd = b->claim,
		.ctx = b,
		.rebind = on_rebind,
		.secret_answer = on_secret_answer,
		.decided = on_decided_asked,
		.host_grant = broker_net_grant,
		.host_rules = broker_net_rules,
		.host_answer = broker_net_answer,
		.signal = on_signal,
		.run_gone = on_run_gone,
		.status = on_status,
	};
	return sel_ask_new(&config, &b->ask);
}

/* --record */
static int open_trace(struct broker *b)
{
	struct sel_trace_head head = {.cwd = b->cwd,
				      .home = b->home,
				      .project = b->project,
				      .started = b->started_real,
				      .policy = b->policy};
	int r;

	if (!b->o.record)
		return 0;
	head.command = broker_command(b, SIZE_MAX);
	r = sel_trace_open(b->o.record, &head, &b->trace);
	json_decref(head.command);
	return r < 0 ? broker_fail(b, r, "Cannot record to '%s'; nothing was run", b->o.record) : 0;
}

static int begin_session(struct broker *b)
{
	json_t *command = broker_command(b, SIZE_MAX);
	int r;

	r = sel_store_session_begin(b->store,
				    &(struct sel_session_row){.id = b->id,
							      .command = command,
							      .cwd = b->cwd,
							      .profile = b->o.profile,
							      .project = b->project,
							      .version = SELDOM_VERSION,
							      .broker_pid = getpid(),
							      .started = b->started_real});
	json_decref(command);
	return r;
}

/* As root: from here on root without capabilities, so that what we perform is bounded like what the
 * program does. Joining is done; owning the sandbox's user namespace is enough for the rest. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0}};

	return syscall(SYS_capset, &head, none) < 0 ? -errno : 0;
}

static int mount_masks(struct broker *b)
{
	size_t n = b->fuse ? b->secrets.n : 0;
	struct sel_mask_mount *mounts = calloc(n + 1, sizeof *mounts);
	struct sel_mask_item *items = calloc(n + 1, sizeof *items);
	int r = mounts && items ? 0 : -ENOMEM;
	const char *failed = NULL;

	for (size_t i = 0; r >= 0 && i < n; i++)
		mounts[i] = (struct sel_mask_mount){b->secrets.items[i].path,
						    b->secrets.items[i].folder, -1, 0};
	if (r >= 0)
		r = sel_joiner_start(b->launched.init, mounts, n, &b->joiner);
	size_t live = 0;
	for (size_t i = 0; r >= 0 && i < n; i++) {
		if (mounts[i].fuse_fd < 0 &&
		    mounts[i].error != -ENOENT) { /* absent inside: nothing to mask */
			r = mounts[i].error ? mounts[i].error : -EIO;
			failed = mounts[i].path;
		} else if (mounts[i].fuse_fd >= 0) {
			items[live++] = (struct sel_mask_item){mounts[i].path, mounts[i].folder,
							       mounts[i].fuse_fd};
		}
	}
	if (r >= 0 && geteuid() == 0)
		r = drop_capabilities(); /* before the first thread: each has its own */
	if (r >= 0 && live)
		r = sel_mask_start(items, live, on_mask_ask, on_mask_gone, b, &b->mask);
	free(mounts);
	free(items);
	if (r < 0)
		return broker_fail(b, r,
				   failed ? "Cannot mask '%s'; nothing was run"
					  : "Cannot join the sandbox%s",
				   failed ? failed : "; nothing was run");
	return 0;
}

/* Something is missing: say what, and the command that mends it. */
static int sandbox_failed(struct broker *b, int r)
{
	struct sel_probe probes[SEL_PROBES];

	if (sel_probe_all(probes) > 0)
		for (size_t i = 0; i < SEL_PROBES; i++)
			if (probes[i].state == SEL_PROBE_MISSING)
				return broker_fail(b, 0, "%s; nothing was run; to mend it: %s",
						   probes[i].detail, probes[i].fix);
	return broker_fail(b, r, "Cannot make the sandbox; nothing was run");
}

static int launch(struct broker *b)
{
	struct sel_launch l = {
		.init = b->init_path,
		.cwd = b->cwd,
		.command = b->o.command,
		.environment = b->environment,
		.binds = b->binds,
		.n_binds = b->n_binds,
		.stdio = {b->o.stdio[0], b->o.stdio[1], b->o.stdio[2]},
		.tty = b->o.tty,
	};
	int r = sel_filter_memfd();

	if (r < 0)
		return broker_fail(b, r, "Cannot build the filters");
	l.filters = r;
	r = sel_launch(&l, &b->launched);
	(void)close(l.filters);
	return r < 0 ? sandbox_failed(b, r) : 0;
}

static int enter_session(struct broker *b)
{
	int r = sel_launch_ready(&b->launched);

	if (r < 0)
		return sandbox_failed(b, r);
	b->init_pidfd = (int)syscall(SYS_pidfd_open, b->launched.init, 0);
	return b->init_pidfd < 0 ? broker_fail(b, -errno, "The program is gone before it began")
				 : 0;
}

static int open_root(struct broker *b)
{
	char path[32];

	(void)snprintf(path, sizeof path, "/proc/%d/root", b->launched.init);
	b->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return b->root < 0 ? broker_fail(b, -errno, "Cannot see the sandbox from outside") : 0;
}

static int start_watch(struct broker *b)
{
	mode_t mask = umask(0);
	struct sel_watch_config config = {
		.listener = b->listener,
		.root = b->root,
		.tty = b->o.tty,
		.sockets = sel_joiner_sockets(b->joiner),
		.claim_dev = b->claim_stat.st_dev,
		.claim_ino = b->claim_stat.st_ino,
		.init = b->launched.init,
		.umask = mask,
		.threads = 2,
		.policy = b->policy,
		.identities = b->identities,
		.undo = b->undo,
		.network = b->network,
		.home = b->home,
		.ctx = b,
		.ask = on_park,
		.decided = on_decided,
		.grow = on_grow,
		.protect = on_protect,
		.observed = b->trace ? on_observed : NULL,
	};
	(void)umask(mask);
	int r = sel_watch_start(&config, &b->watch);
	if (r >= 0)
		sel_ask_set_watch(b->ask, b->watch);
	return r < 0 ? broker_fail(b, r, "Cannot start watching") : 0;
}

static int start_program(struct broker *b)
{
	int r = enter_session(b);

	if (r >= 0)
		r = mount_masks(b);
	if (r >= 0)
		r = open_root(b);
	if (r < 0)
		return r;
	broker_net_attach(b);
	b->listener = sel_launch_listener(&b->launched);
	if (b->listener < 0)
		return broker_fail(b, b->listener, "The sandbox did not hand over its listener");
	r = start_watch(b);
	if (r >= 0)
		r = broker_watch_masks(b);
	return r < 0 ? r : sel_launch_go(&b->launched);
}

int broker_begin(struct broker *b)
{
	sigset_t set;
	int r;

	b->started_real = sel_now_real();
	b->started = sel_now_monotonic();
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	r = sd_event_new(&b->loop);
	if (r >= 0)
		r = sd_event_add_signal(b->loop, NULL, SIGTERM, on_term, b);
	if (r >= 0)
		r = sd_event_add_signal(b->loop, NULL, SIGINT, on_term, b);
	if (r >= 0)
		r = sd_event_add_signal(b->loop, NULL, SIGHUP, on_term, b);
	if (r >= 0)
		r = sd_event_add_time_relative(b->loop, NULL, CLOCK_MONOTONIC, STATE_EVERY,
					       20 * USEC_PER_MSEC, on_state_timer, b);
	return r;
}

static int explain(struct broker *b)
{
	int r = sel_msg_send(b->o.control, json_pack("{s:i,s:s,s:o}", "v", 1, "type", "explain",
						     "boundary", broker_explain(b)));

	if (r == -EMSGSIZE)
		(void)broker_fail(b, 0, "The boundary has too many parts to be shown");
	return r < 0 ? SEL_EXIT_SETUP : 0;
}

/* bubblewrap works while we open what we need. */
static int prepare(struct broker *b)
{
	int r = open_trace(b);

	if (r < 0)
		return r;
	r = broker_net_show(b);
	broker_claim_show(b);
	if (r >= 0)
		r = launch(b);
	if (r >= 0)
		r = make_ask(b);
	if (r < 0)
		return broker_fail(b, r, "Cannot start; nothing was run");
	r = begin_session(b);
	if (r < 0)
		return broker_fail(b, r, "Cannot write to the store; nothing was run");
	r = sel_ask_listen(b->ask);
	return r < 0 ? broker_fail(b, r, "Cannot open the session's socket; nothing was run") : 0;
}

/* Old rows are rolled up by a process of its own, at most once a day: nobody waits for it. */
static void prune_later(const struct broker *b)
{
	_cleanup_free_ char *dir = NULL, *stamp = NULL;
	char *argv[] = {(char *)"seldom-broker", (char *)"--prune", NULL};
	posix_spawn_file_actions_t quiet;
	struct stat st;
	pid_t pid;

	if (b->o.ephemeral || sel_state_dir(&dir) < 0 || asprintf(&stamp, "%s/pruned", dir) < 0)
		return;
	if (stat(stamp, &st) == 0 && st.st_mtim.tv_sec + 86400 > time(NULL))
		return;
	_cleanup_close_ int fd = open(stamp, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || futimens(fd, NULL) < 0)
		return;
	if (posix_spawn_file_actions_init(&quiet) != 0)
		return;
	/* What `seldom run` reads from us must end with us. */
	if (posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDWR, 0) == 0 &&
	    posix_spawn_file_actions_adddup2(&quiet, 0, 1) == 0 &&
	    posix_spawn_file_actions_adddup2(&quiet, 0, 2) == 0)
		(void)posix_spawn(&pid, "/proc/self/exe", &quiet, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&quiet);
}

int broker_live(struct broker *b)
{
	int r;

	if (b->o.explain)
		return explain(b);
	r = prepare(b);
	if (r >= 0)
		r = start_program(b);
	if (r < 0) {
		broker_kill(b);
		(void)sel_store_session_end(b->store, b->id, sel_now_real(), SEL_EXIT_SETUP, NULL);
		broker_net_end(b);
		broker_claim_end(b);
		sel_ask_free(b->ask);
		sel_store_free(b->store);
		return SEL_EXIT_SETUP;
	}
	(void)sel_ask_tell_run(
		b->ask,
		json_pack("{s:i,s:s,s:i}", "v", 1, "type", "started", "pid", (int)b->launched.init),
		0);
	if (!b->fuse && b->secrets.n)
		sel_ask_notice(
			b->ask,
			"/dev/fuse cannot be used: secrets are hidden, nobody can be asked about "
			"them; to mend it: chmod 0666 /dev/fuse");
	if (b->net_failed)
		sel_ask_notice(b->ask, b->net_failed);
	for (char **line = b->unused; line && *line; line++)
		sel_ask_notice(b->ask, *line);
	if (b->secrets.cut)
		sel_ask_notice(b->ask,
			       "the search for secrets in the workspace was cut at 10,000 entries; "
			       "name the others with --secret");
	r = sd_event_add_child(b->loop, NULL, b->launched.bwrap, WEXITED, on_bwrap_exit, b);
	if (r >= 0)
		r = sd_event_loop(b->loop);
	if (r < 0)
		broker_kill(b);
	broker_net_end(b);
	broker_claim_end(b);
	sel_ask_free(b->ask);
	sel_store_free(b->store);
	if (r >= 0)
		prune_later(b);
	/* Watching threads may still sleep in the kernel: they end with the process. */
	_exit(r < 0 ? SEL_EXIT_SETUP : 0);
}
