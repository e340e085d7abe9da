/* Traces: what is written is read again, whatever the bytes; what is no trace is refused. */
#include "test.h"

#include "report/trace.h"
#include "seldom/text.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

static char dir[] = "/var/tmp/seldom-trace.XXXXXX";
static char path[64];

static int setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof dir, "/var/tmp/seldom-trace.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof path, "%s/t.jsonl", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static const struct sel_identity npm = {.exe = "/usr/bin/node",
					.digest = "aa",
					.package = "nodejs",
					.version = "20",
					.verified = true,
					.script = "/usr/bin/npm",
					.subcommand = "ci"};
static const struct sel_verdict ask = {.decision = SEL_ASK,
				       .source = SEL_SRC_PERSON,
				       .tier = SEL_T1,
				       .why = "",
				       .consequence = ""};

static struct sel_subject make(const char *object)
{
	return (struct sel_subject){
		.op = SEL_OP_CREATE, .path = object, .exe = npm.exe, .id = &npm, .plants = true};
}

static struct sel_trace *begin(const struct sel_policy *policy)
{
	struct sel_trace_head head = {.cwd = "/home/u/p",
				      .home = "/home/u",
				      .project = "/home/u/p",
				      .started = 1000,
				      .policy = policy};
	struct sel_trace *t = NULL;

	assert_int_equal(sel_trace_open(path, &head, &t), 0);
	return t;
}

static struct sel_recording *load(void)
{
	struct sel_recording *r = NULL;
	uint64_t line = 0;

	assert_int_equal(sel_recording_load(path, &r, &line), 0);
	return r;
}

static void comes_back(void **state)
{
	struct sel_policy policy = {0};
	char *secrets[] = {"/home/u/.ssh", NULL};
	struct sel_subject s = make("/home/u/.npm/a\n\"\xff\\ \xe2\x80\xae/x");
	struct sel_trace *t;
	struct sel_recording *r;

	(void)state;
	assert_int_equal(sel_scope_add(&policy.scope, "/home/u/p", SEL_MODE_ND, 0), 0);
	policy.secrets = secrets;
	t = begin(&policy);
	sel_trace_action(t, 1500, &s, &ask);
	s = (struct sel_subject){.op = SEL_OP_RENAME,
				 .path = "/b",
				 .from = "/a\x01",
				 .exists = true,
				 .ours = true,
				 .folder = true,
				 .link = true,
				 .destroys = true,
				 .undoable = true,
				 .judged_content = true,
				 .other_project = "/home/u/q"};
	sel_trace_action(t, 900, &s,
			 &(struct sel_verdict){
				 .decision = SEL_ALLOW, .source = SEL_SRC_GRANT, .tier = SEL_T2});
	sel_trace_answer(t, 1600, "abc.1", true, "/b");
	assert_int_equal(sel_trace_close(t, 2000, 3), 0);

	r = load();
	assert_string_equal(r->name, "t");
	assert_string_equal(r->cwd, "/home/u/p");
	assert_int_equal(r->started, 1000);
	assert_int_equal(r->exit_code, 3);
	assert_int_equal(sel_scope_mode(&r->scope, "/home/u/p/x"), SEL_MODE_ND);
	assert_string_equal(r->secrets[0], "/home/u/.ssh");
	assert_null(r->own[0]);
	assert_int_equal(r->n_acts, 2);
	assert_string_equal(r->acts[0].s.path, "/home/u/.npm/a\n\"\xff\\ \xe2\x80\xae/x");
	assert_int_equal(r->acts[0].t, 500);
	assert_int_equal(r->acts[0].decision, SEL_ASK);
	assert_int_equal(r->acts[0].tier, SEL_T1);
	assert_true(r->acts[0].s.plants && !r->acts[0].s.exists && !r->acts[0].s.destroys);
	assert_string_equal(r->acts[0].s.id->script, "/usr/bin/npm");
	assert_string_equal(r->acts[0].s.id->subcommand, "ci");
	assert_true(r->acts[0].s.id->verified && !r->acts[0].s.id->ours);
	assert_int_equal(r->acts[1].t, 0); /* a clock that stepped back */
	assert_string_equal(r->acts[1].s.from, "/a\x01");
	assert_string_equal(r->acts[1].s.other_project, "/home/u/q");
	assert_true(r->acts[1].s.exists && r->acts[1].s.ours && r->acts[1].s.folder &&
		    r->acts[1].s.link && r->acts[1].s.destroys && r->acts[1].s.undoable &&
		    r->acts[1].s.judged_content && !r->acts[1].s.plants);
	assert_null(r->acts[1].s.id);
	assert_int_equal(r->acts[1].source, SEL_SRC_GRANT);
	sel_recording_free(r);
	sel_scope_done(&policy.scope);
}

