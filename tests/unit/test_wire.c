/* What one process may tell another, and that nothing else gets through: no text, no descriptor. */
#include "test.h"

#include "egress/wire.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>

#define HEAD offsetof(struct sel_wire, text)

static struct sel_wire w, got; /* 21 KiB each */

static void pair(int fds[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
}

static void pair_done(int fds[2])
{
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static size_t open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void whole(void)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&w.source;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&w.target;

	memset(&w, 0, sizeof w);
	w.kind = SEL_WIRE_ASK;
	w.conn = 3, w.number = 4, w.what = SEL_WHAT_DNS_TCP, w.why = SEL_NET_QUERY, w.from = 1;
	w.id = UINT64_MAX, w.count = 5, w.rule = INT64_MIN, w.expires = 7, w.port = 443;
	strcpy(w.name, "api.example.test");
	strcpy(w.method, "POST");
	strcpy(w.phantom, "sk-ant-abc");
	v4->sin_family = AF_INET;
	v4->sin_port = htons(4444);
	v4->sin_addr.s_addr = htonl(0xc6120002);
	v6->sin6_family = AF_INET6;
	v6->sin6_addr = in6addr_loopback;
	w.n = 3;
	memcpy(w.text, "/v1", 3);
}

static void a_message_arrives_as_it_was(void **state)
{
	int fds[2], fd = 99;

	(void)state;
	pair(fds);
	whole();
	assert_int_equal(sel_wire_send(fds[0], &w, -1), 0);
	memset(&got, 0xff, sizeof got);
	assert_int_equal(sel_wire_recv(fds[1], &got, &fd), 1);
	assert_int_equal(fd, -1);
	assert_memory_equal(&got, &w, HEAD + 3);
	assert_int_equal(got.text[3], '\0');
	assert_int_equal(sel_wire_recv(fds[1], &got, &fd), -EAGAIN);
	(void)close(fds[0]);
	assert_int_equal(sel_wire_recv(fds[1], &got, &fd), 0);
	assert_int_equal(sel_wire_send(fds[1], &w, -1), -EPIPE);
	(void)close(fds[1]);
}

static void what_lay_in_the_senders_memory_stays_there(void **state)
{
	int fds[2], fd;

	(void)state;
	pair(fds);
	memset(&w, 'S', sizeof w);
	w.kind = SEL_WIRE_CLOSED;
	w.what = w.why = w.from = w.n = 0;
	w.source.ss_family = AF_INET;
	w.target.ss_family = AF_UNSPEC;
	w.name[0] = w.method[0] = w.phantom[0] = '\0';
	assert_int_equal(sel_wire_send(fds[0], &w, -1), 0);
	memset(&got, 0, sizeof got);
	assert_int_equal(sel_wire_recv(fds[1], &got, &fd), 1);
	for (size_t i = 0; i < sizeof got.name; i++)
		assert_int_equal(got.name[i], 0);
	for (size_t i = sizeof(struct sockaddr_in); i < sizeof got.source; i++)
		assert_int_equal(((char *)&got.source)[i], 0);
	pair_done(fds);
}

static void the_longest_text_goes_and_no_longer_one(void **state)
{
	int fds[2], fd;

	(void)state;
	pair(fds);
	whole();
	w.kind = SEL_WIRE_VALUE;
	w.n = SEL_WIRE_TEXT - 1;
	memset(w.text, '\x01', w.n);
	assert_int_equal(sel_wire_send(fds[0], &w, -1), 0);
	memset(&got, 0xff, sizeof got);
	assert_int_equal(sel_wire_recv(fds[1], &got, &fd), 1);
	assert_int_equal(strlen(got.text), SEL_WIRE_TEXT - 1);
	w.n++;
	assert_int_equal(sel_wire_send(fds[0], &w, -1), -EINVAL);
	w.n = UINT32_MAX;
	assert_int_equal(sel_wire_send(fds[0], &w, -1), -EINVAL);
	pair_done(fds);
}

/* Each changes what `whole` makes, in a way that neither end lets pass. */
static void bad_kind(void)
{
	w.kind = SEL_WIRE_KIND_N;
}
static void no_kind(void)
{
	w.kind = SEL_WIRE_INVALID;
}
static void huge_kind(void)
{
	w.kind = UINT32_MAX;
}
static void bad_why(void)
{
	w.why = SEL_NET_WHY_N;
}
static void bad_what(void)
{
	w.what = SEL_ASKS_ALL + 1;
}
static void bad_what_of_a_listener(void)
{
	w.kind = SEL_WIRE_OPENED;
	w.n = 0;
	w.what = SEL_WHAT_DNS_TCP + 1;
}
static void bad_from(void)
{
	w.from = SEL_GRANT_ONCE + 1;
}
static void endless_name(void)
{
	memset(w.name, 'a', sizeof w.name);
}
static void endless_method(void)
{
	memset(w.method, 'A', sizeof w.method);
}
static void endless_phantom(void)
{
	memset(w.phantom, 'a', sizeof w.phantom);
}
static void upper_name(void)
{
	strcpy(w.name, "API.example.test");
}
static void dotted_name(void)
{
	strcpy(w.name, "api.example.test.");
}
static void path_name(void)
{
	strcpy(w.name, "../example.test");
}
static void escape_in_name(void)
{
	strcpy(w.name, "api.exa\x1b[2J.test");
}
static void octal_name(void)
{
	strcpy(w.name, "0177.0.0.1");
}
static void space_in_method(void)
{
	strcpy(w.method, "GET /");
}
static void control_in_phantom(void)
{
	strcpy(w.phantom, "a\nb");
}
static void unix_source(void)
{
	w.source.ss_family = AF_UNIX;
}
static void unix_target(void)
{
	w.target.ss_family = AF_UNIX;
}
static void nul_in_text(void)
{
	w.text[1] = '\0';
}
static void control_in_text(void)
{
	w.text[1] = '\x1b';
}
static void newline_in_text(void)
{
	w.text[1] = '\n';
}
static void delete_in_text(void)
{
	w.text[1] = '\x7f';
}
static void text_where_there_is_none(void)
{
	w.kind = SEL_WIRE_CLOSED;
}
static void nul_in_value(void)
{
	w.kind = SEL_WIRE_VALUE;
	w.text[1] = '\0';
}
static void long_line(void)
{
	w.kind = SEL_WIRE_GRANT;
	w.n = SEL_GRANT_LINE_MAX + 1;
	memset(w.text, 'a', w.n);
}
static void no_fd_where_there_is_one(void)
{
	w.kind = SEL_WIRE_LISTENER;
	w.n = 0;
}
static void no_fd_dialled(void)
{
	w.kind = SEL_WIRE_DIALLED;
	w.why = SEL_NET_OK;
}

static const struct {
	const char *name;
	void (*change)(void);
} bad[] = {
#define ROW(f)                                                                                     \
	{                                                                                          \
#f, f                                                                              \
	}
	ROW(bad_kind),
	ROW(no_kind),
	ROW(huge_kind),
	ROW(bad_why),
	ROW(bad_what),
	ROW(bad_what_of_a_listener),
	ROW(bad_from),
	ROW(endless_name),
	ROW(endless_method),
	ROW(endless_phantom),
	ROW(upper_name),
	ROW(dotted_name),
	ROW(path_name),
	ROW(escape_in_name),
	ROW(octal_name),
	ROW(space_in_method),
	ROW(control_in_phantom),
	ROW(unix_source),
	ROW(unix_target),
	ROW(nul_in_text),
	ROW(control_in_text),
	ROW(newline_in_text),
	ROW(delete_in_text),
	ROW(text_where_there_is_none),
	ROW(nul_in_value),
	ROW(long_line),
	ROW(no_fd_where_there_is_one),
	ROW(no_fd_dialled),
#undef ROW
};

static void what_is_not_whole_is_neither_sent_nor_taken(void **state)
{
	int fds[2], fd;

	(void)state;
	pair(fds);
	for (size_t i = 0; i < SEL_N(bad); i++) {
		whole();
		bad[i].change();
		if (sel_wire_send(fds[0], &w, -1) == 0)
			fail_msg("%s was sent", bad[i].name);
		assert_int_equal(send(fds[0], &w, HEAD + w.n, 0), HEAD + w.n);
		if (sel_wire_recv(fds[1], &got, &fd) != -EBADMSG)
			fail_msg("%s was taken", bad[i].name);
	}
	whole(); /* and after all of them the one that is right */
	assert_int_equal(sel_wire_send(fds[0], &w, -1), 0);
	assert_int_equal(sel_wire_recv(fds[1], &got, &fd), 1);
	pair_done(fds);
}

static void a_sender_that_does_not_clean_up_is_refused(void **state)
{
	int fds[2], fd;

	(void)state;
	pair(fds);
	whole();
	w.name[200] = 'x'; /* behind the end */
	assert_int_equal(send(fds[0], &w, HEAD + w.n, 0), HEAD + w.n);
	assert_int_equal(sel_wire_recv(fds[1], &got, &fd), -EBADMSG);
	pair_done(fds);
}

static void lengths_that_lie_are_refused(void **state)
{
	static const size_t lengths[] = {1, 4, HEAD - 1, HEAD, HEAD + 2, HEAD + 4, sizeof w};
	static char more[sizeof w + 100];
	int fds[2], fd;

	(void)state;
	pair(fds);
	whole();
	for (size_t i = 0; i < SEL_N(lengths); i++) {
		assert_int_equal(send(fds[0], &w, lengths[i], 0), lengths[i]);
		assert_int_equal(sel_wire_recv(fds[1], &got, &fd), -EBADMSG);
	}
	memcpy(more, &w, sizeof w);
	assert_int_equal(send(fds[0], more, sizeof more, 0), sizeof more);
	assert_int_equal(sel_wire_recv(fds[1], &got, &fd), -EBADMSG);
	pair_done(fds);
}

static void send_with(int sock, size_t len, const int *fd, size_t n)
{
	struct iovec iov = {.iov_base = &w, .iov_len = len};
	char control[CMSG_SPACE(8 * sizeof(int))] = {0};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = CMSG_SPACE(n * sizeof(int))};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fd, n * sizeof(int));
	assert_int_equal(sendmsg(sock, &msg, 0), len);
}

