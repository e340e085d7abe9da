#include "schema.h"

/* Words (op, source, kind ...) are kept as names, so that renumbering an enum changes no old row.
 * Bytes from outside are BLOB: they need not be UTF-8. Times are microseconds since 1970. Each
 * `event` column is the row's number in the chain.
 *
 * From version 2 on, what repeats is kept once: `text` holds bytes, `what` the sort of an action.
 * Columns that name a row of them say so. 0 or NULL is none; nothing enforces it but the chain,
 * whose digests cover what the number stands for. */
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
	/* 1 -> 2: judgement; rows shrink; sums are kept while writing */
	"ALTER TABLE chain ADD COLUMN format1 INTEGER NOT NULL DEFAULT 0;" /* its last event */
	"ALTER TABLE chain ADD COLUMN rolled INTEGER NOT NULL DEFAULT 0;" /* days before are sums */
	"UPDATE chain SET format1 = seq;"

	"CREATE TABLE text ("
	" id INTEGER PRIMARY KEY,"
	" bytes BLOB NOT NULL UNIQUE) STRICT;"
	"INSERT INTO text (bytes)"
	" SELECT exe FROM action WHERE exe IS NOT NULL"
	" UNION SELECT comm FROM action WHERE comm IS NOT NULL"
	" UNION SELECT reason FROM action WHERE reason IS NOT NULL"
	" UNION SELECT exe FROM count UNION SELECT folder FROM count"
	" UNION SELECT cwd FROM session;"

	"CREATE TABLE what ("
	" id INTEGER PRIMARY KEY,"
	" exe INTEGER NOT NULL," /* text */
	" op TEXT NOT NULL,"
	" decision TEXT NOT NULL CHECK (decision IN ('allow', 'deny')),"
	" tier INTEGER NOT NULL CHECK (tier BETWEEN 0 AND 3),"
	" source TEXT NOT NULL,"
	" program INTEGER NOT NULL," /* text: sel_program_name */
	" UNIQUE (exe, op, decision, tier, source, program)) STRICT;"
	"INSERT INTO what (exe, op, decision, tier, source, program)"
	" SELECT coalesce((SELECT id FROM text WHERE bytes = exe), 0), op, decision, tier, source, "
	"0"
	"  FROM action"
	" UNION SELECT (SELECT id FROM text WHERE bytes = exe), op, 'allow', 0, source, 0 FROM "
	"count;"

	"ALTER TABLE session ADD COLUMN project INTEGER;" /* text; NULL: none was named */
	"ALTER TABLE session ADD COLUMN place INTEGER NOT NULL DEFAULT 0;" /* text: that, or cwd */
	"UPDATE session SET place = (SELECT id FROM text WHERE bytes = cwd);"
	"CREATE INDEX session_ended ON session (ended);"

	"CREATE TABLE event_2 ("
	" seq INTEGER PRIMARY KEY,"
	" at INTEGER NOT NULL,"
	" session INTEGER REFERENCES session (n),"
	" kind ANY NOT NULL," /* enum sel_row_kind, or a word */
	" row INTEGER,"
	" body TEXT," /* NULL for a row: the hash covers its digest */
	" hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT;"
	"INSERT INTO event_2"
	" SELECT seq, at, (SELECT n FROM session WHERE id = e.session),"
	"  CASE kind WHEN 'session' THEN 1 WHEN 'end' THEN 2 WHEN 'action' THEN 3"
	"   WHEN 'question' THEN 4 WHEN 'answer' THEN 5 WHEN 'rule' THEN 6 WHEN 'revoke' THEN 7"
	"   ELSE kind END,"
	"  row, CASE WHEN row IS NULL THEN body END, hash FROM event e ORDER BY seq;"
	"DROP TABLE event;"
	"ALTER TABLE event_2 RENAME TO event;"

	"CREATE TABLE action_2 ("
	" id INTEGER PRIMARY KEY,"
	" session INTEGER NOT NULL REFERENCES session (n),"
	" event INTEGER NOT NULL,"
	" at INTEGER NOT NULL, pid INTEGER NOT NULL,"
	" what INTEGER NOT NULL,"
	" comm INTEGER," /* text */
	" object BLOB, object2 BLOB,"
	" reason INTEGER," /* text, a pattern: intern.c */
	" question INTEGER REFERENCES question (id), rule INTEGER REFERENCES rule (id),"
	" key INTEGER," /* text */
	" step INTEGER,"
	" repeats INTEGER NOT NULL) STRICT;"
	"INSERT INTO action_2"
	" SELECT a.id, s.n, a.event, a.at, a.pid, w.id, (SELECT id FROM text WHERE bytes = a.comm),"
	"  a.object, a.object2, (SELECT id FROM text WHERE bytes = a.reason), a.question, a.rule,"
	"  NULL, NULL, a.repeats"
	" FROM action a JOIN session s ON s.id = a.session JOIN what w"
	"  ON w.exe = coalesce((SELECT id FROM text WHERE bytes = a.exe), 0) AND w.op = a.op"
	"  AND w.decision = a.decision AND w.tier = a.tier AND w.source = a.source"
	" ORDER BY a.id;"
	"DROP TABLE action;"
	"ALTER TABLE action_2 RENAME TO action;"
	"CREATE INDEX action_session ON action (session);"
	"CREATE INDEX action_at ON action (at);"
	"CREATE INDEX action_what ON action (what);"
	"CREATE INDEX action_question ON action (question) WHERE question IS NOT NULL;"
	"CREATE INDEX action_rule ON action (rule) WHERE rule IS NOT NULL;"
	"CREATE INDEX action_key ON action (key) WHERE key IS NOT NULL;"

	"CREATE TABLE count_2 ("
	" session INTEGER NOT NULL REFERENCES session (n),"
	" what INTEGER NOT NULL,"
	" folder INTEGER NOT NULL," /* text */
	" n INTEGER NOT NULL, last INTEGER NOT NULL,"
	" PRIMARY KEY (session, what, folder)) STRICT, WITHOUT ROWID;"
	"INSERT INTO count_2"
	" SELECT s.n, w.id, (SELECT id FROM text WHERE bytes = c.folder), c.n, c.last"
	" FROM count c JOIN session s ON s.id = c.session JOIN what w"
	"  ON w.exe = (SELECT id FROM text WHERE bytes = c.exe) AND w.op = c.op"
	"  AND w.decision = 'allow' AND w.tier = 0 AND w.source = c.source;"
	"DROP TABLE count;"
	"ALTER TABLE count_2 RENAME TO count;"

	/* Sums, of actions and counted work alike; not chained. Three, since all of it in one would
	 * be as long as the log itself. */
	"CREATE TABLE day ("
	" day INTEGER NOT NULL,"   /* since 1970, UTC */
	" place INTEGER NOT NULL," /* text, as session.place */
	" source TEXT NOT NULL, decision TEXT NOT NULL, n INTEGER NOT NULL,"
	" PRIMARY KEY (day, place, source, decision)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE day_exe (" /* what neither a person nor a time-out decided */
	" day INTEGER NOT NULL, exe INTEGER NOT NULL, n INTEGER NOT NULL," /* exe: text */
	" PRIMARY KEY (day, exe)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE tally ("
	" session INTEGER NOT NULL, source TEXT NOT NULL, decision TEXT NOT NULL,"
	" n INTEGER NOT NULL, PRIMARY KEY (session, source, decision)) STRICT, WITHOUT ROWID;"
	"CREATE TEMP TABLE summand AS"
	" SELECT x.day AS day, s.place AS place, x.session AS session, w.source AS source,"
	"  w.decision AS decision, w.exe AS exe, x.n AS n FROM ("
	"  SELECT at / 86400000000 AS day, session, what, min(1 + repeats, 1000000000000) AS n"
	"   FROM action"
	"  UNION ALL SELECT last / 86400000000, session, what, min(n, 1000000000000) FROM count) x"
	" JOIN session s ON s.n = x.session JOIN what w ON w.id = x.what;"
	"INSERT INTO day SELECT day, place, source, decision, sum(n) FROM summand"
	" GROUP BY 1, 2, 3, 4;"
	"INSERT INTO day_exe SELECT day, exe, sum(n) FROM summand"
	" WHERE source NOT IN ('person', 'timeout') GROUP BY 1, 2;"
	"INSERT INTO tally SELECT session, source, decision, sum(n) FROM summand GROUP BY 1, 2, 3;"
	"DROP TABLE summand;"

	"ALTER TABLE question ADD COLUMN project INTEGER;" /* this to unit: text */
	"ALTER TABLE question ADD COLUMN program INTEGER;"
	"ALTER TABLE question ADD COLUMN digest INTEGER;"
	"ALTER TABLE question ADD COLUMN package INTEGER;"
	"ALTER TABLE question ADD COLUMN version INTEGER;"
	"ALTER TABLE question ADD COLUMN subcommand INTEGER;"
	"ALTER TABLE question ADD COLUMN key0 INTEGER;"
	"ALTER TABLE question ADD COLUMN key1 INTEGER;"
	"ALTER TABLE question ADD COLUMN key2 INTEGER;"
	"ALTER TABLE question ADD COLUMN key3 INTEGER;"
	"ALTER TABLE question ADD COLUMN key4 INTEGER;"
	"ALTER TABLE question ADD COLUMN class INTEGER;"
	"ALTER TABLE question ADD COLUMN unit INTEGER;"
	"ALTER TABLE question ADD COLUMN existed INTEGER;"
	"ALTER TABLE question ADD COLUMN words INTEGER;"
	"ALTER TABLE question ADD COLUMN state TEXT;"
	"ALTER TABLE question ADD COLUMN predicted REAL;"
	"ALTER TABLE question ADD COLUMN support INTEGER;"
	"ALTER TABLE question ADD COLUMN decoy INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE question ADD COLUMN flood INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE answer ADD COLUMN measured INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE answer ADD COLUMN rapid INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE answer ADD COLUMN weight REAL;" /* NULL: from before it was weighed */
	"UPDATE answer SET measured = 1 WHERE source = 'person' AND response IS NOT NULL"
	" AND front IN ('run', 'line', 'console');"
	"UPDATE answer SET rapid = 1 WHERE measured = 1 AND decision = 'allow' AND response < "
	"800000;"

	"CREATE TABLE label ("
	" id INTEGER PRIMARY KEY,"
	" action INTEGER NOT NULL UNIQUE REFERENCES action (id)," /* the first one wins */
	" event INTEGER NOT NULL, at INTEGER NOT NULL,"
	" flagged INTEGER NOT NULL, harmful INTEGER NOT NULL, sampled INTEGER NOT NULL,"
	" step INTEGER NOT NULL) STRICT;"
	"CREATE TABLE proposal ("
	" n INTEGER PRIMARY KEY,"
	" id TEXT NOT NULL, event INTEGER NOT NULL, at INTEGER NOT NULL,"
	" what TEXT NOT NULL CHECK (what IN ('offered', 'accepted', 'declined')),"
	" folder BLOB NOT NULL) STRICT;"
	"CREATE INDEX proposal_id ON proposal (id);"
	/* A cache: not chained. */
	"CREATE TABLE identity ("
	" dev INTEGER NOT NULL, ino INTEGER NOT NULL, ctime INTEGER NOT NULL," /* nanoseconds */
	" digest TEXT NOT NULL, package BLOB NOT NULL, version BLOB NOT NULL,"
	" verified INTEGER NOT NULL, at INTEGER NOT NULL,"
	" PRIMARY KEY (dev, ino)) STRICT, WITHOUT ROWID;"
	/* Runs of events that were rolled up: the hash of the last goes on where they were. */
	"CREATE TABLE gap ("
	" first INTEGER PRIMARY KEY, last INTEGER NOT NULL,"
	" event INTEGER NOT NULL," /* that vouches for it */
	" hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT;"
	"CREATE INDEX gap_event ON gap (event);",
};
const int sel_schema_version = (int)SEL_N(sel_migrations);

