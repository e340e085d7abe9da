/* The console: `seldom` without a command. One poll loop over brokers, keyboard, signals, clock. */
#pragma once

#include "options.h"

extern const struct sel_usage sel_usage_console;