static void descriptors_come_along_where_they_belong(void **state)
{
	static const struct {
		uint32_t kind, why;
		bool fd;
	} row[] = {
		{SEL_WIRE_LISTENER, 0, true},  {SEL_WIRE_READY, 0, true},
		{SEL_WIRE_DIALLED, 0, true},   {SEL_WIRE_DIALLED, SEL_NET_DIAL, false},
		{SEL_WIRE_GRANT, 0, false},    {SEL_WIRE_VALUE, 0, false},
		{SEL_WIRE_OPENED, 0, false},   {SEL_WIRE_ASKED_R, 0, false},
		{SEL_WIRE_OPENED_R, 0, false}, {SEL_WIRE_REVOKE, 0, false},
		{SEL_WIRE_CLOSED, 0, false},   {SEL_WIRE_ASK, 0, false},
		{SEL_WIRE_GIVE_UP, 0, false},  {SEL_WIRE_DIAL, 0, false},
		{SEL_WIRE_DECIDED, 0, false},  {SEL_WIRE_INCIDENT, 0, false},
		{SEL_WIRE_WANT, 0, false},
	};
	int fds[2], file = open("/dev/null", O_RDONLY | O_CLOEXEC), fd;
	size_t before;

	(void)state;
	pair(fds);
	before = open_fds();
	for (size_t i = 0; i < SEL_N(row); i++)
		for (int with = 0; with < 2; with++) {
			bool right = with == row[i].fd;

			whole();
			w.kind = row[i].kind, w.why = row[i].why, w.n = 0;
			assert_int_equal(sel_wire_send(fds[0], &w, with ? file : -1),
					 right ? 0 : -EINVAL);
			if (right) {
				assert_int_equal(sel_wire_recv(fds[1], &got, &fd), 1);
				assert_int_equal(fd >= 0, with);
				assert_true(!with || fcntl(fd, F_GETFD) == FD_CLOEXEC);
				sel_closep(&fd);
			} else {
				if (with)
					send_with(fds[0], HEAD, &file, 1);
				else
					assert_int_equal(send(fds[0], &w, HEAD, 0), HEAD);
				assert_int_equal(sel_wire_recv(fds[1], &got, &fd), -EBADMSG);
				assert_int_equal(fd, -1);
			}
			assert_int_equal(open_fds(), before);
		}
	pair_done(fds);
	(void)close(file);
}

