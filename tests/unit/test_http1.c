/* HTTP/1.1 in both roles: what is read of good and of smuggling messages, that it does not depend
 * on how the bytes were cut, and what is written. */
#include "test.h"

#include "http1_run.h"

/* --- what is read ----------------------------------------------------------------------------- */

struct row {
	const char *name, *bytes;
	size_t n; /* 0: it has no NUL */
	const char *want;
	enum h1_ask ask;
};

static void reads_eq(bool server, const struct row *row)
{
	size_t n = row->n ? row->n : strlen(row->bytes);
	struct h1_run run;

	h1_open(&run, server, row->ask);
	if (strcmp(h1_read(&run, row->bytes, n, NULL, 0), row->want) != 0)
		fail_msg("%s: got\n%s---- not\n%s", row->name, run.text, row->want);
	h1_close(&run);
	h1_check(server, row->ask, row->bytes, n, 1);
	h1_check(server, row->ask, row->bytes, n, 2);
}

#define GET  "GET / HTTP/1.1\r\nHost: a.test\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a.test\r\n"

static const struct row good_requests[] = {
	{"nothing", "", 0, ".\n", 0},
	{"a request", GET "\r\n", 0, "GET a.test / length=0 end\n.\n", 0},
	{"an empty line before it", "\r\n" GET "\r\n", 0, "GET a.test / length=0 end\n.\n", 0},
	{"two", GET "\r\n\r\nHEAD /x?y HTTP/1.1\r\nhost:b.test:8\r\n\r\n", 0,
	 "GET a.test / length=0 end\nHEAD b.test:8 /x?y length=0 end\n.\n", 0},
	{"headers", GET "A:  b \t\r\na:\r\nX-y: \"q, r\"\r\n\r\n", 0,
	 "GET a.test / length=0 end\n  a: b\n  a: \n  x-y: \"q, r\"\n.\n", 0},
	{"a body", POST "Content-Length: 3\r\n\r\nabc", 0,
	 "POST a.test / length=3\n< abc\nend\n.\n", 0},
	{"no body", POST "Content-Length: 0\r\n\r\n", 0, "POST a.test / length=0 end\n.\n", 0},
	{"a body and one more request", POST "Content-Length: 2\r\n\r\nab" GET "\r\n", 0,
	 "POST a.test / length=2\n< ab\nend\nGET a.test / length=0 end\n.\n", 0},
	{"chunks",
	 POST "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n00A\r\n0123456789\r\n0\r\n\r\n", 0,
	 "POST a.test / length=?\n< abc0123456789\nend\n.\n", 0},
	{"no chunks", POST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET "\r\n", 0,
	 "POST a.test / length=?\nend\nGET a.test / length=0 end\n.\n", 0},
	{"trailers, some of them of no use",
	 POST "Transfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n1\r\na\r\n0\r\nX-Sum: "
	      "1\r\nContent-Length: 9\r\n"
	      "Authorization: Bearer x\r\nTransfer_Encoding: gzip\r\nX-Two: 2\r\n\r\n",
	 0, "POST a.test / length=?\n< a\nend\n  x-sum: 1\n  x-two: 2\n.\n", 0},
	{"hop by hop headers go",
	 GET
	 "Connection: keep-alive, X-Hop ,,\r\nx-hop: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\n"
	 "Trailer: a\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nProxy-Connection: close\r\nX-Stay: "
	 "1\r\n\r\n",
	 0, "GET a.test / length=0 end\n  x-stay: 1\n.\n", 0},
	{"nothing is read after Connection: close", GET "Connection: close\r\n\r\n" GET "\r\n", 0,
	 "GET a.test / length=0 end\n.\n", 0},
	{"HTTP/1.0 is over after one", "GET / HTTP/1.0\r\nHost: a.test\r\n\r\n" GET "\r\n", 0,
	 "GET a.test / length=0 end\n.\n", 0},
	{"unless it says otherwise",
	 "GET / HTTP/1.0\r\nHost: a.test\r\nConnection: Keep-Alive\r\n\r\n" GET "\r\n", 0,
	 "GET a.test / length=0 end\nGET a.test / length=0 end\n.\n", 0},
	{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n", 0,
	 "OPTIONS a.test * length=0 end\n.\n", 0},
	{"TRACE is for the matcher", "TRACE / HTTP/1.1\r\nHost: a.test\r\n\r\n", 0,
	 "TRACE a.test / length=0 end\n.\n", 0},
	{"CONNECT too, and nothing behind it is a request",
	 "CONNECT b.test:443 HTTP/1.1\r\nHost: b.test:443\r\n\r\n" GET "\r\n", 0,
	 "CONNECT b.test:443 b.test:443 length=0 end\n.\n", 0},
	{"methods keep their case", "gEt /%2e%2E//x;y?z=%zz HTTP/1.1\r\nHost: a.test\r\n\r\n", 0,
	 "gEt a.test /%2e%2E//x;y?z=%zz length=0 end\n.\n", 0},
	{"a body that waits", POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\na", 0,
	 "POST a.test / expect length=1\n< a\nend\n.\n", 0},
	{"no body waits", GET "Expect: 100-continue\r\n\r\n", 0, "GET a.test / length=0 end\n.\n",
	 0},
	{"nor does HTTP/1.0",
	 "POST / HTTP/1.0\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na", 0,
	 "POST a.test / length=1\n< a\nend\n.\n", 0},
	{"websocket",
	 GET "Connection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: x\r\n\r\nraw\r\n\r\n",
	 0,
	 "GET a.test / upgrade=websocket length=0 end\n  sec-websocket-key: x\n< "
	 "raw\r\n\r\n\nend\n.\n",
	 0},
	{"an upgrade that the connection does not name",
	 GET "Upgrade: websocket\r\n\r\n" GET "\r\n", 0,
	 "GET a.test / length=0 end\nGET a.test / length=0 end\n.\n", 0},
	{"an upgrade to more than one",
	 GET "Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n\r\n", 0,
	 "GET a.test / length=0 end\n.\n", 0},
	{"an upgrade in HTTP/1.0",
	 "GET / HTTP/1.0\r\nHost: a.test\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", 0,
	 "GET a.test / length=0 end\n.\n", 0},
	{"bytes above ASCII in a value", GET "X: \xc3\xa9\xff\r\n\r\n", 0,
	 "GET a.test / length=0 end\n  x: \xc3\xa9\xff\n.\n", 0},
};

/* What is refused, and in which words. */
#define BAD(name, bytes, why)                                                                      \
	{                                                                                          \
		name, bytes, sizeof(bytes) - 1, "! " why "\n", 0                                   \
	}
