#include "schema.h"

/* Words (op, source, kind ...) are kept as names, so that renumbering an enum changes no old row.
 * Bytes from outside are BLOB: they need not be UTF-8. Times are microseconds since 1970. Each
 * `event` column is the row's number in the chain. */
const char *const sel_migrations[] = {
	/* 0 -> 1: the first store */
	"CREATE TABLE chain ("
	" one INTEGER PRIMARY KEY CHECK (one = 1),"
	" seq INTEGER NOT NULL,"
	" hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT;"

	"CREATE TABLE session ("
	" n INTEGER PRIMARY KEY,"
	" id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 32),"
	" event INTEGER NOT NULL,"
	" command TEXT NOT NULL, cwd BLOB NOT NULL, profile BLOB, version TEXT NOT NULL,"
	" broker_pid INTEGER NOT NULL,"
	" broker_birth INTEGER," /* ticks after boot: tells a reused pid apart */
	" started INTEGER NOT NULL,"
	" ended INTEGER, exit INTEGER, summary TEXT, end_event INTEGER) STRICT;"
	"CREATE INDEX session_started ON session (started);"

	"CREATE TABLE event ("
	" seq INTEGER PRIMARY KEY,"
	" at INTEGER NOT NULL,"
	" session TEXT REFERENCES session (id),"
	" kind TEXT NOT NULL,"
	" row INTEGER," /* NULL: the body is all there is */
	" body TEXT NOT NULL,"
	" hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT;"

	"CREATE TABLE question ("
	" id INTEGER PRIMARY KEY,"
	" session TEXT NOT NULL REFERENCES session (id),"
	" number INTEGER NOT NULL,"
	" event INTEGER NOT NULL,"
	" asked INTEGER NOT NULL,"
	" op TEXT NOT NULL, tier INTEGER NOT NULL CHECK (tier BETWEEN 0 AND 3),"
	" exe BLOB, object BLOB, fresh BLOB,"
	" rungs TEXT NOT NULL, recommended INTEGER NOT NULL,"
	" UNIQUE (session, number)) STRICT;"
	"CREATE INDEX question_asked ON question (asked);"

	"CREATE TABLE answer ("
	" question INTEGER PRIMARY KEY REFERENCES question (id)," /* the first one wins */
	" event INTEGER NOT NULL,"
	" at INTEGER NOT NULL,"
	" decision TEXT NOT NULL CHECK (decision IN ('allow', 'deny')),"
	" source TEXT NOT NULL, front TEXT,"
	" rung INTEGER NOT NULL, term TEXT NOT NULL, note BLOB,"
	" response INTEGER," /* microseconds; NULL: unknown */
	" expanded INTEGER NOT NULL, settled INTEGER NOT NULL) STRICT;"

	"CREATE TABLE rule ("
	" id INTEGER PRIMARY KEY,"
	" session TEXT REFERENCES session (id)," /* a grant lives with it; NULL: a rule for all */
	" event INTEGER NOT NULL,"
	" op TEXT NOT NULL, kind TEXT NOT NULL, object BLOB NOT NULL, exe BLOB,"
	" decision TEXT NOT NULL CHECK (decision IN ('allow', 'deny')),"
	" created INTEGER NOT NULL, expires INTEGER,"
	" question INTEGER REFERENCES question (id),"
	" uses INTEGER NOT NULL DEFAULT 0, used INTEGER,"
	" revoked INTEGER, revoke_event INTEGER,"
	" CHECK (session IS NOT NULL OR expires IS NOT NULL)) STRICT;" /* nothing is for ever */
	"CREATE INDEX rule_alive ON rule (expires) WHERE revoked IS NULL AND session IS NULL;"
	"CREATE INDEX rule_question ON rule (question) WHERE question IS NOT NULL;"

	"CREATE TABLE action ("
	" id INTEGER PRIMARY KEY,"
	" session TEXT NOT NULL REFERENCES session (id),"
	" event INTEGER NOT NULL,"
	" at INTEGER NOT NULL, pid INTEGER NOT NULL,"
	" op TEXT NOT NULL, tier INTEGER NOT NULL CHECK (tier BETWEEN 0 AND 3),"
	" decision TEXT NOT NULL CHECK (decision IN ('allow', 'deny')),"
	" source TEXT NOT NULL,"
	" exe BLOB, comm BLOB, object BLOB, object2 BLOB, reason BLOB,"
	" question INTEGER REFERENCES question (id), rule INTEGER REFERENCES rule (id),"
	" repeats INTEGER NOT NULL) STRICT;"
	"CREATE INDEX action_session ON action (session);"
	"CREATE INDEX action_at ON action (at);"
	"CREATE INDEX action_question ON action (question) WHERE question IS NOT NULL;"
	"CREATE INDEX action_rule ON action (rule) WHERE rule IS NOT NULL;"
	"CREATE INDEX action_approved ON action (op, exe) WHERE decision = 'allow';"

	/* Scope-allowed work: counted, not chained. */
	"CREATE TABLE count ("
	" session TEXT NOT NULL REFERENCES session (id),"
	" exe BLOB NOT NULL, folder BLOB NOT NULL, op TEXT NOT NULL, source TEXT NOT NULL,"
	" n INTEGER NOT NULL, last INTEGER NOT NULL,"
	" PRIMARY KEY (session, exe, folder, op, source)) STRICT, WITHOUT ROWID;",
};
const int sel_schema_version = (int)SEL_N(sel_migrations);

