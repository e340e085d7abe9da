/* What programs rely on beyond errno: descriptor numbers and flags, modes, locks, waiting calls,
 * races between processes. Prints one line a fact; natively and inside the lines must be equal.
 * usage: calls FOLDER */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void must(long r, const char *what)
{
	if (r < 0) {
		printf("%s failed: %s\n", what, strerrorname_np(errno));
		fflush(stdout);
		_exit(2);
	}
}

/* O_NOFOLLOW is left out: the broker may have added it, and it means nothing once a file is open.
 */
static void descriptors(void)
{
	int low = open("/dev/null", O_RDONLY), a = open("a", O_WRONLY | O_CREAT, 0644),
	    b = open("b", O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	must(a, "a");
	must(b, "b");
	printf("numbers are the lowest free: %d %d\n", a - low, b - low);
	printf("close-on-exec: %d %d\n", fcntl(a, F_GETFD), fcntl(b, F_GETFD));
	close(a);
	a = open("c", O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_SYNC, 0644);
	printf("a freed number is used again: %d, flags %#o\n", a - low,
	       fcntl(a, F_GETFL) & ~O_NOFOLLOW);
	close(a);
	a = open("c", O_RDWR | O_TRUNC | O_NOATIME | O_DSYNC);
	printf("status flags: %#o\n", fcntl(a, F_GETFL) & ~O_NOFOLLOW);
	close(a);
	close(b);
	close(low);
	close(0);
	a = open("zero", O_WRONLY | O_CREAT, 0644);
	printf("descriptor 0 can be got: %d\n", a);
	close(a);
	must(open("/dev/null", O_RDONLY), "stdin back");
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	must(lstat(path, &st), path);
	return st.st_mode & 07777;
}

static void modes(void)
{
	static const mode_t masks[] = {0, 022, 027, 077, 0777};

	for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
		umask(masks[i]);
		int fd = open("m", O_WRONLY | O_CREAT, 0777);

		must(fd, "m");
		must(mkdir("md", 02777), "md");
		must(mkfifo("mf", 0666), "mf");
		printf("umask %03o: file %04o, folder %04o, fifo %04o\n", masks[i], mode_of("m"),
		       mode_of("md"), mode_of("mf"));
		close(fd);
		must(unlink("m"), "unlink m");
		must(rmdir("md"), "rmdir md");
		must(unlink("mf"), "unlink mf");
	}
	umask(022);
	must(mkdir("sg", 0755), "sg");
	must(chmod("sg", 02755), "chmod sg");
	must(mkdir("sg/in", 0755), "sg/in");
	printf("set-group-id folder: inside %04o\n", mode_of("sg/in"));
	int fd = open("ro", O_WRONLY | O_CREAT | O_EXCL, 0400); /* writable through this one only */
	must(fd, "ro");
	printf("a read-only file can be written by who made it: %zd\n", write(fd, "x", 1));
	close(fd);
}

static void temporary(void)
{
	int fd = open(".", O_TMPFILE | O_RDWR, 0640);
	char link[64];
	struct stat st;

	if (fd < 0) {
		printf("O_TMPFILE: %s\n", strerrorname_np(errno));
		return;
	}
	must(write(fd, "hidden", 6), "write");
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	must(linkat(AT_FDCWD, link, AT_FDCWD, "shown", AT_SYMLINK_FOLLOW), "linkat");
	must(stat("shown", &st), "stat");
	printf("O_TMPFILE and linkat: size %ld mode %04o\n", (long)st.st_size, st.st_mode & 07777);
	close(fd);
}

static void appends(void)
{
	struct stat st;

	for (int p = 0; p < 4; p++)
		if (fork() == 0) {
			for (int i = 0; i < 250; i++) {
				int fd = open("log", O_WRONLY | O_CREAT | O_APPEND, 0644);

				if (fd < 0 || write(fd, "0123456789abcde\n", 16) != 16)
					_exit(1);
				close(fd);
			}
			_exit(0);
		}
	int bad = 0, status;
	while (wait(&status) > 0)
		bad += status != 0;
	must(stat("log", &st), "log");
	printf("4 processes append 250 lines each: %ld bytes, %d failed\n", (long)st.st_size, bad);
}

