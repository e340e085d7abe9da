/* Prints the section KEYS of docs/seldom.1.scd from the list that the console itself works by.
 * tests/cli/keys.sh holds the page against it. */
#include "../../tui/keys.h"

#include <stdio.h>
#include <string.h>

static const struct {
	unsigned where;
	const char *name;
} places[] = {
	/* clang-format off */
	{SEL_IN_ALL,			"in every view and question"},
	{SEL_IN_ALL & ~SEL_IN_HELP,	"in every question and every view but Help"},
	{SEL_IN_VIEWS,			"in every view"},
	{SEL_IN_READ,			"in every view but Now and Help"},
	{SEL_IN_NOW | SEL_IN_LISTS,	"in every list"},
	{SEL_IN_LISTS,			"in every list but Now"},
	{SEL_IN_ASKED,			"in a question"},
	{SEL_IN_NOW,			"in Now"},
	{SEL_IN_SESSIONS,		"in Sessions"},
	{SEL_IN_LOG,			"in Log"},
	{SEL_IN_RULES,			"in Rules"},
	{SEL_IN_STATS,			"in Stats"},
	{SEL_IN_UNDO,			"in Undo"},
	{SEL_IN_HELP,			"in Help"},
	{SEL_IN_PLAN,			"in a preview of Undo"},
	{SEL_IN_PROPOSALS,		"in proposals"},
	{SEL_IN_PAGE,			"in an explanation and in the numbers"},
	{SEL_IN_DIALOG,			"in a question"},
	{SEL_IN_FULL,			"in all of a question"},
	{SEL_IN_BATCH,			"in questions alike"},
	{SEL_IN_TYPING,			"while the word of a question is typed"},
	{SEL_IN_CONFIRM,		"while the word of a change is typed"},
	{SEL_IN_FILTER,			"while a filter is typed"},
	{SEL_IN_NOTE,			"while a note is typed"},
	/* clang-format on */
};

#define AS_VIEW(id, key, name, title) {key, title},
static const struct {
	char key;
	const char *title;
} views[] = {SEL_VIEWS(AS_VIEW)};
#undef AS_VIEW

/* What scdoc reads as its own. */
static void put(const char *text)
{
	for (; *text; text++) {
		if (strchr("*_\\<>#", *text))
			(void)putchar('\\');
		(void)putchar(*text);
	}
}

static void put_key(int key)
{
	static const struct {
		int key;
		const char *name;
	} names[] = {{SEL_KEY_BACKTAB, "Shift-Tab"}, {SEL_KEY_HOME, "Home"}, {SEL_KEY_END, "End"}};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].key == key) {
			put(names[i].name);
			return;
		}
	if (key > ' ' && key < 0x7f)
		put((const char[]){(char)key, '\0'});
	else
		put("(a key without a name)");
}

static void put_places(unsigned where)
{
	const char *between = "";

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if ((where & places[i].where) == places[i].where) {
			(void)printf("%s%c%s", between,
				     *between ? places[i].name[0] : places[i].name[0] - 'a' + 'A',
				     places[i].name + 1);
			where &= ~places[i].where;
			between = ", ";
		}
	if (where)
		(void)printf("%s(a place without a name)", between);
}

int main(void)
{
	(void)puts("# KEYS\n\nOf the console, and of the question that *seldom run* shows over a "
		   "program that fills the screen.\nThe last line of the screen names those that "
		   "work at that place; *?* says why one is off.\n");
	(void)printf("The views: ");
	for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
		(void)printf("%s*%c* %s", i ? ", " : "", views[i].key, views[i].title);
	(void)puts(".");
	for (int i = 0; i < SEL_ACT_N; i++) {
		(void)printf("\n*");
		put(sel_keys[i].shown);
		(void)printf("*");
		if (sel_keys[i].alt) {
			(void)printf(", *");
			put_key(sel_keys[i].alt);
			(void)printf("*");
		}
		(void)printf("\n\t");
		put(sel_keys[i].help);
		(void)printf(". ");
		put_places(sel_keys[i].where);
		(void)puts(".");
	}
	(void)puts("");
	return 0;
}
