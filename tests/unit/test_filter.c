/* The exported filters, run by a small BPF interpreter over every call number and the flags that
 * matter, so that no jump falls through to ALLOW. */
#include "filter.h"
#include "syscalls.h"
#include "test.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif

static struct sel_filter_program programs[2];

static uint32_t load(const struct seccomp_data *d, uint32_t at)
{
	uint32_t v;

	assert_true(at % 4 == 0 && at + 4 <= sizeof *d);
	memcpy(&v, (const char *)d + at, 4);
	return v;
}

static bool jumps(uint16_t code, uint32_t a, uint32_t k)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return a == k;
	case BPF_JGT:
		return a > k;
	case BPF_JGE:
		return a >= k;
	case BPF_JSET:
		return a & k;
	default:
		fail_msg("unknown jump %#x", code);
		return false;
	}
}

static uint32_t run(const struct sel_filter_program *p, const struct seccomp_data *d)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < p->n; pc++) {
		const struct sock_filter *i = &p->code[pc];

		switch (BPF_CLASS(i->code)) {
		case BPF_LD:
			a = load(d, i->k);
			break;
		case BPF_ALU:
			assert_int_equal(BPF_OP(i->code), BPF_AND);
			a &= i->k;
			break;
		case BPF_JMP:
			if (BPF_OP(i->code) == BPF_JA)
				pc += i->k;
			else
				pc += jumps(i->code, a, i->k) ? i->jt : i->jf;
			break;
		case BPF_RET:
			return i->k;
		default:
			fail_msg("instruction %#x at %zu", i->code, pc);
		}
	}
	fail_msg("the program ran over its end");
	return 0;
}

/* The kernel takes the stricter of both. */
static uint32_t both(uint32_t arch, int nr, const uint64_t args[6])
{
	struct seccomp_data d = {.nr = nr, .arch = arch};
	uint32_t r[2];

	if (args)
		memcpy(d.args, args, sizeof d.args);
	for (int i = 0; i < 2; i++)
		r[i] = run(&programs[i], &d);
	return (int32_t)(r[0] & SECCOMP_RET_ACTION_FULL) <=
			       (int32_t)(r[1] & SECCOMP_RET_ACTION_FULL)
		       ? r[0]
		       : r[1];
}

static bool known(int nr)
{
	size_t n;
	const struct sel_syscall *rows = sel_syscall_table(&n);

	for (size_t i = 0; i < n; i++)
		if (rows[i].nr == nr)
			return true;
	return false;
}

static void an_unknown_number_is_refused(void **state)
{
	(void)state;
	for (int nr = 470; nr < 3000; nr++)
		if (both(NATIVE, nr, NULL) != (SECCOMP_RET_ERRNO | ENOSYS))
			fail_msg("number %d: %#x", nr, both(NATIVE, nr, NULL));
	assert_int_equal(both(NATIVE, -1, NULL), SECCOMP_RET_ERRNO | ENOSYS);
}

static void a_foreign_abi_is_refused_whatever_the_number(void **state)
{
	static const uint32_t archs[] = {AUDIT_ARCH_I386, AUDIT_ARCH_ARM, 0, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < SEL_N(archs); i++)
		for (int nr = 0; nr < 512; nr++)
			assert_int_equal(both(archs[i], nr, NULL), SECCOMP_RET_ERRNO | ENOSYS);
#if defined(__x86_64__)
	for (int nr = 0; nr < 600; nr++) /* x32 */
		assert_int_equal(both(NATIVE, nr | 0x40000000, NULL), SECCOMP_RET_ERRNO | ENOSYS);
#endif
}

static void every_trapped_call_is_trapped_and_nothing_else(void **state)
{
	static const uint64_t ones[6] = {1, 1, 1, 1, 1, 1};

	(void)state;
	for (int nr = 0; nr < 470; nr++) {
		uint32_t r = both(NATIVE, nr, ones);
		bool trapped = (r & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF;

		if (trapped != known(nr))
			fail_msg("number %d: %#x, in the table: %d", nr, r, known(nr));
	}
}

static void refusals_hold_for_any_arguments(void **state)
{
	static const uint64_t rows[][6] = {
		{0}, {1, 1, 1, 1, 1, 1}, {~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL}};
	size_t n;
	const struct sel_refusal *r = sel_refusal_table(&n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < SEL_N(rows) && r[i].nr >= 0; k++)
			if (both(NATIVE, r[i].nr, rows[k]) !=
			    (SECCOMP_RET_ERRNO | (uint32_t)r[i].error))
				fail_msg("%s: %#x", r[i].name, both(NATIVE, r[i].nr, rows[k]));
}

static void reading_opens_are_free_and_all_others_are_trapped(void **state)
{
	(void)state;
	for (uint32_t bit = 1; bit; bit <<= 1) {
		for (int base = 0; base < 4; base++) {
			uint32_t flags = bit | (uint32_t)base;
			bool writes = flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC |
					       (O_TMPFILE & ~O_DIRECTORY));
			uint64_t args[6] = {0, 0, flags, 0, 0, 0};
			uint32_t want = writes ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW;

			if (both(NATIVE, SYS_openat, args) != want)
				fail_msg("openat flags %#o: %#x", flags,
					 both(NATIVE, SYS_openat, args));
		}
	}
}

