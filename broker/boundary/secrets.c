#include "secrets.h"

#include "scope.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#define SEARCH_MAX 10000	/* entries of workspaces that are looked at */
#define INSIDE_MAX 1000		/* of secret folders: this happens at each start */
#define LINK_DEPTH 1		/* folders below a secret one that are searched for links */
#define READ_MAX   (256 * 1024) /* a file that is bigger than this holds a token, for all we know */

struct row {
	const char *path; /* below home, or absolute */
	const char *what;
	const char
		*needs; /* only if one of these words, between '|', is in the file; NULL: always */
};

/* Not here: the keys of agents themselves (~/.claude/.credentials.json, ~/.codex/auth.json ...),
 * which they read at each start, and shells' histories, for the same reason. */
/* clang-format off */
static const struct row rows[] = {
	{ ".ssh",                             "SSH keys",                    NULL },
	{ ".gnupg",                           "GnuPG keys",                  NULL },
	{ ".aws",                             "AWS credentials",             NULL },
	{ ".azure",                           "Azure credentials",           NULL },
	{ ".oci",                             "Oracle cloud credentials",    NULL },
	{ ".config/gcloud",                   "Google cloud credentials",    NULL },
	{ ".boto",                            "cloud storage credentials",   NULL },
	{ ".s3cfg",                           "cloud storage credentials",   NULL },
	{ ".config/rclone",                   "cloud storage credentials",   NULL },
	{ ".config/doctl",                    "DigitalOcean credentials",    NULL },
	{ ".fly",                             "Fly.io credentials",          NULL },
	{ ".local/share/com.vercel.cli",      "Vercel credentials",          NULL },
	{ ".config/netlify",                  "Netlify credentials",         NULL },
	{ ".terraform.d/credentials.tfrc.json", "Terraform credentials",     NULL },
	{ ".vault-token",                     "Vault token",                 NULL },
	{ ".kube",                            "Kubernetes credentials",      NULL },
	{ ".docker/config.json",              "registry credentials",        NULL },
	{ ".config/containers/auth.json",     "registry credentials",        NULL },
	{ ".config/helm/registry",            "registry credentials",        NULL },

	{ ".netrc",                           "passwords of servers",        NULL },
	{ ".authinfo",                        "passwords of servers",        NULL },
	{ ".authinfo.gpg",                    "passwords of servers",        NULL },
	{ ".git-credentials",                 "git credentials",             NULL },
	{ ".config/git/credentials",          "git credentials",             NULL },
	{ ".config/gh",                       "GitHub token",                NULL },
	{ ".config/hub",                      "GitHub token",                NULL },
	{ ".config/glab-cli",                 "GitLab token",                NULL },
	{ ".config/tea",                      "Gitea token",                 NULL },
	{ ".pgpass",                          "database passwords",          NULL },
	{ ".my.cnf",                          "database passwords",          "password" },
	{ ".mylogin.cnf",                     "database passwords",          NULL },

	{ ".npmrc",                           "npm token",                   "_auth|_password" },
	{ ".yarnrc.yml",                      "npm token",                   "npmAuth" },
	{ ".pypirc",                          "PyPI token",                  NULL },
	{ ".config/pip/pip.conf",             "package index password",      "@" },
	{ ".pip/pip.conf",                    "package index password",      "@" },
	{ ".cargo/credentials",               "crates token",                NULL },
	{ ".cargo/credentials.toml",          "crates token",                NULL },
	{ ".gem/credentials",                 "RubyGems token",              NULL },
	{ ".local/share/gem/credentials",     "RubyGems token",              NULL },
	{ ".bundle/config",                   "RubyGems token",              "BUNDLE_" },
	{ ".composer/auth.json",              "Composer credentials",        NULL },
	{ ".config/composer/auth.json",       "Composer credentials",        NULL },
	{ ".m2/settings.xml",                 "Maven credentials",           "password|passphrase|privateKey" },
	{ ".m2/settings-security.xml",        "Maven credentials",           NULL },
	{ ".gradle/gradle.properties",        "Gradle credentials",          "assword|oken|ecret" },
	{ ".nuget/NuGet/NuGet.Config",        "NuGet credentials",           "assword" },
	{ ".config/NuGet",                    "NuGet credentials",           NULL },
	{ ".huggingface/token",               "Hugging Face token",          NULL },
	{ ".cache/huggingface/token",         "Hugging Face token",          NULL },
	{ ".cache/huggingface/stored_tokens", "Hugging Face token",          NULL },
	{ ".kaggle",                          "Kaggle token",                NULL },
	{ ".curlrc",                          "passwords of servers",        "user|header|oauth" },
	{ ".wgetrc",                          "passwords of servers",        "password" },

	{ ".password-store",                  "password store",              NULL },
	{ ".local/share/keyrings",            "keyring",                     NULL },
	{ ".local/share/kwalletd",            "keyring",                     NULL },
	{ ".local/share/python_keyring",      "keyring",                     NULL },
	{ ".config/op",                       "1Password",                   NULL },
	{ ".config/1Password",                "1Password",                   NULL },
	{ ".config/Bitwarden",                "Bitwarden",                   NULL },
	{ ".config/Bitwarden CLI",            "Bitwarden",                   NULL },
	{ ".config/keepassxc",                "KeePassXC",                   NULL },
	{ ".config/sops",                     "age keys",                    NULL },
	{ ".config/age",                      "age keys",                    NULL },
	{ ".pki",                             "certificates and keys",       NULL },

	/* the machine's, for those who run as root */
	{ "/etc/shadow",                      "password hashes",             NULL },
	{ "/etc/shadow-",                     "password hashes",             NULL },
	{ "/etc/gshadow",                     "password hashes",             NULL },
	{ "/etc/gshadow-",                    "password hashes",             NULL },
	{ "/etc/ssh/ssh_host_rsa_key",        "host key",                    NULL },
	{ "/etc/ssh/ssh_host_ecdsa_key",      "host key",                    NULL },
	{ "/etc/ssh/ssh_host_ed25519_key",    "host key",                    NULL },
	{ "/etc/ssl/private",                 "server keys",                 NULL },
	{ "/etc/krb5.keytab",                 "Kerberos keys",               NULL },
	{ "/etc/NetworkManager/system-connections", "network passwords",     NULL },
	{ "/etc/wireguard",                   "network keys",                NULL },
};

