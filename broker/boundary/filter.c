#include "filter.h"

#include "kernel.h"
#include "syscalls.h"

#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define LOW32 0xffffffffULL

/* One refused argument pattern: (arg & mask) == value, and a second one where `arg2` >= 0. */
struct pattern {
	const char *name;
	int nr;
	int error;
	int arg;
	uint64_t mask, value;
	int arg2;
	uint64_t mask2, value2;
};

#define ANY_NS                                                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	 CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)

/* Columns are the point. Integer arguments are compared in their low 32 bits,
 * because the kernel cuts them: ioctl(fd, 0x100005412) is TIOCSTI (CVE-2019-10063). */
/* clang-format off */
#define P(c) #c, SCMP_SYS(c)
static const struct pattern patterns[] = {
	{ P(ioctl), EPERM, 1, LOW32, 0x5412 /* TIOCSTI */,    -1, 0, 0 },
	{ P(ioctl), EPERM, 1, LOW32, 0x541C /* TIOCLINUX */,  -1, 0, 0 },
	{ P(ioctl), EPERM, 1, LOW32, 0x541D /* TIOCCONS */,   -1, 0, 0 },
	{ P(ioctl), EPERM, 1, LOW32, 0x5423 /* TIOCSETD */,   -1, 0, 0 },
	/* A program that is not dumpable could not be watched; none needs it here. Says yes, does nothing. */
	{ P(prctl), 0,     0, LOW32, PR_SET_DUMPABLE, 1, UINT64_MAX, 0 },
	{ P(prctl), EPERM, 0, LOW32, PR_SET_MM, -1, 0, 0 },
	/* Whose child a process is says who started it (ask/job.c). */
	{ P(clone), EPERM, 0, CLONE_PARENT, CLONE_PARENT, -1, 0, 0 },
	/* A set-user-ID file would serve other users of the machine later. */
	{ P(chmod),    EPERM, 1, S_ISUID, S_ISUID, -1, 0, 0 },
	{ P(fchmod),   EPERM, 1, S_ISUID, S_ISUID, -1, 0, 0 },
	{ P(fchmodat), EPERM, 2, S_ISUID, S_ISUID, -1, 0, 0 },
	/* Datagrams name their receiver in memory; a pathname socket outside is not in our namespace. */
	{ P(socket),     EPROTONOSUPPORT, 0, LOW32, AF_UNIX, 1, 0xf, SOCK_DGRAM },
	{ P(socket),     EPROTONOSUPPORT, 0, LOW32, AF_UNIX, 1, 0xf, SOCK_RAW },
	{ P(socketpair), EPROTONOSUPPORT, 0, LOW32, AF_UNIX, 1, 0xf, SOCK_DGRAM },
	{ P(socketpair), EPROTONOSUPPORT, 0, LOW32, AF_UNIX, 1, 0xf, SOCK_RAW },
	{ P(sendto),   EOPNOTSUPP, 3, MSG_FASTOPEN, MSG_FASTOPEN, -1, 0, 0 },
	{ P(sendmsg),  EOPNOTSUPP, 2, MSG_FASTOPEN, MSG_FASTOPEN, -1, 0, 0 },
	{ P(sendmmsg), EOPNOTSUPP, 3, MSG_FASTOPEN, MSG_FASTOPEN, -1, 0, 0 },
};
/* clang-format on */

static struct scmp_arg_cmp masked(int arg, uint64_t mask, uint64_t value)
{
	return (struct scmp_arg_cmp){(unsigned)arg, SCMP_CMP_MASKED_EQ, mask, value};
}

static int refuse_patterns(scmp_filter_ctx ctx)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < SEL_N(patterns); i++) {
		const struct pattern *p = &patterns[i];
		struct scmp_arg_cmp cmp[2] = {masked(p->arg, p->mask, p->value)};

		if (p->arg2 >= 0)
			cmp[1] = masked(p->arg2, p->mask2, p->value2);
		if (p->nr >= 0)
			r = seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO((uint32_t)p->error), p->nr,
						   p->arg2 >= 0 ? 2 : 1, cmp);
	}
	return r;
}

