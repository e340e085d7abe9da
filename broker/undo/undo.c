#include "undo.h"