/* What all of them together make: for an empty file, in one step. Columns stand in the order in
 * which migrations added them. */
const char *const sel_schema_newest =
	"CREATE TABLE chain ("
	" one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL,"
	" hash BLOB NOT NULL CHECK (length(hash) = 32),"
	" format1 INTEGER NOT NULL DEFAULT 0, rolled INTEGER NOT NULL DEFAULT 0) STRICT;"
	"CREATE TABLE session ("
	" n INTEGER PRIMARY KEY,"
	" id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 32),"
	" event INTEGER NOT NULL, command TEXT NOT NULL, cwd BLOB NOT NULL, profile BLOB,"
	" version TEXT NOT NULL, broker_pid INTEGER NOT NULL, broker_birth INTEGER,"
	" started INTEGER NOT NULL, ended INTEGER, exit INTEGER, summary TEXT,"
	" end_event INTEGER, project INTEGER, place INTEGER NOT NULL DEFAULT 0) STRICT;"
	"CREATE INDEX session_started ON session (started);"
	"CREATE INDEX session_ended ON session (ended);"
	"CREATE TABLE text ("
	" id INTEGER PRIMARY KEY, bytes BLOB NOT NULL UNIQUE) STRICT;"
	"CREATE TABLE what ("
	" id INTEGER PRIMARY KEY, exe INTEGER NOT NULL, op TEXT NOT NULL,"
	" decision TEXT NOT NULL CHECK (decision IN ('allow', 'deny')),"
	" tier INTEGER NOT NULL CHECK (tier BETWEEN 0 AND 3), source TEXT NOT NULL,"
	" program INTEGER NOT NULL,"
	" UNIQUE (exe, op, decision, tier, source, program)) STRICT;"
	"CREATE TABLE event ("
	" seq INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
	" session INTEGER REFERENCES session (n), kind ANY NOT NULL, row INTEGER,"
	" body TEXT, hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT;"
	"CREATE TABLE question ("
	" id INTEGER PRIMARY KEY, session TEXT NOT NULL REFERENCES session (id),"
	" number INTEGER NOT NULL, event INTEGER NOT NULL, asked INTEGER NOT NULL,"
	" op TEXT NOT NULL, tier INTEGER NOT NULL CHECK (tier BETWEEN 0 AND 3), exe BLOB,"
	" object BLOB, fresh BLOB, rungs TEXT NOT NULL, recommended INTEGER NOT NULL,"
	" project INTEGER, program INTEGER, digest INTEGER, package INTEGER,"
	" version INTEGER, subcommand INTEGER, key0 INTEGER, key1 INTEGER, key2 INTEGER,"
	" key3 INTEGER, key4 INTEGER, class INTEGER, unit INTEGER, existed INTEGER,"
	" words INTEGER, state TEXT, predicted REAL, support INTEGER,"
	" decoy INTEGER NOT NULL DEFAULT 0, flood INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE (session, number)) STRICT;"
	"CREATE INDEX question_asked ON question (asked);"
	"CREATE TABLE answer ("
	" question INTEGER PRIMARY KEY REFERENCES question (id), event INTEGER NOT NULL,"
	" at INTEGER NOT NULL,"
	" decision TEXT NOT NULL CHECK (decision IN ('allow', 'deny')),"
	" source TEXT NOT NULL, front TEXT, rung INTEGER NOT NULL, term TEXT NOT NULL,"
	" note BLOB, response INTEGER, expanded INTEGER NOT NULL,"
	" settled INTEGER NOT NULL, measured INTEGER NOT NULL DEFAULT 0,"
	" rapid INTEGER NOT NULL DEFAULT 0, weight REAL) STRICT;"
	"CREATE TABLE rule ("
	" id INTEGER PRIMARY KEY, session TEXT REFERENCES session (id),"
	" event INTEGER NOT NULL, op TEXT NOT NULL, kind TEXT NOT NULL,"
	" object BLOB NOT NULL, exe BLOB,"
	" decision TEXT NOT NULL CHECK (decision IN ('allow', 'deny')),"
	" created INTEGER NOT NULL, expires INTEGER,"
	" question INTEGER REFERENCES question (id), uses INTEGER NOT NULL DEFAULT 0,"
	" used INTEGER, revoked INTEGER, revoke_event INTEGER,"
	" CHECK (session IS NOT NULL OR expires IS NOT NULL)) STRICT;"
	"CREATE INDEX rule_alive ON rule (expires) WHERE revoked IS NULL AND session IS NULL;"
	"CREATE INDEX rule_question ON rule (question) WHERE question IS NOT NULL;"
	"CREATE TABLE action ("
	" id INTEGER PRIMARY KEY, session INTEGER NOT NULL REFERENCES session (n),"
	" event INTEGER NOT NULL, at INTEGER NOT NULL, pid INTEGER NOT NULL,"
	" what INTEGER NOT NULL, comm INTEGER, object BLOB, object2 BLOB, reason INTEGER,"
	" question INTEGER REFERENCES question (id), rule INTEGER REFERENCES rule (id),"
	" key INTEGER, step INTEGER, repeats INTEGER NOT NULL) STRICT;"
	"CREATE INDEX action_session ON action (session);"
	"CREATE INDEX action_at ON action (at);"
	"CREATE INDEX action_what ON action (what);"
	"CREATE INDEX action_question ON action (question) WHERE question IS NOT NULL;"
	"CREATE INDEX action_rule ON action (rule) WHERE rule IS NOT NULL;"
	"CREATE INDEX action_key ON action (key) WHERE key IS NOT NULL;"
	"CREATE TABLE count ("
	" session INTEGER NOT NULL REFERENCES session (n), what INTEGER NOT NULL,"
	" folder INTEGER NOT NULL, n INTEGER NOT NULL, last INTEGER NOT NULL,"
	" PRIMARY KEY (session, what, folder)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE day ("
	" day INTEGER NOT NULL, place INTEGER NOT NULL, source TEXT NOT NULL,"
	" decision TEXT NOT NULL, n INTEGER NOT NULL,"
	" PRIMARY KEY (day, place, source, decision)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE day_exe ("
	" day INTEGER NOT NULL, exe INTEGER NOT NULL, n INTEGER NOT NULL,"
	" PRIMARY KEY (day, exe)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE tally ("
	" session INTEGER NOT NULL, source TEXT NOT NULL, decision TEXT NOT NULL,"
	" n INTEGER NOT NULL,"
	" PRIMARY KEY (session, source, decision)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE label ("
	" id INTEGER PRIMARY KEY, action INTEGER NOT NULL UNIQUE REFERENCES action (id),"
	" event INTEGER NOT NULL, at INTEGER NOT NULL, flagged INTEGER NOT NULL,"
	" harmful INTEGER NOT NULL, sampled INTEGER NOT NULL,"
	" step INTEGER NOT NULL) STRICT;"
	"CREATE TABLE proposal ("
	" n INTEGER PRIMARY KEY, id TEXT NOT NULL, event INTEGER NOT NULL,"
	" at INTEGER NOT NULL,"
	" what TEXT NOT NULL CHECK (what IN ('offered', 'accepted', 'declined')),"
	" folder BLOB NOT NULL) STRICT;"
	"CREATE INDEX proposal_id ON proposal (id);"
	"CREATE TABLE identity ("
	" dev INTEGER NOT NULL, ino INTEGER NOT NULL, ctime INTEGER NOT NULL,"
	" digest TEXT NOT NULL, package BLOB NOT NULL, version BLOB NOT NULL,"
	" verified INTEGER NOT NULL, at INTEGER NOT NULL,"
	" PRIMARY KEY (dev, ino)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE gap ("
	" first INTEGER PRIMARY KEY, last INTEGER NOT NULL, event INTEGER NOT NULL,"
	" hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT;"
	"CREATE INDEX gap_event ON gap (event);";

