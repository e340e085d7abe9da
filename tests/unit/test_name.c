#include "test.h"

#include "name.h"

#include <arpa/inet.h>
#include <stdio.h>

/* --- canonical form --- */

static void there_is_one_form(void **state)
{
	static const struct {
		const char *text, *canonical, *why;
	} row[] = {
		{"example.test", "example.test", "as it is"},
		{"EXAMPLE.Test", "example.test", "lower case"},
		{"example.test.", "example.test", "the root's dot"},
		{"localhost", "localhost", "one label"},
		{"b\xc3\xbc"
		 "cher.test",
		 "xn--bcher-kva.test", "U-labels"},
		{"B\xc3\x9c"
		 "CHER.test",
		 "xn--bcher-kva.test", "upper case beyond ASCII"},
		{"XN--BCHER-KVA.test", "xn--bcher-kva.test", "A-labels in capitals"},
		{"fa\xc3\x9f.test", "xn--fa-hia.test", "no transitional processing"},
		{"a\xe3\x80\x82test", "a.test", "an ideographic full stop"},
		{"r3---sn-4g5.example.test", "r3---sn-4g5.example.test", "hyphens inside"},
		{"_sip._tcp.example.test", "_sip._tcp.example.test", "a service"},
		{"1.example.test", "1.example.test", "a label of digits, not the last"},
		{"203.0.113.7", "203.0.113.7", "v4"},
		{"2001:DB8:0::7", "2001:db8::7", "v6"},
		{"::1", "::1", "v6, short"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		char name[SEL_NAME_MAX], again[SEL_NAME_MAX];

		if (sel_name_canonical(row[i].text, strlen(row[i].text), name) < 0)
			fail_msg("%s: refused", row[i].why);
		if (strcmp(name, row[i].canonical) != 0)
			fail_msg("%s: %s", row[i].why, name);
		assert_int_equal(sel_name_canonical(name, strlen(name), again), 0);
		assert_string_equal(name, again);
	}
}

static void what_is_no_name_is_refused(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *why;
	} row[] = {
#define ROW(s, why) {s, sizeof s - 1, why}
		ROW("", "nothing"),
		ROW(".", "the root"),
		ROW("..", "dots"),
		ROW("\xc2\xad", "a soft hyphen, which is nothing"),
		ROW("\xc2\xad.", "and a dot"),
		ROW("a..test", "an empty label"),
		ROW(".a.test", "an empty label first"),
		ROW("a.test..", "two dots at the end"),
		ROW("a b.test", "a blank"),
		ROW("a\n.test", "a line end"),
		ROW("a\0.test", "a NUL"),
		ROW("a\0", "a NUL at the end"),
		ROW("a/b.test", "a slash"),
		ROW("a@b.test", "userinfo"),
		ROW("a%2etest", "percent"),
		ROW("*.test", "a star"),
		ROW("-a.test", "a hyphen first"),
		ROW("a-.test", "a hyphen last"),
		ROW("my_site.test", "_ where names are bought"),
		ROW("a._test", "_ in a suffix"),
		ROW("xn--a.test", "no A-label"),
		ROW("xn--0.test", "no punycode"),
		ROW("xn--bcher-kvb.test", "an A-label of nothing"),
		ROW("xn--abc-.test", "an A-label of plain letters"),
		ROW("\xe2\x98\x83.test", "a snowman is no letter"),
		ROW("x\xe2\x80\x8dy.test", "a joiner out of place"),
		ROW("\xff.test", "no UTF-8"),
		ROW("a\xe2\x80\xae.test", "a direction override"),
		ROW("0x7f.1", "hexadecimal v4"),
		ROW("127.1", "short v4"),
		ROW("2130706433", "v4 as one number"),
		ROW("1.2.3.04", "an octal part"),
		ROW("1.2.3", "three parts"),
		ROW("1.2.3.4.", "v4 with a dot behind"),
		ROW("1.2.3.256", "a part too big"),
		ROW("a.1", "a number as the last label"),
		ROW("a.0x1f", "so too"),
		ROW("a.0x", "so too, for some"),
		ROW("a.1.", "and with a dot behind"),
		ROW("\xef\xbc\x91.2.3.4", "wide digits"),
		ROW("1\xe3\x80\x82"
		    "2.3.4",
		    "wide dots"),
		ROW("::ffff:1.2.3.4", "v4 inside v6"),
		ROW("[::1]", "brackets"),
		ROW("fe80::1%lo", "a zone"),
		ROW("a.test:80", "a port"),
		ROW(":", "a colon"),
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		char name[SEL_NAME_MAX];

		if (sel_name_canonical(row[i].text, row[i].n, name) == 0)
			fail_msg("%s: %s", row[i].why, name);
	}
}

