/* The desktop's side of seldom-notify, a process of its own: the only part that knows libnotify and
 * GLib. libnotify's calls wait for the server, up to 25 seconds each and with no way to say less
 * (libnotify 0.8: g_dbus_proxy_call_sync with the default time-out on a proxy that is private to
 * it), so whoever waits for this process decides how long, and kills it.
 *
 * It speaks over a SOCK_SEQPACKET, one JSON object a message (seldom/proto.h: sel_msg_*):
 *  to it:   {"type":"show","key":S,"revision":N,"title":S,"body":S,"expire_ms":N,"grave":B,
 *            "allow":S?,"deny":S?,"open":B}
 *           {"type":"close","key":S}
 *  from it: {"type":"server","name":S,"version":S,"actions":B,"body":B,"markup":B}   first
 *           {"type":"none","error":S}   instead: there is no server; it ends
 *           {"type":"done","ok":B}   to each of the above, in their order
 *           {"type":"pressed","key":S,"revision":N,"at":N,"what":"allow|deny|open","token":S?}
 *           {"type":"gone","key":S,"revision":N}
 * `at` is when it came, in monotonic microseconds; only the first press on what was shown is told.
 * `token` is the desktop's permission to raise a window. The end of the socket ends it: then it
 * closes what it showed. It ends by itself when the server or the bus does. */
#pragma once

#include "seldom/base.h"
#include <jansson.h>

/* Runs until the socket ends. Returns the exit code. */
int sel_desk_run(int fd);
/* What the first message would be; the caller owns it. NULL when memory is out. */
json_t *sel_desk_probe(void);