static const struct row bad_requests[] = {
	/* lines */
	BAD("two empty lines", "\r\n\r\n" GET "\r\n", "no HTTP"),
	BAD("a bare LF before it", "\n" GET "\r\n", "no HTTP"),
	BAD("a bare CR before it", "\rG", "a line that ends without CR and LF"),
	BAD("a space before it", " " GET "\r\n", "no HTTP"),
	BAD("TLS", "\x16\x03\x01\x00\x05hello", "no HTTP"),
	BAD("a request line that ends in LF", "GET / HTTP/1.1\nHost: a.test\r\n\r\n",
	    "a line that ends without CR"),
	BAD("a header that ends in LF", "GET / HTTP/1.1\r\nHost: a.test\n\r\n",
	    "a line that ends without CR"),
	BAD("a head that ends in LF", GET "\n", "a line that ends without CR"),
	BAD("LF LF", GET "X: y\n\n", "a line that ends without CR"),
	BAD("a CR in a value", GET "X: a\rb\r\n\r\n", "a header that is none"),
	BAD("CR CR LF", GET "X: a\r\r\n\r\n", "a header that is none"),
	BAD("a CR line", GET "\r\r\n\r\n", "a header without a colon"),
	BAD("a NUL in a value", GET "X: a\0b\r\n\r\n", "a header that is none"),
	BAD("a NUL in a name", GET "X\0: a\r\n\r\n", "a header that is none"),
	BAD("a folded header", GET "X: a\r\n b\r\n\r\n", "a header that goes on in a second line"),
	BAD("folded with a tab", GET "X: a\r\n\tb: c\r\n\r\n",
	    "a header that goes on in a second line"),
	BAD("folded at once", "GET / HTTP/1.1\r\n Host: a.test\r\n\r\n",
	    "a header that goes on in a second line"),
	BAD("a space before the colon", GET "X : a\r\n\r\n", "a header that is none"),
	BAD("a tab before the colon", GET "Content-Length\t: 3\r\n\r\nabc",
	    "a header that is none"),
	BAD("no colon", GET "X\r\n\r\n", "a header without a colon"),
	BAD("no name", GET ": x\r\n\r\n", "a header that is none"),
	BAD("a name of other bytes", GET "X\xc3\xa9: x\r\n\r\n", "a header that is none"),
	BAD("a pseudo header", GET ":path: /x\r\n\r\n", "a header that is none"),
	BAD("DEL in a value", GET "X: \x7f\r\n\r\n", "a header that is none"),
	/* the request line */
	BAD("HTTP/0.9", "GET /\r\n\r\n", "no request line"),
	BAD("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a.test\r\n\r\n", "neither HTTP/1.1 nor HTTP/1.0"),
	BAD("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "neither HTTP/1.1 nor HTTP/1.0"),
	BAD("http/1.1", "GET / http/1.1\r\nHost: a.test\r\n\r\n", "neither HTTP/1.1 nor HTTP/1.0"),
	BAD("HTTP/1.10", "GET / HTTP/1.10\r\nHost: a.test\r\n\r\n",
	    "neither HTTP/1.1 nor HTTP/1.0"),
	BAD("two spaces before the target", "GET  / HTTP/1.1\r\nHost: a.test\r\n\r\n",
	    "a request target with a character that may not be in one"),
	BAD("two spaces behind it", "GET /  HTTP/1.1\r\nHost: a.test\r\n\r\n",
	    "a request target with a character that may not be in one"),
	BAD("a space in the target", "GET /a b HTTP/1.1\r\nHost: a.test\r\n\r\n",
	    "a request target with a character that may not be in one"),
	BAD("a space behind the version", "GET / HTTP/1.1 \r\nHost: a.test\r\n\r\n",
	    "neither HTTP/1.1 nor HTTP/1.0"),
	BAD("tabs between", "GET\t/\tHTTP/1.1\r\nHost: a.test\r\n\r\n", "no request line"),
	BAD("no target", "GET HTTP/1.1\r\nHost: a.test\r\n\r\n", "no request line"),
	BAD("a method that is none", "G(T / HTTP/1.1\r\nHost: a.test\r\n\r\n",
	    "a method that is none"),
	BAD("a long method", "GETGETGETGETGETGETGETGETGETGETGE / HTTP/1.1\r\nHost: a.test\r\n\r\n",
	    "the method is too long"),
	BAD("an absolute target", "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
	    "a whole URL as request target: there is no proxy here"),
	BAD("another host in it", "GET https://b.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
	    "a whole URL as request target: there is no proxy here"),
	BAD("a path without a slash", "GET x HTTP/1.1\r\nHost: a.test\r\n\r\n",
	    "a whole URL as request target: there is no proxy here"),
	BAD("* with GET", "GET * HTTP/1.1\r\nHost: a.test\r\n\r\n",
	    "a request target '*' with a method other than OPTIONS"),
	BAD("a raw byte in the target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a.test\r\n\r\n",
	    "a request target with a character that may not be in one"),
	BAD("a control character in it", "GET /\x01 HTTP/1.1\r\nHost: a.test\r\n\r\n",
	    "a request target with a character that may not be in one"),
	BAD("CONNECT to a path", "CONNECT / HTTP/1.1\r\nHost: a.test\r\n\r\n",
	    "a CONNECT to no host and port"),
	BAD("CONNECT with a body",
	    "CONNECT a.test:1 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\n\r\na",
	    "a CONNECT with a body"),
	/* Host */
	BAD("no Host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", "no Host"),
	BAD("no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "no Host"),
	BAD("two", GET "Host: a.test\r\n\r\n", "more than one Host"),
	BAD("two, in another case", GET "hOST: b.test\r\n\r\n", "more than one Host"),
	BAD("two in one", "GET / HTTP/1.1\r\nHost: a.test, b.test\r\n\r\n", "the Host is none"),
	BAD("an empty one", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "the Host is none"),
	BAD("one with a path", "GET / HTTP/1.1\r\nHost: a.test/x\r\n\r\n", "the Host is none"),
	BAD("one with a user", "GET / HTTP/1.1\r\nHost: u@a.test\r\n\r\n", "the Host is none"),
	BAD("one with a space", "GET / HTTP/1.1\r\nHost: a.test b.test\r\n\r\n",
	    "the Host is none"),
	BAD("one with a NUL", "GET / HTTP/1.1\r\nHost: a.test\0.b.test\r\n\r\n",
	    "a header with a control character"),
	/* framing */
	BAD("both", POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	    "Content-Length and Transfer-Encoding in one message"),
	BAD("both, the other way",
	    POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
	    "Content-Length and Transfer-Encoding in one message"),
	BAD("two lengths", POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
	    "more than one Content-Length"),
	BAD("the same twice", POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
	    "more than one Content-Length"),
	BAD("a list", POST "Content-Length: 3, 3\r\n\r\nabc",
	    "the Content-Length is no plain number"),
	BAD("a sign", POST "Content-Length: +3\r\n\r\nabc",
	    "the Content-Length is no plain number"),
	BAD("less than nothing", POST "Content-Length: -1\r\n\r\nabc",
	    "the Content-Length is no plain number"),
	BAD("hexadecimal", POST "Content-Length: 0x3\r\n\r\nabc",
	    "the Content-Length is no plain number"),
	BAD("zeros in front", POST "Content-Length: 03\r\n\r\nabc",
	    "the Content-Length is no plain number"),
	BAD("no number", POST "Content-Length:\r\n\r\nabc",
	    "the Content-Length is no plain number"),
	BAD("a space in it", POST "Content-Length: 1 0\r\n\r\nabc",
	    "the Content-Length is no plain number"),
	BAD("an overflow", POST "Content-Length: 18446744073709551617\r\n\r\na",
	    "the Content-Length is no plain number"),
	BAD("another coding", POST "Transfer-Encoding: gzip\r\n\r\nabc",
	    "a Transfer-Encoding other than chunked"),
	BAD("two codings", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
	    "a Transfer-Encoding other than chunked"),
	BAD("chunked twice", POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
	    "a Transfer-Encoding other than chunked"),
	BAD("chunked in two headers",
	    POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	    "more than one Transfer-Encoding"),
	BAD("identity", POST "Transfer-Encoding: identity\r\n\r\n",
	    "a Transfer-Encoding other than chunked"),
	BAD("xchunked", POST "Transfer-Encoding: xchunked\r\n\r\n",
	    "a Transfer-Encoding other than chunked"),
	BAD("chunked with a parameter", POST "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
	    "a Transfer-Encoding other than chunked"),
	BAD("chunked behind a vertical tab",
	    POST "Transfer-Encoding: \x0b"
		 "chunked\r\n\r\n0\r\n\r\n",
	    "a header with a control character"),
	BAD("chunked in HTTP/1.0",
	    "POST / HTTP/1.0\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	    "Transfer-Encoding in HTTP/1.0"),
	BAD("an underscore for a hyphen", POST "Transfer_Encoding: chunked\r\n\r\n",
	    "a header that others read as one of the framing"),
	BAD("and in Content_Length", POST "Content_Length: 3\r\n\r\n",
	    "a header that others read as one of the framing"),
	BAD("Connection that names the length",
	    POST "Connection: content-length\r\nContent-Length: 3\r\n\r\nabc",
	    "a Connection option that names the framing"),
	BAD("Connection that names the host", GET "Connection: close, Host\r\n\r\n",
	    "a Connection option that names the framing"),
	BAD("Connection of other things", GET "Connection: \"close\"\r\n\r\n",
	    "a Connection option that is none"),
	BAD("Connection of very many things",
	    GET "Connection: "
		",a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\r\n\r\n",
	    "too many Connection options"),
	BAD("another Expect", POST "Expect: 200-ok\r\nContent-Length: 1\r\n\r\na",
	    "an Expect other than 100-continue"),
	BAD("websocket with a body",
	    GET "Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n\r\na",
	    "an upgrade to websocket that is no GET, or has a body"),
	BAD("websocket with POST", POST "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n",
	    "an upgrade to websocket that is no GET, or has a body"),
	/* cut off */
	BAD("cut off in the head", "GET / HT", "closed in the middle of a message"),
	BAD("cut off before the end of the head", GET "\r", "closed in the middle of a message"),
};

/* These fail in the body: the head was read. */
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define BODY(name, bytes, why)                                                                     \
	{                                                                                          \
		name, CHUNKED bytes, sizeof(CHUNKED bytes) - 1,                                    \
			"POST a.test / length=?\n" why "\n", 0                                     \
	}
static const struct row bad_bodies[] = {
	BODY("an extension", "3;a=b\r\nabc\r\n0\r\n\r\n", "! a chunk with an extension"),
	BODY("an extension with a LF", "3;\nabc\r\n0\r\n\r\n", "! a chunk with an extension"),
	BODY("a space behind the size", "3 \r\nabc\r\n0\r\n\r\n", "! a chunk with an extension"),
	BODY("a space before it", " 3\r\nabc\r\n0\r\n\r\n", "! a chunk size that is none"),
	BODY("a sign", "+3\r\nabc\r\n0\r\n\r\n", "! a chunk size that is none"),
	BODY("0x", "0x3\r\nabc\r\n0\r\n\r\n", "! a chunk size that is none"),
	BODY("no size", "\r\n\r\n", "! a chunk size that is none"),
	BODY("LF behind the size", "3\nabc\r\n0\r\n\r\n", "! a chunk size that is none"),
	BODY("CR without LF", "3\rabc\r\n0\r\n\r\n", "! a line that ends without CR and LF"),
	BODY("an overflow", "10000000000000003\r\nabc\r\n", "! a chunk size that is none"),
	BODY("the largest that is none", "7fffffffffffffff\r\n",
	     "! closed in the middle of a message"),
	BODY("a size of 17 digits", "00000000000000003\r\nabc\r\n0\r\n\r\n",
	     "! a chunk size that is none"),
	BODY("longer than it said", "3\r\nabcd\r\n0\r\n\r\n",
	     "< abc\n! a chunk that is longer than its size"),
	BODY("LF behind the data", "3\r\nabc\n0\r\n\r\n",
	     "< abc\n! a chunk that is longer than its size"),
	BODY("CR CR behind the data", "3\r\nabc\r\r\n",
	     "< abc\n! a chunk that is longer than its size"),
	BODY("a trailer that goes on", "0\r\nX: a\r\n b\r\n\r\n", "! a trailer that is none"),
	BODY("a trailer without a colon", "0\r\nX\r\n\r\n", "! a trailer that is none"),
	BODY("a trailer with a NUL", "0\r\nX: \0\r\n\r\n", "! a trailer that is none"),
	BODY("trailers that end in LF", "0\r\nX: a\n\r\n", "! a line that ends without CR"),
	BODY("a last chunk that ends in LF", "0\r\n\n", "! a line that ends without CR"),
	BODY("a request where the trailers are", "0\r\nGET / HTTP/1.1\r\n\r\n",
	     "! a trailer that is none"),
	BODY("cut off in the data", "5\r\nabc", "< abc\n! closed in the middle of a message"),
	BODY("cut off before the end", "3\r\nabc\r\n0\r\n",
	     "< abc\n! closed in the middle of a message"),
};

static void requests_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEL_N(good_requests); i++)
		reads_eq(true, &good_requests[i]);
}

static void what_two_could_read_differently_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEL_N(bad_requests); i++)
		reads_eq(true, &bad_requests[i]);
	for (size_t i = 0; i < SEL_N(bad_bodies); i++)
		reads_eq(true, &bad_bodies[i]);
}