/* Whole folders of programs: big, and links in them lead to pictures and downloads, so that they are
 * not searched for links. */
static const struct row profiles[] = {
	{ ".mozilla",                         "browser profile",             NULL },
	{ ".config/mozilla",                  "browser profile",             NULL },
	{ ".thunderbird",                     "mail profile",                NULL },
	{ ".librewolf",                       "browser profile",             NULL },
	{ ".config/google-chrome",            "browser profile",             NULL },
	{ ".config/google-chrome-beta",       "browser profile",             NULL },
	{ ".config/chromium",                 "browser profile",             NULL },
	{ ".config/BraveSoftware",            "browser profile",             NULL },
	{ ".config/microsoft-edge",           "browser profile",             NULL },
	{ ".config/vivaldi",                  "browser profile",             NULL },
	{ ".config/opera",                    "browser profile",             NULL },
	{ "snap/firefox",                     "browser profile",             NULL },
	{ "snap/chromium",                    "browser profile",             NULL },
	{ ".var/app/org.mozilla.firefox",     "browser profile",             NULL },
	{ ".var/app/org.chromium.Chromium",   "browser profile",             NULL },
	{ ".var/app/com.google.Chrome",       "browser profile",             NULL },
	{ ".var/app/com.brave.Browser",       "browser profile",             NULL },
	{ ".config/Slack",                    "messages",                    NULL },
	{ ".config/discord",                  "messages",                    NULL },
	{ ".config/Signal",                   "messages",                    NULL },
	{ ".local/share/evolution",           "mail",                        NULL },
	{ ".bitcoin",                         "wallet",                      NULL },
	{ ".electrum",                        "wallet",                      NULL },
	{ ".ethereum/keystore",               "wallet",                      NULL },
	{ ".config/solana",                   "wallet",                      NULL },
};

