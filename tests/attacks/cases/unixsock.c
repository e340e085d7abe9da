/* Bytes to a UNIX socket of someone outside, by every name it can be given. argv[1]: the way. */
#include "attack.h"

#define TEXT "attack bytes"

static void stream(int type, const char *path)
{
	socklen_t len;
	struct sockaddr_un a = unix_addr(path, &len);
	int s = socket(AF_UNIX, type, 0);

	say("connect", connect(s, (struct sockaddr *)&a, len));
	(void)!send(s, TEXT, sizeof TEXT, MSG_NOSIGNAL);
}

static void dgram(const char *path, bool msg)
{
	socklen_t len;
	struct sockaddr_un a = unix_addr(path, &len);
	struct iovec iov = {(char *)TEXT, sizeof TEXT};
	struct msghdr m = {.msg_name = &a, .msg_namelen = len, .msg_iov = &iov, .msg_iovlen = 1};
	int s = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (msg)
		say("sendmsg", sendmsg(s, &m, 0));
	else
		say("sendto", sendto(s, TEXT, sizeof TEXT, 0, (struct sockaddr *)&a, len));
}

static void by_link(void)
{
	symlink(var("LISTEN_UNIX"), in("P", "s"));
	stream(SOCK_STREAM, in("P", "s"));
}

static void by_hardlink(void)
{
	say("link", link(var("LISTEN_UNIX"), in("P", "s")));
	stream(SOCK_STREAM, in("P", "s"));
}

static void by_rename(void)
{
	say("rename", rename(var("LISTEN_UNIX"), in("P", "s")));
	stream(SOCK_STREAM, in("P", "s"));
}

static void by_proc_root(void)
{
	stream(SOCK_STREAM, at("/proc/self/root", var("LISTEN_UNIX") + 1));
}

static void by_opath(void)
{
	char name[64];

	snprintf(name, sizeof name, "/proc/self/fd/%d", open(var("LISTEN_UNIX"), O_PATH));
	stream(SOCK_STREAM, name);
}

static void by_cwd(void)
{
	(void)!chdir(in("HOME", "sock"));
	stream(SOCK_STREAM, "stream");
}

static void from_child(void)
{
	if (fork() == 0) {
		stream(SOCK_STREAM, var("LISTEN_UNIX"));
		_exit(0);
	}
	wait(NULL);
}

/* A helper outside hands a writable descriptor to whoever connects to its socket in the project. */
static void passed_fd(void)
{
	socklen_t len;
	struct sockaddr_un a = unix_addr(var("LISTEN_HELPER"), &len);
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	char byte[8], control[256];
	struct iovec iov = {byte, sizeof byte};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof control};

	say("connect", connect(s, (struct sockaddr *)&a, len));
	if (recvmsg(s, &m, 0) > 0 && CMSG_FIRSTHDR(&m)) {
		int fd;

		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
		write_fd(fd);
	}
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	const char *way = argv[1];

	attack_begin();
#define WAY(name, call)                                                                            \
	if (strcmp(way, name) == 0) {                                                              \
		call;                                                                              \
		return 0;                                                                          \
	}
	WAY("stream", stream(SOCK_STREAM, var("LISTEN_UNIX")))
	WAY("seqpacket", stream(SOCK_SEQPACKET, var("LISTEN_SEQPACKET")))
	WAY("dgram-sendto", dgram(var("LISTEN_DGRAM"), false))
	WAY("dgram-sendmsg", dgram(var("LISTEN_DGRAM"), true))
	WAY("dgram-connect", stream(SOCK_DGRAM, var("LISTEN_DGRAM")))
	WAY("abstract", stream(SOCK_STREAM, var("LISTEN_ABSTRACT")))
	WAY("abstract-dgram", dgram(var("LISTEN_ABSTRACT_DGRAM"), true))
	WAY("docker", stream(SOCK_STREAM, var("LISTEN_DOCKER")))
	WAY("bus", stream(SOCK_STREAM, var("LISTEN_BUS")))
	WAY("link", by_link())
	WAY("hardlink", by_hardlink())
	WAY("rename", by_rename())
	WAY("proc-root", by_proc_root())
	WAY("opath", by_opath())
	WAY("cwd", by_cwd())
	WAY("child", from_child())
	WAY("passed-fd", passed_fd())
	return 2;
}