/* Like ones are one line, and a program is told once. */
static void joins_what_is_alike(void **state)
{
	struct sel_identity other = npm;
	struct sel_subject s;
	struct sel_trace *t = begin(NULL);
	struct sel_recording *r;

	(void)state;
	other.version = "21";
	for (int i = 0; i < 5; i++) {
		char object[32];

		(void)snprintf(object, sizeof object, "/home/u/.npm/f%d", i);
		s = make(object);
		sel_trace_action(t, 1000 + (usec_t)i, &s, &ask);
	}
	s = make("/home/u/.npm/f4"); /* the same name again is another action */
	sel_trace_action(t, 1006, &s, &ask);
	s = make("/home/u/.npm/d/f");
	sel_trace_action(t, 1007, &s, &ask);
	s = make("/home/u/.npm/d/g");
	s.id = &other;
	sel_trace_action(t, 1008, &s, &ask);
	assert_int_equal(sel_trace_close(t, 1009, 0), 0);
	r = load();
	assert_int_equal(r->n_acts, 4);
	assert_int_equal(r->acts[0].n, 5);
	assert_string_equal(r->acts[0].s.path, "/home/u/.npm/f0");
	assert_int_equal(r->acts[1].n, 1);
	assert_int_equal(r->total, 8);
	assert_int_equal(r->n_programs, 2);
	assert_int_equal(r->acts[2].program, 0);
	assert_string_equal(r->acts[3].s.id->version, "21");
	sel_recording_free(r);
}

/* In scope by no folder of the scope: the run made it. */
static void knows_what_the_run_made(void **state)
{
	struct sel_policy policy = {0};
	struct sel_subject s = make("/home/u/.npm/x");
	struct sel_verdict v = {.decision = SEL_ALLOW, .source = SEL_SRC_SCOPE};
	struct sel_trace *t;
	struct sel_recording *r;

	(void)state;
	assert_int_equal(sel_scope_add(&policy.scope, "/home/u/p", SEL_MODE_RW, 0), 0);
	t = begin(&policy);
	sel_trace_action(t, 1000, &s, &v);
	s.path = "/home/u/p/x";
	sel_trace_action(t, 1000, &s, &v);
	assert_int_equal(sel_trace_close(t, 1000, 0), 0);
	r = load();
	assert_true(r->acts[0].s.ours && r->acts[0].s.exists);
	assert_false(r->acts[1].s.ours);
	sel_recording_free(r);
	sel_scope_done(&policy.scope);
}

static void *act_often(void *arg)
{
	for (int i = 0; i < 1000; i++) {
		char object[48];

		(void)snprintf(object, sizeof object, "/home/u/%p/%d", arg, i % 7);
		struct sel_subject s = make(object);
		sel_trace_action(arg, 1000, &s, &ask);
	}
	return NULL;
}

