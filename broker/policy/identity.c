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

/* Names without version, sorted by byte: they are searched by halves. */
/* clang-format off */
#define P(name, family) { name, SEL_FAMILY_##family }
static const struct program {
	const char *name;
	enum sel_family family;
} programs[] = {
	P("7z", UTIL), P("R", INTERPRETER), P("Rscript", INTERPRETER), P("ansible", RUNNER),
	P("ansible-playbook", RUNNER), P("ant", RUNNER), P("apk", PACKAGES), P("apt", PACKAGES),
	P("apt-get", PACKAGES), P("aptitude", PACKAGES), P("ar", COMPILER), P("aria2c", NETWORK),
	P("as", COMPILER), P("asdf", RUNNER), P("ash", SHELL), P("asm", COMPILER),
	P("at", RUNNER), P("awk", INTERPRETER), P("bash", SHELL), P("batch", RUNNER),
	P("bats", TESTS), P("bazel", RUNNER), P("bazelisk", RUNNER), P("bc", INTERPRETER),
	P("bison", COMPILER), P("bmake", RUNNER), P("brew", PACKAGES), P("buck", RUNNER),
	P("buildah", RUNNER), P("bun", INTERPRETER), P("bundle", PACKAGES),
	P("bundler", PACKAGES), P("bunx", RUNNER), P("busybox", SHELL), P("bzip2", UTIL),
	P("bzr", VCS), P("c++", COMPILER), P("cabal", PACKAGES), P("cargo", PACKAGES),
	P("cat", UTIL), P("cc", COMPILER), P("cc1", COMPILER), P("cc1plus", COMPILER),
	P("ccache", COMPILER), P("chgrp", UTIL), P("chmod", UTIL), P("chown", UTIL),
	P("chroot", RUNNER), P("clang", COMPILER), P("clang++", COMPILER),
	P("clang-cl", COMPILER), P("clippy-driver", COMPILER), P("clisp", INTERPRETER),
	P("clojure", INTERPRETER), P("cmake", RUNNER), P("code", EDITOR), P("codium", EDITOR),
	P("collect2", COMPILER), P("compile", COMPILER), P("composer", PACKAGES),
	P("conan", PACKAGES), P("conda", PACKAGES), P("corepack", PACKAGES),
	P("coverage", TESTS), P("cp", UTIL), P("cpan", PACKAGES), P("cpanm", PACKAGES),
	P("cpio", UTIL), P("cpp", COMPILER), P("crontab", RUNNER), P("csh", SHELL),
	P("ctest", TESTS), P("curl", NETWORK), P("cut", UTIL), P("cypress", TESTS),
	P("dash", SHELL), P("dc", INTERPRETER), P("dd", UTIL), P("deno", INTERPRETER),
	P("df", UTIL), P("diff", UTIL), P("dig", NETWORK), P("direnv", RUNNER),
	P("dmd", COMPILER), P("dnf", PACKAGES), P("doas", RUNNER), P("docker", RUNNER),
	P("dotnet", INTERPRETER), P("dpkg", PACKAGES), P("du", UTIL), P("ed", EDITOR),
	P("elixir", INTERPRETER), P("elvish", SHELL), P("emacs", INTERPRETER),
	P("emerge", PACKAGES), P("entr", RUNNER), P("env", RUNNER), P("erl", INTERPRETER),
	P("esbuild", COMPILER), P("escript", INTERPRETER), P("ex", INTERPRETER),
	P("expect", SHELL), P("fakeroot", RUNNER), P("faketime", RUNNER), P("fd", UTIL),
	P("find", RUNNER), P("fish", SHELL), P("flatpak", PACKAGES), P("flex", COMPILER),
	P("flock", RUNNER), P("fossil", VCS), P("ftp", NETWORK), P("g++", COMPILER),
	P("gawk", INTERPRETER), P("gcc", COMPILER), P("gcov", TESTS), P("gdb", INTERPRETER),
	P("gedit", EDITOR), P("gem", PACKAGES), P("gfortran", COMPILER), P("gh", NETWORK),
	P("ghc", COMPILER), P("ghci", INTERPRETER), P("git", VCS), P("git-lfs", VCS),
	P("git-remote-https", VCS), P("gjs", INTERPRETER), P("glab", NETWORK),
	P("gmake", RUNNER), P("gnat", COMPILER), P("go", PACKAGES), P("gradle", RUNNER),
	P("gradlew", RUNNER), P("grep", UTIL), P("groovy", INTERPRETER), P("guile", INTERPRETER),
	P("guix", PACKAGES), P("gunzip", UTIL), P("gzip", UTIL), P("head", UTIL),
	P("helm", RUNNER), P("hex", PACKAGES), P("hg", VCS), P("host", NETWORK),
	P("http", NETWORK), P("httpie", NETWORK), P("iex", INTERPRETER), P("install", UTIL),
	P("invoke", RUNNER), P("ionice", RUNNER), P("ipython", INTERPRETER),
	P("irb", INTERPRETER), P("java", INTERPRETER), P("javac", COMPILER), P("jed", EDITOR),
	P("jest", TESTS), P("jj", VCS), P("joe", EDITOR), P("jq", UTIL), P("jruby", INTERPRETER),
	P("jshell", INTERPRETER), P("julia", INTERPRETER), P("jupyter", INTERPRETER),
	P("just", RUNNER), P("karma", TESTS), P("kate", EDITOR), P("kotlin", INTERPRETER),
	P("kotlinc", COMPILER), P("ksh", SHELL), P("kubectl", RUNNER), P("lcov", TESTS),
	P("ld", COMPILER), P("ld-linux", RUNNER), P("ld-linux-x86-64.so", RUNNER),
	P("ld.bfd", COMPILER), P("ld.gold", COMPILER), P("ld.lld", COMPILER), P("ld.so", RUNNER),
	P("ldc", COMPILER), P("lein", RUNNER), P("lex", COMPILER), P("lftp", NETWORK),
	P("link", COMPILER), P("lld", COMPILER), P("lldb", INTERPRETER), P("ln", UTIL),
	P("ls", UTIL), P("lto1", COMPILER), P("ltrace", RUNNER), P("lua", INTERPRETER),
	P("luajit", INTERPRETER), P("luarocks", PACKAGES), P("m4", INTERPRETER),
	P("make", RUNNER), P("mamba", PACKAGES), P("mawk", INTERPRETER), P("mcedit", EDITOR),
	P("md5sum", UTIL), P("meson", RUNNER), P("micro", EDITOR), P("micromamba", PACKAGES),
	P("mise", RUNNER), P("mix", PACKAGES), P("mkdir", UTIL), P("mkfifo", UTIL),
	P("mksh", SHELL), P("mktemp", UTIL), P("mocha", TESTS), P("mold", COMPILER),
	P("mono", INTERPRETER), P("mv", UTIL), P("mvn", RUNNER), P("mvnw", RUNNER),
	P("mysql", INTERPRETER), P("nano", EDITOR), P("nasm", COMPILER), P("nawk", INTERPRETER),
	P("nc", NETWORK), P("ncat", NETWORK), P("netcat", NETWORK), P("nice", RUNNER),
	P("ninja", RUNNER), P("nix", PACKAGES), P("nix-env", PACKAGES), P("nm", COMPILER),
	P("node", INTERPRETER), P("nodejs", INTERPRETER), P("nohup", RUNNER), P("nox", TESTS),
	P("nox-run", RUNNER), P("npm", PACKAGES), P("npm-cli", PACKAGES), P("npx", RUNNER),
	P("npx-cli", RUNNER), P("nsenter", RUNNER), P("nslookup", NETWORK), P("nu", SHELL),
	P("nuget", PACKAGES), P("nvcc", COMPILER), P("nvim", INTERPRETER),
	P("objcopy", COMPILER), P("objdump", COMPILER), P("ocaml", INTERPRETER),
	P("ocamlc", COMPILER), P("ocamlopt", COMPILER), P("octave", INTERPRETER),
	P("opam", PACKAGES), P("osascript", INTERPRETER), P("pacman", PACKAGES),
	P("parallel", RUNNER), P("patch", UTIL), P("pax", UTIL), P("pdm", PACKAGES),
	P("perl", INTERPRETER), P("php", INTERPRETER), P("phpunit", TESTS), P("pico", EDITOR),
	P("pijul", VCS), P("pip", PACKAGES), P("pipx", PACKAGES), P("playwright", TESTS),
	P("pnpm", PACKAGES), P("pnpx", RUNNER), P("pod", PACKAGES), P("podman", RUNNER),
	P("poetry", PACKAGES), P("protoc", COMPILER), P("psql", INTERPRETER), P("pub", PACKAGES),
	P("pwsh", SHELL), P("py.test", TESTS), P("pypy", INTERPRETER), P("pytest", TESTS),
	P("python", INTERPRETER), P("qemu", INTERPRETER), P("qjs", INTERPRETER),
	P("racket", INTERPRETER), P("rake", RUNNER), P("ranlib", COMPILER), P("rbash", SHELL),
	P("rclone", NETWORK), P("readlink", UTIL), P("realpath", UTIL), P("rebar", PACKAGES),
	P("rg", UTIL), P("rm", UTIL), P("rmdir", UTIL), P("rpm", PACKAGES), P("rspec", TESTS),
	P("rsync", UTIL), P("ruby", INTERPRETER), P("runghc", INTERPRETER), P("runuser", RUNNER),
	P("rustc", COMPILER), P("rustup", PACKAGES), P("samu", RUNNER), P("sbcl", INTERPRETER),
	P("sbt", RUNNER), P("scala", INTERPRETER), P("scalac", COMPILER), P("sccache", COMPILER),
	P("scons", RUNNER), P("scp", NETWORK), P("screen", SHELL), P("script", SHELL),
	P("sed", UTIL), P("setsid", RUNNER), P("sftp", NETWORK), P("sh", SHELL),
	P("sha256sum", UTIL), P("shred", UTIL), P("snap", PACKAGES), P("socat", NETWORK),
	P("sort", UTIL), P("split", UTIL), P("sqlite", INTERPRETER), P("ssh", NETWORK),
	P("stack", PACKAGES), P("stat", UTIL), P("stdbuf", RUNNER), P("strace", RUNNER),
	P("strip", COMPILER), P("su", RUNNER), P("sublime_text", EDITOR), P("sudo", RUNNER),
	P("svn", VCS), P("swc", COMPILER), P("systemd-run", RUNNER), P("tail", UTIL),
	P("tar", UTIL), P("task", RUNNER), P("tclsh", INTERPRETER), P("tcsh", SHELL),
	P("tee", UTIL), P("telnet", NETWORK), P("terraform", RUNNER), P("tig", VCS),
	P("time", RUNNER), P("timeout", RUNNER), P("tmux", SHELL), P("touch", UTIL),
	P("tox", TESTS), P("toybox", SHELL), P("tr", UTIL), P("truncate", UTIL),
	P("ts-node", INTERPRETER), P("tsc", COMPILER), P("tsx", INTERPRETER), P("uniq", UTIL),
	P("unlink", UTIL), P("unshare", RUNNER), P("unzip", UTIL), P("uv", PACKAGES),
	P("uvx", RUNNER), P("vagrant", RUNNER), P("valgrind", TESTS), P("vcpkg", PACKAGES),
	P("vet", COMPILER), P("vi", INTERPRETER), P("view", INTERPRETER), P("vim", INTERPRETER),
	P("vitest", TESTS), P("wasmer", INTERPRETER), P("wasmtime", INTERPRETER),
	P("watch", RUNNER), P("watchman", RUNNER), P("wc", UTIL), P("wget", NETWORK),
	P("wine", INTERPRETER), P("wish", INTERPRETER), P("xargs", RUNNER),
	P("xbps-install", PACKAGES), P("xonsh", SHELL), P("xz", UTIL), P("yacc", COMPILER),
	P("yarn", PACKAGES), P("yarnpkg", PACKAGES), P("yasm", COMPILER), P("yum", PACKAGES),
	P("zig", COMPILER), P("zip", UTIL), P("zsh", SHELL), P("zstd", UTIL),
	P("zypper", PACKAGES),
};
#undef P
/* clang-format on */

const char *sel_family_name(enum sel_family f)
{
	return families[(size_t)f < SEL_N(families) ? f : SEL_FAMILY_OTHER].name;
}

static bool family_generalises(enum sel_family f)
{
	return (size_t)f < SEL_N(families) && families[f].generalises;
}

struct name {
	const char *bytes;
	size_t len;
};

static int compare(const void *key, const void *row)
{
	const struct name *name = key;
	const struct program *p = row;
	int r = strncmp(name->bytes, p->name, name->len);

	return r != 0 ? r : p->name[name->len] == '\0' ? 0 : -1;
}

static enum sel_family find(const char *bytes, size_t len)
{
	const struct name name = {bytes, len};
	const struct program *p =
		bsearch(&name, programs, SEL_N(programs), sizeof *programs, compare);

	return p ? p->family : SEL_FAMILY_OTHER;
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
	if (first != SEL_FAMILY_OTHER && !family_generalises(first))
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
	return family_generalises(f);
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
