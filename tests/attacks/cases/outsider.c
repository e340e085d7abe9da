/* A process outside, of the same user, is signalled, traced, read, written or limited. argv[1]:
 * how. */
#include "attack.h"
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>

static pid_t victim;
static void *address;

static void do_signal(void)
{
	say("kill", kill(victim, SIGTERM));
}

static void do_kill9(void)
{
	say("kill", kill(victim, SIGKILL));
}

static void do_tgkill(void)
{
	say("tgkill", syscall(SYS_tgkill, victim, victim, SIGUSR1));
	say("tkill", syscall(SYS_tkill, victim, SIGUSR1));
}

static void do_queue(void)
{
	siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};

	say("rt_sigqueueinfo", syscall(SYS_rt_sigqueueinfo, victim, SIGUSR1, &info));
}

static void do_pidfd(void)
{
	int fd = (int)syscall(SYS_pidfd_open, victim, 0);

	say("pidfd_send_signal", syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0));
}

/* A folder of /proc serves as a pidfd too. */
static void do_pidfd_proc(void)
{
	int fd = open(at("/proc", var("VICTIM")), O_RDONLY | O_DIRECTORY);

	say("pidfd_send_signal", syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0));
}

static void do_setown(void)
{
	int p[2];

	if (pipe(p) < 0)
		return;
	say("F_SETOWN", fcntl(p[0], F_SETOWN, victim));
	say("F_SETSIG", fcntl(p[0], F_SETSIG, SIGUSR1));
	say("O_ASYNC", fcntl(p[0], F_SETFL, O_ASYNC));
	(void)!write(p[1], "x", 1);
}

static void do_vm_write(void)
{
	struct iovec l = {(char *)"touched!!", 9}, r = {address, 9};

	if (process_vm_writev(victim, &l, 1, &r, 1, 0) < 0 && errno == EPERM)
		attack_skip("Yama forbids it here");
}

static void do_proc_mem(void)
{
	int fd = open(at(at("/proc", var("VICTIM")), "mem"), O_RDWR);

	if (fd < 0 && errno == EACCES)
		attack_skip("Yama forbids it here");
	say("pwrite", pwrite(fd, "touched!!", 9, (off_t)(uintptr_t)address));
}

static void do_ptrace(void)
{
	if (ptrace(PTRACE_SEIZE, victim, NULL, NULL) < 0 && errno == EPERM)
		attack_skip("Yama forbids it here");
	say("INTERRUPT", ptrace(PTRACE_INTERRUPT, victim, NULL, NULL));
	waitpid(victim, NULL, __WALL);
	say("POKE", ptrace(PTRACE_POKEDATA, victim, address, (void *)0x2121212121212121));
}

static void do_prlimit(void)
{
	struct rlimit r = {17, 17};

	say("prlimit", prlimit(victim, RLIMIT_NOFILE, &r, NULL));
}

static void do_affinity(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	say("sched_setaffinity", sched_setaffinity(victim, sizeof set, &set));
}

static void do_scheduler(void)
{
	struct sched_param p = {0};

	say("sched_setscheduler", sched_setscheduler(victim, SCHED_IDLE, &p));
}

static void do_priority(void)
{
	say("setpriority", setpriority(PRIO_PROCESS, (id_t)victim, 19));
}

static void do_ioprio(void)
{
	say("ioprio_set", syscall(SYS_ioprio_set, 1, victim, 3 << 13));
}

static void do_oom(void)
{
	put(at(at("/proc", var("VICTIM")), "oom_score_adj"), "1000");
}

/* Every number: the broker is one of them. Behind a blast wall (see run), or it would hit the
 * machine. */
static void do_sweep(void)
{
	for (pid_t p = 2; p < 400; p++)
		if (p != getpid() && p != getppid())
			kill(p, SIGKILL);
}

static void do_all(void)
{
	say("kill -1", kill(-1, SIGKILL));
}

static void do_group(void)
{
	say("kill group", kill(-getpgid(victim), SIGUSR1));
	say("kill group", kill(-victim, SIGUSR1));
}

static const struct {
	const char *name;
	void (*call)(void);
} calls[] = {
	{"signal", do_signal},	     {"kill9", do_kill9},
	{"tgkill", do_tgkill},	     {"queue", do_queue},
	{"pidfd", do_pidfd},	     {"pidfd-proc", do_pidfd_proc},
	{"setown", do_setown},	     {"vm-write", do_vm_write},
	{"proc-mem", do_proc_mem},   {"ptrace", do_ptrace},
	{"prlimit", do_prlimit},     {"affinity", do_affinity},
	{"scheduler", do_scheduler}, {"priority", do_priority},
	{"ioprio", do_ioprio},	     {"oom", do_oom},
	{"sweep", do_sweep},	     {"all", do_all},
	{"group", do_group},
};

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	attack_begin();
	victim = (pid_t)var_int("VICTIM");
	address = (void *)(uintptr_t)strtoull(var("VICTIM_ADDR"), NULL, 16);
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (strcmp(calls[i].name, argv[1]) == 0)
			calls[i].call();
	usleep(100000);
	return 0;
}
