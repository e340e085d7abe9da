/* A file that is replaced on the host (an editor's rename, a tool that renews a token) takes its
 * mask with it: the kernel detaches what was mounted on the old file, and the new one lies bare
 * inside. The folders of masked files are watched, and what appears is masked again; for the moment
 * between the two see docs/threat-model.md. Folders are masked as a whole and do not have this
 * problem. */
#include "broker.h"

#include <limits.h>
#include <stdio.h>
#include <sys/inotify.h>

static const struct sel_secret *secret_at(const struct broker *b, const char *path)
{
	for (size_t i = 0; i < b->secrets.n; i++)
		if (!b->secrets.items[i].folder && strcmp(b->secrets.items[i].path, path) == 0)
			return &b->secrets.items[i];
	return NULL;
}

static void mask_again(struct broker *b, const struct sel_secret *secret)
{
	struct sel_mask_mount mount = {.path = secret->path, .fuse_fd = -1};
	int r;

	(void)pthread_mutex_lock(&b->mounts);
	r = sel_joiner_mask(b->joiner, &mount);
	(void)pthread_mutex_unlock(&b->mounts);
	if (r >= 0 && mount.fuse_fd >= 0)
		r = sel_mask_add(b->mask, &(struct sel_mask_item){.path = secret->path,
								  .fuse_fd = mount.fuse_fd});
	if (r < 0 && r != -EEXIST && r != -ENOENT) {
		sel_ask_notice(b->ask, "a secret was replaced outside and could not be masked "
				       "again; ending the run");
		broker_kill(b);
	}
}

static int on_folder(sd_event_source *src, const struct inotify_event *event, void *ctx)
{
	struct broker *b = ctx;
	const char *dir = NULL;
	char path[PATH_MAX];

	(void)sd_event_source_get_description(src, &dir);
	if (!dir || event->len == 0 ||
	    snprintf(path, sizeof path, "%s/%s", dir, event->name) >= (int)sizeof path)
		return 0;
	const struct sel_secret *secret = secret_at(b, path);
	if (secret)
		mask_again(b, secret);
	return 0;
}

static int watch_folder(struct broker *b, const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *dir = strndup(path, (size_t)(slash - path));
	sd_event_source *src = NULL;
	int r;

	if (!dir)
		return -ENOMEM;
	r = sd_event_add_inotify(b->loop, &src, *dir ? dir : "/", IN_MOVED_TO | IN_CREATE,
				 on_folder, b);
	if (r >= 0)
		r = sd_event_source_set_description(src, dir);
	if (r >= 0)
		r = sd_event_source_set_floating(src, true);
	(void)sd_event_source_unref(src);
	return r;
}

int broker_watch_masks(struct broker *b)
{
	int r = 0;

	for (size_t i = 0; b->mask && r >= 0 && i < b->secrets.n; i++)
		if (!b->secrets.items[i].folder)
			r = watch_folder(b, b->secrets.items[i].path);
	return r < 0 ? broker_fail(b, r, "Cannot watch the folders of masked files") : 0;
}