static int refuse_namespaces(scmp_filter_ctx ctx)
{
	int r = 0;

	for (uint64_t bit = 1; r >= 0 && bit <= LOW32; bit <<= 1) {
		struct scmp_arg_cmp cmp = masked(0, bit, bit);

		if (!(bit & ANY_NS))
			continue;
		r = seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 1, &cmp);
		/* For clone, bit 7 is not CLONE_NEWTIME but part of the exit signal. */
		if (r >= 0 && bit != CLONE_NEWTIME)
			r = seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
						   &cmp);
	}
	return r;
}

static int refuse_socket(scmp_filter_ctx ctx, int error, const struct scmp_arg_cmp *cmp, unsigned n)
{
	int r = seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO((uint32_t)error), SCMP_SYS(socket), n,
				       cmp);

	return r < 0 ? r
		     : seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO((uint32_t)error),
					      SCMP_SYS(socketpair), n, cmp);
}

/* Families by list: unix, IPv4, IPv6 and routing netlink; of the internet ones TCP and UDP only
 * (MPTCP, SCTP and raw sockets pass rules made for TCP). */
static int refuse_sockets(scmp_filter_ctx ctx)
{
	static const int inet[] = {AF_INET, AF_INET6};
	int r = 0;

	for (uint64_t f = 0; r >= 0 && f <= 64; f++) {
		struct scmp_arg_cmp cmp = masked(0, LOW32, f);

		if (f != AF_UNIX && f != AF_INET && f != AF_INET6 && f != AF_NETLINK)
			r = refuse_socket(ctx, EAFNOSUPPORT, &cmp, 1);
	}
	if (r >= 0)
		r = refuse_socket(ctx, EAFNOSUPPORT, &(struct scmp_arg_cmp){0, SCMP_CMP_GT, 64, 0},
				  1);
	for (size_t i = 0; i < SEL_N(inet); i++) {
		struct scmp_arg_cmp cmp[2] = {masked(0, LOW32, (uint64_t)inet[i])};

		for (uint64_t type = 0; r >= 0 && type <= 0xf; type++) {
			cmp[1] = masked(1, 0xf, type);
			if (type != SOCK_STREAM && type != SOCK_DGRAM)
				r = refuse_socket(ctx, EPERM, cmp, 2);
		}
		for (uint64_t proto = 1; r >= 0 && proto < 17; proto++) {
			cmp[1] = masked(2, LOW32, proto);
			if (proto != 6)
				r = refuse_socket(ctx, EPROTONOSUPPORT, cmp, 2);
		}
		cmp[1] = (struct scmp_arg_cmp){2, SCMP_CMP_GT, 17, 0};
		if (r >= 0)
			r = refuse_socket(ctx, EPROTONOSUPPORT, cmp, 2);
	}
	if (r >= 0) {
		struct scmp_arg_cmp cmp[2] = {masked(0, LOW32, AF_NETLINK), {2, SCMP_CMP_GT, 0, 0}};

		r = refuse_socket(ctx, EPROTONOSUPPORT, cmp, 2);
	}
	return r;
}

static int trap_open(scmp_filter_ctx ctx, const struct sel_syscall *row)
{
	uint64_t mask = 0;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < SEL_N(SEL_OPEN_TRAPPED); i++) {
		struct scmp_arg_cmp cmp =
			masked(row->flags, SEL_OPEN_TRAPPED[i], SEL_OPEN_TRAPPED[i]);

		mask |= SEL_OPEN_TRAPPED[i];
		r = seccomp_rule_add_array(ctx, SCMP_ACT_NOTIFY, row->nr, 1, &cmp);
	}
	if (r >= 0) {
		struct scmp_arg_cmp cmp = masked(row->flags, mask, 0);

		r = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, row->nr, 1, &cmp);
	}
	return r;
}

/* Traps `row` unless argument `arg` is 0 (no path: a descriptor; no address: connected). */
static int trap_unless_null(scmp_filter_ctx ctx, const struct sel_syscall *row, unsigned arg)
{
	struct scmp_arg_cmp none = {arg, SCMP_CMP_EQ, 0, 0}, some = {arg, SCMP_CMP_GT, 0, 0};
	int r = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, row->nr, 1, &none);

	return r < 0 ? r : seccomp_rule_add_array(ctx, SCMP_ACT_NOTIFY, row->nr, 1, &some);
}

