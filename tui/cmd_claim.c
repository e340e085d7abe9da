/* `seldom claim`: an agent's hook says inside a run what the agent is about to do. Whatever goes
 * wrong, it ends with 0, soon and without a word: a hook must never stop the agent (2 would). */
#include "commands.h"
#include "seldom/proto.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

const struct sel_usage sel_usage_claim = {
	.name = "claim",
	.synopsis = "[TOOL TEXT...]",
	.example = "seldom claim Bash npm install",
	.does = "Reports what an agent is about to do; questions of what it starts show it as "
		"claimed.\nWithout words it reads what a PreToolUse hook gets on standard input.",
	.more = "Nothing is decided by it. Outside of a run it does nothing.\nExit status: always "
		"0.",
};

#define INPUT_MAX   ((size_t)1024 * 1024)
#define TEXT_BYTES  2000
#define READ_MSEC   1000
#define TAKEN_MSEC  300
#define MESSAGE_MAX 4096

static json_t *read_input(void)
{
	usec_t end = sel_now_monotonic() + READ_MSEC * USEC_PER_MSEC;
	_cleanup_free_ char *text = malloc(INPUT_MAX);
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	size_t n = 0;

	while (text && n < INPUT_MAX && !isatty(STDIN_FILENO)) {
		usec_t now = sel_now_monotonic();
		ssize_t got = now < end && poll(&p, 1, (int)((end - now) / USEC_PER_MSEC)) == 1
				      ? read(STDIN_FILENO, text + n, INPUT_MAX - n)
				      : 0;

		if (got <= 0)
			break;
		n += (size_t)got;
	}
	return text ? json_loadb(text, n, 0, NULL) : NULL;
}

/* A list of words is a command, too. */
static char *words_of(const json_t *value)
{
	char *all = NULL;
	json_t *word;
	size_t i;

	if (json_is_string(value))
		return strdup(json_string_value(value));
	json_array_foreach(value, i, word)
	{
		char *longer = NULL;

		if (!json_is_string(word) || asprintf(&longer, "%s%s%s", all ? all : "",
						      all ? " " : "", json_string_value(word)) < 0)
			longer = NULL;
		free(all);
		all = longer;
		if (!all)
			break;
	}
	return all;
}

/* What a tool is about to do, by the first of these that its input has; else all of it. */
static char *text_of_input(const json_t *input)
{
	static const char *const keys[] = {"command", "cmd",   "file_path",  "notebook_path",
					   "path",    "url",   "query",	     "pattern",
					   "prompt",  "input", "description"};

	for (size_t i = 0; i < SEL_N(keys); i++) {
		char *text = words_of(json_object_get(input, keys[i]));

		if (text && *text)
			return text;
		free(text);
	}
	return json_dumps(input, JSON_COMPACT | JSON_ENCODE_ANY);
}

static char *join(int n, char **words)
{
	char *all = strdup("");

	for (int i = 0; all && i < n; i++) {
		char *longer = NULL;

		if (asprintf(&longer, "%s%s%s", all, i ? " " : "", words[i]) < 0)
			longer = NULL;
		free(all);
		all = longer;
	}
	return all;
}

/* At most so many bytes, and no half letter. */
static void cut(char *text, size_t most)
{
	size_t n = strlen(text);

	if (n <= most)
		return;
	while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
		most--;
	text[most] = '\0';
}

static char *message(const char *tool, char *text)
{
	if (!tool || !text)
		return NULL;
	for (size_t most = TEXT_BYTES; most > 16; most /= 2) {
		json_t *o;
		char *out;

		cut(text, most);
		o = json_pack("{s:s,s:s}", "tool", tool, "text", text);
		out = o ? json_dumps(o, JSON_COMPACT) : NULL;
		json_decref(o);
		if (!out || strlen(out) <= MESSAGE_MAX)
			return out;
		free(out);
	}
	return NULL;
}

/* It is taken when the other end closes. */
static void deliver(const char *path, const char *text)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int tries = 5;

	if (fd < 0 || strlen(path) >= sizeof un.sun_path)
		return;
	memcpy(un.sun_path, path, strlen(path) + 1);
	while (connect(fd, (struct sockaddr *)&un, sizeof un) < 0) {
		if (errno != EAGAIN || --tries == 0)
			return;
		(void)usleep(10000);
	}
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) > 0)
		(void)poll(&p, 1, TAKEN_MSEC);
}

static void claim(const char *path, int n, char **words)
{
	_cleanup_free_ char *text = NULL, *packed = NULL;
	json_t *input = n > 0 ? NULL : read_input();
	const char *tool =
		n > 0 ? words[0] : json_string_value(json_object_get(input, "tool_name"));

	text = n > 0 ? join(n - 1, words + 1) : text_of_input(json_object_get(input, "tool_input"));
	packed = message(tool, text);
	if (packed)
		deliver(path, packed);
	json_decref(input);
}

int sel_cmd_claim(int argc, char **argv)
{
	const char *path = getenv(SEL_CLAIM_VARIABLE);

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		sel_options_help(&sel_usage_claim);
	else if (path && *path == '/')
		claim(path, argc - 1, argv + 1);
	return 0;
}