/* Where the environment moves rows: all below a folder of home, or one thing. */
static const struct {
	const char *below, *variable;
} bases[] = {
	{ ".config/",      "XDG_CONFIG_HOME" },
	{ ".local/share/", "XDG_DATA_HOME" },
	{ ".cache/",       "XDG_CACHE_HOME" },
	{ ".cargo/",       "CARGO_HOME" },
};
static const struct {
	const char *variable, *below;
	struct row row;
} variables[] = {
	{ "GNUPGHOME",                      "", { NULL, "GnuPG keys",               NULL } },
	{ "AWS_SHARED_CREDENTIALS_FILE",    "", { NULL, "AWS credentials",          NULL } },
	{ "AWS_CONFIG_FILE",                "", { NULL, "AWS credentials",          NULL } },
	{ "AWS_WEB_IDENTITY_TOKEN_FILE",    "", { NULL, "AWS credentials",          NULL } },
	{ "AZURE_CONFIG_DIR",               "", { NULL, "Azure credentials",        NULL } },
	{ "CLOUDSDK_CONFIG",                "", { NULL, "Google cloud credentials", NULL } },
	{ "GOOGLE_APPLICATION_CREDENTIALS", "", { NULL, "Google cloud credentials", NULL } },
	{ "KUBECONFIG",                     "", { NULL, "Kubernetes credentials",   NULL } },
	{ "DOCKER_CONFIG",                  "/config.json", { NULL, "registry credentials", NULL } },
	{ "GH_CONFIG_DIR",                  "", { NULL, "GitHub token",             NULL } },
	{ "NETRC",                          "", { NULL, "passwords of servers",     NULL } },
	{ "PGPASSFILE",                     "", { NULL, "database passwords",       NULL } },
	{ "NPM_CONFIG_USERCONFIG",          "", { NULL, "npm token",     "_auth|_password" } },
	{ "PASSWORD_STORE_DIR",             "", { NULL, "password store",           NULL } },
	{ "SOPS_AGE_KEY_FILE",              "", { NULL, "age keys",                 NULL } },
	{ "HF_HOME",                        "/token", { NULL, "Hugging Face token", NULL } },
};

/* Files of a workspace. */
static const struct row npmrc = { ".npmrc", "npm token", "_auth|_password" };
static const struct row dotenv = { ".env", "settings with passwords", NULL };
/* clang-format on */

struct inode {
	uint64_t dev, ino;
	const char *what;
};

/* Folders still to be searched, upper ones first. */
struct queue {
	struct todo {
		char *path;
		int depth;
	} * items;
	size_t n, at;
};

struct finder {
	struct sel_secrets s;
	const char *home;
	const char *const *roots;
	struct inode *linked; /* files with more than one name, found in or as secrets */
	size_t n_linked;
};

static int queue_add(struct queue *q, const char *dir, const char *name, int depth)
{
	struct todo *items = reallocarray(q->items, q->n + 1, sizeof *items);
	char *path = NULL;

	if (!items)
		return -ENOMEM;
	q->items = items;
	if (asprintf(&path, "%s%s%s", dir, *name && strcmp(dir, "/") != 0 ? "/" : "", name) < 0)
		return -ENOMEM;
	items[q->n++] = (struct todo){path, depth};
	return 0;
}

static void queue_done(struct queue *q)
{
	for (size_t i = 0; i < q->n; i++)
		free(q->items[i].path);
	free(q->items);
}

/* --- single things --- */

/* True if `fd` holds one of the words, cannot be read, or is too big to tell. */
static bool holds(int fd, const char *words)
{
	_cleanup_free_ char *text = malloc(READ_MAX + 1);
	size_t n = 0;
	ssize_t got = 1;

	while (text && n < READ_MAX && got > 0) {
		got = read(fd, text + n, READ_MAX - n);
		if (got > 0)
			n += (size_t)got;
	}
	if (!text || got != 0)
		return true;
	for (const char *word = words; *word;) {
		size_t len = strcspn(word, "|");

		if (memmem(text, n, word, len))
			return true;
		word += len + (word[len] == '|');
	}
	return false;
}

