#include "constants.h"

#define ROW(name, value, unit, reason) [SEL_K_##name] = {#name, value, unit, reason},
const struct sel_constant_row sel_constants[SEL_K_N] = {SEL_CONSTANTS(ROW)};
