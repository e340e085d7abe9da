/* The part of `seldom rules` that looks ahead. Each returns the exit code. */
#pragma once

#include "seldom/base.h"
#include <jansson.h>

int sel_rules_proposals(bool json, bool all); /* all: declined ones too */
int sel_rules_accept(const char *id, bool json);
int sel_rules_decline(const char *id, bool json);

/* For the console: {"rows":[as --json prints them], "tired":S if none can be accepted now}. */
int sel_proposals_read(bool all, json_t **ret);
/* Accepts or declines; `words`: what happened, or why not. */
int sel_proposal_decide(const char *id, bool accepted, char *words, size_t cap);
