/* The address of a call flips between an own listener and one outside. argv[1]: the call. */
#include "attack.h"
#include <netinet/in.h>

static volatile struct sockaddr_un own_un, out_un, addr_un;
static volatile struct sockaddr_in addr_in;
static in_port_t own_port, out_port;
static volatile bool done;

static void *flip_un(void *arg)
{
	while (!done) {
		memcpy((void *)&addr_un, (const void *)&out_un, sizeof addr_un);
		memcpy((void *)&addr_un, (const void *)&own_un, sizeof addr_un);
	}
	return arg;
}

static void *flip_in(void *arg)
{
	while (!done) {
		addr_in.sin_port = out_port;
		addr_in.sin_port = own_port;
	}
	return arg;
}

static void unix_race(int type, const char *outside, bool connects)
{
	socklen_t len = 0;
	struct sockaddr_un own = unix_addr(in("P", "own.sock"), &len),
			   out = unix_addr(outside, &len);
	int server = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

	memcpy((void *)&own_un, &own, sizeof own);
	memcpy((void *)&out_un, &out, sizeof out);
	say("bind", bind(server, (struct sockaddr *)&own, sizeof own));
	(void)listen(server, 128);
	(void)thread(flip_un, NULL);
	while (racing()) {
		int s = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

		if (connects && connect(s, (struct sockaddr *)&addr_un, sizeof addr_un) == 0)
			(void)!send(s, "raced", 5, MSG_NOSIGNAL);
		if (!connects)
			sendto(s, "raced", 5, MSG_NOSIGNAL, (struct sockaddr *)&addr_un,
			       sizeof addr_un);
		close(s);
		while (recv(server, own.sun_path, 1, MSG_DONTWAIT) > 0)
			;
		s = accept4(server, NULL, NULL, SOCK_NONBLOCK);
		if (s >= 0 && !connects)
			close(s);
	}
}

static void inet_race(const char *call)
{
	struct sockaddr_in own = {.sin_family = AF_INET};
	int type = strcmp(call, "connect-tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM;
	int server = socket(AF_INET, type, 0);
	socklen_t len = sizeof own;

	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)!bind(server, (struct sockaddr *)&own, sizeof own);
	(void)listen(server, 128);
	getsockname(server, (struct sockaddr *)&own, &len);
	own_port = own.sin_port;
	out_port = htons((in_port_t)var_int(type == SOCK_STREAM ? "LISTEN_TCP" : "LISTEN_UDP"));
	memcpy((void *)&addr_in, &own, sizeof own);
	(void)thread(flip_in, NULL);
	while (racing()) {
		int s = socket(AF_INET, type | SOCK_NONBLOCK, 0);
		struct iovec iov = {(char *)"raced", 5};
		struct msghdr m = {.msg_name = (void *)&addr_in,
				   .msg_namelen = sizeof addr_in,
				   .msg_iov = &iov,
				   .msg_iovlen = 1};
		struct mmsghdr mm[2] = {{.msg_hdr = m}, {.msg_hdr = m}};

		if (type == SOCK_STREAM)
			(void)!connect(s, (struct sockaddr *)&addr_in, sizeof addr_in);
		else if (strcmp(call, "sendmsg") == 0)
			sendmsg(s, &m, 0);
		else
			sendmmsg(s, mm, 2, 0);
		close(s);
	}
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	attack_begin();
	if (strcmp(argv[1], "connect-unix") == 0)
		unix_race(SOCK_STREAM, var("LISTEN_UNIX"), true);
	else if (strcmp(argv[1], "sendto-unix") == 0)
		unix_race(SOCK_DGRAM, var("LISTEN_DGRAM"), false);
	else
		inet_race(argv[1]);
	done = true;
	return 0;
}