static void lengths_are_bounded(void **state)
{
	char text[2048], name[SEL_NAME_MAX];

	(void)state;
	memset(text, 'a', sizeof text);
	assert_int_equal(sel_name_canonical(text, 63, name), 0);
	assert_int_equal(sel_name_canonical(text, 64, name), -EINVAL);
	assert_int_equal(sel_name_canonical(text, sizeof text, name), -EINVAL);
	for (size_t i = 1; i < sizeof text; i += 2)
		text[i] = '.';
	assert_int_equal(sel_name_canonical(text, 253, name), 0);
	assert_int_equal(strlen(name), 253);
	assert_int_equal(sel_name_canonical(text, 254, name), 0); /* the root's dot */
	assert_int_equal(strlen(name), 253);
	assert_int_equal(sel_name_canonical(text, 255, name), -EINVAL);
	assert_int_equal(sel_name_canonical(text, 257, name), -EINVAL);
}

static void an_authority_has_one_reading(void **state)
{
	static const struct {
		const char *text, *name;
		uint16_t port;
	} row[] = {
		{"a.test", "a.test", 443},
		{"A.test:8443", "a.test", 8443},
		{"1.2.3.4:80", "1.2.3.4", 80},
		{"[2001:db8::7]", "2001:db8::7", 443},
		{"[2001:db8::7]:65535", "2001:db8::7", 65535},
	};
	static const char *const refused[] = {"",
					      "a.test:",
					      "a.test:0",
					      "a.test:080",
					      "a.test:65536",
					      "a.test:+1",
					      "a.test:80:80",
					      "a.test:80 ",
					      "user@a.test",
					      "u:p@a.test",
					      "::1",
					      "2001:db8::7",
					      "[a.test]",
					      "[1.2.3.4]",
					      "[::1",
					      "[::1]x",
					      "[::1]80",
					      "[::1]:",
					      "[]",
					      "[",
					      ":80",
					      "[fe80::1%1]:1",
					      "a.test:123456",
					      "a.test, b.test"};
	char name[SEL_NAME_MAX];
	uint16_t port;

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		assert_int_equal(
			sel_name_authority(row[i].text, strlen(row[i].text), 443, name, &port), 0);
		assert_string_equal(name, row[i].name);
		assert_int_equal(port, row[i].port);
	}
	for (size_t i = 0; i < SEL_N(refused); i++)
		if (sel_name_authority(refused[i], strlen(refused[i]), 443, name, &port) == 0)
			fail_msg("'%s' was taken for %s", refused[i], name);
}

static void literals_are_known(void **state)
{
	(void)state;
	assert_true(sel_name_is_literal("1.2.3.4"));
	assert_true(sel_name_is_literal("2001:db8::7"));
	assert_true(sel_name_is_literal("::ffff"));
	assert_false(sel_name_is_literal("a.test"));
	assert_false(sel_name_is_literal("1.test"));
	assert_false(sel_name_is_literal("fe80"));
}

/* --- wildcards --- */

