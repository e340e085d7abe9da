/* Between registries.c, which opens files and keeps what was found, and registry_formats.c, which
 * reads what is in them. Texts come from the project too: hostile. */
#pragma once

#include "registries.h"

#define SEL_REGISTRY_FILE_MAX ((size_t)1 << 20)
#define SEL_REGISTRY_LINE_MAX 4096 /* longer lines hold no address */
#define SEL_REGISTRY_N_MAX    256  /* hosts and bases; what comes later is not taken */

/* What a tool asks below the address that is configured for it. */
enum sel_registry_kind {
	SEL_REGISTRY_ALL,     /* GET and HEAD of everything below */
	SEL_REGISTRY_SCOPE,   /* npm: of the packages of one scope */
	SEL_REGISTRY_ARCHIVE, /* apt: of dists and pool */
	SEL_REGISTRY_SUMS,    /* go's checksum database */
	SEL_REGISTRY_GIT,     /* fetching, by smart http */
};

struct sel_registry_finder {
	struct sel_known_host *hosts; /* owned */
	size_t n;
	int r; /* -ENOMEM once memory was out: nothing is added any more */

	/* of the file or variable that is read now */
	const char *tool, *what, *from;
	bool project;
};

/* Notes that `url` is used, if it is one of http or https; anything else is left out. `scope` for
 * SEL_REGISTRY_SCOPE ("@name"); `line` 0: none; `note` (optional, static) is put behind where it
 * was read. */
void sel_registry_add(struct sel_registry_finder *f, enum sel_registry_kind kind, const char *url,
		      const char *scope, size_t line, const char *note);

/* Each reads one format; what it does not understand it leaves out. */
typedef void (*sel_registry_fn)(struct sel_registry_finder *f, const char *text, size_t n);
void sel_registry_npmrc(struct sel_registry_finder *f, const char *text, size_t n);
void sel_registry_yarnrc(struct sel_registry_finder *f, const char *text, size_t n);
void sel_registry_yarn_yml(struct sel_registry_finder *f, const char *text, size_t n);
void sel_registry_pip(struct sel_registry_finder *f, const char *text, size_t n);
void sel_registry_requirements(struct sel_registry_finder *f, const char *text, size_t n);
void sel_registry_apt_list(struct sel_registry_finder *f, const char *text, size_t n);
void sel_registry_apt_sources(struct sel_registry_finder *f, const char *text, size_t n);
void sel_registry_cargo(struct sel_registry_finder *f, const char *text, size_t n);
void sel_registry_python(struct sel_registry_finder *f, const char *text, size_t n);
void sel_registry_go(struct sel_registry_finder *f, const char *text, size_t n);
void sel_registry_maven(struct sel_registry_finder *f, const char *text, size_t n);
void sel_registry_git(struct sel_registry_finder *f, const char *text, size_t n);
/* And of variables. */
void sel_registry_url(struct sel_registry_finder *f, const char *text, size_t n);
void sel_registry_urls(struct sel_registry_finder *f, const char *text, size_t n);
void sel_registry_goproxy(struct sel_registry_finder *f, const char *text, size_t n);
void sel_registry_gosumdb(struct sel_registry_finder *f, const char *text, size_t n);
void sel_registry_cargo_url(struct sel_registry_finder *f, const char *text, size_t n);
