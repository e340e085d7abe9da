#include "identity.h"

#include <stdio.h>

static const struct {
	const char *name;
	bool generalises;
} families[SEL_FAMILY_N] = {
	[SEL_FAMILY_OTHER] = {"other", true},
	[SEL_FAMILY_PACKAGES] = {"packages", true},
	[SEL_FAMILY_COMPILER] = {"compiler", true},
	[SEL_FAMILY_VCS] = {"vcs", true},
	[SEL_FAMILY_TESTS] = {"tests", true},
	[SEL_FAMILY_EDITOR] = {"editor", true},
	[SEL_FAMILY_UTIL] = {"util", true},
	[SEL_FAMILY_NETWORK] = {"network", true},
	[SEL_FAMILY_SHELL] = {"shell", false},
	[SEL_FAMILY_INTERPRETER] = {"interpreter", false},
	[SEL_FAMILY_RUNNER] = {"runner", false},
};

/* Names without version; sorted for nothing but the eye. */
static const struct {
	enum sel_family family;
	const char *names;
} programs[] = {
	{SEL_FAMILY_PACKAGES,
	 " apt apt-get aptitude dpkg dnf yum rpm zypper pacman apk xbps-install emerge brew"
	 " nix nix-env guix flatpak snap pip pipx poetry pdm uv conda mamba micromamba"
	 " npm npm-cli pnpm yarn yarnpkg corepack cargo rustup go gem bundle bundler composer"
	 " pub mix rebar hex cabal stack opam luarocks cpan cpanm nuget vcpkg conan pod "},
	{SEL_FAMILY_COMPILER,
	 " cc c++ gcc g++ cpp clang clang++ clang-cl cc1 cc1plus collect2 lto1 as ld ld.bfd"
	 " ld.gold ld.lld lld mold ar ranlib nm objcopy objdump strip rustc javac kotlinc scalac"
	 " ghc gfortran gnat nvcc tsc swc esbuild protoc flex bison yacc lex ccache sccache"
	 " compile link asm vet clippy-driver zig ocamlopt ocamlc dmd ldc nasm yasm "},
	{SEL_FAMILY_VCS, " git git-remote-https git-lfs hg svn jj bzr fossil pijul tig "},
	{SEL_FAMILY_TESTS,
	 " pytest py.test tox nox jest vitest mocha ctest phpunit rspec karma playwright"
	 " cypress bats valgrind gcov lcov coverage "},
	{SEL_FAMILY_EDITOR,
	 " ed nano pico micro joe jed mcedit kate gedit sublime_text code codium "},
	{SEL_FAMILY_UTIL,
	 " cat chgrp chmod chown cp dd df du head install ln ls md5sum mkdir mkfifo mktemp mv"
	 " patch readlink realpath rm rmdir rsync sed sha256sum shred sort split stat tail tar"
	 " tee touch tr truncate unlink unzip wc zip gzip gunzip bzip2 xz zstd 7z cpio diff"
	 " grep rg fd jq cut uniq pax "},
	{SEL_FAMILY_NETWORK,
	 " curl wget aria2c ssh scp sftp ftp lftp nc ncat netcat socat telnet dig host nslookup"
	 " http httpie rclone gh glab "},
	{SEL_FAMILY_SHELL,
	 " sh bash dash zsh ksh mksh fish csh tcsh ash busybox toybox rbash nu elvish xonsh pwsh"
	 " screen tmux script expect "},
	{SEL_FAMILY_INTERPRETER,
	 " python pypy node nodejs deno bun ruby jruby irb perl php lua luajit java jshell groovy"
	 " scala kotlin clojure erl escript elixir iex ghci runghc R Rscript julia octave guile"
	 " racket sbcl clisp tclsh wish awk gawk mawk nawk bc dc m4 ocaml dotnet mono wasmtime"
	 " wasmer qjs gjs osascript vim vi view ex nvim emacs gdb lldb sqlite psql mysql jupyter"
	 " ipython ts-node tsx qemu wine "},
	{SEL_FAMILY_RUNNER,
	 " env xargs find parallel timeout nice ionice nohup setsid stdbuf strace ltrace time"
	 " watch sudo doas su runuser chroot unshare nsenter flock make gmake bmake ninja samu"
	 " cmake meson scons bazel bazelisk buck just task rake invoke ant mvn mvnw gradle gradlew"
	 " sbt lein npx npx-cli pnpx bunx uvx docker podman buildah kubectl helm vagrant ansible"
	 " ansible-playbook terraform watchman entr direnv mise asdf nox-run faketime fakeroot"
	 " systemd-run at batch crontab ld-linux ld-linux-x86-64.so ld.so "},
};
const char *sel_family_name(enum sel_family f)
{
	return families[(size_t)f < SEL_N(families) ? f : SEL_FAMILY_OTHER].name;
}

