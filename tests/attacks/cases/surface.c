/* Odd doors into the kernel. argv[1]: the door. The effect: a write outside, a key, a segment, or a
 * descriptor that no program inside may hold. */
#include "attack.h"
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/user.h>

static void io_uring(void)
{
	struct io_uring_params p = {0};
	int ring = (int)syscall(SYS_io_uring_setup, 4, &p);

	if (ring < 0)
		attack_skip("io_uring is off here");
	char *sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
	char *cq =
		mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
		     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_CQ_RING);
	struct io_uring_sqe *sqe = mmap(NULL, p.sq_entries * sizeof *sqe, PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);

	*sqe = (struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
				     .fd = AT_FDCWD,
				     .addr = (uintptr_t)in("O", "out.txt"),
				     .open_flags = O_WRONLY | O_TRUNC};
	((unsigned *)(sq + p.sq_off.array))[0] = 0;
	__atomic_store_n((unsigned *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	say("enter", syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
	struct io_uring_cqe *cqe = (struct io_uring_cqe *)(cq + p.cq_off.cqes);

	say("openat", cqe->res);
	hold();
}

/* i386's numbers from a 64-bit program: 5 is open there. */
static void int80(void)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long ret;

	if (low == MAP_FAILED)
		attack_skip("no memory below 4 GiB");
	strcpy(low, in("O", "out.txt"));
	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(5), "b"((uint32_t)(uintptr_t)low), "c"(O_WRONLY | O_TRUNC), "d"(0)
			 : "r8", "r9", "r10", "r11", "memory");
	errno = ret < 0 ? (int)-ret : 0;
	if (ret == -ENOSYS)
		attack_skip("no i386 calls in this kernel");
	say("int80 open", ret);
}

static void x32(void)
{
	long fd = syscall(0x40000000 | SYS_open, in("O", "out.txt"), O_WRONLY | O_TRUNC, 0);

	if (fd < 0 && errno == ENOSYS)
		attack_skip("no x32 calls in this kernel");
	say("x32 open", fd);
}

/* The tracer rewrites the number of a call that the filter has already seen as harmless. */
static void ptrace_swap(void)
{
	const char *path = in("O", "out.txt");
	struct user_regs_struct r;
	pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		syscall(SYS_getppid, path, O_WRONLY | O_TRUNC, 0);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	for (int i = 0, status; i < 50; i++) {
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
		if (waitpid(pid, &status, 0) < 0 || WIFEXITED(status) || WIFSIGNALED(status))
			break;
		if (ptrace(PTRACE_GETREGS, pid, NULL, &r) == 0 && r.orig_rax == SYS_getppid) {
			r.orig_rax = SYS_open;
			say("SETREGS", ptrace(PTRACE_SETREGS, pid, NULL, &r));
		}
	}
}

static void ptrace_suspend(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		put(in("O", "out.txt"), "unfiltered");
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	say("SUSPEND_SECCOMP", ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(1L << 21)));
	ptrace(PTRACE_CONT, pid, NULL, NULL);
	waitpid(pid, NULL, 0);
}

/* A program that cannot be looked into: its memory and /proc entries belong to root. */
static void dumpable(void)
{
	prctl(PR_SET_DUMPABLE, 0);
	put(in("O", "out.txt"), "not dumpable");
	unlink(in("O", "dir/inner.txt"));
}

static void memfd_exec(char **argv)
{
	char *args[] = {argv[0], (char *)"write", NULL}, buf[65536];
	int self = open("/proc/self/exe", O_RDONLY), fd = memfd_create("attack", 0);
	ssize_t n;

	while ((n = read(self, buf, sizeof buf)) > 0)
		(void)!write(fd, buf, (size_t)n);
	fexecve(fd, args, environ);
	say("fexecve", -1);
}

static void unreadable_exec(char **argv)
{
	char *args[] = {argv[0], (char *)"write", NULL};

	chmod(argv[0], 0111);
	execv(argv[0], args);
	say("execv", -1);
}

static void deleted_exec(char **argv)
{
	char *args[] = {argv[0], (char *)"write", NULL};
	int fd = open(argv[0], O_RDONLY | O_CLOEXEC);

	unlink(argv[0]);
	fexecve(fd, args, environ);
	say("fexecve", -1);
}

static void vfork_write(void)
{
	if (vfork() == 0) {
		syscall(SYS_truncate, in("O", "out.txt"), 1);
		_exit(0);
	}
}

static int clone_fn(void *arg)
{
	put(in("O", "out.txt"), arg);
	return 0;
}

static void clone_write(void)
{
	char *stack = malloc(65536);

	/* Shares memory but neither descriptors nor thread group: no ordinary process or thread. */
	pid_t pid = clone(clone_fn, stack + 65536, CLONE_VM | SIGCHLD, (void *)"cloned");

	waitpid(pid, NULL, 0);
}

