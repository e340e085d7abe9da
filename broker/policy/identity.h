/* Who acts: a program is its content and who vouches for it, never its name. The facts are found by
 * broker/identity; here they are only compared. Pure. */
#pragma once

#include "seldom/action.h"

enum sel_family {
	SEL_FAMILY_OTHER,
	SEL_FAMILY_PACKAGES, /* apt, pip, npm, cargo ... */
	SEL_FAMILY_COMPILER,
	SEL_FAMILY_VCS,
	SEL_FAMILY_TESTS,
	SEL_FAMILY_EDITOR,
	SEL_FAMILY_UTIL,    /* coreutils, tar, sed ... */
	SEL_FAMILY_NETWORK, /* curl, ssh ... */
	/* These never generalise (I13): what they do depends on what they are told. */
	SEL_FAMILY_SHELL,
	SEL_FAMILY_INTERPRETER,
	SEL_FAMILY_RUNNER, /* env, xargs, find, make, npx, docker ... */
	SEL_FAMILY_N,
};
const char *sel_family_name(enum sel_family f);
enum sel_family sel_family_of(const char *exe); /* by the last component, version suffix removed */

/* Strings are borrowed. */
struct sel_identity {
	const char *exe;     /* path of the program file */
	const char *digest;  /* SHA-256 in hex, of the program and, after '+', of its script; NULL:
				unknown, then no evidence counts and none is kept */
	const char *package; /* "git" of the package manager that owns exe (and script); NULL */
	const char *version; /* of the package; NULL */
	bool verified;	     /* the files are as the package manager installed them */
	bool ours;	    /* written in this session, or lies where the program may write (I14) */
	const char *script; /* path of the interpreter's script; NULL */
	const char *subcommand; /* the first word of its arguments that is no option; "" if none */
};
/* Of a program with a script the script decides: npm is a package manager, though node runs it. */
enum sel_family sel_identity_family(const struct sel_identity *id);
/* False for an interpreter without a script, a shell, a runner, and a script of no known family
 * that no package vouches for: what they do depends on what they are told (I13). */
bool sel_identity_generalises(const struct sel_identity *id);
/* The name under which evidence is kept: "pkg:NAME EXE[ SCRIPT]" if verified (survives an update at
 * half weight), else "sha:DIGEST". Empty string: no evidence is kept or used. */
void sel_program_name(const struct sel_identity *id, char *ret, size_t cap);
