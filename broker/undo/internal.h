/* Inside broker/undo only. */
#pragma once

#include "undo.h"

#include <limits.h>
#include <stdio.h>

/* --- map.c: 64-bit keys, grows up to `max` entries; a value of 0 is "absent"
 * ---------------------- */

struct undo_map {
	uint64_t *slots; /* key, value */
	size_t cap, n, max;
};
#define UNDO_MAP_INIT(m) ((struct undo_map){.max = (m)})
uint64_t undo_map_get(const struct undo_map *m, uint64_t key);
/* False: it is full or memory is out. */
bool undo_map_set(struct undo_map *m, uint64_t key, uint64_t value);
void undo_map_done(struct undo_map *m);
/* Seeded: keys cannot be made to meet on purpose. */
uint64_t undo_hash(uint64_t seed, const void *bytes, size_t n);

/* --- folder.c: the folders on the disk
 * ------------------------------------------------------------ */

bool undo_session_ok(const char *session);
/* The user's, or a copy of `dir`. */
int undo_dir(const char *dir, char **ret);
/* A folder of ours, 0700: a descriptor. */
int undo_folder_open(const char *path, bool make);
int undo_session_open(const char *dir, const char *session, bool make, char **ret_path);

/* --- journal.c: lines
 * ----------------------------------------------------------------------------- */

struct undo_meta {
	uint64_t dev, ino, size, blocks;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	uint64_t nlink;
	struct timespec mtime, ctime;
};
void undo_meta_of(const struct stat *st, struct undo_meta *ret);

struct undo_line {
	uint64_t n, kept; /* kept: the number that names the file; 0: none */
	enum sel_undo_why why;
	usec_t at;
	char *path, *to, *link, *lost;
	json_t *xattrs; /* name -> {"v": bytes} or NULL */
	bool fresh;	/* a folder of the session's own that may hold older things took a name */
	unsigned old;	/* SWAP: bit 0: what was at `path` is older than the session; bit 1: `to` */
	struct undo_meta m;  /* of what was at `path` */
	struct undo_meta m2; /* SWAP: of what was at `to` */
};
/* One line in one write. */
int undo_line_put(int fd, const struct undo_line *line, uint64_t *ret_bytes);
int undo_json_put(int fd, json_t *object); /* takes it */
int undo_line_get(const json_t *object, struct undo_line *ret);
/* Absolute, without empty, "." and ".." parts, and no longer than a path. */
bool undo_path_ok(const char *path);
void undo_line_done(struct undo_line *line);
/* Calls fn with each whole line; a torn last one is ignored. */
int undo_journal_read(int fd, int (*fn)(json_t *object, void *ctx), void *ctx);
json_t *undo_xattrs_read(int fd);
void undo_xattrs_write(int fd, const json_t *xattrs);

/* --- copy.c
 * --------------------------------------------------------------------------------------- */

/* The data of regular file `from` into empty `to`: reflink, else its data without its holes.
 * -EFBIG: more than `max` bytes had to be copied. */
int undo_copy(int from, int to, uint64_t max);
/* Reads an O_PATH descriptor; never waits. */
int undo_reopen(int fd, int flags);

/* --- plan.c
 * --------------------------------------------------------------------------------------- */

struct undo_was { /* how a path looked when the session ended */
	bool known, there;
	uint64_t ino, size;
	int64_t mtime_ns;
	mode_t mode;
};
struct undo_item {
	struct undo_line first; /* what it was before the session */
	enum sel_undo_why why;	/* what became of it */
	char *orig;		/* name before the session */
	char *cur;		/* another name that it has now, or NULL */
	uint64_t kept;
	bool gone; /* its name is nobody's or another's */
	bool done; /* put back already */
	bool attr_only;
	bool again;		  /* not the object that first had this name */
	struct undo_was was;	  /* under the name that it had at the end */
	struct undo_was was_orig; /* what had its old name then; known if that is another */
	char *kept_path;	  /* for the entry */
};
struct sel_undo_plan {
	char *dir, *session, *path;
	int folder, journal;
	bool running;
	usec_t started, ended, touched;
	usec_t until; /* monotonic: -ETIME then; 0: as long as it takes */
	struct undo_item *items;
	size_t n, cap;
	size_t *order;
	json_t *by_orig, *by_cur; /* path -> index */
	struct undo_map cancelled;
	struct undo_map first; /* inode number -> index + 1 of the first item that had it */
	struct undo_map again; /* name and inode number: item that had the name later, the same */
	struct undo_map aside; /* inode number: an undo gave it another name to make room */
	struct undo_map back;  /* the same, of an item that was put back */
	struct undo_map versions; /* number of kept content: size and time of the file then */
	struct undo_map users;	  /* number of kept content -> items that still need it */
	struct sel_undo *backup;
	char *backup_name;
};
/* As sel_undo_plan_read, but gives up. */
int undo_plan_read_until(const char *dir, const char *session, usec_t until,
			 struct sel_undo_plan **ret);
bool undo_too_late(const struct sel_undo_plan *p);
/* The present object: 1, 0 there is none. Never through links. */
int undo_look(const char *path, struct stat *ret, int *ret_fd);
int undo_parent(const char *path, bool make, const struct sel_undo_plan *p, const char **ret_name);
enum sel_undo_state undo_state(struct sel_undo_plan *p, struct undo_item *it,
			       const char **ret_because);
/* Everything at or below `from` is now at or below `to`. */
void undo_shift(struct sel_undo_plan *p, const char *from, const char *to);
/* Its own name or that of a folder above it may be another by now. */
int undo_name_now(const struct sel_undo_plan *p, const struct undo_item *it, char ret[PATH_MAX]);
/* How many items still need it, `more` added. */
uint64_t undo_kept_users(struct sel_undo_plan *p, uint64_t kept, int more);
/* Where its old name is now: only the folders above it count. */
int undo_slot_now(const struct sel_undo_plan *p, const struct undo_item *it, char ret[PATH_MAX]);
struct undo_item *undo_item_n(const struct sel_undo_plan *p, uint64_t n);
/* What has `path` now, or a folder above it, and has to move back before `it`, which had the name
 * before, can have it again; or NULL. */
struct undo_item *undo_occupant(const struct sel_undo_plan *p, const struct undo_item *it,
				const char *path);
void undo_swap_names(struct sel_undo_plan *p, const char *a, const char *b);
int undo_content_same(const struct sel_undo_plan *p, const struct undo_item *it, int fd);
bool undo_below(const char *path, const char *dir);
