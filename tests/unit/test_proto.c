/* Messages, the folders they travel through, and who is allowed to be at the other end. */
#include "test.h"

#include "seldom/proto.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static void pair(int fd[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd),
			 0);
}

static void a_message_arrives_as_it_was_sent(void **state)
{
	json_t *got = NULL;
	int fd[2];

	(void)state;
	pair(fd);
	assert_int_equal(sel_msg_recv(fd[1], &got), -EAGAIN);
	assert_int_equal(
		sel_msg_send(fd[0], json_pack("{s:s, s:i}", "type", "h\xc3\xa9llo", "v", 1)), 0);
	assert_int_equal(sel_msg_recv(fd[1], &got), 1);
	assert_string_equal(json_string_value(json_object_get(got, "type")), "h\xc3\xa9llo");
	json_decref(got);
	close(fd[0]);
	assert_int_equal(sel_msg_recv(fd[1], &got), 0);
	close(fd[1]);
}

static void what_is_no_message_is_refused(void **state)
{
	static const struct {
		const char *text;
		int expected;
		const char *why;
	} row[] = {
		{"{\"type\":\"status\"}", 1, "a plain object"},
		{"{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[\"}", 1, "brackets inside a string are text"},
		{"{\"a\":\"\\\"[[[[[[[[[[[[[[[[[[[[[\"}", 1, "an escaped quote does not end it"},
		{"[]", -EBADMSG, "not an object"},
		{"1", -EBADMSG, "a bare value"},
		{"", 0, "an empty packet is the end"},
		{"{\"a\":1,\"a\":2}", -EBADMSG, "a key twice: two readers could read two things"},
		{"{\"a\":1}x", -EBADMSG, "something follows"},
		{"{\"a\":\"\xff\"}", -EBADMSG, "not UTF-8"},
		{"{\"a\":\"\\u0000\"}", -EBADMSG, "a NUL would cut strings short"},
		{"{\"a\":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}", -EBADMSG, "deeper than 16"},
		{"{\"a\":1", -EBADMSG, "cut off"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		json_t *got = NULL;
		int fd[2], r;

		pair(fd);
		assert_int_equal(send(fd[0], row[i].text, strlen(row[i].text), 0),
				 (ssize_t)strlen(row[i].text));
		r = sel_msg_recv(fd[1], &got);
		if (r != row[i].expected)
			fail_msg("%s: %d instead of %d", row[i].why, r, row[i].expected);
		if (r == 1)
			json_decref(got);
		close(fd[0]);
		close(fd[1]);
	}
}

static void a_packet_that_is_too_long_is_refused_at_both_ends(void **state)
{
	char *text = malloc(SEL_MSG_MAX + 2);
	json_t *got = NULL;
	int fd[2];

	(void)state;
	assert_non_null(text);
	memset(text, 'a', SEL_MSG_MAX + 1);
	text[SEL_MSG_MAX + 1] = '\0';
	pair(fd);
	assert_int_equal(sel_msg_send(fd[0], json_pack("{s:s}", "x", text)), -EMSGSIZE);
	assert_int_equal(sel_msg_recv(fd[1], &got), -EAGAIN);
	/* A whole object whose packet has one byte more than fits: the part must not count. */
	memset(text, ' ', SEL_MSG_MAX + 1);
	memcpy(text, "{\"type\":\"answer\"}", 17);
	assert_int_equal(send(fd[0], text, SEL_MSG_MAX + 1, 0), SEL_MSG_MAX + 1);
	assert_int_equal(sel_msg_recv(fd[1], &got), -EBADMSG);
	free(text);
	close(fd[0]);
	close(fd[1]);
}

static void a_reader_that_sleeps_does_not_block_the_sender(void **state)
{
	int fd[2], r;
	size_t sent = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	while ((r = sel_msg_send(fd[0], json_pack("{s:s}", "type", "status"))) == 0)
		sent++;
	assert_int_equal(r, -EAGAIN);
	assert_true(sent > 0);
	close(fd[1]);
	assert_int_equal(sel_msg_send(fd[0], json_pack("{s:s}", "type", "status")), -EPIPE);
	close(fd[0]);
}

struct late {
	int fd;
	size_t others; /* before the one that was waited for */
};

static void *read_late(void *ctx)
{
	struct late *late = ctx;
	json_t *got = NULL;

	(void)usleep(200000);
	while (sel_msg_recv(late->fd, &got) == 1) {
		bool last = strcmp(json_string_value(json_object_get(got, "type")), "exit") == 0;

		json_decref(got);
		if (last)
			return late;
		late->others++;
	}
	return NULL;
}

static void who_waits_is_not_lost_behind_a_full_queue(void **state)
{
	struct late late = {0};
	size_t sent = 0;
	pthread_t reader;
	void *found;
	usec_t before;
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	while (sel_msg_send(fd[0], json_pack("{s:s}", "type", "status")) == 0)
		sent++;
	before = sel_now_monotonic();
	assert_int_equal(sel_msg_send_wait(fd[0], json_pack("{s:s}", "type", "exit"), 50), -EAGAIN);
	assert_true(sel_now_monotonic() - before >= 50 * USEC_PER_MSEC);
	late.fd = fd[1];
	assert_int_equal(pthread_create(&reader, NULL, read_late, &late), 0);
	assert_int_equal(sel_msg_send_wait(fd[0], json_pack("{s:s}", "type", "exit"), 20000), 0);
	assert_int_equal(pthread_join(reader, &found), 0);
	assert_ptr_equal(found, &late);
	assert_int_equal(late.others, sent);
	close(fd[1]);
	before = sel_now_monotonic();
	assert_int_equal(sel_msg_send_wait(fd[0], json_pack("{s:s}", "type", "exit"), 20000),
			 -EPIPE);
	assert_true(sel_now_monotonic() - before < 10 * USEC_PER_SEC);
	close(fd[0]);
}

static void a_passed_descriptor_is_not_taken(void **state)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec iov = {.iov_base = "{}", .iov_len = 2};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.buf,
			     .msg_controllen = sizeof control.buf};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	json_t *got = NULL;
	int fd[2], next, after;

	(void)state;
	pair(fd);
	*c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
			      .cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(c), &fd[0], sizeof(int));
	assert_int_equal(sendmsg(fd[0], &msg, 0), 2);
	next = dup(0);
	close(next);
	assert_int_equal(sel_msg_recv(fd[1], &got), -EBADMSG);
	after = dup(0);
	close(after);
	assert_int_equal(after, next); /* nothing was installed in between */
	close(fd[0]);
	close(fd[1]);
}