static int trap_row(scmp_filter_ctx ctx, const struct sel_syscall *row)
{
	if (row->nr < 0)
		return 0; /* not on this architecture */
	if (row->call == SEL_CALL_OPEN && row->flags >= 0)
		return trap_open(ctx, row);
	if (row->nr == SCMP_SYS(utimensat))
		return trap_unless_null(ctx, row, 1);
	if (row->call == SEL_CALL_SENDTO)
		return trap_unless_null(ctx, row, 4);
	return seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, row->nr, 0);
}

static int allow_calls(scmp_filter_ctx ctx)
{
	/* Newer than our libseccomp: cachestat, map_shadow_stack, futex_wake/wait/requeue, mseal.
	 */
	static const int numbers[] = {451, 453, 454, 455, 456, 462};
	/* READ_IMPLIES_EXEC and foreign personalities are refused. */
	static const uint64_t personalities[] = {0, 0x20000, 0x40000, 0xffffffff};
	int r = 0;

	for (const char *const *name = sel_allowed_names(); r >= 0 && *name; name++) {
		int nr = seccomp_syscall_resolve_name(*name);

		if (nr == __NR_SCMP_ERROR)
			return -ENOSYS;
		if (nr >= 0)
			r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
	}
	for (size_t i = 0; r >= 0 && i < SEL_N(numbers); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, numbers[i], 0);
	for (size_t i = 0; r >= 0 && i < SEL_N(personalities); i++) {
		struct scmp_arg_cmp cmp = masked(0, LOW32, personalities[i]);

		r = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(personality), 1, &cmp);
	}
	return r;
}

static int fill_trap(scmp_filter_ctx ctx)
{
	size_t n;
	const struct sel_syscall *row = sel_syscall_table(&n);
	int r = allow_calls(ctx);

	for (size_t i = 0; r >= 0 && i < n; i++)
		r = trap_row(ctx, &row[i]);
	return r;
}

static int fill_refuse(scmp_filter_ctx ctx)
{
	size_t n;
	const struct sel_refusal *row = sel_refusal_table(&n);
	int r = refuse_patterns(ctx);

	for (size_t i = 0; r >= 0 && i < n; i++)
		if (row[i].nr >= 0)
			r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO((uint32_t)row[i].error), row[i].nr,
					     0);
	if (r >= 0)
		r = refuse_namespaces(ctx);
	return r < 0 ? r : refuse_sockets(ctx);
}

static int export_program(scmp_filter_ctx ctx, struct sel_filter_program *ret)
{
	_cleanup_close_ int fd = memfd_create("seldom-bpf", MFD_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(ctx, fd);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return -errno;
	size_t n = (size_t)st.st_size / sizeof(struct sock_filter);
	if (n == 0 || n > BPF_MAXINSNS)
		return -E2BIG;
	_cleanup_free_ struct sock_filter *code = calloc(n, sizeof *code);
	if (!code)
		return -ENOMEM;
	if (pread(fd, code, n * sizeof *code, 0) != (ssize_t)(n * sizeof *code))
		return -EIO;
	ret->code = sel_steal_ptr(&code);
	ret->n = (unsigned short)n;
	return 0;
}

int sel_filter_build(enum sel_filter_kind kind, struct sel_filter_program *ret)
{
	bool trap = kind == SEL_FILTER_TRAP;
	scmp_filter_ctx ctx = seccomp_init(trap ? SCMP_ACT_ERRNO(ENOSYS) : SCMP_ACT_ALLOW);
	int r;

	if (!ctx)
		return -ENOMEM;
	/* Foreign ABIs number their calls differently. */
	r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	if (r >= 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, trap ? 2 : 1);
	if (r >= 0)
		r = trap ? fill_trap(ctx) : fill_refuse(ctx);
	if (r >= 0)
		r = export_program(ctx, ret);
	seccomp_release(ctx);
	return r;
}

void sel_filter_done(struct sel_filter_program *p)
{
	free(p->code);
	*p = (struct sel_filter_program){0};
}