#define OK "HTTP/1.1 200 OK\r\n"
static const struct row responses[] = {
	{"nothing", "", 0, "! closed in the middle of a message\n", H1_GET},
	{"a length", OK "Content-Length: 3\r\nX: y\r\n\r\nabc", 0,
	 "200 length=3\n  x: y\n< abc\nend\n.\n", H1_GET},
	{"no body", OK "Content-Length: 0\r\nConnection: close\r\n\r\n", 0, "200 length=0 end\n.\n",
	 H1_GET},
	{"until it closes", OK "\r\nabc\r\n\r\n", 0, "200 length=?\n< abc\r\n\r\n\nend\n.\n",
	 H1_GET},
	{"chunks and trailers",
	 OK "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nab\r\n0\r\nGrpc-Status: "
	    "0\r\nSet-Cookie: x\r\n\r\n",
	 0, "200 length=?\n< ab\nend\n  grpc-status: 0\n.\n", H1_GET},
	{"no reason, and not the space before it",
	 "HTTP/1.1 299\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 0,
	 "299 length=0 end\n.\n", H1_GET},
	{"a reason of other bytes",
	 "HTTP/1.1 200 \xc3\xa9 \t!\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 0,
	 "200 length=0 end\n.\n", H1_GET},
	{"HTTP/1.0 with a length is over after one",
	 "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na" OK "\r\nx", 0,
	 "200 length=1\n< a\nend\n.\n", H1_GET},
	{"204 needs no length",
	 "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 0,
	 "204 length=0 end\n.\n", H1_GET},
	{"304 has no body, whatever its length",
	 "HTTP/1.1 304 x\r\nContent-Length: 9\r\nConnection: close\r\n\r\n", 0,
	 "304 length=0 end\n.\n", H1_GET},
	{"HEAD has none, but a length", OK "Content-Length: 9\r\nConnection: close\r\n\r\n", 0,
	 "200 length=9 end\n.\n", H1_HEAD},
	{"HEAD without one", OK "Connection: close\r\n\r\n", 0, "200 length=? end\n.\n", H1_HEAD},
	{"HEAD of chunks", OK "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n", 0,
	 "200 length=? end\n.\n", H1_HEAD},
	{"what is not awaited is dropped",
	 "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" OK
	 "Connection: close\r\nContent-Length: 0\r\n\r\n",
	 0, "200 length=0 end\n.\n", H1_GET},
	{"what is awaited is not, once",
	 "HTTP/1.1 102 x\r\n\r\nHTTP/1.1 100 x\r\n\r\nHTTP/1.1 100 x\r\n\r\n" OK
	 "Connection: close\r\nContent-Length: 0\r\n\r\n",
	 0, "100 length=0\n200 length=0 end\n.\n", H1_EXPECT},
	{"an upgrade",
	 "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
	 "x\r\n\r\nraw",
	 0, "101 upgrade=websocket length=?\n  sec-websocket-accept: x\n< raw\nend\n.\n",
	 H1_WEBSOCKET},
	{"an upgrade that says it has no body",
	 "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: "
	 "0\r\n\r\nraw",
	 0, "101 upgrade=websocket length=?\n< raw\nend\n.\n", H1_WEBSOCKET},
	{"an upgrade that was refused",
	 "HTTP/1.1 403 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 0,
	 "403 length=0 end\n.\n", H1_WEBSOCKET},
	{"a second answer to one question is not read",
	 OK "Content-Length: 1\r\n\r\na" OK "Content-Length: 1\r\n\r\nb", 0,
	 "200 length=1\n< a\nend\n.\n", H1_GET},
	{"nor one behind an answer without body",
	 "HTTP/1.1 204 x\r\n\r\n" OK "Content-Length: 1\r\n\r\nb", 0, "204 length=0 end\n.\n",
	 H1_GET},
	{"nor a body behind HEAD", OK "Content-Length: 3\r\n\r\nabc", 0, "200 length=3 end\n.\n",
	 H1_HEAD},
	BAD("an empty line before it", "\r\n" OK "\r\n", "no HTTP"),
	BAD("LF", "HTTP/1.1 200 OK\n\r\n", "a line that ends without CR"),
	BAD("HTTP/2", "HTTP/2 200 OK\r\n\r\n", "no status line"),
	BAD("HTTP/1.2", "HTTP/1.2 200 OK\r\n\r\n", "neither HTTP/1.1 nor HTTP/1.0"),
	BAD("no status", "HTTP/1.1 OK\r\n\r\n", "no status line"),
	BAD("two digits", "HTTP/1.1 20 OK\r\n\r\n", "no status line"),
	BAD("four", "HTTP/1.1 2000 OK\r\n\r\n", "no status line"),
	BAD("99", "HTTP/1.1 099 OK\r\n\r\n", "a status that is none"),
	BAD("600", "HTTP/1.1 600 OK\r\n\r\n", "a status that is none"),
	BAD("two spaces", "HTTP/1.1  200 OK\r\n\r\n", "no status line"),
	BAD("a CR in the reason", "HTTP/1.1 200 O\rK\r\n\r\n", "a reason with a control character"),
	BAD("a fold behind it", "HTTP/1.1 200 OK\r\n more\r\n\r\n",
	    "a header that goes on in a second line"),
	BAD("both framings", OK "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
	    "Content-Length and Transfer-Encoding in one message"),
	BAD("two lengths", OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
	    "more than one Content-Length"),
	BAD("gzip", OK "Transfer-Encoding: gzip, chunked\r\n\r\n",
	    "a Transfer-Encoding other than chunked"),
	BAD("chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	    "Transfer-Encoding in HTTP/1.0"),
	BAD("204 with a length", "HTTP/1.1 204 x\r\nContent-Length: 1\r\n\r\na",
	    "a body in a response that has none"),
	BAD("204 with chunks", "HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n\r\n",
	    "a body in a response that has none"),
	BAD("100 with a length", "HTTP/1.1 100 x\r\nContent-Length: 1\r\n\r\na",
	    "a body in a response that has none"),
	BAD("an upgrade that nobody wanted",
	    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
	    "an upgrade that was not asked for"),
	{"an upgrade to something else",
	 "HTTP/1.1 101 x\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n", 0,
	 "! an upgrade that was not asked for\n", H1_WEBSOCKET},
	{"an upgrade of another hop", "HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n", 0,
	 "! an upgrade that was not asked for\n", H1_WEBSOCKET},
	BAD("cut off in the head", "HTTP/1.1 200", "closed in the middle of a message"),
	{"cut off in the body", OK "Content-Length: 3\r\n\r\nab", 0,
	 "200 length=3\n< ab\n! closed in the middle of a message\n", H1_GET},
	{"cut off in the chunks", OK "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", 0,
	 "200 length=?\n< ab\n! closed in the middle of a message\n", H1_GET},
};

static void responses_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEL_N(responses); i++)
		reads_eq(false, &responses[i]);
}