/* --- folders and sessions -----------------------------------------------------------------------
 */

static int fresh_home(void **state)
{
	char name[] = "/tmp/seldom-proto-XXXXXX";

	if (!mkdtemp(name) || setenv("XDG_RUNTIME_DIR", name, 1) < 0 || setenv("HOME", name, 1) < 0)
		return -1;
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_CONFIG_HOME");
	*state = strdup(name);
	return *state ? 0 : -1;
}

static int drop_home(void **state)
{
	char command[256];

	(void)snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
	free(*state);
	return system(command);
}

static void the_runtime_folder_must_be_ours_alone(void **state)
{
	char path[256], elsewhere[256];
	char *got = NULL;
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/seldom", (char *)*state);
	(void)snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", (char *)*state);
	assert_int_equal(sel_runtime_dir(&got), 0);
	assert_string_equal(got, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	free(got);
	assert_int_equal(chmod(path, 0720), 0);
	assert_int_equal(sel_runtime_dir(&got), -EPERM);
	assert_int_equal(chmod(path, 0702), 0);
	assert_int_equal(sel_runtime_dir(&got), -EPERM);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkdir(elsewhere, 0700), 0);
	assert_int_equal(symlink(elsewhere, path), 0);
	assert_int_equal(sel_runtime_dir(&got), -ENOTDIR);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0);
	assert_int_equal(sel_runtime_dir(&got), -ENOTDIR);
	if (geteuid() == 0) {
		assert_int_equal(unlink(path), 0);
		assert_int_equal(mkdir(path, 0700), 0);
		assert_int_equal(chown(path, 12345, 12345), 0);
		assert_int_equal(sel_runtime_dir(&got), -EPERM);
	}
}

static void the_state_folder_is_made_with_its_parents(void **state)
{
	char path[256];
	char *got = NULL;
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/.local/state/seldom", (char *)*state);
	assert_int_equal(sel_state_dir(&got), 0);
	assert_string_equal(got, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	free(got);
	assert_int_equal(sel_config_dir(&got), 0);
	assert_int_equal(access(got, F_OK), -1); /* named, not made */
	free(got);
	assert_int_equal(setenv("XDG_STATE_HOME", "relative", 1), 0);
	assert_int_equal(sel_state_dir(&got), 0);
	assert_string_equal(got, path); /* a relative path does not count */
	free(got);
}

struct server {
	int listener;
	const char *reply; /* NULL: hangs up */
	char hello[256];
};

static void *serve(void *arg)
{
	struct server *s = arg;
	int fd = accept(s->listener, NULL, NULL);
	ssize_t n = recv(fd, s->hello, sizeof s->hello - 1, 0);

	s->hello[n > 0 ? n : 0] = '\0';
	if (s->reply)
		(void)send(fd, s->reply, strlen(s->reply), MSG_NOSIGNAL);
	close(fd);
	return NULL;
}

static void listen_as(const char *session, struct server *s)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	char *dir = NULL;

	assert_int_equal(sel_runtime_dir(&dir), 0);
	(void)snprintf(addr.sun_path, sizeof addr.sun_path, "%s/%s.sock", dir, session);
	free(dir);
	s->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&addr, sizeof addr), 0);
	assert_int_equal(listen(s->listener, 1), 0);
}