static bool wanted(const char *path, const struct stat *st, const char *needs)
{
	_cleanup_close_ int fd = -1;

	if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
		return false;
	/* The owner may give himself what he has not. */
	if (st->st_uid != geteuid() && faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) < 0)
		return false;
	if (!needs || !S_ISREG(st->st_mode))
		return true;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	return fd < 0 || holds(fd, needs);
}

static int remember_inode(struct finder *f, const struct stat *st, const char *what)
{
	struct inode *more;

	if (!S_ISREG(st->st_mode) || st->st_nlink < 2)
		return 0;
	more = reallocarray(f->linked, f->n_linked + 1, sizeof *more);
	if (!more)
		return -ENOMEM;
	more[f->n_linked++] = (struct inode){st->st_dev, st->st_ino, what};
	f->linked = more;
	return 0;
}

static bool known(const struct sel_secrets *s, const char *path)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->items[i].path, path) == 0)
			return true;
	return false;
}

/* Takes `path`, which is canonical. */
static int add(struct finder *f, char *path, const struct stat *st, const char *what)
{
	_cleanup_free_ char *own = path;
	struct sel_secret *items;

	if (known(&f->s, path))
		return 0;
	items = reallocarray(f->s.items, f->s.n + 1, sizeof *items);
	if (!items)
		return -ENOMEM;
	f->s.items = items;
	items[f->s.n] = (struct sel_secret){.path = sel_steal_ptr(&own),
					    .folder = S_ISDIR(st->st_mode),
					    .what = what,
					    .dev = st->st_dev,
					    .ino = st->st_ino};
	f->s.n++;
	return remember_inode(f, st, what);
}

/* A variable or a link may lead anywhere; what holds the home folder or a workspace is no secret.
 */
static bool too_wide(const struct finder *f, const char *path)
{
	if (strcmp(path, "/") == 0 || (f->home && sel_path_below(f->home, path)))
		return true;
	for (const char *const *root = f->roots; root && *root; root++)
		if (sel_path_below(*root, path))
			return true;
	return false;
}

/* What is absent, unreadable or of no use is passed over. */
static int try(struct finder *f, const char *path, const struct row *row)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	struct stat st;

	if (!real)
		return errno == ENOMEM ? -ENOMEM : 0;
	if (stat(real, &st) < 0 || too_wide(f, real) || !wanted(real, &st, row->needs))
		return 0;
	return add(f, sel_steal_ptr(&real), &st, row->what);
}

static int try_at(struct finder *f, const char *base, const char *below, const struct row *row)
{
	_cleanup_free_ char *path = NULL;

	if (*base != '/')
		return 0;
	if (asprintf(&path, "%s/%s", base, below) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return try(f, path, row);
}

/* --- the table --- */

static int try_row(struct finder *f, const struct row *row)
{
	int r;

	if (*row->path == '/')
		return try(f, row->path, row);
	r = f->home ? try_at(f, f->home, row->path, row) : 0;
	for (size_t i = 0; r >= 0 && i < SEL_N(bases); i++) {
		size_t n = strlen(bases[i].below);
		const char *base = getenv(bases[i].variable);

		if (base && strncmp(row->path, bases[i].below, n) == 0)
			r = try_at(f, base, row->path + n, row);
	}
	return r;
}

/* KUBECONFIG is a list; none of the others has a colon in it, nor would it be one file then. */
static int try_variable(struct finder *f, const char *value, const char *below,
			const struct row *row)
{
	int r = 0;

	while (r >= 0 && value && *value) {
		size_t n = strcspn(value, ":");
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%.*s%s", (int)n, value, below) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		if (*path == '/')
			r = try(f, path, row);
		value += n + (value[n] == ':');
	}
	return r;
}

static int find_table(struct finder *f)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < SEL_N(rows); i++)
		r = try_row(f, &rows[i]);
	for (size_t i = 0; r >= 0 && i < SEL_N(variables); i++)
		r = try_variable(f, getenv(variables[i].variable), variables[i].below,
				 &variables[i].row);
	return r;
}