/* A sum that stays below 2^63: an overflowing integer would turn into a float. */
#define ADD_CAPPED(a, b) "min(" a ", 4611686018427387904) + min(" b ", 2305843009213693952)"

/* clang-format off */
#define T(column) "(SELECT bytes FROM text WHERE id = " column ")"
#define LEARNED	   "w.source = 'learned' AND w.decision = 'allow'"
#define SESSION_ID "(SELECT s.id FROM session s WHERE s.n = a.session)"
#define W_EXE T("w.exe")
#define W_PROGRAM T("w.program")
#define A_COMM T("a.comm")
#define A_PATTERN T("a.reason")
#define A_REASON "reason(" A_PATTERN ", a.object)"
#define A_KEY T("a.key")
#define Q_JUDGED \
	T("q.project") ", " T("q.program") ", " T("q.digest") ", " T("q.package") ", " \
	T("q.version") ", " T("q.subcommand") ", " T("q.key0") ", " T("q.key1") ", " \
	T("q.key2") ", " T("q.key3") ", " T("q.key4") ", " T("q.class") ", " T("q.unit") ", " \
	"q.existed, q.words, q.state, q.predicted, q.support, q.decoy, q.flood"
#define RUNG(n) \
	T("q.key" n) ", count(*) FILTER (WHERE p.key" n " = q.key" n " AND p.decision = 'allow')," \
	" count(*) FILTER (WHERE p.key" n " = q.key" n " AND p.decision = 'deny')," \
	" total(p.weight) FILTER (WHERE p.key" n " = q.key" n " AND p.decision = 'allow')"