static void takes_threads(void **state)
{
	struct sel_trace *t = begin(NULL);
	struct sel_recording *r;
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < SEL_N(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, act_often, t), 0);
	for (size_t i = 0; i < SEL_N(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(sel_trace_close(t, 1000, 0), 0);
	r = load();
	assert_int_equal(r->total, 4000);
	sel_recording_free(r);
}

static void writes_only_files(void **state)
{
	struct sel_trace_head head = {.cwd = "/", .home = "/"};
	struct sel_trace *t = NULL;
	struct stat st;

	(void)state;
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(sel_trace_open(path, &head, &t), -ELOOP);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_true(sel_trace_open(path, &head, &t) < 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sel_trace_open("/dev/full", &head, &t), -EINVAL);
	assert_int_equal(sel_trace_open(dir, &head, &t), -EISDIR);
	assert_null(t);
	t = begin(NULL);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(sel_trace_close(t, 0, 0), 0);
	assert_int_equal(sel_trace_close(NULL, 0, 0), 0);
}

#define HEAD "{\"v\":1,\"type\":\"trace\",\"cwd\":\"/\",\"home\":\"/\"}\n"
#define ACT                                                                                        \
	"{\"op\":\"create\",\"object\":\"/"                                                        \
	"a\",\"verdict\":\"ask\",\"source\":\"person\",\"tier\":1"
static const struct {
	const char *text;
	int result;
	uint64_t line;
} refused[] = {
	{"", -EBADMSG, 1},
	{"\n", -EBADMSG, 1},
	{"[1]\n", -EBADMSG, 1},
	{ACT "}\n", -EBADMSG, 1}, /* no head */
	{"{\"v\":2,\"type\":\"trace\"}\n", -ENOTSUP, 1},
	{"{\"v\":0,\"type\":\"trace\"}\n", -EBADMSG, 1},
	{"{\"type\":\"trace\"}\n", -EBADMSG, 1},
	{HEAD "{\"type\":\"trace\",\"v\":1}\n", -EBADMSG, 2},
	{HEAD "{\"type\":3}\n", -EBADMSG, 2},
	{HEAD "nonsense\n", -EBADMSG, 2},
	{HEAD ACT ",\"tier\":1}\n", -EBADMSG, 2}, /* twice */
	{HEAD ACT ",\"p\":1}\n", -EBADMSG, 2},	  /* no such program */
	{HEAD ACT ",\"n\":0}\n", -EBADMSG, 2},
	{HEAD ACT ",\"n\":-1}\n", -EBADMSG, 2},
	{HEAD ACT ",\"n\":1.5}\n", -EBADMSG, 2},
	{HEAD ACT ",\"t\":-5}\n", -EBADMSG, 2},
	{HEAD ACT "}\n" ACT "\n", -EBADMSG, 3}, /* cut off */
	{HEAD "{\"op\":\"create\",\"verdict\":\"ask\",\"source\":\"person\"}\n", -EBADMSG, 2},
	{HEAD "{\"op\":\"fly\",\"object\":\"/a\",\"verdict\":\"ask\",\"source\":\"person\"}\n",
	 -EBADMSG, 2},
	{HEAD "{\"op\":\"create\",\"object\":\"/a\",\"verdict\":\"yes\",\"source\":\"person\"}\n",
	 -EBADMSG, 2},
	{HEAD "{\"op\":\"create\",\"object\":\"a\",\"verdict\":\"ask\",\"source\":\"person\"}\n",
	 -EBADMSG, 2}, /* lies nowhere */
	{HEAD "{\"op\":\"create\",\"object\":\"\",\"verdict\":\"ask\",\"source\":\"person\"}\n",
	 -EBADMSG, 2},
	{HEAD
	 "{\"op\":\"write\",\"object\":\"unix:x\",\"verdict\":\"ask\",\"source\":\"person\"}\n",
	 -EBADMSG, 2}, /* no address is written */
	{HEAD "{\"type\":\"program\",\"p\":1}\n", -EBADMSG, 2},
	{HEAD "{\"type\":\"program\",\"p\":2,\"exe\":\"/x\"}\n", -EBADMSG, 2},
	{"{\"v\":1,\"type\":\"trace\",\"scope\":[{\"path\":\"a\",\"mode\":\"rw\"}]}\n", -EBADMSG,
	 1},
	{"{\"v\":1,\"type\":\"trace\",\"scope\":[{\"path\":\"/a\",\"mode\":\"all\"}]}\n", -EBADMSG,
	 1},
	{"{\"v\":1,\"type\":\"trace\",\"secrets\":[1]}\n", -EBADMSG, 1},
};

static const char to_address[] = HEAD "{\"op\":\"connect\",\"object\":\"tcp:192.0.2.1:80\","
				      "\"verdict\":\"ask\",\"source\":\"person\"}\n";

static void put_text(const char *text, size_t n)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void refuses_what_is_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEL_N(refused); i++) {
		struct sel_recording *r = NULL;
		uint64_t line = 0;

		put_text(refused[i].text, strlen(refused[i].text));
		int rc = sel_recording_load(path, &r, &line);
		if (rc != refused[i].result || line != refused[i].line)
			print_message("row %zu: %d at line %llu\n", i, rc,
				      (unsigned long long)line);
		assert_int_equal(rc, refused[i].result);
		assert_int_equal(line, refused[i].line);
		assert_null(r);
	}
	put_text(HEAD ACT "}", sizeof HEAD ACT "}" - 1); /* without the last newline it is whole */
	sel_recording_free(load());
	put_text(to_address, strlen(to_address));
	sel_recording_free(load());
}

static void bounds_a_line(void **state)
{
	size_t n = SEL_TRACE_LINE_MAX + 2;
	struct sel_recording *r = NULL;
	char *text = malloc(n);
	uint64_t line;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', n);
	put_text(text, n);
	free(text);
	assert_int_equal(sel_recording_load(path, &r, &line), -EBADMSG);
	assert_int_equal(sel_recording_load("/nonexistent/x", &r, &line), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(joins_what_is_alike, setup, teardown),
		cmocka_unit_test_setup_teardown(knows_what_the_run_made, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_threads, setup, teardown),
		cmocka_unit_test_setup_teardown(writes_only_files, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_what_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(bounds_a_line, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
