#include "host.h"

#include <stdio.h>

static const char *const ways[SEL_WAY_N] = {
	[SEL_WAY_READ] = "read",
	[SEL_WAY_WRITE] = "write",
	[SEL_WAY_PLAIN_READ] = "plain-read",
	[SEL_WAY_PLAIN_WRITE] = "plain-write",
	[SEL_WAY_TUNNEL] = "tunnel",
	[SEL_WAY_WEBSOCKET] = "websocket",
};

const char *sel_host_way_name(enum sel_host_way way)
{
	return (size_t)way < SEL_N(ways) ? ways[way] : "?";
}

static const char *const knowns[SEL_HOST_KNOWN_N] = {
	[SEL_HOST_NONE] = "none",	  [SEL_HOST_UNKNOWN] = "unknown",
	[SEL_HOST_REGISTRY] = "registry", [SEL_HOST_REMOTE] = "remote",
	[SEL_HOST_GRANTED] = "granted",	  [SEL_HOST_SERVICE] = "service",
};

const char *sel_host_known_name(enum sel_host_known known)
{
	return (size_t)known < SEL_N(knowns) ? knowns[known] : "?";
}

int sel_host_known_from_name(const char *name)
{
	for (size_t i = 0; name && i < SEL_N(knowns); i++)
		if (strcmp(knowns[i], name) == 0)
			return (int)i;
	return name ? -EINVAL : SEL_HOST_NONE;
}

bool sel_host_taints(enum sel_host_known known)
{
	return known != SEL_HOST_REGISTRY && known != SEL_HOST_REMOTE && known != SEL_HOST_SERVICE;
}

static void put_authority(const char *name, uint16_t port, bool always, char *ret, size_t cap)
{
	bool six = strchr(name, ':') != NULL;

	if (always || port != 443)
		(void)snprintf(ret, cap, six ? "[%s]:%u" : "%s:%u", name, port);
	else
		(void)snprintf(ret, cap, six ? "[%s]" : "%s", name);
}

void sel_host_subject(enum sel_host_way way, const char *name, uint16_t port,
		      char ret[SEL_HOST_SUBJECT_MAX])
{
	char authority[SEL_HOST_SUBJECT_MAX - 16];

	put_authority(name, port, true, authority, sizeof authority);
	(void)snprintf(ret, SEL_HOST_SUBJECT_MAX, "%s:%s", sel_host_way_name(way), authority);
}

static int split_authority(const char *text, char *ret_name, uint16_t *ret_port)
{
	bool six = *text == '[';
	const char *end = six ? strchr(text, ']') : strrchr(text, ':');
	size_t n = end ? (size_t)(end - text) - six : 0;
	unsigned port;
	char rest;

	if (!end || n == 0 || n >= SEL_HOST_SUBJECT_MAX || (six && end[1] != ':') ||
	    end[six + 1] < '0' || end[six + 1] > '9' ||
	    sscanf(end + six + 1, "%5u%c", &port, &rest) != 1 || port == 0 || port > UINT16_MAX)
		return -EINVAL;
	memcpy(ret_name, text + six, n);
	ret_name[n] = '\0';
	*ret_port = (uint16_t)port;
	return 0;
}

int sel_host_subject_parse(const char *subject, enum sel_host_way *ret_way, char *ret_name,
			   uint16_t *ret_port)
{
	size_t n = strcspn(subject, ":");

	for (size_t i = 0; subject[n] && i < SEL_N(ways); i++)
		if (strlen(ways[i]) == n && memcmp(ways[i], subject, n) == 0) {
			*ret_way = (enum sel_host_way)i;
			return split_authority(subject + n + 1, ret_name, ret_port);
		}
	return -EINVAL;
}

void sel_host_object(const char *method, const char *name, uint16_t port, const char *path,
		     char *ret, size_t cap)
{
	char authority[SEL_HOST_SUBJECT_MAX];

	put_authority(name, port, *method == '\0', authority, sizeof authority);
	(void)snprintf(ret, cap, "%s%s%s%.*s", method, *method ? " " : "", authority,
		       (int)strcspn(path, "?#"), path);
}