/* A sum that stays below 2^63: an overflowing integer would turn into a float. */
#define ADD_CAPPED(a, b) "min(" a ", 4611686018427387904) + min(" b ", 2305843009213693952)"

#define ACTION_COLUMNS                                                                             \
	" a.id, a.at, a.session, a.pid, a.op, a.tier, a.decision, a.source, a.exe, a.comm,"        \
	" a.object, a.object2, a.reason, a.repeats,"                                               \
	" (SELECT q.session || '.' || q.number FROM question q WHERE q.id = a.question), a.rule"
#define QUESTION_COLUMNS                                                                           \
	" q.session || '.' || q.number, q.asked, q.session, q.op, q.tier, q.exe, q.object,"        \
	" q.fresh, q.rungs, q.recommended, q.id, q.event"
#define RULE_COLUMNS                                                                               \
	" r.id, r.created, r.session, r.op, r.kind, r.object, r.exe, r.decision, r.expires,"       \
	" r.uses, r.used, r.revoked,"                                                              \
	" (SELECT q.session || '.' || q.number FROM question q WHERE q.id = r.question),"          \
	" (SELECT s.ended FROM session s WHERE s.id = r.session), r.event, r.revoke_event"
/* ?1 since, ?2 op, ?3 decision */
#define LOG_FILTER " a.at >= ?1 AND (?2 IS NULL OR a.op = ?2) AND (?3 IS NULL OR a.decision = ?3)"
/* ?1 session or NULL, ?2 since: the sessions that were active since then */
#define ACTIVE_SESSION                                                                             \
	" (?1 IS NULL OR s.id = ?1) AND (s.started >= ?2 OR s.ended >= ?2"                         \
	" OR EXISTS (SELECT 1 FROM question x WHERE x.session = s.id AND x.asked >= ?2)"           \
	" OR EXISTS (SELECT 1 FROM action x WHERE x.session = s.id AND x.at >= ?2))"

