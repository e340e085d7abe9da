#include "internal.h"

#include <fcntl.h>
#include <sys/stat.h>

/* Inode numbers are used again; the birth time tells the new file from ours. Bounded: when full,
 * the oldest are forgotten and count as somebody else's. */
#define OURS_MAX 65536

struct key {
	uint64_t dev, ino, birth;
};
struct sel_ours {
	pthread_mutex_t lock;
	struct key slot[OURS_MAX];
};

struct sel_ours *sel_ours_new(void)
{
	struct sel_ours *o = calloc(1, sizeof *o);

	if (o)
		(void)pthread_mutex_init(&o->lock, NULL);
	return o;
}

void sel_ours_free(struct sel_ours *o)
{
	free(o);
}

static bool key_of(int fd, struct key *ret)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &st) < 0 ||
	    !(st.stx_mask & STATX_BTIME))
		return false; /* without a birth time nothing is known to be ours */
	*ret = (struct key){(uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor, st.stx_ino,
			    (uint64_t)st.stx_btime.tv_sec * 1000000000U + st.stx_btime.tv_nsec};
	return true;
}

static struct key *slot_of(struct sel_ours *o, const struct key *k)
{
	uint64_t h = (k->ino * 0x9E3779B97F4A7C15ULL) ^ k->dev ^ (k->birth * 0xC2B2AE3D27D4EB4FULL);

	return &o->slot[(h >> 20) % OURS_MAX];
}

void sel_ours_add(struct sel_ours *o, int fd)
{
	struct key k;

	if (!key_of(fd, &k))
		return;
	(void)pthread_mutex_lock(&o->lock);
	*slot_of(o, &k) = k;
	(void)pthread_mutex_unlock(&o->lock);
}

bool sel_ours_has(struct sel_ours *o, int fd)
{
	struct key k;
	bool has;

	if (fd < 0 || !key_of(fd, &k))
		return false;
	(void)pthread_mutex_lock(&o->lock);
	has = memcmp(slot_of(o, &k), &k, sizeof k) == 0;
	(void)pthread_mutex_unlock(&o->lock);
	return has;
}
