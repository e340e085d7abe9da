/* The joiner in a real sandbox: what it mounts, what it makes writable, and what it must not touch.
 */
#include "mask_box.h"

#include "boundary/joiner.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/statvfs.h>

struct fixture {
	struct box box;
	struct sel_joiner *joiner;
};

static void start(struct fixture *f, const char *const *extra, struct sel_mask_mount *masks,
		  size_t n)
{
	box_start(&f->box, extra);
	assert_int_equal(sel_joiner_start(f->box.child, masks, n, &f->joiner), 0);
	box_release(&f->box);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (!f)
		return -1;
	box_init(&f->box);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sel_joiner_free(f->joiner);
	box_done(&f->box);
	free(f);
	return 0;
}

static void a_folder_becomes_writable_while_the_program_runs(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;
	char command[PATH_MAX];

	box_mkdir(b, "work");
	box_mkdir(b, "work/sub");
	start(f, NULL, NULL, 0);
	(void)snprintf(command, sizeof command, "echo hi > %s/work/sub/a", b->root);
	assert_non_null(strstr(box_run(b, command), "Read-only file system"));
	assert_int_equal(sel_joiner_rebind(f->joiner, box_path(b, "work")), 0);
	assert_string_equal(box_run(b, command), "|0");
	assert_int_equal(access(box_path(b, "work/sub/a"), F_OK), 0);
	(void)snprintf(command, sizeof command, "echo hi > %s/beside", b->root);
	assert_non_null(strstr(box_run(b, command), "Read-only file system"));
}

static void a_folder_that_is_a_mount_becomes_writable_for_those_already_in_it(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;
	char command[PATH_MAX];

	box_mkdir(b, "work");
	const char *path = strdup(box_path(b, "work"));
	start(f, (const char *const[]){"--ro-bind", path, path, NULL}, NULL, 0);
	(void)snprintf(command, sizeof command, "cd %s && echo hi > a", path);
	assert_non_null(strstr(box_run(b, command), "Read-only file system"));
	assert_int_equal(sel_joiner_rebind(f->joiner, path), 0);
	assert_string_equal(box_run(b, "echo hi > a"), "|0");
	free((void *)(uintptr_t)path);
}

static void what_lies_below_keeps_its_flags(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;
	char command[PATH_MAX];

	box_mkdir(b, "work");
	box_mkdir(b, "work/fixed");
	box_mkdir(b, "work/own");
	box_write(b, "work/secret", "s3cret", 0600);
	char *fixed = strdup(box_path(b, "work/fixed")), *own = strdup(box_path(b, "work/own"));
	char *secret = strdup(box_path(b, "work/secret"));
	struct sel_mask_mount mask = {.path = secret};
	start(f, (const char *const[]){"--ro-bind", fixed, fixed, "--tmpfs", own, NULL}, &mask, 1);
	assert_int_equal(mask.error, 0);
	assert_true(mask.fuse_fd >= 0);
	for (int i = 0; i < 3; i++) /* again and again: mounts pile up, the answer stays */
		assert_int_equal(sel_joiner_rebind(f->joiner, box_path(b, "work")), 0);
	(void)snprintf(command, sizeof command, "cd %s/work && echo hi > new", b->root);
	assert_string_equal(box_run(b, command), "|0");
	assert_non_null(strstr(box_run(b, "echo hi > fixed/a"), "Read-only file system"));
	assert_string_equal(box_run(b, "echo hi > own/a"), "|0");
	assert_int_equal(access(box_path(b, "work/own/a"), F_OK), -1); /* its tmpfs, not ours */
	/* The mask's server goes away: its file is an error, never the bare secret. */
	(void)close(mask.fuse_fd);
	assert_non_null(strstr(box_run(b, "cat secret"), "not connected"));
	/* A mask is never made writable, nor is anything in one. */
	assert_int_equal(sel_joiner_rebind(f->joiner, secret), -EPERM);
	free(fixed);
	free(own);
	free(secret);
}

