/* Grants that are written in files: /etc/seldom/grants and the user's own. */
#pragma once

#include "seldom/store.h"

/* Calls fn for each, with an object it borrows: {"v":1,"id":null,"name","words","object","from":
 * "PATH:LINE","state":"alive"|"expired","expires_unix":N (if it ends)}; fn != 0 stops and is
 * returned. A file that cannot be read: negative, and *ret_error (safe text, the caller frees; NULL
 * when memory is out) says why. */
int sel_grants_file_rows(sel_row_fn fn, void *ctx, char **ret_error);
