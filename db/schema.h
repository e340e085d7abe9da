/* The store's SQL, all of it: migrations and statements. Values are bound, never printed into text.
 */
#pragma once

#include "seldom/base.h"

#define SEL_STORE_APPLICATION_ID 0x5e1d0a5c /* PRAGMA application_id: whose database this is */

/* Entry i brings user_version from i to i + 1 in one transaction. Append only. */
extern const char *const sel_migrations[];
extern const int sel_schema_version;

enum sel_stmt {
	/* transactions */
	STMT_BEGIN,
	STMT_BEGIN_WRITE,
	STMT_COMMIT,
	STMT_ROLLBACK,
	/* writes */
	STMT_SESSION_ADD,
	STMT_SESSION_END,
	STMT_ACTION_ADD,
	STMT_ACTION_REPEAT,
	STMT_COUNT_ADD,
	STMT_QUESTION_ADD,
	STMT_ANSWER_ADD,
	STMT_RULE_ADD,
	STMT_RULE_USED,
	STMT_RULE_REVOKE,
	STMT_QUESTION_SEEN,
	STMT_RULE_SEEN, /* has an action rested on it before? */
	STMT_RULES_ALIVE,
	/* the chain: a digest statement's first column is the row's event number */
	STMT_HEAD,
	STMT_HEAD_SET,
	STMT_EVENT_ADD,
	STMT_EVENTS,
	STMT_DIGEST_SESSION,
	STMT_DIGEST_END,
	STMT_DIGEST_ACTION,
	STMT_DIGEST_QUESTION,
	STMT_DIGEST_ANSWER,
	STMT_DIGEST_RULE,
	STMT_DIGEST_REVOKE,
	STMT_ROWS_SESSION,
	STMT_ROWS_END,
	STMT_ROWS_ACTION,
	STMT_ROWS_QUESTION,
	STMT_ROWS_ANSWER,
	STMT_ROWS_RULE,
	STMT_ROWS_REVOKE,
	STMT_QUICK_CHECK,
	/* reports */
	STMT_SESSION_LAST,
	STMT_SESSION_EXISTS,
	STMT_SESSIONS,
	STMT_LOG_SINCE_ID,
	STMT_LOG_LIMIT_ID,
	STMT_LOG_SESSION_LIMIT_ID,
	STMT_LOG,
	STMT_LOG_SESSION,
	STMT_RULES,
	STMT_ACTION_ONE,
	STMT_ACTION_OF_QUESTION,
	STMT_QUESTION_ONE,
	STMT_QUESTION_FIND,
	STMT_ANSWER_ONE,
	STMT_RULE_ONE,
	STMT_RULES_OF_QUESTION,
	STMT_EARLIER,
	STMT_EVENT_ONE,
	STMT_STATS_QUESTIONS,
	STMT_STATS_PER_SESSION,
	STMT_STATS_RESPONSES,
	STMT_STATS_SOURCES,
	STMT_STATS_PROGRAMS,
	STMT_N,
};
extern const char *const sel_stmt_sql[STMT_N];