/* Of two processes that create one name exclusively exactly one may win, every time. */
static void exclusive(void)
{
	int wins = 0, losses = 0, odd = 0;

	for (int round = 0; round < 200; round++) {
		char name[32];
		int go[2], status;

		snprintf(name, sizeof name, "x%d", round);
		must(pipe(go), "pipe");
		for (int p = 0; p < 2; p++)
			if (fork() == 0) {
				char c;

				close(go[1]);
				(void)!read(go[0], &c, 1);
				if (round & 1)
					_exit(mkdir(name, 0755) == 0 ? 0 : errno == EEXIST ? 1 : 2);
				_exit(open(name, O_WRONLY | O_CREAT | O_EXCL, 0644) >= 0 ? 0
				      : errno == EEXIST					 ? 1
											 : 2);
			}
		close(go[0]);
		close(go[1]);
		while (wait(&status) > 0) {
			int code = WIFEXITED(status) ? WEXITSTATUS(status) : 2;

			wins += code == 0;
			losses += code == 1;
			odd += code == 2;
		}
	}
	printf("O_EXCL and mkdir races: %d won, %d lost, %d odd\n", wins, losses, odd);
}

static void *create_many(void *arg)
{
	long id = (long)arg, failed = 0;

	for (int i = 0; i < 50; i++) {
		char name[32];
		int fd;

		snprintf(name, sizeof name, "t%ld-%d", id, i);
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);
		if (fd < 0 || dprintf(fd, "%s", name) != (int)strlen(name))
			failed++;
		close(fd);
	}
	return (void *)failed;
}

static void threads(void)
{
	pthread_t t[8];
	long failed = 0, wrong = 0;

	for (long i = 0; i < 8; i++)
		must(-pthread_create(&t[i], NULL, create_many, (void *)i), "thread");
	for (int i = 0; i < 8; i++) {
		void *r;

		pthread_join(t[i], &r);
		failed += (long)r;
	}
	for (int i = 0; i < 400;
	     i++) { /* each file holds its own name: no descriptor was mixed up */
		char name[32], text[32] = "";
		int fd;

		snprintf(name, sizeof name, "t%d-%d", i / 50, i % 50);
		fd = open(name, O_RDONLY);
		if (fd < 0 || read(fd, text, sizeof text - 1) < 0 || strcmp(name, text) != 0)
			wrong++;
		close(fd);
	}
	printf("8 threads create 50 files each: %ld failed, %ld hold another's text\n", failed,
	       wrong);
}

static void fifo(void)
{
	char text[16] = "";

	must(mkfifo("pipe", 0600), "mkfifo");
	if (fork() == 0) {
		int fd = open("pipe", O_WRONLY); /* waits for the reader */

		_exit(fd < 0 || write(fd, "through", 7) != 7);
	}
	usleep(20000);
	int fd = open("pipe", O_RDONLY), status;
	must(read(fd, text, sizeof text - 1), "read");
	wait(&status);
	printf("a fifo joins two processes: '%s', writer %d\n", text, status);
	close(fd);
	errno = 0;
	fd = open("pipe", O_WRONLY | O_NONBLOCK);
	printf("a fifo without a reader: %d %s\n", fd, strerrorname_np(errno));
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void interrupted(void)
{
	struct sigaction sa = {.sa_handler = on_alarm};
	struct itimerval soon = {.it_value.tv_usec = 50000},
			 often = {.it_value.tv_usec = 500, .it_interval.tv_usec = 500}, off = {0};
	int failed = 0;

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	int fd = open("pipe", O_WRONLY), e = errno;
	printf("a signal ends a waiting open: %d %s\n", fd, strerrorname_np(e));

	sa.sa_flags = SA_RESTART; /* as Go's runtime: signals all the time, calls restart */
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < 300; i++) {
		char name[32];

		snprintf(name, sizeof name, "s%d", i);
		if (mkdir(name, 0755) < 0 || rename(name, "s") < 0 || rmdir("s") < 0)
			failed++;
	}
	setitimer(ITIMER_REAL, &off, NULL);
	printf("mkdir, rename, rmdir under a rain of signals: %d failed\n", failed);
}