/* --- sizes ------------------------------------------------------------------------------------ */

static char *repeated(const char *before, const char *what, size_t times, const char *after)
{
	size_t n = strlen(what);
	char *text = malloc(strlen(before) + n * times + strlen(after) + 1), *to;

	assert_non_null(text);
	to = stpcpy(text, before);
	for (size_t i = 0; i < times; i++)
		to = mempcpy(to, what, n);
	(void)stpcpy(to, after);
	return text;
}

static void outcome_eq(const char *what, char *take, const char *why)
{
	_cleanup_free_ char *bytes = take;
	struct h1_run run;
	const char *text;

	h1_open(&run, true, 0);
	text = h1_read(&run, bytes, strlen(bytes), NULL, 0);
	if (strcmp(text + h1_without_outcome(&run), why) != 0)
		fail_msg("%s: got '%s', not '%s'", what, text + h1_without_outcome(&run), why);
	h1_close(&run);
	h1_check(true, 0, bytes, strlen(bytes), 3);
}

static void every_size_has_a_limit(void **state)
{
	(void)state;
	outcome_eq("128 headers", repeated(GET, "X: y\r\n", SEL_HEADERS_MAX, "\r\n"), ".\n");
	outcome_eq("129", repeated(GET, "X: y\r\n", SEL_HEADERS_MAX + 1, "\r\n"),
		   "! too many headers, or too long ones\n");
	outcome_eq("a long header", repeated(GET "X: ", "y", SEL_HEAD_MAX - 1, "\r\n\r\n"), ".\n");
	outcome_eq("a longer one", repeated(GET "X: ", "y", SEL_HEAD_MAX, "\r\n\r\n"),
		   "! too many headers, or too long ones\n");
	outcome_eq("an endless one", repeated(GET "X: ", "y", 100000, ""),
		   "! the head is too long\n");
	outcome_eq("endless white space", repeated(GET "X: ", " ", 100000, "\r\n\r\n"),
		   "! the head is too long\n");
	outcome_eq("a bad line beyond the limit", repeated(GET "X: ", "y", 100000, "\n\n"),
		   "! the head is too long\n");
	outcome_eq("a long target",
		   repeated("GET /", "y", SEL_TARGET_MAX - 1, " HTTP/1.1\r\nHost: a\r\n\r\n"),
		   ".\n");
	outcome_eq("a longer one",
		   repeated("GET /", "y", SEL_TARGET_MAX, " HTTP/1.1\r\nHost: a\r\n\r\n"),
		   "! the request target is too long\n");
	outcome_eq("a long Host", repeated("GET / HTTP/1.1\r\nHost: ", "h", 300, "\r\n\r\n"),
		   ".\n");
	outcome_eq("a longer one", repeated("GET / HTTP/1.1\r\nHost: ", "h", 301, "\r\n\r\n"),
		   "! the Host is none\n");
	outcome_eq("many trailers", repeated(CHUNKED "0\r\n", "X: y\r\n", 129, "\r\n"),
		   "! too many trailers\n");
	outcome_eq("endless trailers", repeated(CHUNKED "0\r\nX: ", "y", 20000, "\r\n\r\n"),
		   "! the trailers are too long\n");
}

/* --- what is written ---------------------------------------------------------------------------
 */

struct seen {
	struct sel_codec *codec;
	struct sel_head *head;
	char data[4096];
	size_t n;
	unsigned heads, ends, writables;
	uint32_t stream;
	bool greedy; /* does not say what it consumed */
	/* called from within the event */
	void (*on_head)(struct seen *seen);
	void (*on_data)(struct seen *seen);
};

static int seen_head(void *ctx, uint32_t stream, struct sel_head *head, bool end)
{
	struct seen *seen = ctx;

	(void)end;
	sel_head_free(seen->head);
	seen->head = head;
	seen->stream = stream;
	seen->heads++;
	if (seen->on_head)
		seen->on_head(seen);
	return 0;
}

