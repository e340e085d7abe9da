/* The part of `seldom rules` that looks ahead. Each returns the exit code. */
#pragma once

#include "seldom/base.h"

int sel_rules_proposals(bool json, bool all); /* all: declined ones too */
int sel_rules_accept(const char *id, bool json);
int sel_rules_decline(const char *id, bool json);