bool sel_family_generalises(enum sel_family f)
{
	return (size_t)f < SEL_N(families) && families[f].generalises;
}

static enum sel_family find(const char *name, size_t len)
{
	if (len == 0 || memchr(name, ' ', len))
		return SEL_FAMILY_OTHER;
	for (size_t i = 0; i < SEL_N(programs); i++)
		for (const char *p = programs[i].names; (p = memmem(p, strlen(p), name, len)); p++)
			if (p[-1] == ' ' && p[len] == ' ')
				return programs[i].family;
	return SEL_FAMILY_OTHER;
}

/* "python3.11", "gcc-12", "clang-14", "ld-linux-x86-64.so.2": without the version. */
static size_t without_version(const char *name, size_t len)
{
	size_t n = len;

	while (n > 0 && strchr("0123456789.", name[n - 1]))
		n--;
	if (n < len && n > 0 && (name[n - 1] == '-' || name[n - 1] == '_'))
		n--;
	return n > 0 ? n : len;
}

static size_t without_ending(const char *name, size_t len)
{
	static const char *const endings[] = {".js", ".mjs", ".cjs", ".py", ".rb",
					      ".pl", ".php", ".sh",  ".ts", ".exe"};

	for (size_t i = 0; i < SEL_N(endings); i++) {
		size_t n = strlen(endings[i]);

		if (len > n && memcmp(name + len - n, endings[i], n) == 0)
			return len - n;
	}
	return len;
}

static enum sel_family find_any_version(const char *name, size_t len)
{
	enum sel_family f = find(name, len);

	return f != SEL_FAMILY_OTHER ? f : find(name, without_version(name, len));
}

enum sel_family sel_family_of(const char *exe)
{
	const char *slash = strrchr(exe, '/'), *name = slash ? slash + 1 : exe, *dash;
	size_t len = without_ending(name, strlen(name));
	enum sel_family f = find_any_version(name, len), first;

	if (f != SEL_FAMILY_OTHER || !(dash = memchr(name, '-', len)))
		return f;
	/* docker-compose, python3-dbg: no wider than what they begin with. */
	first = find_any_version(name, (size_t)(dash - name));
	if (first != SEL_FAMILY_OTHER && !sel_family_generalises(first))
		return first;
	/* x86_64-linux-gnu-gcc-12: the target comes first. */
	while (f == SEL_FAMILY_OTHER && dash) {
		len -= (size_t)(dash + 1 - name);
		name = dash + 1;
		f = find_any_version(name, len);
		dash = memchr(name, '-', len);
	}
	return f;
}

enum sel_family sel_identity_family(const struct sel_identity *id)
{
	return sel_family_of(id->script && *id->script ? id->script : id->exe ? id->exe : "");
}

bool sel_identity_generalises(const struct sel_identity *id)
{
	enum sel_family f = sel_identity_family(id);

	if (id->script && *id->script && f == SEL_FAMILY_OTHER)
		return id->verified && id->package && *id->package;
	return sel_family_generalises(f);
}

/* A name's bytes without spaces, so that the parts of a program's name stay apart. Returns the
 * bytes needed. */
static size_t add_part(const char *part, char *ret, size_t cap, size_t at)
{
	static const char hex[] = "0123456789abcdef";

	for (; *part; part++) {
		unsigned char c = (unsigned char)*part;
		bool plain = c > ' ' && c != 0x7f && c != '\\';
		size_t n = plain ? 1 : 4;

		if (at + n < cap) {
			if (plain)
				ret[at] = *part;
			else
				memcpy(ret + at, (char[]){'\\', 'x', hex[c >> 4], hex[c & 15]}, 4);
		}
		at += n;
	}
	return at;
}

void sel_program_name(const struct sel_identity *id, char *ret, size_t cap)
{
	bool script = id->script && *id->script;
	size_t n;

	if (!cap)
		return;
	*ret = '\0';
	/* Of a script the content must be known too, or any script would do. */
	if (id->ours || !id->digest || !*id->digest || (script && !strchr(id->digest, '+')))
		return;
	if (id->verified && id->package && *id->package && id->exe) {
		n = add_part("pkg:", ret, cap, 0);
		n = add_part(id->package, ret, cap, n);
		for (int i = 0; i < (script ? 2 : 1); i++) {
			if (n < cap)
				ret[n] = ' ';
			n = add_part(i ? id->script : id->exe, ret, cap, n + 1);
		}
	} else {
		n = add_part("sha:", ret, cap, 0);
		n = add_part(id->digest, ret, cap, n);
	}
	if (n >= cap)
		*ret = '\0'; /* half a name could be another's */
	else
		ret[n] = '\0';
}
