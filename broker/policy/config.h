/* Strict INI configuration, read in this order: /etc/seldom/config (the administrator's: a single
 * value set there wins, and it may lock keys), $XDG_CONFIG_HOME/seldom/config. docs/seldom.5 is the
 * reference.
 *
 *   [scope], [profile NAME]: rw, rw-no-delete, ro, secret, env; each may be given again and adds.
 * Paths are absolute or begin with ~ or $HOME. A profile counts only if it is chosen, and adds to
 * [scope]. [ask]: timeout = 5s..1h (seconds, or with s, m, h), popup = yes|no, tmux = yes|no,
 * learn = yes|no, decoys = yes|no. [network]: net = yes|no. [notify]: enabled = yes|no, terminal =
 * WORDS. [console]: theme = ask|dark|light|none, mouse = yes|no. [lock], only in /etc: KEY = yes;
 * the user's file and command line may then not set that key.
 *
 * Anything else is refused: a typing error must not leave a folder open or a secret bare. */
#pragma once

#include "seldom/base.h"

#define SEL_CONFIG_ADMIN "/etc/seldom/config"
#define SEL_CONFIG_MAX	 ((size_t)256 * 1024) /* bytes of a file */

enum sel_config_key {
	SEL_CONFIG_RW,
	SEL_CONFIG_ND,
	SEL_CONFIG_RO,
	SEL_CONFIG_SECRET,
	SEL_CONFIG_ENV,
	SEL_CONFIG_TIMEOUT,
	SEL_CONFIG_POPUP,
	SEL_CONFIG_TMUX,
	SEL_CONFIG_LEARN,
	SEL_CONFIG_DECOYS,
	SEL_CONFIG_NET,
	SEL_CONFIG_NOTIFY,
	SEL_CONFIG_TERMINAL,
	SEL_CONFIG_THEME,
	SEL_CONFIG_MOUSE,
	SEL_CONFIG_KEY_N,
};

struct sel_config {
	char **rw, **nd, **ro, **secret, **env; /* NULL-terminated, never NULL */
	usec_t ask_timeout;			/* 0: not set */
	int popup;  /* -1: not set, which is yes: asked over the program */
	int tmux;   /* -1: not set, which is no: in tmux, asked in a popup of tmux */
	int learn;  /* -1: not set, which is yes: answers may become automatic allows */
	int decoys; /* -1: not set, which is no: now and then a question is a check */
	int net;    /* -1: not set, which is yes: hosts may be asked about; else loopback only */
	int notify; /* -1: not set, which is yes: questions are shown as notifications, too */
	int theme;  /* of the console: index into sel_config_themes; -1: not set */
	int mouse;  /* -1: not set, which is no: the console takes clicks */
	char *terminal;		       /* a command and its words, split at blanks; NULL: not set */
	bool locked[SEL_CONFIG_KEY_N]; /* by the administrator: the command line too must obey */
	bool profile_found;
	bool admin_set[SEL_CONFIG_KEY_N]; /* single values that the user's file does not change */
};

/* "none", "dark", "light", "ask"; ends with NULL. */
extern const char *const sel_config_themes[];

/* Empty and ready for parsing. */
int sel_config_init(struct sel_config *c);
void sel_config_done(struct sel_config *c);

/* `text` of `name` (for messages) is parsed into *c on top of what it has. `profile` NULL: none;
 * `home` NULL: paths below it are refused. -EINVAL and *ret_error (the caller frees) "NAME:LINE:
 * what; what to do", safe to print; *c may then hold part of the file and is fit for
 * sel_config_done only. */
int sel_config_parse(struct sel_config *c, const char *name, const char *text, size_t n, bool admin,
		     const char *profile, const char *home, char **ret_error);

/* The same from a file; 0 if it does not exist. Refused with -EPERM: a link, no regular file, owned
 * by neither root nor the user (`admin`: by root only), writable by others; -EFBIG: too big. */
int sel_config_read(struct sel_config *c, const char *path, bool admin, const char *profile,
		    const char *home, char **ret_error);

/* Reads both files (absent ones are fine). -ENOENT and a message for a profile that none has. */
int sel_config_load(const char *profile, const char *home, struct sel_config *ret,
		    char **ret_error);