static void a_wildcard_stays_below_what_was_bought(void **state)
{
	static const struct {
		const char *name, *parent;
		bool ok, below;
	} row[] = {
		{"a.example.test", "example.test", true, true},
		{"a.b.example.test", "example.test", true, true},
		{"example.test", "example.test", true, false},
		{"notexample.test", "example.test", true, false},
		{".example.test", "example.test", true, false},
		{"example.test", "test", false, false},
		{"a.co.uk", "co.uk", false, false},
		{"a.github.io", "github.io", false, false},
		{"evil.s3.amazonaws.com", "amazonaws.com", true, false},
		{"s3.amazonaws.com", "amazonaws.com", true, false},
		{"docs.aws.amazonaws.com", "amazonaws.com", true, true},
		{"x.kawasaki.jp", "kawasaki.jp", false, false},
		{"1.2.3.4", "3.4", false, false},
		{"1.2.3.4", "2.3.4", false, false},
		{"a.1.2.3.4", "1.2.3.4", false, false},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		if (sel_name_wildcard_ok(row[i].parent) != row[i].ok)
			fail_msg("*.%s: allowed %d", row[i].parent, !row[i].ok);
		if (sel_name_below(row[i].name, row[i].parent) != row[i].below)
			fail_msg("%s below %s: %d", row[i].name, row[i].parent, !row[i].below);
	}
}

static void the_registrable_part_is_found(void **state)
{
	static const char *const row[][2] = {
		{"a.b.example.test", "example.test"},
		{"example.test", "example.test"},
		{"a.example.co.uk", "example.co.uk"},
		{"localhost", "localhost"},
		{"co.uk", "co.uk"},
		{"1.2.3.4", "1.2.3.4"},
		{"2001:db8::7", "2001:db8::7"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++)
		assert_string_equal(sel_name_registrable(row[i][0]), row[i][1]);
}

/* --- for people --- */

static void names_are_shown_but_do_not_pose(void **state)
{
	static const struct {
		const char *text;
		bool shown;
		const char *why;
	} row[] = {
		{"b\xc3\xbc"
		 "cher.test",
		 true, "Latin"},
		{"\xd0\xbf\xd0\xbe\xd1\x87\xd1\x82\xd0\xb0-\xd1\x8e.test", true, "Cyrillic"},
		{"\xd0\xb0\xd1\x80\xd1\x80\xd0\xbe.test", false, "Cyrillic that looks like appo"},
		{"p\xd0\xb0ypal.test", false, "one Cyrillic letter"},
		{"\xce\xb1\xce\xb2.test", true, "Greek with a letter of its own"},
		{"\xce\xbf\xce\xbd.test", false, "Greek that looks like ov"},
		{"\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88.test", true, "Katakana"},
		{"x\xe3\x83\x86.test", false, "Latin and Katakana"},
		{"a\xe3\x83\x8e"
		 "b.test",
		 false, "a slash in disguise"},
		{"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d.test", false, "turns direction"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		char name[SEL_NAME_MAX], words[512];

		assert_int_equal(sel_name_canonical(row[i].text, strlen(row[i].text), name), 0);
		sel_name_words(name, words, sizeof words);
		assert_memory_equal(words, name, strlen(name));
		if ((strcmp(words, name) != 0) != row[i].shown)
			fail_msg("%s: %s", row[i].why, words);
		if (row[i].shown)
			assert_non_null(strstr(words, row[i].text));
		for (size_t cap = 1; cap < sizeof words; cap++) {
			memset(words, 'x', sizeof words);
			sel_name_words(name, words, cap);
			assert_non_null(memchr(words, '\0', cap));
		}
	}
}

/* --- synthetic addresses --- */

static struct sockaddr_storage v4_of(struct in_addr a)
{
	struct sockaddr_storage s = {0};

	*(struct sockaddr_in *)&s = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = a};
	return s;
}

static struct sockaddr_storage v6_of(struct in6_addr a)
{
	struct sockaddr_storage s = {0};

	*(struct sockaddr_in6 *)&s = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = a};
	return s;
}

static struct sockaddr_storage address(const char *text)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, text, &four) == 1)
		return v4_of(four);
	assert_int_equal(inet_pton(AF_INET6, text, &six), 1);
	return v6_of(six);
}