static void locks(void)
{
	int fd = open("lock", O_RDWR | O_CREAT, 0644), status;
	struct flock whole = {.l_type = F_WRLCK}, ofd = {.l_type = F_WRLCK, .l_len = 10};

	must(flock(fd, LOCK_EX), "flock");
	if (fork() == 0) {
		int other = open("lock", O_RDWR);

		_exit(flock(other, LOCK_EX | LOCK_NB) == 0 ? 0 : errno == EWOULDBLOCK ? 1 : 2);
	}
	wait(&status);
	printf("flock is seen by another process: %d\n", WEXITSTATUS(status));
	must(flock(fd, LOCK_UN), "unlock");
	must(fcntl(fd, F_SETLK, &whole), "F_SETLK");
	if (fork() == 0) {
		int other = open("lock", O_RDWR);

		_exit(fcntl(other, F_SETLK, &whole) == 0   ? 0
		      : errno == EAGAIN || errno == EACCES ? 1
							   : 2);
	}
	wait(&status);
	printf("a record lock is seen by another process: %d\n", WEXITSTATUS(status));
	whole.l_type = F_UNLCK;
	must(fcntl(fd, F_SETLK, &whole), "F_UNLCK");
	must(fcntl(fd, F_OFD_SETLK, &ofd), "F_OFD_SETLK");
	int second = open("lock", O_RDWR);
	printf("an open file lock is seen by a second opening: %d\n",
	       fcntl(second, F_OFD_SETLK, &ofd));
	close(second);
	close(fd);
}

static void sparse(void)
{
	int fd = open("sparse", O_RDWR | O_CREAT, 0644);
	struct stat st;

	must(fd, "sparse");
	must(pwrite(fd, "end", 3, 64 << 20), "pwrite");
	must(fstat(fd, &st), "fstat");
	printf("sparse: size %ld, holes %d, first data at %ld\n", (long)st.st_size,
	       st.st_blocks * 512 < st.st_size, (long)lseek(fd, 0, SEEK_DATA));
	must(ftruncate(fd, 100), "ftruncate");
	close(fd);
}

static void mapped(void)
{
	int fd = open("mapped", O_RDWR | O_CREAT, 0644), out = open("copy", O_RDWR | O_CREAT, 0644);
	char text[8] = "";
	off_t from = 0, to = 8192;

	must(ftruncate(fd, 8192), "ftruncate");
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		must(-1, "mmap");
	strcpy(p + 4096, "mapped");
	must(msync(p, 8192, MS_SYNC), "msync");
	must(pread(fd, text, 7, 4096), "pread");
	printf("a shared mapping is written through: '%s'\n", text);
	printf("sendfile %zd, copy_file_range %zd\n", sendfile(out, fd, NULL, 8192),
	       copy_file_range(fd, &from, out, &to, 4096, 0));
	munmap(p, 8192);
	close(fd);
	close(out);
}

static void watched(void)
{
	char buf[4096] __attribute__((aligned(8)));
	int in = inotify_init1(IN_NONBLOCK);
	unsigned seen = 0;

	must(mkdir("seen", 0755), "mkdir");
	must(inotify_add_watch(in, "seen", IN_CREATE | IN_DELETE | IN_MOVED_TO), "inotify");
	close(open("seen/a", O_WRONLY | O_CREAT, 0644));
	must(rename("seen/a", "seen/b"), "rename");
	must(unlink("seen/b"), "unlink");
	ssize_t n = read(in, buf, sizeof buf);
	for (char *p = buf; p < buf + n;) {
		struct inotify_event *e = (void *)p;

		seen |= e->mask;
		p += sizeof *e + e->len;
	}
	printf("inotify sees them: %#x\n", seen);
	close(in);
}

