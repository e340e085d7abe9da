/* clang-format off */
/* The protocol between a broker and its fronts: one JSON object a SOCK_SEQPACKET message, at most
 * SEL_MSG_MAX bytes, over $XDG_RUNTIME_DIR/seldom/<session>.sock (0600, peer uid checked, peer in
 * the broker's own pid namespace) or the socketpair of `seldom run`. An unknown version, type or
 * shape closes the connection. docs/protocol.md lists every message:
 *
 * front -> broker, first:
 *   {"v":1,"type":"hello","front":"run|line|console|answer|.."}
 * broker -> front, the reply:
 *   {"v":1,"type":"welcome","session":S,"pid":N,"command":[..],"cwd":S,"started":UNIX_SECONDS,
 *    "profile":S|null}
 * broker -> front, for each open question, then as they come and whenever they change:
 *   {"type":"question","question":{QUESTION}}
 *   {"type":"closed","id":ID,"how":"allow|deny|timeout|gone","by":"run|line|...|","note":S?}
 *   {"type":"notice","text":S}   one line for the person (a denial, a weaker mask ...)
 * front -> broker:
 *   {"type":"answer","id":ID,"verdict":"allow|deny","rung":N|"recommended" (0: the narrowest),
 *    "for":"once|session|30d" (once),"note":S?,"token":S?,"response_ms":N?,"expanded":B?,
 *    "batch":N?}
 *   {"type":"hold","id":ID}   the person is acting: the time-out starts anew (at most 3 times)
 *   {"type":"status"}
 *   {"type":"grant","line":S}   what may be asked of a host in this session, one line of grant.h
 *   {"type":"rules"}   rules were added or revoked: look at those of hosts again
 * broker -> front:
 *   {"type":"result","id":ID,"ok":B,"error":S?,"feedback":S?}   feedback: it was a check
 *   {"type":"status","questions":{...},"actions":{...},"trapped":N}   as in the summary
 * only on the socketpair of `seldom run`, from the broker:
 *   {"type":"started","pid":N}  {"type":"stopped"}  {"type":"exit","code":N,"summary":{..}}
 *   {"type":"failed","message":S}           nothing ran; exit 125
 *   {"type":"explain","boundary":{"v":1,..}}   with --explain; nothing runs
 * and to it:
 *   {"type":"signal","signal":N}
 *
 * QUESTION:
 *   {"id":"<session>.<n>","session":S,"tier":0..3,"op":S,"object":S(+_b64),"object2":S?,
 *   "who":{"pid":N,"comm":S,"exe":S,"chain":[S,..],"cwd":S,
 *	"claim":{"tool":S,"text":S,"age_s":N}?},
 *   "new":S          what differs from the nearest approved action: the first line
 *   "consequence":S  what follows, in words ("can be undone", "runs later outside the boundary")
 *   "why":S          why it is asked
 *   "rungs":[{"n":N,"kind":S,"label":S,"object":S,"exposes":S,"covers":N}],
 *   "recommended":N, "preselected":N, "waiting":N parked calls, "asked":UNIX_SECONDS,
 *   "remaining_ms":N until it is denied once, "terms":["once","session","30d"],
 *   "token":S?       an allow must repeat this word, typed: T3, and T2 when the person is tired
 *   "detail":S?      more text (a diff), lines separated by \n, hostile bytes already escaped
 *   "state":S        FRESH, TIRED, EXHAUSTED: how attentively the person answers
 *   "headline":S?    that in numbers, when not FRESH
 *   "nearest":S?     the nearest thing that was approved before
 *   "class":S?       what kind of place the object is (sel_class_name)
 *   "kind":"flood"?  one question for many: "allow" is "ask me one by one" and allows nothing
 *   "words":{"allow":S,"deny":S}?   what the two answers are called here } */
/* clang-format on */
#pragma once

#include "seldom/base.h"
#include <jansson.h>

#define SEL_PROTO_VERSION 1
#define SEL_MSG_MAX	  (64 * 1024)

/* Sends one object; takes the reference. -EAGAIN if the peer does not read (its queue
 * is full), -EPIPE if it is gone, -EMSGSIZE. Never blocks. */
int sel_msg_send(int fd, json_t *take);
/* The same, but waits until the queue has room, for so long at most (then -EAGAIN). */
int sel_msg_send_wait(int fd, json_t *take, int msec);
/* Receives one; 1 and *ret, 0 at the end of the connection, -EAGAIN, -EBADMSG if not an object,
 * has duplicate keys, is deeper than 16 or was cut off. Passed descriptors are closed, not taken.
 */
int sel_msg_recv(int fd, json_t **ret);
/* An object from `n` bytes; -EBADMSG as above. */
int sel_msg_parse(const char *text, size_t n, json_t **ret);
/* Where programs inside report what they do, and the variable that tells them. */
#define SEL_CLAIM_PATH	   "/run/seldom/claim"
#define SEL_CLAIM_VARIABLE "SELDOM_CLAIM"

/* $XDG_RUNTIME_DIR/seldom, else /tmp/seldom-UID; made 0700 if absent and checked: ours, no link,
 * nobody else may write. The caller frees. */
int sel_runtime_dir(char **ret);
/* $XDG_STATE_HOME/seldom (made 0700), $XDG_CONFIG_HOME/seldom (not made). The caller frees. */
int sel_state_dir(char **ret);
int sel_config_dir(char **ret);
/* The folder of helper programs: beside the running program in a build tree, else libexec/seldom.
 */
int sel_helper_path(const char *name, char **ret);

/* Connects to the broker of `session` (id) and does hello/welcome. Returns a descriptor
 * (non-blocking after the welcome); -ENOENT if there is no such session. */
int sel_front_connect(const char *session, const char *front, json_t **ret_welcome);
/* Ids of the sessions with a socket here, sorted; NULL-terminated, the caller frees each and all.
 */
int sel_front_sessions(char ***ret);