static void a_swapped_symlink_is_not_followed(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;
	char command[PATH_MAX];

	box_mkdir(b, "work");
	box_mkdir(b, "work/a");
	box_mkdir(b, "work/a/deep");
	box_mkdir(b, "precious");
	box_mkdir(b, "precious/deep");
	char *work = strdup(box_path(b, "work"));
	start(f, (const char *const[]){"--bind", work, work, NULL}, NULL, 0);
	(void)snprintf(command, sizeof command, "cd %s && mv a b && ln -s ../precious a", work);
	assert_string_equal(box_run(b, command), "|0");
	assert_int_equal(sel_joiner_rebind(f->joiner, box_path(b, "work/a")), -ELOOP);
	assert_int_equal(sel_joiner_rebind(f->joiner, box_path(b, "work/a/deep")), -ELOOP);
	assert_int_equal(sel_joiner_protect(f->joiner, box_path(b, "work/a/deep")), -ELOOP);
	assert_non_null(strstr(box_run(b, "echo hi > a/deep/x"), "Read-only file system"));
	assert_non_null(strstr(box_run(b, "echo hi > ../precious/x"), "Read-only file system"));
	assert_int_equal(access(box_path(b, "precious/deep/x"), F_OK), -1);
	free(work);
}

static void a_file_or_folder_is_protected(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;
	char command[PATH_MAX];

	box_mkdir(b, "work");
	box_mkdir(b, "work/.git");
	box_mkdir(b, "work/.git/hooks");
	box_write(b, "work/.envrc", "true\n", 0644);
	char *work = strdup(box_path(b, "work"));
	start(f, (const char *const[]){"--bind", work, work, NULL}, NULL, 0);
	(void)snprintf(command, sizeof command,
		       "cd %s && echo 1 >> .envrc && echo 1 > .git/hooks/a", work);
	assert_string_equal(box_run(b, command), "|0");
	assert_int_equal(sel_joiner_protect(f->joiner, box_path(b, "work/.envrc")), 0);
	assert_int_equal(sel_joiner_protect(f->joiner, box_path(b, "work/.git/hooks")), 0);
	assert_non_null(strstr(box_run(b, "echo 2 >> .envrc"), "Read-only file system"));
	assert_non_null(strstr(box_run(b, "rm -f .envrc"), "busy"));
	assert_non_null(strstr(box_run(b, "mv .envrc x"), "busy"));
	assert_non_null(strstr(box_run(b, "echo 2 > .git/hooks/a"), "Read-only file system"));
	assert_string_equal(box_run(b, "cat .envrc; echo 3 > other"), "true/1|0");
	free(work);
}

static void bad_requests_are_refused(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;
	char longest[PATH_MAX + 8];

	memset(longest, 'a', sizeof longest);
	longest[0] = '/';
	longest[sizeof longest - 1] = '\0';
	box_write(b, "file", "x", 0644);
	start(f, NULL, NULL, 0);
	const struct {
		const char *path;
		int error;
		const char *why;
	} row[] = {
		{"/", -EINVAL, "the whole tree is nobody's scope"},
		{"", -EINVAL, "no path"},
		{"relative", -EINVAL, "relative to what"},
		{longest, -ENAMETOOLONG, "longer than any path"},
		{"/dev/null", -EINVAL, "a device"},
		{"/nonexistent", -ENOENT, "nothing there"},
		{"/proc/1/root", -ELOOP, "a magic link"},
	};
	for (size_t i = 0; i < SEL_N(row); i++)
		if (sel_joiner_rebind(f->joiner, row[i].path) != row[i].error)
			fail_msg("%s: %d", row[i].why, sel_joiner_rebind(f->joiner, row[i].path));
	assert_int_equal(sel_joiner_rebind(f->joiner, box_path(b, "file")), 0); /* still answers */
}

static void one_mask_that_cannot_be_does_not_stop_the_others(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;

	box_mkdir(b, "folder");
	box_write(b, "secret", "s3cret", 0600);
	char *there = strdup(box_path(b, "secret")), *absent = strdup(box_path(b, "absent"));
	char *folder = strdup(box_path(b, "folder"));
	struct sel_mask_mount mask[] = {
		{.path = absent},
		{.path = folder}, /* said to be a file */
		{.path = there},
	};
	start(f, NULL, mask, SEL_N(mask));
	assert_int_equal(mask[0].error, -ENOENT);
	assert_int_equal(mask[0].fuse_fd, -1);
	assert_int_equal(mask[1].error, -EISDIR);
	assert_int_equal(mask[1].fuse_fd, -1);
	assert_int_equal(mask[2].error, 0);
	assert_true(mask[2].fuse_fd >= 0);
	(void)close(mask[2].fuse_fd);
	free(there);
	free(absent);
	free(folder);
}