#define Q_LADDER RUNG("0") ", " RUNG("1") ", " RUNG("2") ", " RUNG("3") ", " RUNG("4")
/* clang-format on */

#define ACTION_COLUMNS                                                                             \
	" a.id, a.at, " SESSION_ID ", a.pid, w.op, w.tier, w.decision, w.source, " W_EXE           \
	", " A_COMM ", a.object, a.object2, " A_REASON ", a.repeats,"                              \
	" (SELECT q.session || '.' || q.number FROM question q WHERE q.id = a.question), a.rule"
/* CROSS: the rows are found by `action`, never by their sort. */
#define ACTION_FROM " FROM action a CROSS JOIN what w ON w.id = a.what"
/* A person's own answer to a real question, and what it did. */
#define MEASURED                                                                                   \
	" n.source = 'person' AND n.measured AND NOT q.decoy AND NOT q.flood"                      \
	" AND w.source = 'person' AND w.decision = n.decision"
#define ACTION_MORE ", " W_PROGRAM ", " A_KEY ", a.step, a.question, a.event"
#define QUESTION_COLUMNS                                                                           \
	" q.session || '.' || q.number, q.asked, q.session, q.op, q.tier, q.exe, q.object,"        \
	" q.fresh, q.rungs, q.recommended, q.id, q.event"
#define RULE_COLUMNS                                                                               \
	" r.id, r.created, r.session, r.op, r.kind, r.object, r.exe, r.decision, r.expires,"       \
	" r.uses, r.used, r.revoked,"                                                              \
	" (SELECT q.session || '.' || q.number FROM question q WHERE q.id = r.question),"          \
	" (SELECT s.ended FROM session s WHERE s.id = r.session), r.event, r.revoke_event"
#define EVENT_COLUMNS                                                                              \
	" e.seq, e.at, (SELECT s.id FROM session s WHERE s.n = e.session), e.kind, e.row, e.body," \
	" e.hash, e.session FROM event e"
/* ?1 since, ?2 op, ?3 decision */
#define LOG_FILTER " a.at >= ?1 AND (?2 IS NULL OR w.op = ?2) AND (?3 IS NULL OR w.decision = ?3)"
#define SEARCH_COLUMNS                                                                             \
	" a.id, a.at, a.session, a.what, a.comm, a.object, a.object2, a.reason, a.question"
/* ?1 session or NULL, ?2 since: the sessions that were active since then; one without an end, as
 * far as its rows tell */
#define ACTIVE_SESSION                                                                             \
	" (?1 IS NULL OR s.id = ?1) AND (s.started >= ?2 OR s.ended >= ?2 OR s.ended IS NULL AND " \
	"("                                                                                        \
	" EXISTS (SELECT 1 FROM question x WHERE x.session = s.id AND x.asked >= ?2)"              \
	" OR (SELECT x.at FROM action x WHERE x.session = s.n ORDER BY x.id DESC LIMIT 1) >= ?2))"