static void a_front_says_hello_and_believes_only_a_welcome(void **state)
{
	static const struct {
		const char *reply;
		int expected; /* 0: a descriptor */
		const char *why;
	} row[] = {
		{"{\"v\":1,\"type\":\"welcome\",\"session\":\"abc\"}", 0, "as agreed"},
		{"{\"v\":2,\"type\":\"welcome\"}", -EPROTONOSUPPORT, "a version of another day"},
		{"{\"type\":\"welcome\"}", -EPROTONOSUPPORT, "no version"},
		{"{\"v\":1,\"type\":\"question\"}", -EPROTO, "not a welcome"},
		{"hello", -EBADMSG, "no message"},
		{NULL, -ECONNRESET, "hangs up"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct server s = {.reply = row[i].reply};
		json_t *welcome = NULL;
		char name[16];
		pthread_t t;
		int r;

		(void)snprintf(name, sizeof name, "peer%zu", i);
		listen_as(name, &s);
		assert_int_equal(pthread_create(&t, NULL, serve, &s), 0);
		r = sel_front_connect(name, "answer", &welcome);
		assert_int_equal(pthread_join(t, NULL), 0);
		close(s.listener);
		if (row[i].expected ? r != row[i].expected : r < 0)
			fail_msg("%s: %d instead of %d", row[i].why, r, row[i].expected);
		assert_string_equal(s.hello, "{\"v\":1,\"type\":\"hello\",\"front\":\"answer\"}");
		if (r < 0)
			continue;
		assert_string_equal(json_string_value(json_object_get(welcome, "session")), "abc");
		json_decref(welcome);
		close(r);
	}
}

static void a_session_that_is_not_there_is_said_to_be_missing(void **state)
{
	static const char *const names[] = {
		"nosuch", "", "../x", "a/b", "a b", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop"};
	struct server s = {0};

	(void)state;
	for (size_t i = 0; i < SEL_N(names); i++)
		assert_int_equal(sel_front_connect(names[i], "answer", NULL), -ENOENT);
	listen_as("dead", &s);
	close(s.listener); /* its file stays, as after SIGKILL */
	assert_int_equal(sel_front_connect("dead", "answer", NULL), -ENOENT);
}

static void sessions_are_listed_in_order(void **state)
{
	static const char *const made[] = {"zz", "aa", "mm"};
	static const char *const listed[] = {"aa", "mm", "zz"};
	struct server s = {0};
	char path[256];
	char **names = NULL;

	for (size_t i = 0; i < SEL_N(made); i++) {
		listen_as(made[i], &s);
		close(s.listener);
	}
	(void)snprintf(path, sizeof path, "%s/seldom/notes.txt", (char *)*state);
	assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0);
	assert_int_equal(sel_front_sessions(&names), 3);
	for (size_t i = 0; i < SEL_N(listed); i++) {
		assert_string_equal(names[i], listed[i]);
		free(names[i]);
	}
	assert_null(names[SEL_N(listed)]);
	free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_arrives_as_it_was_sent),
		cmocka_unit_test(what_is_no_message_is_refused),
		cmocka_unit_test(a_packet_that_is_too_long_is_refused_at_both_ends),
		cmocka_unit_test(a_reader_that_sleeps_does_not_block_the_sender),
		cmocka_unit_test(who_waits_is_not_lost_behind_a_full_queue),
		cmocka_unit_test(a_passed_descriptor_is_not_taken),
		cmocka_unit_test_setup_teardown(the_runtime_folder_must_be_ours_alone, fresh_home,
						drop_home),
		cmocka_unit_test_setup_teardown(the_state_folder_is_made_with_its_parents,
						fresh_home, drop_home),
		cmocka_unit_test_setup_teardown(a_front_says_hello_and_believes_only_a_welcome,
						fresh_home, drop_home),
		cmocka_unit_test_setup_teardown(a_session_that_is_not_there_is_said_to_be_missing,
						fresh_home, drop_home),
		cmocka_unit_test_setup_teardown(sessions_are_listed_in_order, fresh_home,
						drop_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