static void a_process_of_our_own_namespace_is_refused(void **state)
{
	struct fixture *f = *state;
	struct sel_joiner *j = NULL;

	box_start(&f->box, NULL);
	assert_int_equal(sel_joiner_start(getpid(), NULL, 0, &j), -EINVAL);
	assert_null(j);
}

static void the_sandbox_sees_and_reaches_no_joiner(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;
	char command[128];

	start(f, NULL, NULL, 0);
	assert_string_equal(box_run(b, "grep -l joiner /proc/[0-9]*/comm | wc -l"), "0|0");
	(void)snprintf(command, sizeof command, "/proc/%d/status", sel_joiner_pid(f->joiner));
	FILE *status = fopen(command, "re");
	char line[256];
	int seen = 0;
	assert_non_null(status);
	while (fgets(line, sizeof line, status)) {
		/* CAP_SYS_ADMIN, NET_ADMIN, NET_BIND_SERVICE, of the sandbox's namespace */
		if (strncmp(line, "CapEff:", 7) == 0)
			seen += strtoull(line + 7, NULL, 16) ==
				(1ULL << 21 | 1ULL << 12 | 1ULL << 10);
		if (strncmp(line, "NoNewPrivs:", 11) == 0)
			seen += atoi(line + 11) == 1;
	}
	(void)fclose(status);
	assert_int_equal(seen, 2);
}

static void a_joiner_that_died_is_an_error_not_a_hang(void **state)
{
	struct fixture *f = *state;

	start(f, NULL, NULL, 0);
	assert_int_equal(kill(sel_joiner_pid(f->joiner), SIGKILL), 0);
	assert_true(sel_joiner_rebind(f->joiner, f->box.root) < 0);
	assert_int_equal(sel_joiner_rebind(f->joiner, f->box.root), -EPIPE);
}

/* Where the host's mounts are shared (systemd makes them so), bubblewrap's are their slaves. */
static void what_the_host_mounts_later_does_not_arrive_writable(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;
	char command[PATH_MAX];

	if (unshare(CLONE_NEWNS) < 0) {
		print_message("only root can play the host here\n");
		skip();
	}
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), 0);
	box_mkdir(b, "stick");
	start(f, NULL, NULL, 0);
	assert_int_equal(mount("seldom-test", box_path(b, "stick"), "tmpfs", 0, NULL), 0);
	(void)snprintf(command, sizeof command, "echo hi > %s/stick/a", b->root);
	const char *out = box_run(b, command);
	assert_int_equal(umount(box_path(b, "stick")), 0);
	assert_non_null(strstr(out, "Read-only file system"));
}

/* --- the network --- */

static const char own4[] = "198.18.0.1", own6[] = "fd73:656c:646f:6d::1";

static int listen_at(struct fixture *f, const char *host, uint16_t port, bool datagrams)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
	bool v6 = strchr(host, ':');
	const struct sockaddr *to = v6 ? (void *)&six : (void *)&four;
	socklen_t len = v6 ? sizeof six : sizeof four;

	assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, host,
				   v6 ? (void *)&six.sin6_addr : (void *)&four.sin_addr),
			 1);
	return datagrams ? sel_joiner_datagrams(f->joiner, to, len)
			 : sel_joiner_listen(f->joiner, to, len);
}