static void arguments_are_cut_as_the_kernel_cuts_them(void **state)
{
	static const struct {
		long nr;
		uint64_t args[6];
		uint32_t want;
		const char *why;
	} row[] = {
		{SYS_ioctl, {0, 0x5412}, SECCOMP_RET_ERRNO | EPERM, "TIOCSTI"},
		{SYS_ioctl, {0, 0x100005412}, SECCOMP_RET_ERRNO | EPERM, "TIOCSTI, CVE-2019-10063"},
		{SYS_ioctl, {0, 0x541C}, SECCOMP_RET_ERRNO | EPERM, "TIOCLINUX"},
		{SYS_ioctl, {0, 0x5413}, SECCOMP_RET_ALLOW, "TIOCGWINSZ"},
		{SYS_clone, {CLONE_NEWUSER | 17}, SECCOMP_RET_ERRNO | EPERM, "a user namespace"},
		{SYS_clone, {0x1200011}, SECCOMP_RET_ALLOW, "fork as glibc makes it"},
		{SYS_clone, {0x3d0f00}, SECCOMP_RET_ALLOW, "a thread"},
		{SYS_clone,
		 {CLONE_PARENT | 17},
		 SECCOMP_RET_ERRNO | EPERM,
		 "a child of the parent"},
		{SYS_unshare, {CLONE_NEWNS}, SECCOMP_RET_ERRNO | EPERM, "a mount namespace"},
		{SYS_unshare, {CLONE_FS}, SECCOMP_RET_ALLOW, "no namespace"},
		{SYS_socket, {AF_INET, SOCK_STREAM, 0}, SECCOMP_RET_ALLOW, "TCP"},
		{SYS_socket, {AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 6}, SECCOMP_RET_ALLOW, "TCP"},
		{SYS_socket, {AF_INET6, SOCK_DGRAM, 17}, SECCOMP_RET_ALLOW, "UDP"},
		{SYS_socket,
		 {AF_INET, SOCK_STREAM, 262},
		 SECCOMP_RET_ERRNO | EPROTONOSUPPORT,
		 "MPTCP"},
		{SYS_socket,
		 {AF_INET, SOCK_STREAM, 132},
		 SECCOMP_RET_ERRNO | EPROTONOSUPPORT,
		 "SCTP"},
		{SYS_socket, {AF_INET, SOCK_RAW, 0}, SECCOMP_RET_ERRNO | EPERM, "raw"},
		{SYS_socket, {AF_UNIX, SOCK_STREAM, 0}, SECCOMP_RET_ALLOW, "unix stream"},
		{SYS_socket,
		 {AF_UNIX, SOCK_DGRAM, 0},
		 SECCOMP_RET_ERRNO | EPROTONOSUPPORT,
		 "unix datagram"},
		{SYS_socket, {0x100000001, SOCK_DGRAM, 0}, 0, "unix datagram, high bits"},
		{SYS_socketpair,
		 {AF_UNIX, SOCK_DGRAM, 0},
		 SECCOMP_RET_ERRNO | EPROTONOSUPPORT,
		 "sends by name too"},
		{SYS_socket, {40, SOCK_STREAM, 0}, SECCOMP_RET_ERRNO | EAFNOSUPPORT, "vsock"},
		{SYS_socket, {38, SOCK_SEQPACKET, 0}, SECCOMP_RET_ERRNO | EAFNOSUPPORT, "AF_ALG"},
		{SYS_socket, {17, SOCK_RAW, 0}, SECCOMP_RET_ERRNO | EAFNOSUPPORT, "packet"},
		{SYS_socket, {AF_NETLINK, SOCK_RAW, 0}, SECCOMP_RET_ALLOW, "routes are read"},
		{SYS_socket,
		 {AF_NETLINK, SOCK_RAW, 12},
		 SECCOMP_RET_ERRNO | EPROTONOSUPPORT,
		 "netfilter"},
		{SYS_sendto,
		 {0, 0, 0, 0x20000000, 1, 16},
		 SECCOMP_RET_ERRNO | EOPNOTSUPP,
		 "TCP fast open"},
		{SYS_sendto, {0, 0, 0, 0, 0, 0}, SECCOMP_RET_ALLOW, "connected"},
		{SYS_sendto,
		 {0, 0, 0, 0, 0x100000000, 0},
		 SECCOMP_RET_USER_NOTIF,
		 "an address, high word"},
		{SYS_prctl, {PR_SET_DUMPABLE, 0}, SECCOMP_RET_ERRNO, "yes, but nothing happens"},
		{SYS_prctl, {0x100000000 | PR_SET_DUMPABLE, 0}, SECCOMP_RET_ERRNO, "high bits"},
		{SYS_prctl, {PR_SET_DUMPABLE, 1}, SECCOMP_RET_ALLOW, "dumpable"},
		{SYS_fchmod, {3, S_ISUID | 0755}, SECCOMP_RET_ERRNO | EPERM, "set-user-ID"},
		{SYS_fchmod, {3, 0755}, SECCOMP_RET_ALLOW, "plain mode"},
		{SYS_personality, {0x400000}, SECCOMP_RET_ERRNO | ENOSYS, "READ_IMPLIES_EXEC"},
		{SYS_personality, {0xffffffff}, SECCOMP_RET_ALLOW, "asking"},
		{SYS_utimensat, {3, 0, 0, 0}, SECCOMP_RET_ALLOW, "by descriptor"},
		{SYS_utimensat,
		 {3, 0x100000000, 0, 0},
		 SECCOMP_RET_USER_NOTIF,
		 "by path, high word"},
		{SYS_clone3, {0}, SECCOMP_RET_ERRNO | ENOSYS, "flags in memory"},
		{SYS_openat2, {0}, SECCOMP_RET_ERRNO | ENOSYS, "flags in memory"},
		{SYS_io_uring_setup,
		 {0},
		 SECCOMP_RET_ERRNO | ENOSYS,
		 "opens files past the filter"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		uint32_t r = both(NATIVE, (int)row[i].nr, row[i].args);

		if (row[i].want == 0 ? r == SECCOMP_RET_ALLOW : r != row[i].want)
			fail_msg("row %zu (%s): %#x, wanted %#x", i, row[i].why, r, row[i].want);
	}
}

static void a_row_that_continues_says_why_and_cannot_plant_content(void **state)
{
	static const enum sel_call never[] = {SEL_CALL_OPEN,	 SEL_CALL_MKDIR,  SEL_CALL_MKNOD,
					      SEL_CALL_SYMLINK,	 SEL_CALL_LINK,	  SEL_CALL_RENAME,
					      SEL_CALL_TRUNCATE, SEL_CALL_CONNECT};
	size_t n;
	const struct sel_syscall *rows = sel_syscall_table(&n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < SEL_N(never); k++)
			if (rows[i].call == never[k] && rows[i].continue_because)
				fail_msg("%s must be performed", rows[i].name);
}

static void the_built_in_image_is_what_the_table_gives(void **state)
{
	size_t n, at = 0;
	const uint8_t *image = sel_filter_image(&n);

	(void)state;
	for (int i = 0; i < 2; i++) {
		size_t bytes = programs[i].n * sizeof *programs[i].code;

		assert_true(at + sizeof programs[i].n + bytes <= n);
		assert_memory_equal(image + at, &programs[i].n, sizeof programs[i].n);
		assert_memory_equal(image + at + sizeof programs[i].n, programs[i].code, bytes);
		at += sizeof programs[i].n + bytes;
	}
	assert_int_equal(at, n);
}

static int build(void **state)
{
	(void)state;
	return sel_filter_build(SEL_FILTER_REFUSE, &programs[0]) ||
	       sel_filter_build(SEL_FILTER_TRAP, &programs[1]);
}

static int done(void **state)
{
	(void)state;
	sel_filter_done(&programs[0]);
	sel_filter_done(&programs[1]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unknown_number_is_refused),
		cmocka_unit_test(a_foreign_abi_is_refused_whatever_the_number),
		cmocka_unit_test(every_trapped_call_is_trapped_and_nothing_else),
		cmocka_unit_test(refusals_hold_for_any_arguments),
		cmocka_unit_test(reading_opens_are_free_and_all_others_are_trapped),
		cmocka_unit_test(arguments_are_cut_as_the_kernel_cuts_them),
		cmocka_unit_test(the_built_in_image_is_what_the_table_gives),
		cmocka_unit_test(a_row_that_continues_says_why_and_cannot_plant_content),
	};

	return cmocka_run_group_tests(tests, build, done);
}