static int seen_data(void *ctx, uint32_t stream, const void *p, size_t n)
{
	struct seen *seen = ctx;

	if (seen->n + n <= sizeof seen->data)
		memcpy(seen->data + seen->n, p, n);
	seen->n += n;
	if (!seen->greedy)
		seen->codec->ops->consumed(seen->codec, stream, n);
	if (seen->on_data)
		seen->on_data(seen);
	return 0;
}

static int seen_end(void *ctx, uint32_t stream, struct sel_headers *trailers)
{
	struct seen *seen = ctx;

	(void)stream, (void)trailers;
	seen->ends++;
	return 0;
}

static void seen_reset(void *ctx, uint32_t stream, uint32_t code)
{
	(void)ctx, (void)stream, (void)code;
	fail();
}

static void seen_writable(void *ctx, uint32_t stream)
{
	struct seen *seen = ctx;

	(void)stream;
	seen->writables++;
}

static void begin(struct seen *seen, bool server)
{
	static const struct sel_codec_events events = {seen_head, seen_data, seen_end, seen_reset,
						       seen_writable};

	*seen = (struct seen){0};
	assert_int_equal(sel_http1_new(server, &events, seen, &seen->codec), 0);
}

static void finish(struct seen *seen)
{
	sel_head_free(seen->head);
	seen->codec->ops->free(seen->codec);
}

static ssize_t feed(struct seen *seen, const char *text)
{
	return seen->codec->ops->feed(seen->codec, text, strlen(text), NULL);
}

static void fed(struct seen *seen, const char *text)
{
	assert_int_equal(feed(seen, text), strlen(text));
}

static void out_eq(struct seen *seen, const char *want)
{
	struct sel_buffer *out = &seen->codec->out;
	_cleanup_free_ char *got = strndup(out->n ? (const char *)sel_buffer_at(out) : "", out->n);

	assert_string_equal(got, want);
	sel_buffer_take(out, out->n);
}

static int respond(struct seen *seen, int status, uint64_t length, bool end)
{
	struct sel_head head = {.status = status, .length = length};

	return seen->codec->ops->send_head(seen->codec, seen->stream, &head, end, NULL);
}

static int data(struct seen *seen, const char *text)
{
	return (int)seen->codec->ops->send_data(seen->codec, seen->stream, text, strlen(text));
}

static int end(struct seen *seen)
{
	return seen->codec->ops->send_end(seen->codec, seen->stream, NULL);
}

static bool idle(struct seen *seen)
{
	return seen->codec->ops->idle(seen->codec);
}

static bool closing(struct seen *seen)
{
	return seen->codec->ops->closing(seen->codec);
}

