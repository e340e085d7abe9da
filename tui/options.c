#include "options.h"

#include "seldom/text.h"

#include <ctype.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#define MAX_OPTIONS 32
#define HELP_VALUE  (MAX_OPTIONS + 256)

void sel_list_done(struct sel_list *list)
{
	free(list->v);
	*list = (struct sel_list){0};
}

static int list_add(struct sel_list *list, const char *value)
{
	const char **grown = reallocarray(list->v, list->n + 1, sizeof *grown);

	if (!grown)
		return -ENOMEM;
	list->v = grown;
	list->v[list->n++] = value;
	return 0;
}

int sel_parse_uint(const char *text, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	if (!*text)
		return -EINVAL;
	for (const char *p = text; *p; p++) {
		if (!isdigit((unsigned char)*p))
			return -EINVAL;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			return -ERANGE;
	}
	if (max && value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}

int sel_parse_span(const char *text, usec_t *ret)
{
	static const struct {
		const char *suffix;
		uint64_t seconds;
	} unit[] = {
		{"", 1}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800},
	};
	size_t digits = strspn(text, "0123456789");
	char number[24];
	uint64_t value;
	int r;

	if (digits == 0)
		return -EINVAL;
	if (digits >= sizeof number)
		return -ERANGE;
	memcpy(number, text, digits);
	number[digits] = '\0';
	r = sel_parse_uint(number, 0, &value);
	if (r < 0)
		return r;
	for (size_t i = 0; i < SEL_N(unit); i++) {
		if (strcmp(text + digits, unit[i].suffix) != 0)
			continue;
		if (__builtin_mul_overflow(value, unit[i].seconds, &value) ||
		    __builtin_mul_overflow(value, USEC_PER_SEC, &value))
			return -ERANGE;
		*ret = value;
		return 0;
	}
	return -EINVAL;
}

int sel_options_exit(int r)
{
	return r == -ECANCELED ? 0 : 2;
}

int sel_usage_error(const struct sel_usage *usage, const char *fmt, ...)
{
	const char *space = *usage->name ? " " : "";
	char text[1024], safe[2048];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	sel_text_escape_message(text, safe, sizeof safe);
	(void)fprintf(stderr, "seldom%s%s: %s\nTry 'seldom%s%s --help'.\n", space, usage->name,
		      safe, space, usage->name);
	return 2;
}

static void help_option(const struct sel_option *o)
{
	char left[64];

	(void)snprintf(left, sizeof left, "%s%c%s--%s%s%s", o->letter ? "-" : "",
		       o->letter ? o->letter : ' ', o->letter ? ", " : " ", o->name,
		       o->arg ? " " : "", o->arg ? o->arg : "");
	(void)printf("  %-26s %s\n", left + (o->letter ? 0 : 2), o->help);
}

void sel_options_help(const struct sel_usage *usage)
{
	const char *space = *usage->name ? " " : "";

	(void)printf("Example: %s\n\n", usage->example);
	(void)printf("Usage: seldom%s%s%s%s\n\n%s\n", space, usage->name,
		     *usage->synopsis ? " " : "", usage->synopsis, usage->does);
	if (usage->options && usage->options->name)
		(void)printf("\n");
	for (const struct sel_option *o = usage->options; o && o->name; o++)
		help_option(o);
	if (usage->more)
		(void)printf("\n%s\n", usage->more);
}

static int usage_number(const struct sel_usage *usage, const struct sel_option *o, const char *text,
			uint64_t *out)
{
	int r = sel_parse_uint(text, o->max, out);

	if (r == -ERANGE && o->max)
		(void)sel_usage_error(usage, "--%s: '%s' is above %ju", o->name, text,
				      (uintmax_t)o->max);
	else if (r < 0)
		(void)sel_usage_error(usage, "--%s: '%s' is not a number", o->name, text);
	return r < 0 ? -EINVAL : 0;
}

static int option_set(const struct sel_usage *usage, const struct sel_option *o, const char *value,
		      void *out)
{
	void *at = (char *)out + o->offset;

	switch (o->kind) {
	case SEL_OPT_INVALID:
		return -EINVAL;
	case SEL_OPT_FLAG:
		*(bool *)at = true;
		return 0;
	case SEL_OPT_STRING:
		*(const char **)at = value;
		return 0;
	case SEL_OPT_LIST:
		return list_add(at, value);
	case SEL_OPT_UINT:
		return usage_number(usage, o, value, at);
	}
	return -EINVAL;
}

/* getopt reads these; the value of a row is its number, so letters and words meet in one place. */
static size_t getopt_tables(const struct sel_usage *usage, struct option *longs, char *shorts)
{
	size_t n = 0, s = 0;

	if (usage->rest)
		shorts[s++] = '+'; /* what follows the first operand is not ours */
	shorts[s++] = ':';
	shorts[s++] = 'h';
	for (const struct sel_option *o = usage->options; o && o->name && n < MAX_OPTIONS;
	     o++, n++) {
		bool arg = o->kind != SEL_OPT_FLAG;

		longs[n] = (struct option){o->name, arg ? required_argument : no_argument, NULL,
					   (int)n + 256};
		if (!o->letter)
			continue;
		shorts[s++] = o->letter;
		if (arg)
			shorts[s++] = ':';
	}
	shorts[s] = '\0';
	longs[n] = (struct option){"help", no_argument, NULL, HELP_VALUE};
	longs[n + 1] = (struct option){0};
	return n;
}

static const struct sel_option *option_find(const struct sel_usage *usage, int value, size_t n)
{
	if (value >= 256 && (size_t)(value - 256) < n)
		return &usage->options[value - 256];
	for (size_t i = 0; i < n; i++)
		if (usage->options[i].letter == value)
			return &usage->options[i];
	return NULL;
}

/* `:` or `?` from getopt: says which option it was and what is wrong with it. */
static int option_complain(const struct sel_usage *usage, int c, char **argv, size_t n)
{
	const struct sel_option *o = optopt ? option_find(usage, optopt, n) : NULL;

	if (c == ':' && o)
		(void)sel_usage_error(usage, "--%s needs %s", o->name, o->arg);
	else if (o || optopt == HELP_VALUE)
		(void)sel_usage_error(usage, "--%s takes no value", o ? o->name : "help");
	else if (optopt)
		(void)sel_usage_error(usage, "unknown option '-%c'", optopt);
	else
		(void)sel_usage_error(usage, "unknown or ambiguous option '%s'", argv[optind - 1]);
	return -EINVAL;
}

int sel_options_parse(const struct sel_usage *usage, int argc, char **argv, void *out)
{
	struct option longs[MAX_OPTIONS + 2];
	char shorts[2 * MAX_OPTIONS + 4];
	size_t n = getopt_tables(usage, longs, shorts);
	int c;

	optind = 0; /* glibc: start anew, also after another table */
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct sel_option *o;
		int r;

		if (c == HELP_VALUE || c == 'h') {
			sel_options_help(usage);
			return -ECANCELED;
		}
		if (c == ':' || c == '?')
			return option_complain(usage, c, argv, n);
		o = option_find(usage, c, n);
		r = o ? option_set(usage, o, optarg, out) : -EINVAL;
		if (r < 0)
			return r;
	}
	if (!usage->rest && argc - optind > usage->operands) {
		(void)sel_usage_error(usage, "unexpected '%s'", argv[optind + usage->operands]);
		return -EINVAL;
	}
	return optind;
}
