/* Grants that many need: what a coding agent asks of its API and nothing else that is served there
 * (no files, no batches, no organisation), and git over https. */
#include "grant.h"

#include <stdio.h>

#define BRIEF_MAX 48 /* bytes of a host in the name of a grant */

const char *const sel_grant_presets[] = {"anthropic", "openai",	     "google", "git",
					 "git-push",  "git-private", NULL};

static const struct {
	const char *name, *text;
} apis[] = {
	{"anthropic", "grant anthropic {\n"
		      "  host        api.anthropic.com\n"
		      "  http        POST /v1/messages POST /v1/messages/count_tokens "
		      "GET /v1/models GET /v1/models/*\n"
		      "  query       beta=true limit=* after_id=* before_id=*\n"
		      "  credential  keyring:anthropic\n"
		      "  in          header:x-api-key header:authorization:Bearer\n"
		      "  phantom     sk-ant-\n"
		      "  request     body<=32M type=application/json\n"
		      "  response    strip=set-cookie,alt-svc\n"
		      "  expires     project\n"
		      "}\n"},
	{"openai",
	 "grant openai {\n"
	 "  host        api.openai.com\n"
	 "  http        POST /v1/responses POST /v1/responses/compact POST /v1/chat/completions "
	 "GET /v1/models GET /v1/models/*\n"
	 "  query       client_version=*\n"
	 "  credential  keyring:openai\n"
	 "  in          header:authorization:Bearer\n"
	 "  phantom     sk-\n"
	 "  request     body<=64M type=application/json\n"
	 "  response    strip=set-cookie,alt-svc\n"
	 "  expires     project\n"
	 "}\n"},
	{"google", "grant google {\n"
		   "  host        generativelanguage.googleapis.com\n"
		   "  http        POST /v1beta/models/*:generateContent "
		   "POST /v1beta/models/*:streamGenerateContent POST /v1beta/models/*:countTokens "
		   "POST /v1beta/models/*:embedContent POST /v1beta/models/*:batchEmbedContents "
		   "GET /v1beta/models GET /v1beta/models/*\n"
		   "  query       alt=sse pageSize=* pageToken=*\n"
		   "  credential  keyring:google\n"
		   "  in          header:x-goog-api-key\n"
		   "  phantom     AIza\n"
		   "  request     body<=32M type=application/json\n"
		   "  response    strip=set-cookie,alt-svc\n"
		   "  expires     project\n"
		   "}\n"},
};

/* Git's smart http (gitprotocol-http): what is there, then one exchange of a service. Nobody may
 * push without a credential. The third is for what may not even be read without one: two grants of
 * a host do not share a credential. */
static const struct {
	const char *name, *http, *query, *type;
	bool credential;
} gits[] = {
	{"git", "POST /*/git-upload-pack", "service=git-upload-pack",
	 "  request     type=application/x-git-upload-pack-request\n", false},
	{"git-push", "POST /*/git-receive-pack", "service=git-receive-pack",
	 "  request     type=application/x-git-receive-pack-request\n", true},
	{"git-private", "POST /*/git-upload-pack POST /*/git-receive-pack",
	 "service=git-upload-pack service=git-receive-pack", "", true},
};

/* A host is a name of a grant but for its length and the colons of v6. */
static void brief(const char *host, char ret[BRIEF_MAX])
{
	(void)snprintf(ret, BRIEF_MAX, "%.*s", BRIEF_MAX - 1, host);
	for (char *c = ret; *c; c++)
		*c = (char)(*c == ':' ? '-' : *c);
}

static int git(size_t i, const char *authority, char **ret)
{
	char host[SEL_NAME_MAX], short_host[BRIEF_MAX];
	_cleanup_free_ char *credential = NULL;
	uint16_t port;

	if (!authority || sel_name_authority(authority, strlen(authority), 443, host, &port) < 0)
		return -EINVAL;
	brief(host, short_host);
	if (asprintf(&credential, "  credential  keyring:git-%s\n  in          basic:\n",
		     short_host) < 0)
		return -ENOMEM;
	return asprintf(ret,
			"grant %s-%s {\n"
			"  host        %s\n"
			"  port        %u\n"
			"  http        GET /*/info/refs %s\n"
			"  query       %s\n"
			"%s"
			"%s"
			"  response    strip=set-cookie,alt-svc\n"
			"  expires     project\n"
			"}\n",
			gits[i].name, short_host, host, (unsigned)port, gits[i].http, gits[i].query,
			gits[i].credential ? credential : "", gits[i].type) < 0
		       ? -ENOMEM
		       : 0;
}

int sel_grant_preset(const char *preset, const char *host, char **ret)
{
	for (size_t i = 0; i < SEL_N(gits); i++)
		if (strcmp(gits[i].name, preset) == 0)
			return git(i, host, ret);
	for (size_t i = 0; i < SEL_N(apis); i++) {
		if (strcmp(apis[i].name, preset) != 0)
			continue;
		if (host)
			return -EINVAL;
		*ret = strdup(apis[i].text);
		return *ret ? 0 : -ENOMEM;
	}
	return -ENOENT;
}