static const char *name_at(const struct sel_synth *s, struct sockaddr_storage a)
{
	return sel_synth_name(s, (struct sockaddr *)&a);
}

static bool synthetic(const char *text)
{
	struct sockaddr_storage a = address(text);

	return sel_synth_is((struct sockaddr *)&a);
}

static void every_name_has_addresses_of_its_own(void **state)
{
	struct sel_synth *s;
	struct in_addr four, four_again;
	struct in6_addr six, six_again;
	char name[32], mapped[64], text[INET_ADDRSTRLEN];

	(void)state;
	assert_int_equal(sel_synth_new(&s), 0);
	for (int i = 0; i < SEL_SYNTH_MAX - SEL_SYNTH_KEPT; i++) {
		(void)snprintf(name, sizeof name, "h%d.test", i);
		assert_int_equal(sel_synth_of(s, name, &four, &six), 0);
		assert_string_equal(name_at(s, v4_of(four)), name);
		assert_string_equal(name_at(s, v6_of(six)), name);
	}
	assert_int_equal(sel_synth_of(s, "one-more.test", &four, &six), -ENOSPC);
	for (int i = 0; i < SEL_SYNTH_KEPT; i++) {
		(void)snprintf(name, sizeof name, "kept%d.test", i);
		assert_int_equal(sel_synth_keep(s, name), 0);
		assert_int_equal(sel_synth_keep(s, name), 0); /* the same again */
	}
	assert_int_equal(sel_synth_keep(s, "one-more.test"), -ENOSPC);
	assert_int_equal(sel_synth_of(s, "kept7.test", &four, &six), 0);
	assert_int_equal(sel_synth_of(s, "h7.test", &four, &six), 0);
	assert_int_equal(sel_synth_of(s, "h7.test", &four_again, &six_again), 0);
	assert_memory_equal(&four, &four_again, sizeof four);
	assert_memory_equal(&six, &six_again, sizeof six);
	(void)inet_ntop(AF_INET, &four, text, sizeof text);
	(void)snprintf(mapped, sizeof mapped, "::ffff:%s", text);
	assert_string_equal(name_at(s, address(mapped)), "h7.test");
	sel_synth_free(s);
}

static void only_what_was_handed_out_has_a_name(void **state)
{
	static const char *const nothing[] = {"198.18.0.0",
					      "198.18.0.1",
					      "198.18.0.255",
					      "198.18.1.1",
					      "198.19.255.255",
					      "198.17.1.0",
					      "198.20.1.0",
					      "fd73:656c:646f:6d::1",
					      "fd73:656c:646f:6d::1:1",
					      "fd73:656c:646f:6d:1::1:0",
					      "fd73:656c:646f:6e::1:0",
					      "::ffff:1.2.3.4",
					      "::198.18.1.0"};
	struct sockaddr_storage none = {.ss_family = AF_UNIX};
	struct sel_synth *s;
	struct in_addr four;
	struct in6_addr six;

	(void)state;
	assert_int_equal(sel_synth_new(&s), 0);
	assert_int_equal(sel_synth_of(s, "a.test", &four, &six), 0);
	assert_string_equal(name_at(s, address("198.18.1.0")), "a.test");
	assert_string_equal(name_at(s, address("fd73:656c:646f:6d::1:0")), "a.test");
	for (size_t i = 0; i < SEL_N(nothing); i++)
		if (name_at(s, address(nothing[i])))
			fail_msg("%s has a name", nothing[i]);
	assert_null(name_at(s, none));
	assert_int_equal(sel_synth_of(s, "1.2.3.4", &four, &six), -EINVAL);
	assert_int_equal(sel_synth_of(s, "", &four, &six), -EINVAL);
	sel_synth_free(s);
	sel_synth_free(NULL);
}

