#include "internal.h"

/* The protected files as they were when this run first replaced them, or as a person last approved
 * them: a change is judged against that, or two harmless steps would make one that is not. */
#define BASELINES_MAX 64

struct baseline {
	char *path, *content;
	size_t n;
};
struct sel_baselines {
	pthread_mutex_t lock;
	struct baseline item[BASELINES_MAX];
	size_t n;
};

struct sel_baselines *sel_baselines_new(void)
{
	struct sel_baselines *b = calloc(1, sizeof *b);

	if (b)
		(void)pthread_mutex_init(&b->lock, NULL);
	return b;
}

static struct baseline *find(struct sel_baselines *b, const char *path)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->item[i].path, path) == 0)
			return &b->item[i];
	return NULL;
}

static int put(struct sel_baselines *b, const char *path, const char *content, size_t n)
{
	struct baseline *item = find(b, path);
	char *copy = malloc(n + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, content, n);
	copy[n] = '\0';
	if (!item) {
		if (b->n >= BASELINES_MAX || !(b->item[b->n].path = strdup(path))) {
			free(copy);
			return -ENOSPC;
		}
		item = &b->item[b->n++];
	}
	free(item->content);
	item->content = copy;
	item->n = n;
	return 0;
}

int sel_baselines_get(struct sel_baselines *b, const char *path, const char *now, size_t now_len,
		      char **ret, size_t *ret_n)
{
	struct baseline *item;
	int r = 0;

	(void)pthread_mutex_lock(&b->lock);
	item = find(b, path);
	if (!item) {
		r = put(b, path, now, now_len);
		item = r < 0 ? NULL : find(b, path);
	}
	if (item) {
		*ret = malloc(item->n + 1);
		if (*ret) {
			memcpy(*ret, item->content, item->n + 1);
			*ret_n = item->n;
		} else {
			r = -ENOMEM;
		}
	}
	(void)pthread_mutex_unlock(&b->lock);
	return r;
}

void sel_baselines_approved(struct sel_baselines *b, const char *path, const char *content,
			    size_t n)
{
	(void)pthread_mutex_lock(&b->lock);
	(void)put(b, path, content, n);
	(void)pthread_mutex_unlock(&b->lock);
}