const char *const sel_stmt_sql[STMT_N] = {
	[STMT_BEGIN] = "BEGIN",
	[STMT_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[STMT_COMMIT] = "COMMIT",
	[STMT_ROLLBACK] = "ROLLBACK",

	[STMT_SESSION_ADD] =
		"INSERT INTO session (id, event, command, cwd, profile, version, broker_pid,"
		" broker_birth, started) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[STMT_SESSION_END] =
		"UPDATE session SET ended = ?2, exit = ?3, summary = ?4, end_event = ?5"
		" WHERE id = ?1 AND ended IS NULL RETURNING n",
	[STMT_ACTION_ADD] =
		"INSERT INTO action (session, event, at, pid, op, tier, decision, source, exe, "
		"comm,"
		" object, object2, reason, question, rule, repeats)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,"
		" min(?16, 4611686018427387904))",
	[STMT_ACTION_REPEAT] =
		"UPDATE action SET repeats = " ADD_CAPPED("repeats", "?2") " WHERE id = ?1",
	[STMT_COUNT_ADD] = "INSERT INTO count (session, exe, folder, op, source, n, last)"
			   " VALUES (?1, ?2, ?3, ?4, ?5, min(?6, 4611686018427387904), ?7)"
			   " ON CONFLICT DO UPDATE SET n = " ADD_CAPPED(
				   "n", "excluded.n") ", last = max(last, excluded.last)",
	[STMT_QUESTION_ADD] =
		"INSERT INTO question (session, number, event, asked, op, tier, exe, object, fresh,"
		" rungs, recommended) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	[STMT_ANSWER_ADD] = "INSERT INTO answer (question, event, at, decision, source, front, "
			    "rung, term, note,"
			    " response, expanded, settled)"
			    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
			    " RETURNING (SELECT session FROM question WHERE id = ?1)",
	[STMT_RULE_ADD] = "INSERT INTO rule (session, event, op, kind, object, exe, decision, "
			  "created, expires,"
			  " question) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[STMT_RULE_USED] = "UPDATE rule SET uses = " ADD_CAPPED(
		"uses", "1") ", used = max(coalesce(used, 0), ?2) WHERE id = ?1",
	[STMT_RULE_REVOKE] = "UPDATE rule SET revoked = ?2, revoke_event = ?3"
			     " WHERE id = ?1 AND revoked IS NULL RETURNING session",
	[STMT_QUESTION_SEEN] = "SELECT 1 FROM action WHERE question = ?1 LIMIT 1",
	[STMT_RULE_SEEN] = "SELECT 1 FROM action WHERE rule = ?1 LIMIT 1",
	[STMT_RULES_ALIVE] =
		"SELECT id, op, kind, object, exe, decision, created, expires, question FROM rule"
		" WHERE revoked IS NULL AND session IS NULL AND expires > ?1 AND created <= ?1"
		" ORDER BY id",

	[STMT_HEAD] = "SELECT seq, hash FROM chain WHERE one = 1",
	[STMT_HEAD_SET] = "INSERT OR REPLACE INTO chain (one, seq, hash) VALUES (1, ?1, ?2)",
	[STMT_EVENT_ADD] = "INSERT INTO event (seq, at, session, kind, row, body, hash)"
			   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[STMT_EVENTS] = "SELECT seq, at, session, kind, row, body, hash FROM event ORDER BY seq",
	/* What the chain vouches for: all of a row but what is counted on later. */
	[STMT_DIGEST_SESSION] = "SELECT event, n, id, command, cwd, profile, version, broker_pid,"
				" broker_birth, started FROM session WHERE n = ?1",
	[STMT_DIGEST_END] = "SELECT end_event, n, ended, exit, summary FROM session WHERE n = ?1",
	[STMT_DIGEST_ACTION] =
		"SELECT event, id, session, at, pid, op, tier, decision, source, exe,"
		" comm, object, object2, reason, question, rule"
		" FROM action WHERE id = ?1",
	[STMT_DIGEST_QUESTION] = "SELECT event, id, session, number, asked, op, tier, exe, object,"
				 " fresh, rungs, recommended FROM question WHERE id = ?1",
	[STMT_DIGEST_ANSWER] = "SELECT event, question, at, decision, source, front, rung, term,"
			       " note, response, expanded, settled FROM answer WHERE question = ?1",
	[STMT_DIGEST_RULE] = "SELECT event, id, session, op, kind, object, exe, decision, created,"
			     " expires, question FROM rule WHERE id = ?1",
	[STMT_DIGEST_REVOKE] = "SELECT revoke_event, id, revoked FROM rule WHERE id = ?1",
	[STMT_ROWS_SESSION] = "SELECT count(*) FROM session",
	[STMT_ROWS_END] = "SELECT count(*) FROM session WHERE ended IS NOT NULL",
	[STMT_ROWS_ACTION] = "SELECT count(*) FROM action",
	[STMT_ROWS_QUESTION] = "SELECT count(*) FROM question",
	[STMT_ROWS_ANSWER] = "SELECT count(*) FROM answer",
	[STMT_ROWS_RULE] = "SELECT count(*) FROM rule",
	[STMT_ROWS_REVOKE] = "SELECT count(*) FROM rule WHERE revoked IS NOT NULL",
	[STMT_QUICK_CHECK] = "PRAGMA quick_check(1)",

	[STMT_SESSION_LAST] = "SELECT id FROM session ORDER BY started DESC, n DESC LIMIT 1",
	[STMT_SESSION_EXISTS] = "SELECT id FROM session WHERE id = ?1",
	/* ?1 session or NULL, ?2 since, ?3 limit: those with an end in sight of `since`, and those
	 * without any end; the newest ?3 of them */
	[STMT_SESSIONS] =
		"SELECT s.id, s.started, s.ended, s.exit, s.command, s.cwd, s.profile, s.version,"
		" s.broker_pid, s.broker_birth,"
		" (SELECT count(*) FROM question q WHERE q.session = s.id),"
		" coalesce((SELECT sum(min(1 + a.repeats, 1000000000000)) FROM action a WHERE "
		"a.session = s.id), 0)"
		" + coalesce((SELECT sum(min(c.n, 1000000000000)) FROM count c WHERE c.session = "
		"s.id), 0)"
		" FROM session s WHERE s.n IN (SELECT n FROM session"
		"  WHERE (?1 IS NULL OR id = ?1) AND (started >= ?2 OR ended >= ?2 OR ended IS "
		"NULL)"
		"  ORDER BY started DESC, n DESC LIMIT ?3) ORDER BY s.started, s.n",
	[STMT_LOG_SINCE_ID] = "SELECT min(id) FROM action INDEXED BY action_at WHERE at >= ?1",
	[STMT_LOG_LIMIT_ID] = "SELECT min(id) FROM (SELECT a.id FROM action a WHERE" LOG_FILTER
			      " AND a.id >= ?4 ORDER BY a.id DESC LIMIT ?5)",
	[STMT_LOG_SESSION_LIMIT_ID] =
		"SELECT min(id) FROM (SELECT a.id FROM action a INDEXED BY action_session"
		" WHERE" LOG_FILTER " AND a.session = ?4 ORDER BY a.id DESC LIMIT ?5)",
	[STMT_LOG] = "SELECT" ACTION_COLUMNS " FROM action a WHERE" LOG_FILTER
		     " AND a.id >= ?4 ORDER BY a.id",
	[STMT_LOG_SESSION] = "SELECT" ACTION_COLUMNS " FROM action a INDEXED BY action_session"
			     " WHERE" LOG_FILTER " AND a.id >= ?4 AND a.session = ?5 ORDER BY a.id",
	[STMT_RULES] = "SELECT" RULE_COLUMNS " FROM rule r ORDER BY r.id",
	[STMT_ACTION_ONE] = "SELECT" ACTION_COLUMNS ", a.question, a.event FROM action a"
			    " WHERE a.id = ?1",
	[STMT_ACTION_OF_QUESTION] = "SELECT" ACTION_COLUMNS ", a.question, a.event FROM action a"
				    " WHERE a.question = ?1 ORDER BY a.id LIMIT 20",
	[STMT_QUESTION_ONE] = "SELECT" QUESTION_COLUMNS " FROM question q WHERE q.id = ?1",
	[STMT_QUESTION_FIND] = "SELECT id FROM question WHERE session = ?1 AND number = ?2",
	[STMT_ANSWER_ONE] =
		"SELECT at, decision, source, front, rung, term, note, response, expanded, settled,"
		" event FROM answer WHERE question = ?1",
	[STMT_RULE_ONE] = "SELECT" RULE_COLUMNS " FROM rule r WHERE r.id = ?1",
	[STMT_RULES_OF_QUESTION] = "SELECT" RULE_COLUMNS " FROM rule r WHERE r.question = ?1"
				   " ORDER BY r.id",
	/* ?1 op, ?2 exe, ?3 before this time, ?4 but not for this question */
	[STMT_EARLIER] = "SELECT" ACTION_COLUMNS " FROM action a WHERE a.decision = 'allow'"
			 " AND a.op = ?1 AND a.exe = ?2 AND a.at < ?3"
			 " AND (?4 IS NULL OR a.question IS NULL OR a.question <> ?4)"
			 " ORDER BY a.at DESC, a.id DESC LIMIT 5",
	[STMT_EVENT_ONE] = "SELECT seq, at, kind, hash FROM event WHERE seq = ?1",
	/* the four below: ?1 session or NULL, ?2 since */
	[STMT_STATS_QUESTIONS] =
		"SELECT count(*),"
		" count(*) FILTER (WHERE a.source = 'person' AND a.decision = 'allow'),"
		" count(*) FILTER (WHERE a.source = 'person' AND a.decision = 'deny'),"
		" count(*) FILTER (WHERE a.source = 'timeout'),"
		" count(*) FILTER (WHERE a.source = 'default'),"
		" count(*) FILTER (WHERE a.question IS NULL),"
		" count(*) FILTER (WHERE a.source = 'person' AND a.front = 'script')"
		" FROM question q LEFT JOIN answer a ON a.question = q.id"
		" WHERE (?1 IS NULL OR q.session = ?1) AND q.asked >= ?2",
	[STMT_STATS_PER_SESSION] =
		"SELECT (SELECT count(*) FROM question q WHERE q.session = s.id AND q.asked >= ?2)"
		" AS asked FROM session s WHERE" ACTIVE_SESSION " ORDER BY asked",
	[STMT_STATS_RESPONSES] =
		"SELECT a.response, a.decision FROM answer a JOIN question q ON q.id = a.question"
		" WHERE (?1 IS NULL OR q.session = ?1) AND q.asked >= ?2 AND a.source = 'person'"
		" AND a.response IS NOT NULL ORDER BY a.response",
	[STMT_STATS_SOURCES] =
		"SELECT source, sum(n) FROM ("
		" SELECT a.source AS source, min(1 + a.repeats, 1000000000000) AS n FROM action a"
		"  WHERE (?1 IS NULL OR a.session = ?1) AND a.at >= ?2"
		" UNION ALL"
		" SELECT c.source, min(c.n, 1000000000000) FROM count c"
		"  WHERE (?1 IS NULL OR c.session = ?1) AND c.last >= ?2) GROUP BY source ORDER BY "
		"source",
	[STMT_STATS_PROGRAMS] =
		"SELECT q.exe, count(*) AS asked,"
		" count(*) FILTER (WHERE a.source = 'person' AND a.decision = 'allow'),"
		" count(*) FILTER (WHERE a.source = 'person' AND a.decision = 'deny')"
		" FROM question q LEFT JOIN answer a ON a.question = q.id"
		" WHERE (?1 IS NULL OR q.session = ?1) AND q.asked >= ?2"
		" GROUP BY q.exe ORDER BY asked DESC, q.exe LIMIT 10",
};