static void responses_are_framed_by_what_was_asked(void **state)
{
	static const struct {
		const char *name, *request;
		int status;
		uint64_t length;
		const char *body; /* NULL: end with the head */
		const char *want;
		bool closing;
	} row[] = {
		{"length", GET "\r\n", 200, 2, "ok",
		 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false},
		{"chunked", GET "\r\n", 200, SEL_LENGTH_UNKNOWN, "ok",
		 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
		 false},
		{"none", GET "\r\n", 200, 0, NULL, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		 false},
		{"none, not known", GET "\r\n", 299, SEL_LENGTH_UNKNOWN, NULL,
		 "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n", false},
		{"204", GET "\r\n", 204, 0, NULL, "HTTP/1.1 204 No Content\r\n\r\n", false},
		{"304", GET "\r\n", 304, 0, NULL, "HTTP/1.1 304 Not Modified\r\n\r\n", false},
		{"304 whose body is dropped", GET "\r\n", 304, 2, "ok",
		 "HTTP/1.1 304 Not Modified\r\n\r\n", false},
		{"HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 200, 77, NULL,
		 "HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n", false},
		{"HEAD, not known", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 200, SEL_LENGTH_UNKNOWN,
		 NULL, "HTTP/1.1 200 OK\r\n\r\n", false},
		{"HEAD whose body is dropped", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 403, 2, "no",
		 "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n", false},
		{"close", GET "Connection: close\r\n\r\n", 200, 2, "ok",
		 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", true},
		{"HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", 200, 2, "ok",
		 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", true},
		{"HTTP/1.0 kept", "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
		 200, 2, "ok",
		 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", false},
		{"HTTP/1.0 knows no chunks",
		 "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", 200,
		 SEL_LENGTH_UNKNOWN, "ok", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok", true},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct seen seen;

		begin(&seen, true);
		fed(&seen, row[i].request);
		assert_int_equal(respond(&seen, row[i].status, row[i].length, !row[i].body), 0);
		if (row[i].body) {
			assert_int_equal(data(&seen, row[i].body), 2);
			assert_int_equal(end(&seen), 0);
		}
		assert_int_equal(end(&seen), -EPROTO);
		assert_true(idle(&seen));
		if (closing(&seen) != row[i].closing)
			fail_msg("%s: closing", row[i].name);
		out_eq(&seen, row[i].want);
		finish(&seen);
	}
}

static void requests_are_written(void **state)
{
	static const struct {
		struct sel_head head;
		bool end;
		const char *want; /* NULL: refused */
	} row[] = {
#define R(m, t, ...)                                                                               \
	{.method = (char *)(m),                                                                    \
	 .authority = (char *)"a.test:8443",                                                       \
	 .target = (char *)(t),                                                                    \
	 __VA_ARGS__}
		{R("GET", "/x?y"), true, "GET /x?y HTTP/1.1\r\nHost: a.test:8443\r\n\r\n"},
		{R("OPTIONS", "*"), true, "OPTIONS * HTTP/1.1\r\nHost: a.test:8443\r\n\r\n"},
		{R("POST", "/"), true,
		 "POST / HTTP/1.1\r\nHost: a.test:8443\r\nContent-Length: 0\r\n\r\n"},
		{R("POST", "/", .length = 5), false,
		 "POST / HTTP/1.1\r\nHost: a.test:8443\r\nContent-Length: 5\r\n\r\n"},
		{R("POST", "/", .length = 5, .expect = true), false,
		 "POST / HTTP/1.1\r\nHost: a.test:8443\r\nContent-Length: 5\r\nExpect: "
		 "100-continue\r\n\r\n"},
		{R("PUT", "/", .length = SEL_LENGTH_UNKNOWN), false,
		 "PUT / HTTP/1.1\r\nHost: a.test:8443\r\nTransfer-Encoding: chunked\r\n\r\n"},
		{R("GET", "/", .upgrade = (char *)"websocket"), true,
		 "GET / HTTP/1.1\r\nHost: a.test:8443\r\nUpgrade: websocket\r\nConnection: "
		 "Upgrade\r\n\r\n"},
		{R("GET", "/", .close = true), true, "GET / HTTP/1.1\r\nHost: a.test:8443\r\n\r\n"},
		{R("CONNECT", "/"), true, NULL},
		{R("GE T", "/"), true, NULL},
		{R("GET", "/ HTTP/1.1\r\nX: y"), true, NULL},
		{R("GET", "http://b.test/"), true, NULL},
		{R("GET", "*"), true, NULL},
		{R("GET", ""), true, NULL},
		{R("GET", NULL), true, NULL},
		{R(NULL, "/"), true, NULL},
		{R("GET", "/", .length = 5), true, NULL},
		{R("GET", "/", .upgrade = (char *)"h2c"), true, NULL},
		{R("POST", "/", .upgrade = (char *)"websocket"), true, NULL},
		{{.method = (char *)"GET", .target = (char *)"/", .authority = (char *)"a\r\nX: y"},
		 true,
		 NULL},
		{{.method = (char *)"GET", .target = (char *)"/"}, true, NULL},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		uint32_t stream = 99;
		struct seen seen;

		begin(&seen, false);
		assert_int_equal(seen.codec->ops->send_head(seen.codec, 0, &row[i].head, row[i].end,
							    &stream),
				 row[i].want ? 0 : -EINVAL);
		out_eq(&seen, row[i].want ? row[i].want : "");
		assert_int_equal(stream, row[i].want ? 1 : 99);
		assert_int_equal(seen.codec->ops->can_open(seen.codec), !row[i].want);
		finish(&seen);
	}
}

static void headers_are_written_but_never_those_that_frame(void **state)
{
	static const char *const never[] = {"Host",	  "content-length", "Transfer_Encoding",
					    "connection", "upgrade",	    "te",
					    "trailer",	  "keep-alive",	    "expect"};
	struct sel_head head = {.status = 200};
	struct seen seen;

	(void)state;
	begin(&seen, true);
	for (size_t i = 0; i < SEL_N(never); i++)
		assert_int_equal(sel_headers_add(&head.headers, never[i], strlen(never[i]), "9", 1),
				 0);
	assert_int_equal(sel_headers_add(&head.headers, "WWW-authenticate", 16, "x", 1), 0);
	assert_int_equal(sel_headers_add(&head.headers, "x--y-", 5, "", 0), 0);
	fed(&seen, GET "\r\n");
	assert_int_equal(seen.codec->ops->send_head(seen.codec, 1, &head, true, NULL), 0);
	out_eq(&seen,
	       "HTTP/1.1 200 OK\r\nWww-Authenticate: x\r\nX--Y-: \r\nContent-Length: 0\r\n\r\n");
	sel_head_done(&head);
	finish(&seen);
}

static void trailers_are_written_where_there_is_room_for_them(void **state)
{
	struct sel_headers trailers = {0};
	struct seen seen;

	(void)state;
	begin(&seen, true);
	assert_int_equal(sel_headers_add(&trailers, "grpc-status", 11, "0", 1), 0);
	assert_int_equal(sel_headers_add(&trailers, "set-cookie", 10, "a", 1), 0);
	fed(&seen, GET "\r\n");
	assert_int_equal(respond(&seen, 200, SEL_LENGTH_UNKNOWN, false), 0);
	assert_int_equal(seen.codec->ops->send_end(seen.codec, 1, &trailers), 0);
	out_eq(&seen,
	       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nGrpc-Status: 0\r\n\r\n");
	fed(&seen, GET "\r\n");
	assert_int_equal(respond(&seen, 200, 0, false), 0);
	assert_int_equal(seen.codec->ops->send_end(seen.codec, 2, &trailers), 0);
	out_eq(&seen, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	sel_headers_done(&trailers);
	finish(&seen);
}

static void no_more_and_no_less_is_sent_than_promised(void **state)
{
	struct seen seen;

	(void)state;
	begin(&seen, true);
	fed(&seen, GET "\r\n");
	assert_int_equal(data(&seen, "x"), -EPROTO);
	assert_int_equal(end(&seen), -EPROTO);
	assert_int_equal(respond(&seen, 200, 3, true), -EINVAL);
	assert_int_equal(respond(&seen, 99, 3, false), -EINVAL);
	assert_int_equal(respond(&seen, 200, 3, false), 0);
	assert_int_equal(respond(&seen, 200, 3, false), -EPROTO);
	assert_int_equal(data(&seen, "ab"), 2);
	assert_int_equal(end(&seen), -EPROTO);
	assert_int_equal(data(&seen, "cd"), -EPROTO);
	assert_int_equal(data(&seen, "c"), 1);
	assert_false(idle(&seen));
	assert_int_equal(end(&seen), 0);
	assert_true(idle(&seen) && !closing(&seen));
	seen.stream = 2;
	assert_int_equal(respond(&seen, 200, 0, true), -EPROTO);
	finish(&seen);
}

/* --- exchanges ----------------------------------------------------------------------------------
 */

static void one_exchange_at_a_time(void **state)
{
	struct seen seen;

	(void)state;
	begin(&seen, true);
	assert_int_equal(feed(&seen, GET "\r\n" GET "\r\n"), strlen(GET "\r\n"));
	assert_int_equal(seen.heads, 1);
	assert_int_equal(feed(&seen, GET "\r\n"), 0);
	assert_int_equal(respond(&seen, 200, 2, false), 0);
	assert_int_equal(data(&seen, "ok"), 2);
	assert_int_equal(feed(&seen, GET "\r\n"), 0);
	assert_int_equal(end(&seen), 0);
	fed(&seen, GET "\r\n");
	assert_int_equal(seen.heads, 2);
	assert_int_equal(seen.stream, 2);
	finish(&seen);
}

static void whoever_does_not_read_answers_may_not_ask_on(void **state)
{
	static const char big[SEL_OUT_MAX];
	struct seen seen;

	(void)state;
	begin(&seen, true);
	fed(&seen, GET "\r\n");
	assert_int_equal(respond(&seen, 200, sizeof big, false), 0);
	ssize_t took = seen.codec->ops->send_data(seen.codec, 1, big, sizeof big);
	assert_true(took > 0 && (size_t)took < sizeof big);
	assert_true(seen.codec->out.n <= SEL_OUT_MAX / 2);
	assert_int_equal(seen.codec->ops->send_data(seen.codec, 1, big, 1), 0);
	assert_int_equal(seen.writables, 0);
	sel_buffer_take(&seen.codec->out, seen.codec->out.n);
	assert_int_equal(feed(&seen, GET), 0);
	assert_int_equal(seen.writables, 1);
	assert_int_equal(seen.codec->ops->send_data(seen.codec, 1, big, sizeof big - (size_t)took),
			 SEL_OUT_MAX / 2);
	finish(&seen);

	begin(&seen, true);
	fed(&seen, GET "\r\n");
	assert_int_equal(respond(&seen, 200, SEL_LENGTH_UNKNOWN, false), 0);
	assert_true(seen.codec->ops->send_data(seen.codec, 1, big, sizeof big) > 0);
	assert_int_equal(end(&seen), 0);
	assert_true(idle(&seen));
	assert_int_equal(feed(&seen, GET "\r\n"), 0);
	sel_buffer_take(&seen.codec->out, seen.codec->out.n);
	fed(&seen, GET "\r\n");
	assert_int_equal(seen.heads, 2);
	finish(&seen);
}

static void what_is_not_consumed_is_not_followed_by_more(void **state)
{
	_cleanup_free_ char *body = repeated("", "b", SEL_OUT_MAX + 100, "");
	struct seen seen;

	(void)state;
	begin(&seen, true);
	seen.greedy = true;
	fed(&seen, POST "Content-Length: 1000000\r\n\r\n");
	assert_int_equal(feed(&seen, body), SEL_OUT_MAX);
	assert_int_equal(feed(&seen, "b"), 0);
	seen.codec->ops->consumed(seen.codec, 1, 7);
	assert_int_equal(feed(&seen, body), 7);
	seen.codec->ops->consumed(seen.codec, 2, 100); /* another's */
	assert_int_equal(feed(&seen, "b"), 0);
	seen.codec->ops->consumed(seen.codec, 1, SIZE_MAX);
	assert_int_equal(feed(&seen, body), SEL_OUT_MAX);
	finish(&seen);
}

static void refuse_at_once(struct seen *seen)
{
	assert_int_equal(respond(seen, 403, 2, false), 0);
	assert_int_equal(data(seen, "no"), 2);
	assert_int_equal(end(seen), 0);
}

static void an_answer_before_the_body_lets_the_connection_live(void **state)
{
	struct seen seen;

	(void)state;
	begin(&seen, true);
	seen.on_head = refuse_at_once;
	fed(&seen, POST "Content-Length: 5\r\n\r\nab");
	assert_false(idle(&seen));
	fed(&seen, "cde" CHUNKED "3\r\nabc\r\n0\r\n\r\n" GET "\r\n");
	assert_int_equal(seen.heads, 3);
	assert_int_equal(seen.n, 0); /* of the bodies nothing is heard */
	assert_int_equal(seen.ends, 0);
	assert_true(idle(&seen) && !closing(&seen));
	finish(&seen);
}

static void unless_it_is_to_be_closed(void **state)
{
	struct sel_head head = {.status = 403, .close = true};
	struct seen seen;

	(void)state;
	begin(&seen, true);
	fed(&seen, POST "Content-Length: 5\r\n\r\nab");
	assert_int_equal(seen.codec->ops->send_head(seen.codec, 1, &head, true, NULL), 0);
	assert_true(idle(&seen) && closing(&seen));
	fed(&seen, "cde" GET "\r\n");
	assert_int_equal(seen.heads, 1);
	finish(&seen);
}

static void but_not_for_ever(void **state)
{
	_cleanup_free_ char *body = repeated("", "b", 1 << 20, "");
	struct seen seen;

	(void)state;
	begin(&seen, true);
	seen.on_head = refuse_at_once;
	fed(&seen, POST "Content-Length: 999999999999\r\n\r\n");
	for (int i = 0; i < 8; i++) {
		fed(&seen, body);
		assert_false(idle(&seen));
	}
	fed(&seen, body);
	assert_true(idle(&seen) && closing(&seen));
	fed(&seen, GET "\r\n");
	assert_int_equal(seen.heads, 1);
	finish(&seen);
}

static void an_answer_within_the_body_as_well(void **state)
{
	struct seen seen;

	(void)state;
	begin(&seen, true);
	seen.on_data = refuse_at_once;
	fed(&seen, POST "Content-Length: 5\r\n\r\nabcde");
	assert_true(idle(&seen) && !closing(&seen));
	assert_int_equal(seen.ends, 0);
	seen.on_data = NULL;
	fed(&seen, GET "\r\n");
	assert_int_equal(seen.stream, 2);
	finish(&seen);
}

static void a_client_that_waits_is_told_to_go_on(void **state)
{
	struct seen seen;

	(void)state;
	begin(&seen, true);
	fed(&seen, POST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	assert_true(seen.head->expect);
	assert_int_equal(respond(&seen, 100, 0, false), 0);
	assert_int_equal(respond(&seen, 100, 0, false), 0);
	assert_int_equal(respond(&seen, 103, 0, false), 0);
	out_eq(&seen, "HTTP/1.1 100 Continue\r\n\r\n");
	fed(&seen, "hi");
	assert_int_equal(respond(&seen, 200, 0, true), 0);
	out_eq(&seen, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	assert_true(idle(&seen) && !closing(&seen));
	finish(&seen);
}

/* Whether it then sends the body cannot be known. */
static void or_refused_and_the_connection_closed(void **state)
{
	struct seen seen;

	(void)state;
	begin(&seen, true);
	fed(&seen, POST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	assert_int_equal(respond(&seen, 403, 0, true), 0);
	out_eq(&seen, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	assert_true(idle(&seen) && closing(&seen));
	fed(&seen, GET "\r\n");
	assert_int_equal(seen.heads, 1);
	finish(&seen);
}

static void what_could_not_be_read_can_be_answered(void **state)
{
	struct seen seen;

	(void)state;
	begin(&seen, true);
	assert_int_equal(feed(&seen, GET "X : y\r\n\r\n" GET "\r\n"), -EBADMSG);
	assert_true(closing(&seen));
	assert_int_equal(feed(&seen, GET "\r\n"), -EBADMSG);
	assert_int_equal(respond(&seen, 400, 2, false), 0);
	assert_int_equal(data(&seen, "no"), 2);
	assert_int_equal(end(&seen), 0);
	assert_int_equal(respond(&seen, 400, 2, false), -EPROTO);
	out_eq(&seen,
	       "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
	assert_true(idle(&seen) && closing(&seen));
	finish(&seen);

	begin(&seen, true); /* in its body */
	assert_int_equal(feed(&seen, CHUNKED "x"), -EBADMSG);
	assert_false(idle(&seen));
	assert_int_equal(respond(&seen, 400, 0, true), 0);
	out_eq(&seen, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	assert_true(idle(&seen) && closing(&seen));
	finish(&seen);

	begin(&seen, true); /* when it was answered already: that answer stays the only one */
	seen.on_head = refuse_at_once;
	assert_int_equal(feed(&seen, CHUNKED "x"), -EBADMSG);
	seen.on_head = NULL;
	assert_true(idle(&seen) && closing(&seen));
	assert_int_equal(respond(&seen, 400, 0, true), -EPROTO);
	finish(&seen);

	begin(&seen, true); /* or in part */
	fed(&seen, CHUNKED);
	assert_int_equal(respond(&seen, 200, 5, false), 0);
	assert_int_equal(data(&seen, "ok"), 2);
	assert_int_equal(feed(&seen, "x"), -EBADMSG);
	assert_int_equal(respond(&seen, 400, 0, true), -EPROTO);
	seen.codec->ops->reset(seen.codec, 1, 0);
	assert_int_equal(respond(&seen, 400, 0, true), -EPROTO);
	assert_true(idle(&seen) && closing(&seen));
	finish(&seen);
}

static void a_stream_given_up_ends_the_connection(void **state)
{
	struct seen seen;

	(void)state;
	begin(&seen, true);
	fed(&seen, POST "Content-Length: 5\r\n\r\na");
	seen.codec->ops->reset(seen.codec, 7, 0);
	assert_false(closing(&seen));
	seen.codec->ops->reset(seen.codec, 1, 0);
	assert_true(idle(&seen) && closing(&seen));
	fed(&seen, "bcde" GET "\r\n");
	assert_int_equal(seen.heads, 1);
	assert_int_equal(seen.n, 1);
	assert_int_equal(respond(&seen, 200, 0, true), -EPROTO);
	finish(&seen);
}

static uint32_t ask(struct seen *seen, const char *method, uint64_t length)
{
	struct sel_head head = {.method = (char *)method,
				.authority = (char *)"a.test",
				.target = (char *)"/",
				.length = length,
				.upgrade = strcmp(method, "UP") == 0 ? (char *)"websocket" : NULL};

	if (head.upgrade)
		head.method = (char *)"GET";
	assert_int_equal(
		seen->codec->ops->send_head(seen->codec, 0, &head, length == 0, &seen->stream), 0);
	sel_buffer_take(&seen->codec->out, seen->codec->out.n);
	return seen->stream;
}

static void an_upstream_answers_one_question_at_a_time(void **state)
{
	struct sel_head head = {
		.method = (char *)"GET", .authority = (char *)"a.test", .target = (char *)"/"};
	struct seen seen;
	uint32_t stream;

	(void)state;
	begin(&seen, false);
	assert_int_equal(ask(&seen, "GET", 0), 1);
	assert_false(seen.codec->ops->can_open(seen.codec));
	assert_int_equal(seen.codec->ops->send_head(seen.codec, 0, &head, true, &stream), -EBUSY);
	fed(&seen, OK "Content-Length: 0\r\n\r\n");
	assert_true(seen.codec->ops->can_open(seen.codec) && !closing(&seen));
	assert_int_equal(ask(&seen, "GET", 0), 2);
	fed(&seen, OK "Content-Length: 0\r\n\r\n");
	assert_false(closing(&seen));
	fed(&seen, OK "Content-Length: 1\r\n\r\nx"); /* nobody asked */
	assert_int_equal(seen.heads, 2);
	assert_true(idle(&seen) && closing(&seen));
	assert_false(seen.codec->ops->can_open(seen.codec));
	finish(&seen);
}

static void what_follows_an_answer_is_no_answer_to_the_next(void **state)
{
	struct seen seen;

	(void)state;
	begin(&seen, false);
	(void)ask(&seen, "GET", 0);
	fed(&seen, OK "Content-Length: 0\r\n\r\n" OK "X: poison\r\n\r\n");
	assert_int_equal(seen.heads, 1);
	assert_false(seen.codec->ops->can_open(seen.codec));
	assert_true(closing(&seen) && idle(&seen));
	finish(&seen);
}

static void an_upstream_cannot_put_one_off_for_ever(void **state)
{
	_cleanup_free_ char *some = repeated("", "HTTP/1.1 103 x\r\n\r\n", 32, "");
	struct seen seen;

	(void)state;
	begin(&seen, false);
	for (int i = 0; i < 3; i++) { /* so many before each answer */
		(void)ask(&seen, "GET", 0);
		fed(&seen, some);
		if (i < 2)
			fed(&seen, OK "Content-Length: 0\r\n\r\n");
	}
	assert_int_equal(seen.heads, 2);
	assert_int_equal(feed(&seen, "HTTP/1.1 103 x\r\n\r\n"), -EBADMSG);
	finish(&seen);
}

static void an_answer_may_come_before_the_question_ended(void **state)
{
	struct seen seen;

	(void)state;
	begin(&seen, false);
	(void)ask(&seen, "POST", 4);
	assert_int_equal(data(&seen, "ab"), 2);
	fed(&seen, "HTTP/1.1 413 x\r\nContent-Length: 2\r\n\r\nno");
	assert_int_equal(seen.head->status, 413);
	assert_int_equal(seen.ends, 1);
	assert_false(idle(&seen));
	assert_true(closing(&seen));
	assert_int_equal(data(&seen, "cd"), 2);
	assert_int_equal(end(&seen), 0);
	assert_true(idle(&seen));
	assert_false(seen.codec->ops->can_open(seen.codec));
	finish(&seen);

	begin(&seen, false); /* and more behind it is nothing */
	(void)ask(&seen, "POST", 4);
	fed(&seen, OK "Content-Length: 0\r\n\r\n" OK "\r\n");
	assert_int_equal(seen.heads, 1);
	fed(&seen, OK "\r\n");
	assert_int_equal(data(&seen, "abcd"), 4);
	assert_int_equal(end(&seen), 0);
	assert_true(idle(&seen) && closing(&seen));
	finish(&seen);
}

static void an_answer_may_end_with_the_connection(void **state)
{
	struct seen seen;

	(void)state;
	begin(&seen, false);
	(void)ask(&seen, "GET", 0);
	fed(&seen, OK "\r\nab");
	assert_true(seen.head->close);
	assert_int_equal(seen.ends, 0);
	assert_int_equal(seen.codec->ops->feed(seen.codec, NULL, 0, NULL), 0);
	assert_int_equal(seen.ends, 1);
	assert_true(idle(&seen) && closing(&seen));
	finish(&seen);

	begin(&seen, false);
	(void)ask(&seen, "GET", 0);
	assert_int_equal(seen.codec->ops->feed(seen.codec, NULL, 0, NULL), -EPIPE);
	finish(&seen);

	begin(&seen, false); /* between two */
	assert_int_equal(seen.codec->ops->feed(seen.codec, NULL, 0, NULL), 0);
	assert_true(closing(&seen));
	assert_false(seen.codec->ops->can_open(seen.codec));
	finish(&seen);
}

static void upgraded_connections_are_bytes(void **state)
{
	struct sel_head head = {.status = 101, .upgrade = (char *)"websocket"};
	struct seen seen;

	(void)state;
	begin(&seen, true);
	fed(&seen, GET "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n");
	assert_int_equal(feed(&seen, "early"), 0); /* until it is accepted */
	assert_int_equal(seen.codec->ops->send_head(seen.codec, 1, &head, false, NULL), 0);
	out_eq(&seen, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		      "Connection: Upgrade\r\n\r\n");
	fed(&seen, "early");
	assert_int_equal(data(&seen, "\x81\x00"), 1);
	out_eq(&seen, "\x81");
	assert_int_equal(end(&seen), 0); /* one half */
	fed(&seen, "more");
	assert_int_equal(seen.n, 9);
	assert_false(idle(&seen));
	assert_int_equal(seen.codec->ops->feed(seen.codec, NULL, 0, NULL), 0);
	assert_int_equal(seen.ends, 1);
	assert_true(idle(&seen) && closing(&seen));
	finish(&seen);

	begin(&seen, false);
	(void)ask(&seen, "UP", 0);
	assert_int_equal(data(&seen, "early"), -EPROTO);
	fed(&seen, "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nhello");
	assert_int_equal(seen.head->status, 101);
	assert_int_equal(seen.n, 5);
	assert_int_equal(data(&seen, "hi"), 2);
	out_eq(&seen, "hi");
	assert_int_equal(seen.codec->ops->feed(seen.codec, NULL, 0, NULL), 0);
	assert_int_equal(data(&seen, "hi"), 2);
	assert_false(idle(&seen));
	assert_int_equal(end(&seen), 0);
	assert_true(idle(&seen) && closing(&seen));
	finish(&seen);

	begin(&seen, true); /* what was not asked for */
	fed(&seen, GET "\r\n");
	assert_int_equal(seen.codec->ops->send_head(seen.codec, 1, &head, false, NULL), -EPROTO);
	finish(&seen);
}

static int broken_head(void *ctx, uint32_t stream, struct sel_head *head, bool is_end)
{
	(void)ctx, (void)stream, (void)is_end;
	sel_head_free(head);
	return -ENOMEM;
}

static void an_event_can_end_the_connection(void **state)
{
	static const struct sel_codec_events events = {broken_head, seen_data, seen_end, seen_reset,
						       seen_writable};
	struct sel_codec *c;
	const char *why = NULL;

	(void)state;
	assert_int_equal(sel_http1_new(true, &events, NULL, &c), 0);
	assert_int_equal(c->ops->feed(c, GET "\r\n", strlen(GET "\r\n"), &why), -ENOMEM);
	assert_non_null(why);
	assert_true(c->ops->closing(c));
	c->ops->free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_read),
		cmocka_unit_test(what_two_could_read_differently_is_refused),
		cmocka_unit_test(responses_are_read),
		cmocka_unit_test(every_size_has_a_limit),
		cmocka_unit_test(responses_are_framed_by_what_was_asked),
		cmocka_unit_test(requests_are_written),
		cmocka_unit_test(headers_are_written_but_never_those_that_frame),
		cmocka_unit_test(trailers_are_written_where_there_is_room_for_them),
		cmocka_unit_test(no_more_and_no_less_is_sent_than_promised),
		cmocka_unit_test(one_exchange_at_a_time),
		cmocka_unit_test(whoever_does_not_read_answers_may_not_ask_on),
		cmocka_unit_test(what_is_not_consumed_is_not_followed_by_more),
		cmocka_unit_test(an_answer_before_the_body_lets_the_connection_live),
		cmocka_unit_test(unless_it_is_to_be_closed),
		cmocka_unit_test(but_not_for_ever),
		cmocka_unit_test(an_answer_within_the_body_as_well),
		cmocka_unit_test(a_client_that_waits_is_told_to_go_on),
		cmocka_unit_test(or_refused_and_the_connection_closed),
		cmocka_unit_test(what_could_not_be_read_can_be_answered),
		cmocka_unit_test(a_stream_given_up_ends_the_connection),
		cmocka_unit_test(an_upstream_answers_one_question_at_a_time),
		cmocka_unit_test(what_follows_an_answer_is_no_answer_to_the_next),
		cmocka_unit_test(an_upstream_cannot_put_one_off_for_ever),
		cmocka_unit_test(an_answer_may_come_before_the_question_ended),
		cmocka_unit_test(an_answer_may_end_with_the_connection),
		cmocka_unit_test(upgraded_connections_are_bytes),
		cmocka_unit_test(an_event_can_end_the_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