static void local_sockets(void)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX, .sun_path = "s.sock"};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof in;
	char text[16] = "";
	int status, server = socket(AF_UNIX, SOCK_STREAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);

	must(bind(server, (void *)&sa, sizeof sa), "bind unix");
	must(listen(server, 4), "listen");
	must(bind(tcp, (void *)&in, sizeof in), "bind tcp");
	must(listen(tcp, 4), "listen");
	must(getsockname(tcp, (void *)&in, &len), "getsockname");
	if (fork() == 0) {
		int a = socket(AF_UNIX, SOCK_STREAM, 0), b = socket(AF_INET, SOCK_STREAM, 0);

		if (connect(a, (void *)&sa, sizeof sa) < 0 || write(a, "unix", 4) != 4)
			_exit(1);
		if (connect(b, (void *)&in, sizeof in) < 0 || write(b, "tcp", 3) != 3)
			_exit(2);
		_exit(0);
	}
	int c = accept(server, NULL, NULL);
	must(read(c, text, 4), "read");
	int d = accept(tcp, NULL, NULL);
	must(read(d, text + 4, 3), "read");
	wait(&status);
	printf("servers inside are reached: '%s', client %d\n", text, status);
	close(tcp);
	int refused = socket(AF_INET, SOCK_STREAM, 0);
	int r = connect(refused, (void *)&in, sizeof in);
	printf("nobody listens on loopback: %d %s\n", r, strerrorname_np(errno));
	close(server);
	r = connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&sa, sizeof sa);
	printf("nobody listens on the socket: %d %s\n", r, strerrorname_np(errno));
	int udp = socket(AF_INET, SOCK_DGRAM, 0), peer = socket(AF_INET, SOCK_DGRAM, 0);
	in.sin_port = 0;
	must(bind(udp, (void *)&in, sizeof in), "bind udp");
	len = sizeof in;
	must(getsockname(udp, (void *)&in, &len), "getsockname");
	printf("a datagram on loopback: %zd", sendto(peer, "d", 1, 0, (void *)&in, sizeof in));
	printf(" %zd\n", recv(udp, text, 1, 0));
}

static int vfork_and_wait(char *const argv[])
{
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		execv("/bin/true", argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status;
}

static void children(void)
{
	char *const argv[] = {"true", NULL};
	pid_t pid;
	int status, bad = 0;

	for (int i = 0; i < 20; i++)
		bad += vfork_and_wait(argv) != 0;
	printf("vfork and exec: %d bad\n", bad);
	posix_spawn_file_actions_t fa;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 1, "spawned", O_WRONLY | O_CREAT | O_TRUNC, 0640);
	char *const echo[] = {"echo", "from a child", NULL};
	must(-posix_spawn(&pid, "/bin/echo", &fa, NULL, echo, environ), "posix_spawn");
	waitpid(pid, &status, 0);
	printf("posix_spawn with a file action: %d\n", status);
	char *const none[] = {"none", NULL};
	printf("a program that is not there: %s\n",
	       strerrorname_np(posix_spawn(&pid, "./none", NULL, NULL, none, environ)));
}

/* A program may be written, run and written again: nobody may keep it open for writing. */
static void busy_text(void)
{
	static const char script[] = "#!/bin/sh\nexit 7\n";
	int bad = 0;

	for (int i = 0; i < 100; i++) {
		int fd = open("prog", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755), status;
		pid_t pid;

		if (fd < 0 || write(fd, script, sizeof script - 1) < 0) {
			bad++;
			continue;
		}
		close(fd);
		if ((pid = fork()) == 0) {
			execl("./prog", "prog", NULL);
			_exit(errno == ETXTBSY ? 26 : 27);
		}
		waitpid(pid, &status, 0);
		bad += WEXITSTATUS(status) != 7;
	}
	printf("written, closed and run at once: %d of 100 failed\n", bad);
}

int main(int argc, char **argv)
{
	if (argc != 2 || mkdir(argv[1], 0755) < 0 || chdir(argv[1]) < 0)
		return 2;
	umask(022);
	setvbuf(stdout, NULL, _IONBF, 0);
	descriptors();
	modes();
	temporary();
	appends();
	exclusive();
	threads();
	fifo();
	interrupted();
	locks();
	sparse();
	mapped();
	watched();
	local_sockets();
	children();
	busy_text();
	return 0;
}