static void no_descriptor_is_left_over(void **state)
{
	int fds[2], many[8], fd;
	size_t before;

	(void)state;
	pair(fds);
	for (size_t i = 0; i < SEL_N(many); i++)
		many[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	before = open_fds();
	for (size_t n = 1; n <= SEL_N(many); n++) { /* two fit where room for one was made */
		whole();
		w.kind = SEL_WIRE_READY, w.n = 0;
		send_with(fds[0], HEAD, many, n);
		assert_int_equal(sel_wire_recv(fds[1], &got, &fd), n == 1 ? 1 : -EBADMSG);
		assert_int_equal(fd >= 0, n == 1);
		sel_closep(&fd);
		send_with(fds[0], HEAD - 1, many, n); /* cut short */
		assert_int_equal(sel_wire_recv(fds[1], &got, &fd), -EBADMSG);
		w.why = SEL_NET_WHY_N;
		send_with(fds[0], HEAD, many, n); /* no message */
		assert_int_equal(sel_wire_recv(fds[1], &got, &fd), -EBADMSG);
		send_with(fds[0], sizeof w, many, n); /* too long */
		assert_int_equal(sel_wire_recv(fds[1], &got, &fd), -EBADMSG);
		assert_int_equal(fd, -1);
		assert_int_equal(open_fds(), before);
	}
	for (size_t i = 0; i < SEL_N(many); i++)
		(void)close(many[i]);
	pair_done(fds);
}

static void a_peer_that_does_not_read_is_told_apart(void **state)
{
	int fds[2], fd, r = 0;
	size_t n = 0;

	(void)state;
	pair(fds);
	whole();
	while (n < 100000 && (r = sel_wire_send(fds[0], &w, -1)) == 0)
		n++;
	assert_int_equal(r, -EAGAIN);
	for (; n > 0; n--)
		assert_int_equal(sel_wire_recv(fds[1], &got, &fd), 1);
	assert_int_equal(sel_wire_send(fds[0], &w, -1), 0);
	pair_done(fds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_arrives_as_it_was),
		cmocka_unit_test(what_lay_in_the_senders_memory_stays_there),
		cmocka_unit_test(the_longest_text_goes_and_no_longer_one),
		cmocka_unit_test(what_is_not_whole_is_neither_sent_nor_taken),
		cmocka_unit_test(a_sender_that_does_not_clean_up_is_refused),
		cmocka_unit_test(lengths_that_lie_are_refused),
		cmocka_unit_test(descriptors_come_along_where_they_belong),
		cmocka_unit_test(no_descriptor_is_left_over),
		cmocka_unit_test(a_peer_that_does_not_read_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