static void every_address_leads_to_the_sandbox_itself(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;
	bool six = false;
	char seen[64], command[512];

	start(f, NULL, NULL, 0);
	assert_string_not_equal(box_run(b, "exec 3<>/dev/tcp/203.0.113.7/443"), "|0");
	assert_int_equal(sel_joiner_network(f->joiner, own4, own6, &six), 0);
	const struct {
		const char *host;
		uint16_t port;
	} row[] = {{"198.18.0.9", 443},
		   {"203.0.113.7", 80},
		   {"8.8.8.8", 8443},
		   {six ? "fd73:656c:646f:6d::9" : "198.19.0.1", 443},
		   {six ? "2001:db8::7" : "198.19.0.2", 22}};
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sockaddr_storage at;
		socklen_t len = sizeof at;
		_cleanup_close_ int fd = listen_at(f, row[i].host, row[i].port, false), peer = -1;

		assert_true(fd >= 0);
		(void)snprintf(command, sizeof command, "exec 3<>/dev/tcp/%s/%u && exec 3>&-",
			       row[i].host, row[i].port);
		assert_string_equal(box_run(b, command), "|0");
		peer = accept(fd, NULL, NULL);
		assert_true(peer >= 0);
		assert_int_equal(getsockname(peer, (struct sockaddr *)&at, &len), 0);
		assert_non_null(inet_ntop(at.ss_family,
					  at.ss_family == AF_INET6
						  ? (void *)&((struct sockaddr_in6 *)&at)->sin6_addr
						  : (void *)&((struct sockaddr_in *)&at)->sin_addr,
					  seen, sizeof seen));
		assert_string_equal(seen, row[i].host);
		assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	}
	/* Its own servers are reached as before. */
	assert_non_null(strstr(box_run(b, "exec 3<>/dev/tcp/127.0.0.1/9"), "Connection refused"));
}

static void names_are_asked_for_at_any_address_and_answered_from_there(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;
	bool six = false;
	char got[64];

	start(f, NULL, NULL, 0);
	assert_int_equal(sel_joiner_network(f->joiner, own4, own6, &six), 0);
	_cleanup_close_ int four = listen_at(f, "0.0.0.0", 53, true);
	_cleanup_close_ int all = listen_at(f, "::", 53, true); /* beside it: v6 only */
	assert_true(four >= 0);
	assert_true(!six || all >= 0);
	assert_string_equal(box_run(b, "echo hello >/dev/udp/9.9.9.9/53"), "|0");
	assert_int_equal(recv(four, got, sizeof got, 0), 6);
	/* Nobody is at other ports, which is said at once: a second write sees it. */
	assert_non_null(
		strstr(box_run(b, "exec 4>/dev/udp/9.9.9.9/443; echo 1 >&4; echo 2 >&4 || echo no"),
		       "Connection refused/no|0"));
}

static void the_helper_sets_the_network_up_once(void **state)
{
	struct fixture *f = *state;
	bool six = false;

	start(f, NULL, NULL, 0);
	assert_int_equal(sel_joiner_network(f->joiner, "300.1.1.1", own6, &six), -EINVAL);
	assert_int_equal(sel_joiner_network(f->joiner, own4, own6, &six), 0);
	assert_int_equal(sel_joiner_network(f->joiner, own4, own6, &six), -EPERM);
	_cleanup_close_ int one = listen_at(f, "198.18.0.9", 443, false);
	assert_true(one >= 0);
	assert_int_equal(listen_at(f, "198.18.0.9", 443, false), -EADDRINUSE);
	_cleanup_close_ int other = listen_at(f, "198.18.0.10", 443, false);
	assert_true(other >= 0);
}

static int tests(void)
{
	const struct CMUnitTest test[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		CASE(a_folder_becomes_writable_while_the_program_runs),
		CASE(a_folder_that_is_a_mount_becomes_writable_for_those_already_in_it),
		CASE(what_lies_below_keeps_its_flags),
		CASE(a_swapped_symlink_is_not_followed),
		CASE(a_file_or_folder_is_protected),
		CASE(bad_requests_are_refused),
		CASE(one_mask_that_cannot_be_does_not_stop_the_others),
		CASE(a_process_of_our_own_namespace_is_refused),
		CASE(the_sandbox_sees_and_reaches_no_joiner),
		CASE(a_joiner_that_died_is_an_error_not_a_hang),
		CASE(what_the_host_mounts_later_does_not_arrive_writable),
		CASE(every_address_leads_to_the_sandbox_itself),
		CASE(names_are_asked_for_at_any_address_and_answered_from_there),
		CASE(the_helper_sets_the_network_up_once),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}

int main(void)
{
	return box_main(tests);
}
