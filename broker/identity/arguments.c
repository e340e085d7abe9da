/* What an interpreter was told to run, by its arguments. Where the grammar of an option is not
 * known, nothing is guessed: the code is unknown. */
#include "parts.h"

#include <stdio.h>

#define WORDS_MAX 256 /* an operand behind more options than that is not looked for */

/* The options of an interpreter that matter to where its code comes from. */
struct grammar {
	const char *names; /* " sh bash ": last components, version suffix removed */
	const char *inline_code, *elsewhere; /* letters: the code is text; comes from elsewhere */
	const char *file;		     /* letters: their value is the script */
	const char *value;		     /* letters: the rest of the word, or the next word */
	const char *attached;		     /* letters: the rest of the word */
	const char *flags;		     /* letters */
	const char *long_code, *long_value;  /* " --eval ": what the next word is */
	const char *long_flags;		     /* " --no-": beginnings */
	bool code_is_operand;		     /* sh: -c is a flag, the code is the first operand */
};

/* Columns are the point */
/* clang-format off */
static const struct grammar grammars[] = {
	{ .names = " sh bash dash ash ksh mksh zsh rbash ", .inline_code = "c", .elsewhere = "s",
	  .file = "", .value = "oO", .attached = "", .flags = "abefghiklmnprtuvxBCDEHPT",
	  .long_code = "", .long_value = " --rcfile --init-file ",
	  .long_flags = " --norc --noprofile --posix --login --restricted --verbose ",
	  .code_is_operand = true },
	{ .names = " python pypy ", .inline_code = "c", .elsewhere = "m", .file = "", .value = "WX",
	  .attached = "", .flags = "bBdEhiIOPqRsSuvVx", .long_code = "",
	  .long_value = " --check-hash-based-pycs ", .long_flags = "" },
	{ .names = " node nodejs ", .inline_code = "ep", .elsewhere = "", .file = "", .value = "rC",
	  .attached = "", .flags = "chiv", .long_code = " --eval --print ",
	  .long_value = " --require --import --loader --experimental-loader --conditions --env-file ",
	  .long_flags = " --no- --trace- --enable- --inspect --expose-gc --use-" },
	{ .names = " perl ", .inline_code = "eE", .elsewhere = "", .file = "", .value = "I",
	  .attached = "MmxiF0lCD", .flags = "acfnpsStTuUwWX", .long_code = "", .long_value = "",
	  .long_flags = "" },
	{ .names = " ruby ", .inline_code = "e", .elsewhere = "", .file = "", .value = "IrCE",
	  .attached = "xFiKTW0", .flags = "acdlnpsSvwy", .long_code = "", .long_value = "",
	  .long_flags = " --disable --enable --verbose --yjit --jit " },
	{ .names = " php ", .inline_code = "rBRE", .elsewhere = "aSt", .file = "fF", .value = "cdz",
	  .attached = "", .flags = "CeHlnqswn", .long_code = "", .long_value = "", .long_flags = "" },
	{ .names = " lua luajit ", .inline_code = "e", .elsewhere = "", .file = "", .value = "l",
	  .attached = "", .flags = "Ev", .long_code = "", .long_value = "", .long_flags = "" },
	/* any other interpreter: a script only where no option comes before it */
	{ .names = "", .inline_code = "", .elsewhere = "", .file = "", .value = "", .attached = "",
	  .flags = "", .long_code = "", .long_value = "", .long_flags = "" },
};
/* clang-format on */

static const struct grammar *grammar_of(const char *exe)
{
	const char *slash = strrchr(exe, '/');
	const char *name = slash ? slash + 1 : exe;
	size_t n = strcspn(name, "0123456789.-");
	char key[32];
	size_t i = 0;

	if (n == 0 || snprintf(key, sizeof key, " %.*s ", (int)n, name) >= (int)sizeof key)
		return &grammars[SEL_N(grammars) - 1];
	while (i < SEL_N(grammars) - 1 && !strstr(grammars[i].names, key))
		i++;
	return &grammars[i];
}

static bool listed(const char *list, const char *word, size_t n)
{
	char key[64];

	return snprintf(key, sizeof key, " %.*s ", (int)n, word) < (int)sizeof key &&
	       strstr(list, key);
}

/* `list` holds beginnings; each entry is tried against the word. */
static bool begins_with_one(const char *list, const char *word)
{
	while (*list) {
		size_t n;

		list += strspn(list, " ");
		n = strcspn(list, " ");
		if (n && strncmp(word, list, n) == 0)
			return true;
		list += n;
	}
	return false;
}

/* The command line being read. */
struct reading {
	const struct grammar *g;
	const char *word[WORDS_MAX];
	size_t n, at;	 /* `at`: the next word */
	bool takes_code; /* sh -c was seen */
	struct sel_arguments *out;
};