static void bpf(void)
{
	union bpf_attr a = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

	if (syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof a) < 0)
		attack_skip("bpf needs root here");
	hold();
}

static void perf(void)
{
	struct perf_event_attr a = {.type = PERF_TYPE_SOFTWARE,
				    .size = sizeof a,
				    .config = PERF_COUNT_SW_TASK_CLOCK,
				    .exclude_kernel = 1};

	if (syscall(SYS_perf_event_open, &a, var_int("VICTIM"), -1, -1, 0) < 0 &&
	    syscall(SYS_perf_event_open, &a, 0, -1, -1, 0) < 0)
		attack_skip("perf events are off here");
	hold();
}

static void uffd(void)
{
	if (syscall(SYS_userfaultfd, O_CLOEXEC | 1) < 0)
		attack_skip("userfaultfd is off here");
	hold();
}

static void fanotify(void)
{
	if (fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID, O_RDONLY) < 0)
		attack_skip("fanotify is off here");
	hold();
}

static void fs_open(void)
{
	if (syscall(430, "tmpfs", 0) < 0)
		attack_skip("fsopen needs root here");
	hold();
}

static void kvm(void)
{
	if (open("/dev/kvm", O_RDWR) < 0)
		attack_skip("no /dev/kvm for this user");
	hold();
}

static char shown[512];

static void *swap_later(void *arg)
{
	usleep(500000);
	strcpy(shown, in("O", "out.txt"));
	return arg;
}

/* The person is shown one path and answers after its bytes have changed; the second try is refused.
 */
static void swapped_bytes(void)
{
	strcpy(shown, in("O", "approved.txt"));
	(void)thread(swap_later, NULL);
	for (int i = 0; i < 2; i++, usleep(600000)) {
		int fd = open(shown, O_WRONLY | O_TRUNC);

		if (fd >= 0)
			close(fd);
	}
}

/* A node for the machine's disk where nobody looks: every file's bytes are behind it. */
static void disk(void)
{
	static const char *const places[] = {"/tmp", "/dev/shm", "/var/tmp"};
	struct stat st;
	bool made = false;

	stat("/", &st);
	for (size_t i = 0; i < 3; i++) {
		char *node = at(places[i], var("ATTACK_MARK"));

		say("mknod", mknod(node, S_IFBLK | 0600, st.st_dev));
		made |= open(node, O_RDONLY) >= 0;
		unlink(node);
	}
	if (!made)
		attack_skip("no way to a disk for this user");
	hold();
}

static void cgroup(void)
{
	char name[128];

	snprintf(name, sizeof name, "/sys/fs/cgroup/seldom-attack-%s", var("ATTACK_MARK"));
	if (mkdir(name, 0755) < 0)
		attack_skip("no control groups for this user");
}

static void key(void)
{
	char name[64];

	snprintf(name, sizeof name, "seldom-attack-%s", var("ATTACK_MARK"));
	/* -4: the user's keyring, shared with everything the user runs. */
	if (syscall(SYS_add_key, "user", name, "x", 1, -4) < 0)
		attack_skip("no keyrings here");
}

static void sysv(void)
{
	char *p = shmat(shmget((key_t)var_int("SHM_NUMBER"), 4096, 0600), NULL, 0);

	if (p != (char *)-1)
		memcpy(p, "attack", 6);
	say("shmat", p == (char *)-1 ? -1 : 0);
}

static void bad_pointers(void)
{
	/* Paths that cannot be read must neither stop the broker nor be taken for anything. */
	for (int i = 0; i < 64; i++)
		(void)open((const char *)(uintptr_t)(0x1000 * (unsigned)i), O_WRONLY | O_CREAT,
			   0644);
	put(in("O", "out.txt"), "after bad pointers");
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
	WAY("write", put(in("O", "out.txt"), "executed"))
	WAY("io-uring", io_uring())
	WAY("int80", int80())
	WAY("x32", x32())
	WAY("ptrace-swap", ptrace_swap())
	WAY("ptrace-suspend", ptrace_suspend())
	WAY("dumpable", dumpable())
	WAY("memfd-exec", memfd_exec(argv))
	WAY("unreadable-exec", unreadable_exec(argv))
	WAY("deleted-exec", deleted_exec(argv))
	WAY("vfork", vfork_write())
	WAY("clone-vm", clone_write())
	WAY("bpf", bpf())
	WAY("perf", perf())
	WAY("userfaultfd", uffd())
	WAY("fanotify", fanotify())
	WAY("fsopen", fs_open())
	WAY("kvm", kvm())
	WAY("swapped-bytes", swapped_bytes())
	WAY("disk", disk())
	WAY("cgroup", cgroup())
	WAY("key", key())
	WAY("sysv", sysv())
	WAY("bad-pointers", bad_pointers())
	return 2;
}
