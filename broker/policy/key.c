#include "key.h"

#include "seldom/text.h"

#include <stdio.h>

#define PROGRAM_MAX 1024 /* bytes of a program's name; a longer one has no narrow keys */

static const char *const names[SEL_EFFECT_N] = {
	[SEL_EFFECT_ADD] = "add",	[SEL_EFFECT_CHANGE] = "change",
	[SEL_EFFECT_REMOVE] = "remove", [SEL_EFFECT_REVEAL] = "reveal",
	[SEL_EFFECT_TALK] = "talk",
};

const char *sel_effect_name(enum sel_effect e)
{
	return (size_t)e < SEL_N(names) ? names[e] : "?";
}

/* What is not known to do less does the most. */
enum sel_effect sel_effect_of(enum sel_op op, bool exists)
{
	switch (op) {
	case SEL_OP_READ:
		return SEL_EFFECT_REVEAL;
	case SEL_OP_CREATE:
		return exists ? SEL_EFFECT_CHANGE : SEL_EFFECT_ADD;
	case SEL_OP_WRITE:
	case SEL_OP_ATTR:
		return SEL_EFFECT_CHANGE;
	case SEL_OP_DELETE:
		return SEL_EFFECT_REMOVE;
	case SEL_OP_RENAME:
		return exists ? SEL_EFFECT_REMOVE : SEL_EFFECT_ADD;
	case SEL_OP_INVALID:
	case SEL_OP_CONNECT:
	case SEL_OP_SEND:
	case SEL_OP_BIND:
	case SEL_OP_OTHER:
	case SEL_OP_N:
		break;
	}
	return SEL_EFFECT_TALK;
}

struct field {
	const char *bytes;
	size_t n;
};

/* Escaped, as sel_text_escape does it; most names need none. Returns the bytes needed. */
static size_t write_field(const struct field *f, char *ret, size_t cap)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->bytes[i] < ' ' || f->bytes[i] > '~' || f->bytes[i] == '\\')
			return sel_text_escape(f->bytes, f->n, ret, cap, NULL);
	if (f->n < cap)
		memcpy(ret, f->bytes, f->n);
	return f->n;
}

/* "RUNG" and each field behind a TAB. Returns its length, 0 if it does not fit. */
static size_t write_key(int rung, const struct field *fields, size_t n, char *ret)
{
	size_t at = 1;

	ret[0] = (char)('0' + rung);
	for (size_t i = 0; i < n; i++) {
		if (at + 1 >= SEL_KEY_MAX)
			return 0;
		ret[at++] = '\t';
		at += write_field(&fields[i], ret + at, SEL_KEY_MAX - at);
		if (at >= SEL_KEY_MAX)
			return 0;
	}
	return at;
}

static struct field text(const char *s)
{
	return (struct field){s ? s : "", s ? strlen(s) : 0};
}

/* Where an approval counts. A tool's own places are the same from every project: what was approved
 * there is about the tool. */
static const char *counts_in(const struct sel_key_facts *f, int rung)
{
	bool own = f->where.class == SEL_CLASS_TOOL_CACHE || f->where.class == SEL_CLASS_TOOL_DATA;

	return own && rung <= 1 ? "*" : f->project;
}

/* Fields of each rung; the narrow ones need a program. Returns how many. */
static size_t fields_of(const struct sel_key_facts *f, int rung, const char *program,
			struct field *ret)
{
	struct field effect = text(sel_effect_name(sel_effect_of(f->op, f->exists)));
	struct field class = text(sel_class_name(f->where.class));
	struct field unit = {f->object, f->where.unit ? f->where.unit : strlen(f->object)};
	size_t n = 0;

	if (rung <= 2 && !*program)
		return 0;
	if (rung <= 2) {
		ret[n++] = text(counts_in(f, rung));
		ret[n++] = text(program);
	}
	if (rung <= 1) {
		ret[n++] = text(f->id->subcommand);
		ret[n++] = text(sel_op_name(f->op));
		if (rung == 1)
			ret[n++] = class;
		ret[n++] = rung == 0 ? text(f->object) : unit;
		return n;
	}
	if (rung == 3)
		ret[n++] = text(
			sel_family_name(f->id ? sel_identity_family(f->id) : SEL_FAMILY_OTHER));
	ret[n++] = effect;
	ret[n++] = class;
	return n;
}

int sel_keys_build(const struct sel_key_facts *f, struct sel_keys **ret)
{
	char buffer[SEL_RUNGS][SEL_KEY_MAX], program[PROGRAM_MAX] = "", *at;
	size_t len[SEL_RUNGS], total = 0;
	struct sel_keys *keys;

	if (f->id)
		sel_program_name(f->id, program, sizeof program);
	for (int r = 0; r < SEL_RUNGS; r++) {
		struct field fields[8];
		size_t n = fields_of(f, r, program, fields);

		len[r] = n ? write_key(r, fields, n, buffer[r]) : 0;
		total += len[r] ? len[r] + 1 : 0;
	}
	keys = malloc(sizeof *keys + total);
	if (!keys)
		return -ENOMEM;
	*keys = (struct sel_keys){.wide = sel_class_generalises(f->where.class)};
	at = keys->text;
	for (int r = 0; r < SEL_RUNGS; r++) {
		if (!len[r])
			continue;
		keys->rung[r] = memcpy(at, buffer[r], len[r]);
		at[len[r]] = '\0';
		at += len[r] + 1;
	}
	*ret = keys;
	return 0;
}