static bool found(struct reading *r, enum sel_code code, const char *text)
{
	r->out->code = text ? code : SEL_CODE_UNKNOWN;
	r->out->text = text;
	return true;
}

static const char *next_word(struct reading *r)
{
	return r->at < r->n ? r->word[r->at++] : NULL;
}

/* "-abc". True: it is known where the code comes from, or that it is not. */
static bool read_letters(struct reading *r, const char *word)
{
	const struct grammar *g = r->g;

	for (const char *p = word + 1; *p; p++) {
		const char *rest = p[1] ? p + 1 : NULL;

		if (strchr(g->inline_code, *p)) {
			if (g->code_is_operand) {
				r->takes_code = true;
				continue;
			}
			/* node -pe: both say so */
			if (rest && rest[strspn(rest, g->inline_code)] == '\0')
				continue;
			return found(r, SEL_CODE_INLINE, rest ? rest : next_word(r));
		}
		if (strchr(g->file, *p))
			return found(r, SEL_CODE_FILE, rest ? rest : next_word(r));
		if (strchr(g->value, *p)) {
			if (!rest)
				(void)next_word(r);
			return false;
		}
		if (strchr(g->attached, *p))
			return false;
		if (strchr(g->elsewhere, *p)) {
			if (!rest)
				(void)next_word(r); /* python -m NAME */
			return found(r, SEL_CODE_UNKNOWN, NULL);
		}
		if (!strchr(g->flags, *p))
			return found(r, SEL_CODE_UNKNOWN, NULL);
	}
	return false;
}

static bool read_long(struct reading *r, const char *word)
{
	const char *equals = strchr(word, '=');
	size_t n = equals ? (size_t)(equals - word) : strlen(word);

	if (listed(r->g->long_code, word, n))
		return found(r, SEL_CODE_INLINE, equals ? equals + 1 : next_word(r));
	if (equals)
		return false;
	if (listed(r->g->long_value, word, n)) {
		(void)next_word(r);
		return false;
	}
	return begins_with_one(r->g->long_flags, word) ? false : found(r, SEL_CODE_UNKNOWN, NULL);
}

static void read_code(struct reading *r)
{
	bool options = true;

	while (r->at < r->n) {
		const char *word = next_word(r);
		bool plus = r->g->code_is_operand && word[0] == '+';

		if (options && strcmp(word, "--") == 0) {
			options = false;
			continue;
		}
		if (options && strncmp(word, "--", 2) == 0) {
			if (read_long(r, word))
				return;
		} else if (options && (word[0] == '-' || plus) && word[1]) {
			if (read_letters(r, word))
				return;
		} else {
			bool input = strcmp(word, "-") == 0 && !r->takes_code;

			(void)found(r, r->takes_code ? SEL_CODE_INLINE : SEL_CODE_FILE,
				    input ? NULL : word);
			return;
		}
	}
	(void)found(r, SEL_CODE_UNKNOWN, NULL); /* what comes in by the terminal or a pipe */
}

/* A loader that was started by hand hides the program it runs. */
static bool is_loader(const char *exe)
{
	static const char *const names[] = {"ld-linux", "ld-musl", "ld.so", "ld64.so", "ld-2."};
	const char *slash = strrchr(exe, '/');
	const char *name = slash ? slash + 1 : exe;

	for (size_t i = 0; i < SEL_N(names); i++)
		if (strncmp(name, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static void find_subcommand(struct reading *r)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	const char *word = NULL;

	while (r->at < r->n && (word = next_word(r))[0] == '-')
		word = NULL;
	if (word && *word && strlen(word) < sizeof r->out->subcommand &&
	    word[strspn(word, plain)] == '\0')
		(void)snprintf(r->out->subcommand, sizeof r->out->subcommand, "%s", word);
}

void sel_arguments(const char *words, size_t n, bool cut, const char *exe,
		   struct sel_arguments *ret)
{
	enum sel_family family = sel_family_of(exe);
	struct reading r = {.g = grammar_of(exe), .at = 1, .out = ret};
	const char *end = words + n;

	*ret = (struct sel_arguments){.code = SEL_CODE_BINARY};
	while (words < end && r.n < WORDS_MAX) {
		const char *stop = memchr(words, '\0', (size_t)(end - words));

		if (!stop && cut)
			break; /* half a word is no word */
		r.word[r.n++] = words;
		words = stop ? stop + 1 : end;
	}
	if (is_loader(exe))
		(void)found(&r, SEL_CODE_UNKNOWN, NULL);
	else if (family == SEL_FAMILY_INTERPRETER || family == SEL_FAMILY_SHELL)
		read_code(&r);
	find_subcommand(&r);
}