static void the_ranges_are_known(void **state)
{
	static const char *const in[] = {
		"198.18.0.0",	       "198.19.255.255",    "198.18.0.1",
		"fd73:656c:646f:6d::", "::ffff:198.18.0.1", "fd73:656c:646f:6d:ffff::1"};
	static const char *const out[] = {
		"198.17.255.255",	    "198.20.0.0", "fd73:656c:646f:6e::",
		"fd73:656c:646f:6c:ffff::", "::",	  "::198.18.0.1"};

	(void)state;
	for (size_t i = 0; i < SEL_N(in); i++)
		if (!synthetic(in[i]))
			fail_msg("%s is not ours", in[i]);
	for (size_t i = 0; i < SEL_N(out); i++)
		if (synthetic(out[i]))
			fail_msg("%s is ours", out[i]);
	assert_true(synthetic(sel_synth_own4));
	assert_true(synthetic(sel_synth_own6));
}

/* --- the dial guard --- */

static const char *guarded(const char *text)
{
	struct sockaddr_storage a = address(text);

	return sel_dial_forbidden((struct sockaddr *)&a);
}

static void public_names_lead_to_public_addresses(void **state)
{
	static const char *const forbidden[] = {
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255",
		"100.100.100.200", "127.0.0.1", "127.255.255.255", "168.63.129.16",
		"169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1",
		"192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
		"203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::2", "::7f00:1", "::10.0.0.1", "::ffff:127.0.0.1",
		"::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "fe80::1", "febf::1", "fec0::1",
		"fc00::1", "fd00:ec2::254", "fdff::1", "ff02::1", "2001:db8::1", "3fff::1",
		"2001:2::1", "2001:10::1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe",
		"64:ff9b:1::8.8.8.8",
		"64:ff9b:1:a9fe:a9:fe00::", "2002:7f00:1::", "2002:a9fe:a9fe::1",
		/* Teredo: a server that is private, and a client that is (inverted) */
		"2001:0:a00:1::f7f7:f7f7", "2001:0:808:808::80ff:fffe", "100::1", "4000::1",
		"5f00::1", "e000::1", "fd73:656c:646f:6d::1"};
	static const char *const fine[] = {"1.1.1.1",
					   "8.8.8.8",
					   "9.255.255.255",
					   "11.0.0.0",
					   "100.63.255.255",
					   "100.128.0.0",
					   "168.63.129.15",
					   "168.63.129.17",
					   "172.15.255.255",
					   "172.32.0.0",
					   "192.0.1.1",
					   "192.167.255.255",
					   "192.169.0.0",
					   "198.17.255.255",
					   "198.20.0.0",
					   "223.255.255.255",
					   "2606:4700:4700::1111",
					   "2001:200::1",
					   "2001:4860:4860::8888",
					   "2003::1",
					   "3ffe::1",
					   "64:ff9b::8.8.8.8",
					   "::ffff:8.8.8.8",
					   "::8.8.8.8",
					   "2002:808:808::1",
					   "2001:0:808:808::f7f7:f7f7"};
	struct sockaddr_storage other = {.ss_family = AF_UNIX};

	(void)state;
	for (size_t i = 0; i < SEL_N(forbidden); i++)
		if (!guarded(forbidden[i]))
			fail_msg("%s may be dialled", forbidden[i]);
	for (size_t i = 0; i < SEL_N(fine); i++)
		if (guarded(fine[i]))
			fail_msg("%s: %s", fine[i], guarded(fine[i]));
	assert_non_null(sel_dial_forbidden((struct sockaddr *)&other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_one_form),
		cmocka_unit_test(what_is_no_name_is_refused),
		cmocka_unit_test(lengths_are_bounded),
		cmocka_unit_test(an_authority_has_one_reading),
		cmocka_unit_test(literals_are_known),
		cmocka_unit_test(a_wildcard_stays_below_what_was_bought),
		cmocka_unit_test(the_registrable_part_is_found),
		cmocka_unit_test(names_are_shown_but_do_not_pose),
		cmocka_unit_test(every_name_has_addresses_of_its_own),
		cmocka_unit_test(only_what_was_handed_out_has_a_name),
		cmocka_unit_test(the_ranges_are_known),
		cmocka_unit_test(public_names_lead_to_public_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