static int find_extra(struct finder *f, const char *const *extra, const char **ret_bad)
{
	for (; extra && *extra; extra++) {
		_cleanup_free_ char *real = realpath(*extra, NULL);
		struct stat st;
		int r = 0;

		if (!real || stat(real, &st) < 0)
			r = -errno;
		else if ((!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) || strcmp(real, "/") == 0)
			r = -EINVAL;
		else
			r = add(f, sel_steal_ptr(&real), &st, "named as secret");
		if (r < 0) {
			if (ret_bad)
				*ret_bad = *extra;
			return r;
		}
	}
	return 0;
}

/* --- folders --- */

/* Calls fn for each entry of the folders in the queue, which fn may make longer, until `*left` is
 * used up. Folders that cannot be opened are passed over. Links to folders are not followed. */
typedef int (*entry_fn)(struct finder *f, struct queue *q, const struct todo *dir, int dir_fd,
			const struct dirent *entry, const struct row *row);

static int walk_one(struct finder *f, struct queue *q, size_t *left, entry_fn fn,
		    const struct row *row)
{
	struct todo dir = q->items[q->at++]; /* a copy: the array may move */
	int fd = open(dir.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r = 0;
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (!d) {
		if (fd >= 0)
			(void)close(fd);
		return 0;
	}
	while (r >= 0 && *left > 0 && (entry = readdir(d))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		--*left;
		r = fn(f, q, &dir, fd, entry, row);
	}
	(void)closedir(d);
	return r;
}

static int walk(struct finder *f, struct queue *q, size_t *left, entry_fn fn, const struct row *row)
{
	int r = 0;

	while (r >= 0 && *left > 0 && q->at < q->n)
		r = walk_one(f, q, left, fn, row);
	return r;
}

/* What came with the system is no secret though a link in a secret folder points to it. */
static bool of_system(const char *path)
{
	static const char *const system[] = {"/usr", "/lib",  "/lib64", "/bin", "/opt",
					     "/nix", "/proc", "/sys",	"/dev", "/run"};

	for (size_t i = 0; i < SEL_N(system); i++)
		if (sel_path_below(path, system[i]))
			return true;
	return false;
}

/* A link in a secret folder. Its target is a secret if it is a file; a folder could be anything
 * (~/Documents), and what is in it is found by its own names or named by --secret. */
static int follow_link(struct finder *f, int dir_fd, const char *path, const char *name,
		       const struct row *row)
{
	_cleanup_free_ char *real = NULL;
	struct stat st;

	if (fstatat(dir_fd, name, &st, 0) < 0 || !S_ISREG(st.st_mode))
		return 0;
	real = realpath(path, NULL);
	if (!real)
		return errno == ENOMEM ? -ENOMEM : 0;
	return of_system(real) ? 0 : try(f, real, row);
}

/* In a secret folder: links that lead out of it, and files that have another name. */
static int look_inside(struct finder *f, struct queue *q, const struct todo *dir, int dir_fd,
		       const struct dirent *entry, const struct row *row)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return dir->depth > 0 ? queue_add(q, dir->path, entry->d_name, dir->depth - 1) : 0;
	if (!S_ISLNK(st.st_mode))
		return remember_inode(f, &st, row->what);
	if (asprintf(&path, "%s/%s", dir->path, entry->d_name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return follow_link(f, dir_fd, path, entry->d_name, row);
}

static int find_inside(struct finder *f)
{
	size_t n = f->s.n, left = INSIDE_MAX;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++) { /* what it adds are files */
		struct row row = {.what = f->s.items[i].what};
		struct queue q = {0};

		if (!f->s.items[i].folder)
			continue;
		r = queue_add(&q, f->s.items[i].path, "", LINK_DEPTH);
		if (r >= 0)
			r = walk(f, &q, &left, look_inside, &row);
		queue_done(&q);
	}
	return r;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && strcmp(s + n - k, end) == 0;
}

static const struct row *workspace_row(const char *name)
{
	static const char *const free_ends[] = {".example", ".sample", ".template", ".dist"};

	if (strcmp(name, ".npmrc") == 0)
		return &npmrc;
	if (strcmp(name, ".env") != 0 && strncmp(name, ".env.", 5) != 0)
		return NULL;
	for (size_t i = 0; i < SEL_N(free_ends); i++)
		if (ends_with(name, free_ends[i]))
			return NULL;
	return &dotenv;
}

static const char *linked_as(const struct finder *f, const struct stat *st)
{
	for (size_t i = 0; st->st_nlink > 1 && i < f->n_linked; i++)
		if (f->linked[i].dev == st->st_dev && f->linked[i].ino == st->st_ino)
			return f->linked[i].what;
	return NULL;
}

static int look_in_workspace(struct finder *f, struct queue *q, const struct todo *dir, int dir_fd,
			     const struct dirent *entry, const struct row *unused)
{
	const struct row *row = workspace_row(entry->d_name);
	_cleanup_free_ char *path = NULL;
	struct row other = {0};
	struct stat st;

	(void)unused;
	/* Nine in ten entries need no look at the inode. */
	if (!row && f->n_linked == 0 && entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)
		return 0;
	if (fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (S_ISDIR(st.st_mode)) /* ".env" too: a virtual environment of Python */
		return dir->depth > 0 && strcmp(entry->d_name, "node_modules") != 0 &&
				       strcmp(entry->d_name, ".git") != 0
			       ? queue_add(q, dir->path, entry->d_name, dir->depth - 1)
			       : 0;
	other.what = linked_as(f, &st);
	if (!row && other.what)
		row = &other;
	if (!row)
		return 0;
	if (asprintf(&path, "%s/%s", dir->path, entry->d_name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return try(f, path, row);
}

static int find_in_workspaces(struct finder *f, int depth)
{
	struct queue q = {0};
	size_t left = SEARCH_MAX;
	int r = 0;

	for (const char *const *root = f->roots; r >= 0 && root && *root; root++)
		r = queue_add(&q, *root, "", depth);
	if (r >= 0)
		r = walk(f, &q, &left, look_in_workspace, NULL);
	f->s.cut = left == 0;
	queue_done(&q);
	return r;
}

/* --- the whole --- */

/* By path, so that a folder stands before what is in it; '/' sorts before every other byte, for
 * "/a/b" must follow "/a" at once, before "/a.b". */
static int compare(const void *a, const void *b)
{
	const unsigned char *x = (const unsigned char *)((const struct sel_secret *)a)->path;
	const unsigned char *y = (const unsigned char *)((const struct sel_secret *)b)->path;

	while (*x && *x == *y) {
		x++;
		y++;
	}
	return (*x == '/' ? 1 : *x) - (*y == '/' ? 1 : *y);
}

static void drop_nested(struct sel_secrets *s)
{
	size_t kept = 0;

	if (s->n > 0)
		qsort(s->items, s->n, sizeof *s->items, compare);
	for (size_t i = 0; i < s->n; i++) {
		const struct sel_secret *last = kept > 0 ? &s->items[kept - 1] : NULL;

		if (last && last->folder && sel_path_below(s->items[i].path, last->path))
			free(s->items[i].path);
		else
			s->items[kept++] = s->items[i];
	}
	s->n = kept;
}

int sel_secrets_find(const char *home, const char *const *extra, const char *const *roots,
		     int depth, struct sel_secrets *ret, const char **ret_bad)
{
	struct finder f = {.roots = roots};
	_cleanup_free_ char *real_home = home ? realpath(home, NULL) : NULL;
	int r;

	f.home = real_home; /* an absent home holds nothing */
	r = find_table(&f);
	if (r >= 0)
		r = find_extra(&f, extra, ret_bad);
	if (r >= 0)
		r = find_inside(&f);
	for (size_t i = 0; r >= 0 && i < SEL_N(profiles); i++)
		r = try_row(&f, &profiles[i]);
	if (r >= 0)
		r = find_in_workspaces(&f, depth);
	free(f.linked);
	if (r < 0) {
		sel_secrets_done(&f.s);
		return r;
	}
	drop_nested(&f.s);
	*ret = f.s;
	return 0;
}

void sel_secrets_done(struct sel_secrets *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->items[i].path);
	free(s->items);
	*s = (struct sel_secrets){0};
}