const char *const sel_stmt_sql[STMT_N] = {
	[STMT_BEGIN] = "BEGIN",
	[STMT_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[STMT_COMMIT] = "COMMIT",
	[STMT_ROLLBACK] = "ROLLBACK",

	[STMT_SESSION_ADD] =
		"INSERT INTO session (id, event, command, cwd, profile, version, broker_pid,"
		" broker_birth, started, project, place)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	[STMT_SESSION_END] =
		"UPDATE session SET ended = ?2, exit = ?3, summary = ?4, end_event = ?5"
		" WHERE id = ?1 AND ended IS NULL RETURNING n",
	[STMT_ACTION_ADD] =
		"INSERT INTO action (session, event, at, pid, what, comm, object, object2, reason,"
		" question, rule, key, step, repeats) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
		" ?10, ?11, ?12, ?13, min(?14, 4611686018427387904))",
	[STMT_ACTION_REPEAT] = "UPDATE action SET repeats = " ADD_CAPPED(
		"repeats", "?2") " WHERE id = ?1"
				 " RETURNING at, session, (SELECT s.place FROM session s WHERE s.n "
				 "= action.session),"
				 " (SELECT w.exe FROM what w WHERE w.id = action.what),"
				 " (SELECT w.source FROM what w WHERE w.id = action.what),"
				 " (SELECT w.decision FROM what w WHERE w.id = action.what)",
	[STMT_COUNT_ADD] = "INSERT INTO count (session, what, folder, n, last)"
			   " VALUES (?1, ?2, ?3, min(?4, 4611686018427387904), ?5)"
			   " ON CONFLICT DO UPDATE SET n = " ADD_CAPPED(
				   "n", "excluded.n") ", last = max(last, excluded.last)",
	[STMT_QUESTION_ADD] =
		"INSERT INTO question (session, number, event, asked, op, tier, exe, object, fresh,"
		" rungs, recommended, project, program, digest, package, version, subcommand, key0,"
		" key1, key2, key3, key4, class, unit, existed, words, state, predicted, support,"
		" decoy, flood) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
		" ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29,"
		" ?30, ?31)",
	[STMT_ANSWER_ADD] =
		"INSERT INTO answer (question, event, at, decision, source, front, rung,"
		" term, note, response, expanded, settled, measured, rapid, weight)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
		" ?15) RETURNING (SELECT session FROM question WHERE id = ?1)",
	[STMT_RULE_ADD] = "INSERT INTO rule (session, event, op, kind, object, exe, decision, "
			  "created, expires,"
			  " question) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[STMT_RULE_USED] = "UPDATE rule SET uses = " ADD_CAPPED(
		"uses", "?3") ", used = max(coalesce(used, 0), ?2) WHERE id = ?1",
	[STMT_RULE_REVOKE] = "UPDATE rule SET revoked = ?2, revoke_event = ?3"
			     " WHERE id = ?1 AND revoked IS NULL RETURNING session",
	[STMT_QUESTION_SEEN] = "SELECT 1 FROM action WHERE question = ?1 LIMIT 1",
	[STMT_TEXT_FIND] = "SELECT id FROM text WHERE bytes = ?1",
	[STMT_TEXT_ADD] = "INSERT INTO text (bytes) VALUES (?1)",
	[STMT_WHAT_FIND] = "SELECT id FROM what WHERE exe = ?1 AND op = ?2 AND decision = ?3"
			   " AND tier = ?4 AND source = ?5 AND program = ?6",
	[STMT_WHAT_ADD] = "INSERT INTO what (exe, op, decision, tier, source, program)"
			  " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[STMT_SESSION_PLACE] = "SELECT n, place FROM session WHERE id = ?1",
	[STMT_DAY_ADD] = "INSERT INTO day (day, place, source, decision, n) VALUES (?1, ?2, ?3, ?4,"
			 " min(?5, 4611686018427387904)) ON CONFLICT DO UPDATE SET n = " ADD_CAPPED(
				 "n", "excluded.n"),
	[STMT_DAY_EXE_ADD] =
		"INSERT INTO day_exe (day, exe, n) VALUES (?1, ?2,"
		" min(?3, 4611686018427387904)) ON CONFLICT DO UPDATE SET n = " ADD_CAPPED(
			"n", "excluded.n"),
	[STMT_TALLY_ADD] =
		"INSERT INTO tally (session, source, decision, n) VALUES (?1, ?2, ?3,"
		" min(?4, 4611686018427387904)) ON CONFLICT DO UPDATE SET n = " ADD_CAPPED(
			"n", "excluded.n"),
	[STMT_RULE_SEEN] = "SELECT 1 FROM action WHERE rule = ?1 LIMIT 1",
	[STMT_RULE_ALIVE] = "SELECT 1 FROM rule WHERE id = ?1 AND revoked IS NULL"
			    " AND (expires IS NULL OR expires > ?2)",
	[STMT_RULES_ALIVE] =
		"SELECT id, op, kind, object, exe, decision, created, expires, question FROM rule"
		" WHERE revoked IS NULL AND session IS NULL AND expires > ?1 AND created <= ?1"
		" ORDER BY id",

	/* project to unit: numbers of texts, read by sel_texts */
	[STMT_FACTS] =
		"SELECT q.id, q.session, q.asked, a.at, q.op, q.tier, q.exe, q.object, q.fresh,"
		" q.recommended, q.project, q.program, q.digest, q.package, q.version,"
		" q.subcommand, q.key0, q.key1, q.key2, q.key3, q.key4, q.class, q.unit,"
		" q.existed, q.words, q.decoy, q.flood,"
		" a.decision, a.source, a.rung, a.term, a.response, a.expanded, a.measured, "
		"a.weight, (SELECT l.flagged FROM action x CROSS JOIN label l ON l.action = x.id"
		"  WHERE x.question = q.id)"
		" FROM question q CROSS JOIN answer a ON a.question = q.id"
		" WHERE q.id > ?1 AND q.asked >= ?2 ORDER BY q.id",
	[STMT_FACTS_FIRST] =
		"SELECT min(id) FROM question INDEXED BY question_asked WHERE asked >= ?1",
	[STMT_LEARNED] =
		"SELECT a.id, " SESSION_ID ", a.at, w.op, " W_EXE ", a.object, " A_REASON
		", " W_PROGRAM ", " A_KEY ", a.step,"
		" NOT EXISTS (SELECT 1 FROM action b WHERE b.key = a.key AND b.id < a.id),"
		" a.repeats, NULL FROM what w CROSS JOIN action a ON a.what = w.id"
		" WHERE " LEARNED " AND a.at >= ?2"
		" AND (?1 IS NULL OR a.session = (SELECT n FROM session WHERE id = ?1))"
		" AND NOT EXISTS (SELECT 1 FROM label l WHERE l.action = a.id) ORDER BY a.id DESC",
	[STMT_LEARNED_USED] =
		"SELECT " T("key") ", last FROM (SELECT a.key AS key, max(a.at) AS last"
				   " FROM what w CROSS JOIN action a ON a.what = w.id"
				   " WHERE " LEARNED " AND a.at >= ?1"
				   " AND a.key IS NOT NULL GROUP BY a.key)",
	/* the other columns are of the row that has the least id */
	[STMT_ANSWERED] =
		"SELECT min(a.id), " SESSION_ID ", a.at, w.op, " W_EXE ", a.object, " A_REASON
		", " W_PROGRAM ", " A_KEY ", 0, 0, a.repeats, w.decision"
		" FROM question q CROSS JOIN answer n ON n.question = q.id"
		" CROSS JOIN action a ON a.question = q.id CROSS JOIN what w ON w.id = a.what"
		" WHERE q.asked >= ?2 AND (?1 IS NULL OR q.session = ?1) AND" MEASURED
		" AND NOT EXISTS (SELECT 1 FROM action b CROSS JOIN label l ON l.action = b.id"
		"  WHERE b.question = q.id) GROUP BY q.id ORDER BY 1 DESC",
	/* the session of an action that may be labelled, and whether it was learned; an answer is
	 * labelled once, by whatever action of it */
	[STMT_LABEL_OF] =
		"SELECT " SESSION_ID ", w.source = 'learned'" ACTION_FROM
		" WHERE a.id = ?1 AND (" LEARNED " OR EXISTS (SELECT 1 FROM question q"
		"  CROSS JOIN answer n ON n.question = q.id WHERE q.id = a.question AND" MEASURED
		"  AND NOT EXISTS (SELECT 1 FROM action b CROSS JOIN label l ON l.action = b.id"
		"   WHERE b.question = q.id AND b.id <> a.id)))",
	[STMT_LABEL_ADD] = "INSERT INTO label (action, event, at, flagged, harmful, sampled, step)"
			   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[STMT_LABELS] = "SELECT l.action, l.at, l.flagged, l.harmful, l.sampled, l.step, " W_PROGRAM
			", " A_KEY " FROM label l CROSS JOIN action a ON a.id = l.action"
			" CROSS JOIN what w ON w.id = a.what WHERE " LEARNED " ORDER BY l.id",
	[STMT_IDENTITY_GET] = "SELECT digest, package, version, verified FROM identity"
			      " WHERE dev = ?1 AND ino = ?2 AND ctime = ?3",
	[STMT_IDENTITY_PUT] =
		"INSERT OR REPLACE INTO identity (dev, ino, ctime, digest, package, version,"
		" verified, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[STMT_PROPOSAL_ADD] = "INSERT INTO proposal (id, event, at, what, folder)"
			      " VALUES (?1, ?2, ?3, ?4, ?5)",
	[STMT_PROPOSAL_GET] = "SELECT what, at FROM proposal WHERE id = ?1 ORDER BY n DESC LIMIT 1",

	[STMT_HEAD] = "SELECT seq, hash, format1 FROM chain WHERE one = 1",
	[STMT_HEAD_SET] = "INSERT INTO chain (one, seq, hash) VALUES (1, ?1, ?2)"
			  " ON CONFLICT DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
	[STMT_EVENT_ADD] = "INSERT INTO event (seq, at, session, kind, row, body, hash)"
			   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[STMT_EVENTS] = "SELECT" EVENT_COLUMNS " ORDER BY e.seq",
	/* What the chain vouches for: all of a row but what is counted on later. */
	[STMT_DIGEST_SESSION] =
		"SELECT event, n, id, command, cwd, profile, version, broker_pid, broker_birth,"
		" started, (SELECT bytes FROM text t WHERE t.id = project) FROM session WHERE n = "
		"?1",
	[STMT_DIGEST_END] = "SELECT end_event, n, ended, exit, summary FROM session WHERE n = ?1",
	[STMT_DIGEST_ACTION] =
		"SELECT a.event, a.id, " SESSION_ID ", a.at, a.pid, w.op, w.tier, w.decision,"
		" w.source, " W_EXE ", " A_COMM ", a.object, a.object2, " A_PATTERN
		", a.question, a.rule, " W_PROGRAM ", " A_KEY ", a.step" ACTION_FROM
		" WHERE a.id = ?1",
	[STMT_DIGEST_QUESTION] =
		"SELECT q.event, q.id, q.session, q.number, q.asked, q.op, q.tier, q.exe, q.object,"
		" q.fresh, q.rungs, q.recommended, " Q_JUDGED " FROM question q WHERE q.id = ?1",
	[STMT_DIGEST_ANSWER] = "SELECT event, question, at, decision, source, front, rung, term,"
			       " note, response, expanded, settled, measured, rapid, weight"
			       " FROM answer WHERE question = ?1",
	[STMT_DIGEST_RULE] = "SELECT event, id, session, op, kind, object, exe, decision, created,"
			     " expires, question FROM rule WHERE id = ?1",
	[STMT_DIGEST_REVOKE] = "SELECT revoke_event, id, revoked FROM rule WHERE id = ?1",
	[STMT_DIGEST_LABEL] = "SELECT event, id, action, at, flagged, harmful, sampled, step"
			      " FROM label WHERE id = ?1",
	[STMT_DIGEST_PROPOSAL] = "SELECT event, n, id, at, what, folder FROM proposal WHERE n = ?1",
	[STMT_ROWS_SESSION] = "SELECT count(*) FROM session",
	[STMT_ROWS_END] = "SELECT count(*) FROM session WHERE ended IS NOT NULL",
	[STMT_ROWS_ACTION] = "SELECT count(*) FROM action",
	[STMT_ROWS_QUESTION] = "SELECT count(*) FROM question",
	[STMT_ROWS_ANSWER] = "SELECT count(*) FROM answer",
	[STMT_ROWS_RULE] = "SELECT count(*) FROM rule",
	[STMT_ROWS_REVOKE] = "SELECT count(*) FROM rule WHERE revoked IS NOT NULL",
	[STMT_ROWS_LABEL] = "SELECT count(*) FROM label",
	[STMT_ROWS_PROPOSAL] = "SELECT count(*) FROM proposal",
	[STMT_ROWS_GAP] = "SELECT count(*) FROM gap",
	[STMT_GAP_ONE] = "SELECT last, hash FROM gap WHERE first = ?1",
	[STMT_GAPS_OF] = "SELECT first, last, hash FROM gap WHERE event = ?1 ORDER BY first",
	[STMT_GAP_ADD] = "INSERT INTO gap (first, last, event, hash) VALUES (?1, ?2, ?3, ?4)",
	[STMT_GAP_BEFORE] =
		"SELECT last, hash FROM gap WHERE first <= ?1 ORDER BY first DESC LIMIT 1",
	[STMT_EVENT_HASH] = "SELECT hash FROM event WHERE seq = ?1",
	[STMT_EVENTS_RANGE] =
		"SELECT" EVENT_COLUMNS " WHERE e.seq BETWEEN ?1 AND ?2 ORDER BY e.seq",
	/* kind 3: SEL_ROW_ACTION */
	[STMT_EVENT_DELETE] = "DELETE FROM event WHERE seq = ?1 AND row = ?2 AND kind = 3",
	[STMT_ACTION_DELETE] = "DELETE FROM action WHERE id = ?1",
	[STMT_QUICK_CHECK] = "PRAGMA quick_check(1)",

	[STMT_ROLLED_SET] = "UPDATE chain SET rolled = ?1 WHERE rolled < ?1",
	/* The newest row stays: its number must not be given again. */
	[STMT_PRUNE_FIND] = "SELECT a.id, a.event, a.at FROM action a INDEXED BY action_at"
			    " WHERE a.at >= ?1 AND a.at < ?2 AND a.question IS NULL"
			    " AND a.id < (SELECT max(id) FROM action)"
			    " AND NOT EXISTS (SELECT 1 FROM label l WHERE l.action = a.id)"
			    " ORDER BY a.at LIMIT ?3",
	[STMT_PRUNE_COUNTS] = "DELETE FROM count WHERE last < ?1",
	[STMT_PRUNE_DAYS] = "DELETE FROM day WHERE day < ?1 / 86400000000",
	[STMT_PRUNE_EXES] = "DELETE FROM day_exe WHERE day < ?1 / 86400000000",
	[STMT_PRUNE_TALLIES] = "DELETE FROM tally WHERE session IN"
			       " (SELECT n FROM session WHERE coalesce(ended, started) < ?1)",
	[STMT_PRUNE_IDENTITIES] = "DELETE FROM identity WHERE at < ?1",
	[STMT_PRUNE_WHATS] = "DELETE FROM what WHERE id NOT IN"
			     " (SELECT what FROM action UNION SELECT what FROM count)",
	/* every column that names a text */
	[STMT_PRUNE_TEXTS] =
		"DELETE FROM text WHERE id NOT IN (SELECT exe FROM what UNION SELECT program FROM "
		"what"
		" UNION SELECT coalesce(comm, 0) FROM action"
		" UNION SELECT coalesce(reason, 0) FROM action"
		" UNION SELECT key FROM action WHERE key IS NOT NULL"
		" UNION SELECT folder FROM count"
		" UNION SELECT place FROM session UNION SELECT coalesce(project, 0) FROM session"
		" UNION SELECT place FROM day UNION SELECT exe FROM day_exe"
		" UNION SELECT value FROM question, json_each(json_array(project, program, digest,"
		"  package, version, subcommand, key0, key1, key2, key3, key4, class, unit))"
		"  WHERE value IS NOT NULL)",
	[STMT_PAGES] = "PRAGMA page_count",
	[STMT_PAGE_SIZE] = "PRAGMA page_size",
	[STMT_FREE_PAGES] = "PRAGMA freelist_count",

	[STMT_SESSION_LAST] = "SELECT id FROM session ORDER BY started DESC, n DESC LIMIT 1",
	[STMT_SESSION_EXISTS] = "SELECT id FROM session WHERE id = ?1",
	/* ?1 session or NULL, ?2 since, ?3 limit: those with an end in sight of `since`, and those
	 * without any end; the newest ?3 of them */
	[STMT_SESSIONS] =
		"SELECT s.id, s.started, s.ended, s.exit, s.command, s.cwd, s.profile, s.version,"
		" s.broker_pid, s.broker_birth,"
		" (SELECT count(*) FROM question q WHERE q.session = s.id),"
		" coalesce((SELECT sum(min(t.n, 1000000000000)) FROM tally t WHERE t.session = "
		"s.n), 0)"
		" FROM session s WHERE s.n IN (SELECT n FROM session"
		"  WHERE (?1 IS NULL OR id = ?1) AND (started >= ?2 OR ended >= ?2 OR ended IS "
		"NULL)"
		"  ORDER BY started DESC, n DESC LIMIT ?3) ORDER BY s.started, s.n",
	[STMT_LOG_SINCE_ID] = "SELECT min(id) FROM action INDEXED BY action_at WHERE at >= ?1",
	[STMT_LOG_LIMIT_ID] = "SELECT min(id) FROM (SELECT a.id" ACTION_FROM " WHERE" LOG_FILTER
			      " AND a.id >= ?4 ORDER BY a.id DESC LIMIT ?5)",
	[STMT_LOG_SESSION_LIMIT_ID] =
		"SELECT min(id) FROM (SELECT a.id FROM action a INDEXED BY action_session"
		" CROSS JOIN what w ON w.id = a.what WHERE" LOG_FILTER
		" AND a.session = (SELECT n FROM session WHERE id = ?4) ORDER BY a.id DESC LIMIT "
		"?5)",
	[STMT_LOG] = "SELECT" ACTION_COLUMNS ACTION_FROM " WHERE" LOG_FILTER
		     " AND a.id >= ?4 ORDER BY a.id",
	[STMT_LOG_SESSION] = "SELECT" ACTION_COLUMNS " FROM action a INDEXED BY action_session"
			     " CROSS JOIN what w ON w.id = a.what WHERE" LOG_FILTER
			     " AND a.id >= ?4 AND a.session = (SELECT n FROM session WHERE id = ?5)"
			     " ORDER BY a.id",
	/* ?1 the first id, ?2 session or NULL, ?3 rule; newest first */
	[STMT_SEARCH] =
		"SELECT" SEARCH_COLUMNS " FROM action a WHERE a.id >= ?1 ORDER BY a.id DESC",
	[STMT_SEARCH_SESSION] =
		"SELECT" SEARCH_COLUMNS " FROM action a INDEXED BY action_session"
		" WHERE a.id >= ?1 AND a.session = (SELECT n FROM session WHERE id = ?2)"
		" ORDER BY a.id DESC",
	[STMT_SEARCH_RULE] =
		"SELECT" SEARCH_COLUMNS " FROM action a INDEXED BY action_rule WHERE a.id >= ?1"
		" AND (?2 IS NULL OR a.session = (SELECT n FROM session WHERE id = ?2))"
		" AND a.rule = ?3 ORDER BY a.id DESC",
	[STMT_SEARCH_SORT] =
		"SELECT w.op, w.decision, w.source, " W_EXE " FROM what w WHERE w.id = ?1",
	[STMT_SEARCH_SESSION_NAME] = "SELECT id FROM session WHERE n = ?1",
	[STMT_SEARCH_QUESTION_NAME] = "SELECT session || '.' || number FROM question WHERE id = ?1",
	[STMT_SEARCH_REASON] = "SELECT reason(" T("?1") ", ?2)",
	[STMT_RULES] = "SELECT" RULE_COLUMNS " FROM rule r ORDER BY r.id",
	[STMT_ACTION_ONE] = "SELECT" ACTION_COLUMNS ACTION_MORE ACTION_FROM " WHERE a.id = ?1",
	[STMT_ACTION_OF_QUESTION] = "SELECT" ACTION_COLUMNS ACTION_MORE ACTION_FROM
				    " WHERE a.question = ?1 ORDER BY a.id LIMIT 20",
	[STMT_QUESTION_ONE] = "SELECT" QUESTION_COLUMNS " FROM question q WHERE q.id = ?1",
	[STMT_QUESTION_FIND] = "SELECT id FROM question WHERE session = ?1 AND number = ?2",
	[STMT_QUESTION_JUDGED] = "SELECT " Q_JUDGED " FROM question q WHERE q.id = ?1",
	/* for each rung: its key, and people's answers to questions with that key until then */
	[STMT_LADDER] =
		"SELECT " Q_LADDER " FROM question q LEFT JOIN (SELECT x.*, a.decision AS decision,"
		"  a.weight AS weight FROM question x CROSS JOIN answer a ON a.question = x.id"
		"  WHERE a.source = 'person') p ON p.asked <= q.asked AND p.id <> q.id"
		" WHERE q.id = ?1 GROUP BY q.id",
	[STMT_ANSWER_ONE] =
		"SELECT at, decision, source, front, rung, term, note, response, expanded, settled,"
		" measured, rapid, weight, event FROM answer WHERE question = ?1",
	[STMT_LABEL_ONE] = "SELECT at, flagged, harmful, sampled, event FROM label"
			   " WHERE action = ?1",
	[STMT_RULE_ONE] = "SELECT" RULE_COLUMNS " FROM rule r WHERE r.id = ?1",
	[STMT_RULES_OF_QUESTION] = "SELECT" RULE_COLUMNS " FROM rule r WHERE r.question = ?1"
				   " ORDER BY r.id",
	/* ?1 op, ?2 exe, ?3 before this time, ?4 but not for this question */
	[STMT_EARLIER] = "SELECT" ACTION_COLUMNS ACTION_FROM " WHERE a.id IN ("
			 "SELECT b.id FROM what v CROSS JOIN action b ON b.what = v.id"
			 " WHERE v.exe = (SELECT id FROM text WHERE bytes = ?2) AND v.op = ?1"
			 " AND v.decision = 'allow' AND b.at < ?3"
			 " AND (?4 IS NULL OR b.question IS NULL OR b.question <> ?4)"
			 " ORDER BY b.at DESC, b.id DESC LIMIT 5) ORDER BY a.at DESC, a.id DESC",
	[STMT_EVENT_ONE] = "SELECT seq, at, kind, hash FROM event WHERE seq = ?1",
	[STMT_REVIEW] =
		"SELECT" RULE_COLUMNS " FROM rule r WHERE r.revoked IS NULL"
		" AND r.session IS NULL AND r.expires > ?1 AND r.created <= ?1 ORDER BY r.id",
	[STMT_DENIALS] = "SELECT q.object, q.exe, q.op, a.at FROM question q CROSS JOIN answer a"
			 " ON a.question = q.id WHERE a.source = 'person' AND a.decision = 'deny'"
			 " AND q.decoy = 0 AND q.object IS NOT NULL",
	/* the ids of the questions of a session, or (?1 NULL) since ?2 */
	[STMT_STATS_RANGE] = "SELECT min(id), max(id) FROM question INDEXED BY question_asked"
			     " WHERE ?1 IS NULL AND asked >= ?2"
			     " UNION ALL SELECT min(id), max(id) FROM question WHERE session = ?1",
	/* ?1 session or NULL, ?2 since, ?3 to ?4 the ids that may be among them */
	[STMT_STATS_ASKED] =
		"SELECT q.asked, q.tier, q.recommended, q.decoy, q.flood, q.state, q.predicted,"
		" q.support, coalesce(q.project, s.place), q.program, q.class, q.unit, q.exe,"
		" a.source, a.decision, a.front, a.rung, a.response, a.measured, a.rapid, a.weight,"
		" s.n, a.expanded FROM question q CROSS JOIN session s ON s.id = q.session"
		" LEFT JOIN answer a ON a.question = q.id"
		" WHERE q.id BETWEEN ?3 AND ?4 AND (?1 IS NULL OR q.session = ?1)"
		" AND +q.asked >= ?2",
	[STMT_STATS_SESSIONS] =
		"SELECT count(*), coalesce(sum(min(max(s.ended - s.started, 0), 31536000000000)),"
		" 0) FROM session s WHERE" ACTIVE_SESSION,
	/* day, place, source, decision, n: of whole days from ?1 on; */
	[STMT_STATS_DAYS] = "SELECT day, place, source, decision, n FROM day WHERE day >= ?1",
	[STMT_STATS_EXES] = "SELECT exe, sum(min(n, 1000000000000)) FROM day_exe WHERE day >= ?1"
			    " GROUP BY exe",
	/* the same and exe: of the rows between ?1 and ?2; */
	[STMT_STATS_PART] =
		"SELECT a.at / 86400000000, s.place, w.source, w.decision,"
		" min(1 + a.repeats, 1000000000000), w.exe"
		" FROM action a INDEXED BY action_at CROSS JOIN session s ON s.n = a.session"
		" CROSS JOIN what w ON w.id = a.what WHERE a.at >= ?1 AND a.at < ?2"
		" UNION ALL SELECT c.last / 86400000000, s.place, w.source, w.decision,"
		" min(c.n, 1000000000000), w.exe FROM session s CROSS JOIN count c ON c.session = "
		"s.n"
		" CROSS JOIN what w ON w.id = c.what"
		" WHERE (s.ended >= ?1 OR s.ended IS NULL) AND c.last >= ?1 AND c.last < ?2",
	/* of a session */
	[STMT_STATS_OF_SESSION] =
		"SELECT a.at / 86400000000, s.place, w.source, w.decision,"
		" min(1 + a.repeats, 1000000000000), w.exe"
		" FROM session s CROSS JOIN action a INDEXED BY action_session ON a.session = s.n"
		" CROSS JOIN what w ON w.id = a.what WHERE s.id = ?1 AND a.at >= ?2"
		" UNION ALL SELECT c.last / 86400000000, s.place, w.source, w.decision,"
		" min(c.n, 1000000000000), w.exe FROM session s CROSS JOIN count c ON c.session = "
		"s.n"
		" CROSS JOIN what w ON w.id = c.what WHERE s.id = ?1 AND c.last >= ?2",
	[STMT_STATS_TALLY] =
		"SELECT source, decision, n FROM tally"
		" WHERE session = (SELECT n FROM session WHERE id = ?1) ORDER BY source",
	[STMT_STATS_LABELS] =
		"SELECT count(*) FILTER (WHERE l.sampled), count(*) FILTER (WHERE l.sampled AND"
		" l.flagged), count(*) FILTER (WHERE l.harmful), count(*) FILTER (WHERE NOT "
		"l.sampled)"
		" FROM label l CROSS JOIN action a ON a.id = l.action"
		" CROSS JOIN what w ON w.id = a.what WHERE l.at >= ?2 AND " LEARNED
		" AND (?1 IS NULL OR a.session = (SELECT n FROM session WHERE id = ?1))",
	[STMT_TEXT_ONE] = "SELECT bytes FROM text WHERE id = ?1",
	[STMT_TEXTS_FROM] = "SELECT id, bytes FROM text WHERE id >= ?1 ORDER BY id",
	[STMT_ROLLED] = "SELECT rolled FROM chain WHERE one = 1",
};
