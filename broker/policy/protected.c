#include "protected.h"

#include "scope.h"

enum below_packages { ANY, OWN /* not below a folder of packages (see `packages`) */ };

struct pattern {
	char names[56]; /* lower case; '*' within a name; a name "**" is one or more names */
	enum below_packages below_packages;
	enum sel_guard guard; /* NONE: an exception to the rows below it that begin alike */
	const char *why;
};

/* Folders of packages that tools unpack as they came: a published package often brings its own
 * editor and CI files along, nobody opens it as a project, and asking about each would
 * ask all day. */
static const char *const packages[] = {"node_modules", "site-packages", ".cargo/registry",
				       ".cargo/git", "pkg/mod"};

/* In every folder: for each place in the path where a row may begin, the first row that fits
 * decides; a row NONE only ends the search at that place, so that ".claude/worktrees/x/.git/config"
 * is still git's configuration.
 *
 * Not in the table, on purpose:
 *  - .gitattributes, .gitmodules, .git/info: a filter, merge or diff driver that they name does
 *    nothing unless the configuration defines it, and that is guarded; git itself ignores commands
 *    in .gitmodules; ordinary work writes both.
 *  - *.lock: git writes config.lock and renames it; the rename is judged.
 *  - package.json, Makefile, setup.py, build.rs, conftest.py, gradlew ...: the work itself. Whoever
 *    runs the project runs them; asking about them would be asking about programming.
 *  - "objects" and "refs" in a workspace root: ordinary names, and a folder without HEAD is no
 *    repository.
 *
 * Known gap: a bare repository in a folder of any name ("x/config" beside "x/HEAD") cannot be told
 * by a name; git's own safe.bareRepository=explicit closes it. Names that a file system rewrites on
 * its own (FAT's "GIT~1", trailing dots) are not seen through either.
 *
 * Compared without case, as Unicode file systems with folding do (casefold ext4 and tmpfs, FAT,
 * shares): ".GIT/config" is then the same file. On the others it costs a question about a name that
 * nobody uses. */
/* clang-format off */
static const struct pattern floating[] = {
	/* git */
	{ ".git/hooks/*.sample",                            ANY, SEL_GUARD_NONE,      "git never runs a sample" },
	{ ".git/hooks/**",                                  ANY, SEL_GUARD_HOOK,      "git runs it" },
	{ ".git/config",                                    ANY, SEL_GUARD_GITCONFIG, "git runs what it names" },
	{ ".git/config.worktree",                           ANY, SEL_GUARD_GITCONFIG, "git runs what it names" },
	{ ".git/commondir",                                 ANY, SEL_GUARD_ASK,       "git takes hooks and configuration from the folder it names" },
	{ ".git/worktrees/*/config.worktree",               ANY, SEL_GUARD_GITCONFIG, "git runs what it names" },
	{ ".git/worktrees/*/commondir",                     ANY, SEL_GUARD_ASK,       "git takes hooks and configuration from the folder it names" },
	{ ".git/modules/**/hooks/*.sample",                 ANY, SEL_GUARD_NONE,      "git never runs a sample" },
	{ ".git/modules/**/hooks/**",                       ANY, SEL_GUARD_HOOK,      "git runs it in the submodule" },
	{ ".git/modules/**/config",                         ANY, SEL_GUARD_GITCONFIG, "git runs what it names in the submodule" },
	{ ".git/modules/**/config.worktree",                ANY, SEL_GUARD_GITCONFIG, "git runs what it names in the submodule" },
	{ ".git/modules/**/commondir",                      ANY, SEL_GUARD_ASK,       "git takes hooks and configuration from the folder it names" },
	{ ".git",                                           ANY, SEL_GUARD_ASK,       "a file .git sends git to another repository's hooks and configuration" },
	{ ".gitconfig",                                     ANY, SEL_GUARD_GITCONFIG, "git runs what it names" },
	{ ".config/git/config",                             ANY, SEL_GUARD_GITCONFIG, "git runs what it names" },
	{ ".githooks/**",                                   OWN, SEL_GUARD_ASK,       "git runs it where core.hooksPath names the folder" },
	{ ".husky/**",                                      OWN, SEL_GUARD_ASK,       "husky has git run it" },
	{ ".pre-commit-config.yaml",                        OWN, SEL_GUARD_ASK,       "pre-commit runs what it names at each commit" },
	{ "lefthook*.yml",                                  OWN, SEL_GUARD_ASK,       "lefthook runs what it names at each commit" },
	{ "lefthook*.yaml",                                 OWN, SEL_GUARD_ASK,       "lefthook runs what it names at each commit" },
	{ "lefthook*.toml",                                 OWN, SEL_GUARD_ASK,       "lefthook runs what it names at each commit" },
	{ "lefthook*.json",                                 OWN, SEL_GUARD_ASK,       "lefthook runs what it names at each commit" },
	{ ".lefthook*",                                     OWN, SEL_GUARD_ASK,       "lefthook runs what it names at each commit" },
	{ ".lefthook*/**",                                  OWN, SEL_GUARD_ASK,       "lefthook runs it at each commit" },
	{ ".overcommit.yml",                                OWN, SEL_GUARD_ASK,       "overcommit runs what it names at each commit" },
	{ ".lintstagedrc*",                                 OWN, SEL_GUARD_ASK,       "lint-staged runs what it names at each commit" },

	/* shells: in every folder, for home is often kept in a repository and linked from there */
	{ ".bashrc",                                        OWN, SEL_GUARD_ASK,       "bash runs it at each start" },
	{ ".bash_*",                                        OWN, SEL_GUARD_ASK,       "bash runs it at start or exit" },
	{ ".profile",                                       OWN, SEL_GUARD_ASK,       "the login shell runs it" },
	{ ".zshrc",                                         OWN, SEL_GUARD_ASK,       "zsh runs it at each start" },
	{ ".zshenv",                                        OWN, SEL_GUARD_ASK,       "zsh runs it at each start" },
	{ ".zprofile",                                      OWN, SEL_GUARD_ASK,       "zsh runs it at login" },
	{ ".zlogin",                                        OWN, SEL_GUARD_ASK,       "zsh runs it at login" },
	{ ".zlogout",                                       OWN, SEL_GUARD_ASK,       "zsh runs it at exit" },
	{ ".kshrc",                                         OWN, SEL_GUARD_ASK,       "ksh runs it at each start" },
	{ ".mkshrc",                                        OWN, SEL_GUARD_ASK,       "mksh runs it at each start" },
	{ ".cshrc",                                         OWN, SEL_GUARD_ASK,       "csh runs it at each start" },
	{ ".tcshrc",                                        OWN, SEL_GUARD_ASK,       "tcsh runs it at each start" },
	{ ".login",                                         OWN, SEL_GUARD_ASK,       "csh runs it at login" },
	{ ".logout",                                        OWN, SEL_GUARD_ASK,       "csh runs it at exit" },
	{ ".inputrc",                                       OWN, SEL_GUARD_ASK,       "its macros type commands into shells" },
	{ ".xprofile",                                      OWN, SEL_GUARD_ASK,       "the desktop session runs it" },
	{ ".xinitrc",                                       OWN, SEL_GUARD_ASK,       "the desktop session runs it" },
	{ ".xsession*",                                     OWN, SEL_GUARD_ASK,       "the desktop session runs it" },
	{ ".pam_environment",                               OWN, SEL_GUARD_ASK,       "sets the environment of each login" },
	{ "config.fish",                                    OWN, SEL_GUARD_ASK,       "fish runs it at each start" },
	{ ".config/fish/**",                                OWN, SEL_GUARD_ASK,       "fish runs it or takes its variables from it" },
	{ ".config/nushell/**",                             OWN, SEL_GUARD_ASK,       "nushell runs it at each start" },
	{ ".envrc",                                         OWN, SEL_GUARD_ASK,       "direnv runs it when a shell enters the folder" },
	{ ".direnvrc",                                      OWN, SEL_GUARD_ASK,       "direnv runs it" },
	{ ".config/direnv/**",                              OWN, SEL_GUARD_ASK,       "direnv runs it" },
	{ ".tool-versions",                                 OWN, SEL_GUARD_ASK,       "asdf and mise choose programs by it" },
	{ "mise.toml",                                      OWN, SEL_GUARD_ASK,       "mise runs its hooks when a shell enters the folder" },
	{ "mise.*.toml",                                    OWN, SEL_GUARD_ASK,       "mise runs its hooks when a shell enters the folder" },
	{ ".mise*.toml",                                    OWN, SEL_GUARD_ASK,       "mise runs its hooks when a shell enters the folder" },
	{ ".mise/**",                                       OWN, SEL_GUARD_ASK,       "mise runs its hooks and tasks" },
	{ ".config/mise/**",                                OWN, SEL_GUARD_ASK,       "mise runs its hooks and tasks" },

	/* editors, debuggers, interpreters */
	{ ".vscode/**",                                     OWN, SEL_GUARD_ASK,       "the editor runs tasks and programs that it names" },
	{ ".idea/**",                                       OWN, SEL_GUARD_ASK,       "the editor runs what it configures" },
	{ ".zed/**",                                        OWN, SEL_GUARD_ASK,       "the editor runs tasks and programs that it names" },
	{ ".devcontainer/**",                               OWN, SEL_GUARD_ASK,       "the editor builds and runs the container it describes" },
	{ ".devcontainer.json",                             OWN, SEL_GUARD_ASK,       "the editor builds and runs the container it describes" },
	{ "pyrightconfig.json",                             OWN, SEL_GUARD_ASK,       "the editor takes interpreter and paths from it" },
	{ ".vimrc",                                         OWN, SEL_GUARD_ASK,       "vim runs it at each start" },
	{ ".exrc",                                          OWN, SEL_GUARD_ASK,       "vi runs it when started in the folder" },
	{ ".nvimrc",                                        OWN, SEL_GUARD_ASK,       "nvim runs it when started in the folder" },
	{ ".nvim.lua",                                      OWN, SEL_GUARD_ASK,       "nvim runs it when started in the folder" },
	{ ".config/nvim/**",                                OWN, SEL_GUARD_ASK,       "nvim runs it at each start" },
	{ ".emacs",                                         OWN, SEL_GUARD_ASK,       "emacs runs it at each start" },
	{ ".dir-locals*.el",                                OWN, SEL_GUARD_ASK,       "emacs evaluates it when it opens a file beside it" },
	{ ".gdbinit",                                       OWN, SEL_GUARD_ASK,       "gdb runs it when started in the folder" },
	{ ".lldbinit",                                      OWN, SEL_GUARD_ASK,       "lldb runs it when started in the folder" },
	{ ".rprofile",                                      OWN, SEL_GUARD_ASK,       "R runs it when started in the folder" },
	{ ".renviron",                                      OWN, SEL_GUARD_ASK,       "sets the environment of R" },
	{ ".irbrc",                                         OWN, SEL_GUARD_ASK,       "ruby's shell runs it" },
	{ ".pryrc",                                         OWN, SEL_GUARD_ASK,       "ruby's shell runs it" },
	{ ".ghci",                                          OWN, SEL_GUARD_ASK,       "ghci runs it when started in the folder" },
	{ ".psqlrc",                                        OWN, SEL_GUARD_ASK,       "psql runs it at each start" },
	{ ".sqliterc",                                      OWN, SEL_GUARD_ASK,       "sqlite3 runs it at each start" },
	{ ".ripgreprc",                                     OWN, SEL_GUARD_ASK,       "rg runs the preprocessor that it names" },
	{ ".curlrc",                                        OWN, SEL_GUARD_ASK,       "redirects every download by curl" },
	{ ".wgetrc",                                        OWN, SEL_GUARD_ASK,       "redirects every download by wget" },
	{ ".mailcap",                                       OWN, SEL_GUARD_ASK,       "names programs that open files" },
	{ ".tmux.conf",                                     OWN, SEL_GUARD_ASK,       "tmux runs it at each start" },
	{ ".config/tmux/**",                                OWN, SEL_GUARD_ASK,       "tmux runs it at each start" },
	{ ".screenrc",                                      OWN, SEL_GUARD_ASK,       "screen runs it at each start" },

	/* package managers and build tools */
	{ ".cargo/config",                                  OWN, SEL_GUARD_ASK,       "cargo runs wrappers and linkers that it names" },
	{ ".cargo/config.toml",                             OWN, SEL_GUARD_ASK,       "cargo runs wrappers and linkers that it names" },
	{ ".cargo/bin/**",                                  OWN, SEL_GUARD_ASK,       "a program on the search path" },
	{ ".cargo/env*",                                    OWN, SEL_GUARD_ASK,       "the login shell runs it" },
	{ ".npmrc",                                         OWN, SEL_GUARD_ASK,       "npm takes registry and script shell from it" },
	{ ".yarnrc*",                                       OWN, SEL_GUARD_ASK,       "yarn runs the release and plugins that it names" },
	{ ".yarn/releases/**",                              OWN, SEL_GUARD_ASK,       "yarn runs it in its own place" },
	{ ".yarn/plugins/**",                               OWN, SEL_GUARD_ASK,       "yarn runs it" },
	{ ".yarn/sdks/**",                                  OWN, SEL_GUARD_ASK,       "the editor runs it" },
	{ ".pnp.*",                                         OWN, SEL_GUARD_ASK,       "node loads it before every program of the project" },
	{ ".pnpmfile.*",                                    OWN, SEL_GUARD_ASK,       "pnpm runs it at each install" },
	{ "bunfig.toml",                                    OWN, SEL_GUARD_ASK,       "bun loads what it names before every program" },
	{ ".bunfig.toml",                                   OWN, SEL_GUARD_ASK,       "bun loads what it names before every program" },
	{ "pip.conf",                                       OWN, SEL_GUARD_ASK,       "redirects where pip takes packages from" },
	{ ".pypirc",                                        OWN, SEL_GUARD_ASK,       "redirects where packages are published" },
	{ ".condarc",                                       OWN, SEL_GUARD_ASK,       "redirects where conda takes packages from" },
	{ ".bazelrc",                                       OWN, SEL_GUARD_ASK,       "bazel takes programs and wrappers from it" },
	{ ".bazeliskrc",                                    OWN, SEL_GUARD_ASK,       "chooses the bazel that is downloaded and run" },
	{ "gradle/wrapper/gradle-wrapper.properties",       OWN, SEL_GUARD_ASK,       "names the gradle that is downloaded and run" },
	{ ".gradle/init.d/**",                              OWN, SEL_GUARD_ASK,       "gradle runs it in every build" },
	{ ".gradle/init.gradle*",                           OWN, SEL_GUARD_ASK,       "gradle runs it in every build" },
	{ ".mvn/**",                                        OWN, SEL_GUARD_ASK,       "maven loads extensions and options from it" },
	{ ".m2/settings*.xml",                              OWN, SEL_GUARD_ASK,       "redirects where maven takes packages from" },
	{ ".m2/extensions.xml",                             OWN, SEL_GUARD_ASK,       "maven loads what it names into every build" },

	/* CI: runs on another machine with the project's credentials */
	{ ".github/workflows/**",                           OWN, SEL_GUARD_ASK,       "CI runs it with the project's credentials" },
	{ ".github/actions/**",                             OWN, SEL_GUARD_ASK,       "CI runs it with the project's credentials" },
	{ ".forgejo/workflows/**",                          OWN, SEL_GUARD_ASK,       "CI runs it with the project's credentials" },
	{ ".gitea/workflows/**",                            OWN, SEL_GUARD_ASK,       "CI runs it with the project's credentials" },
	{ ".gitlab-ci.yml",                                 OWN, SEL_GUARD_ASK,       "CI runs it with the project's credentials" },
	{ ".circleci/**",                                   OWN, SEL_GUARD_ASK,       "CI runs it with the project's credentials" },
	{ ".woodpecker.y*ml",                               OWN, SEL_GUARD_ASK,       "CI runs it with the project's credentials" },
	{ ".woodpecker/**",                                 OWN, SEL_GUARD_ASK,       "CI runs it with the project's credentials" },
	{ ".travis.yml",                                    OWN, SEL_GUARD_ASK,       "CI runs it with the project's credentials" },
	{ ".drone.yml",                                     OWN, SEL_GUARD_ASK,       "CI runs it with the project's credentials" },

	/* agents: hooks, servers and commands run without this boundary next time. What an agent records while it works is excepted by name, so that a new kind of file asks. */
	{ ".claude/projects/**",                            OWN, SEL_GUARD_NONE,      "transcripts" },
	{ ".claude/todos/**",                               OWN, SEL_GUARD_NONE,      "task lists" },
	{ ".claude/tasks/**",                               OWN, SEL_GUARD_NONE,      "task lists" },
	{ ".claude/plans/**",                               OWN, SEL_GUARD_NONE,      "plans" },
	{ ".claude/statsig/**",                             OWN, SEL_GUARD_NONE,      "telemetry" },
	{ ".claude/telemetry/**",                           OWN, SEL_GUARD_NONE,      "telemetry" },
	{ ".claude/debug/**",                               OWN, SEL_GUARD_NONE,      "logs" },
	{ ".claude/file-history/**",                        OWN, SEL_GUARD_NONE,      "copies of edited files" },
	{ ".claude/history.jsonl",                          OWN, SEL_GUARD_NONE,      "prompts typed" },
	{ ".claude/worktrees/**",                           OWN, SEL_GUARD_NONE,      "checkouts: judged by their own names" },
	{ ".claude/**",                                     OWN, SEL_GUARD_ASK,       "the agent runs its hooks and commands next time" },
	{ ".claude.json",                                   OWN, SEL_GUARD_ASK,       "the agent starts the servers that it names" },
	{ ".mcp.json",                                      OWN, SEL_GUARD_ASK,       "the agent starts the servers that it names" },
	{ ".codex/sessions/**",                             OWN, SEL_GUARD_NONE,      "transcripts" },
	{ ".codex/archived_sessions/**",                    OWN, SEL_GUARD_NONE,      "transcripts" },
	{ ".codex/log/**",                                  OWN, SEL_GUARD_NONE,      "logs" },
	{ ".codex/history.jsonl",                           OWN, SEL_GUARD_NONE,      "prompts typed" },
	{ ".codex/**",                                      OWN, SEL_GUARD_ASK,       "the agent runs what it configures next time" },
	{ ".gemini/tmp/**",                                 OWN, SEL_GUARD_NONE,      "transcripts" },
	{ ".gemini/history/**",                             OWN, SEL_GUARD_NONE,      "copies of edited files" },
	{ ".gemini/**",                                     OWN, SEL_GUARD_ASK,       "the agent runs what it configures next time" },
	{ ".cursor/**",                                     OWN, SEL_GUARD_ASK,       "the agent runs what it configures next time" },
	{ ".opencode/**",                                   OWN, SEL_GUARD_ASK,       "the agent runs what it configures next time" },
	{ ".config/opencode/**",                            OWN, SEL_GUARD_ASK,       "the agent runs what it configures next time" },
	{ "opencode.json*",                                 OWN, SEL_GUARD_ASK,       "the agent starts the servers that it names" },
	{ ".aider.conf.yml",                                OWN, SEL_GUARD_ASK,       "the agent runs the commands that it names" },
};

/* Below the home folder, path by path: what starts with the session, what is found first, what lets
 * others in. */
static const struct pattern at_home[] = {
	{ ".oh-my-zsh/**",                                  ANY, SEL_GUARD_ASK,       "zsh runs it at each start" },
	{ ".vim/**",                                        ANY, SEL_GUARD_ASK,       "vim runs it at each start" },
	{ ".emacs.d/**",                                    ANY, SEL_GUARD_ASK,       "emacs runs it at each start" },
	{ ".config/emacs/**",                               ANY, SEL_GUARD_ASK,       "emacs runs it at each start" },
	{ ".ipython/profile_*/startup/**",                  ANY, SEL_GUARD_ASK,       "ipython runs it at each start" },
	{ ".gradle/gradle.properties",                      ANY, SEL_GUARD_ASK,       "options of every build's virtual machine" },
	{ ".local/lib/python*/site-packages/*.pth",         ANY, SEL_GUARD_ASK,       "every python runs it at start" },
	{ ".local/lib/python*/site-packages/*customize.py", ANY, SEL_GUARD_ASK,       "every python runs it at start" },
	{ ".ssh/**",                                        ANY, SEL_GUARD_ASK,       "decides who may log in, and what ssh runs" },
	{ ".gnupg/**",                                      ANY, SEL_GUARD_ASK,       "gpg runs the programs that it names" },
	{ ".aws/config",                                    ANY, SEL_GUARD_ASK,       "names programs that fetch credentials" },
	{ ".kube/config",                                   ANY, SEL_GUARD_ASK,       "names programs that fetch credentials" },
	{ ".docker/config.json",                            ANY, SEL_GUARD_ASK,       "names programs that fetch credentials" },
	{ ".docker/cli-plugins/**",                         ANY, SEL_GUARD_ASK,       "docker runs it" },
	{ ".config/gh/**",                                  ANY, SEL_GUARD_ASK,       "gh runs its aliases" },
	{ ".config/systemd/**",                             ANY, SEL_GUARD_ASK,       "systemd starts it with the session" },
	{ ".local/share/systemd/**",                        ANY, SEL_GUARD_ASK,       "systemd starts it with the session" },
	{ ".local/share/dbus-1/**",                         ANY, SEL_GUARD_ASK,       "the session bus starts it" },
	{ ".config/autostart/**",                           ANY, SEL_GUARD_ASK,       "the desktop starts it with the session" },
	{ ".local/share/applications/**",                   ANY, SEL_GUARD_ASK,       "the desktop runs what it names" },
	{ ".config/environment.d/**",                       ANY, SEL_GUARD_ASK,       "sets the environment of the whole session" },
	{ ".local/bin/**",                                  ANY, SEL_GUARD_ASK,       "a program on the search path" },
	{ "bin/**",                                         ANY, SEL_GUARD_ASK,       "a program on the search path" },
	{ ".config/seldom/**",                              ANY, SEL_GUARD_ASK,       "seldom takes its own scope from it" },
};

/* In the top folder of a workspace. */
static const struct pattern at_root[] = {
	{ "head",                                           ANY, SEL_GUARD_ASK,       "turns the workspace into a bare repository whose config git obeys" },
	{ "*.code-workspace",                               OWN, SEL_GUARD_ASK,       "the editor runs tasks and programs that it names" },
	{ "azure-pipelines.yml",                            ANY, SEL_GUARD_ASK,       "CI runs it with the project's credentials" },
	{ "bitbucket-pipelines.yml",                        ANY, SEL_GUARD_ASK,       "CI runs it with the project's credentials" },
	{ "jenkinsfile",                                    ANY, SEL_GUARD_ASK,       "CI runs it with the project's credentials" },
	{ "agents.md",                                      ANY, SEL_GUARD_ASK,       "instructions that agents follow next time" },
	{ "claude.md",                                      ANY, SEL_GUARD_ASK,       "instructions that agents follow next time" },
	{ "claude.local.md",                                ANY, SEL_GUARD_ASK,       "instructions that agents follow next time" },
	{ "gemini.md",                                      ANY, SEL_GUARD_ASK,       "instructions that agents follow next time" },
	{ ".cursorrules",                                   ANY, SEL_GUARD_ASK,       "instructions that agents follow next time" },
	{ ".windsurfrules",                                 ANY, SEL_GUARD_ASK,       "instructions that agents follow next time" },
	{ ".github/copilot-instructions.md",                ANY, SEL_GUARD_ASK,       "instructions that agents follow next time" },
};

/* The system's own, for those who run as root. */
static const struct pattern at_slash[] = {
	{ "etc/gitconfig",                                  ANY, SEL_GUARD_GITCONFIG, "git runs what it names" },
	{ "etc/crontab",                                    ANY, SEL_GUARD_ASK,       "cron runs it" },
	{ "etc/cron*/**",                                   ANY, SEL_GUARD_ASK,       "cron runs it" },
	{ "var/spool/cron/**",                              ANY, SEL_GUARD_ASK,       "cron runs it" },
	{ "var/spool/at/**",                                ANY, SEL_GUARD_ASK,       "at runs it" },
	{ "etc/profile*",                                   ANY, SEL_GUARD_ASK,       "every login shell runs it" },
	{ "etc/profile.d/**",                               ANY, SEL_GUARD_ASK,       "every login shell runs it" },
	{ "etc/bash*",                                      ANY, SEL_GUARD_ASK,       "every bash runs it" },
	{ "etc/zsh/**",                                     ANY, SEL_GUARD_ASK,       "every zsh runs it" },
	{ "etc/environment",                                ANY, SEL_GUARD_ASK,       "sets the environment of each login" },
	{ "etc/ld.so.*",                                    ANY, SEL_GUARD_ASK,       "loads code into every program" },
	{ "etc/ld.so.conf.d/**",                            ANY, SEL_GUARD_ASK,       "loads code into every program" },
	{ "etc/pam.d/**",                                   ANY, SEL_GUARD_ASK,       "decides who may log in" },
	{ "etc/sudoers*",                                   ANY, SEL_GUARD_ASK,       "decides who becomes root" },
	{ "etc/sudoers.d/**",                               ANY, SEL_GUARD_ASK,       "decides who becomes root" },
	{ "etc/ssh/**",                                     ANY, SEL_GUARD_ASK,       "decides who may log in, and what ssh runs" },
	{ "etc/systemd/**",                                 ANY, SEL_GUARD_ASK,       "systemd starts it" },
	{ "etc/udev/**",                                    ANY, SEL_GUARD_ASK,       "udev runs it as root" },
	{ "etc/init.d/**",                                  ANY, SEL_GUARD_ASK,       "started with the machine" },
	{ "etc/xdg/autostart/**",                           ANY, SEL_GUARD_ASK,       "the desktop starts it with the session" },
	{ "etc/apt/**",                                     ANY, SEL_GUARD_ASK,       "apt runs its hooks and trusts its sources" },
	{ "etc/seldom/**",                                  ANY, SEL_GUARD_ASK,       "seldom takes its own scope from it" },
	{ "usr/local/bin/**",                               ANY, SEL_GUARD_ASK,       "a program on the search path" },
	{ "usr/local/sbin/**",                              ANY, SEL_GUARD_ASK,       "a program on the search path" },
};
/* clang-format on */

/* What folding file systems compare beyond ASCII letters, as bytes of UTF-8; `is` 0: as if it were
 * not there (unicode's default ignorable characters). */
static const struct fold {
	const char *first, *last;
	size_t len;
	char is;
} folds[] = {
	/* clang-format off */
	{ "\xc2\xad",         "\xc2\xad",         2, 0 },   /* soft hyphen */
	{ "\xc5\xbf",         "\xc5\xbf",         2, 's' }, /* long s */
	{ "\xcd\x8f",         "\xcd\x8f",         2, 0 },   /* combining grapheme joiner */
	{ "\xd8\x9c",         "\xd8\x9c",         2, 0 },   /* Arabic letter mark */
	{ "\xe1\xa0\x8b",     "\xe1\xa0\x8f",     3, 0 },   /* Mongolian selectors */
	{ "\xe2\x80\x8b",     "\xe2\x80\x8f",     3, 0 },   /* zero width, direction marks */
	{ "\xe2\x80\xaa",     "\xe2\x80\xae",     3, 0 },   /* direction overrides */
	{ "\xe2\x81\xa0",     "\xe2\x81\xaf",     3, 0 },   /* invisible operators, isolates */
	{ "\xe2\x84\xaa",     "\xe2\x84\xaa",     3, 'k' }, /* Kelvin sign */
	{ "\xef\xb8\x80",     "\xef\xb8\x8f",     3, 0 },   /* variation selectors */
	{ "\xef\xbb\xbf",     "\xef\xbb\xbf",     3, 0 },   /* byte order mark */
	{ "\xf3\xa0\x80\x80", "\xf3\xa0\xbf\xbf", 4, 0 },   /* tags, more selectors */
	/* clang-format on */
};

/* The next byte of the path as such a file system compares it; 0 at the end. */
static char next_folded(const char **path)
{
	for (;;) {
		char c = **path;
		const struct fold *f = folds;

		if ((c & 0x80) == 0) {
			*path += c != '\0';
			return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
		}
		while (f < folds + SEL_N(folds) && (strncmp(*path, f->first, f->len) < 0 ||
						    strncmp(*path, f->last, f->len) > 0))
			f++;
		if (f == folds + SEL_N(folds)) {
			(*path)++;
			return c;
		}
		*path += f->len;
		if (f->is)
			return f->is;
	}
}

/* WHOLE: `path` is what `pat` means. PREFIX: `path` is a folder on the way to it, or within its
 * "**". */
enum how { WHOLE, PREFIX };

static bool match(const char *pat, const char *path, enum how how);

/* `pat` follows a '*': any bytes of one name. */
static bool match_star(const char *pat, const char *path, enum how how)
{
	for (; !match(pat, path, how); path++)
		if (*path == '\0' || *path == '/')
			return false;
	return true;
}

/* `pat` follows a "**": one name or more. */
static bool match_names(const char *pat, const char *path, enum how how)
{
	if (*pat == '\0')
		return *path != '\0';
	for (;; path++) {
		path = strchrnul(path, '/');
		if (*path == '\0')
			return how == PREFIX;
		if (match(pat + 1, path + 1, how))
			return true;
	}
}

static bool match(const char *pat, const char *path, enum how how)
{
	for (; *pat; pat++) {
		char c;

		if (pat[0] == '*')
			return pat[1] == '*' ? match_names(pat + 2, path, how)
					     : match_star(pat + 1, path, how);
		c = next_folded(&path);
		if (c != *pat)
			return c == '\0' && *pat == '/' && how == PREFIX;
	}
	return next_folded(&path) == '\0' && how == WHOLE;
}

/* True if a folder of packages lies in the first `len` bytes of `path`. Byte by byte: what excepts
 * is not stretched. */
static bool packaged(const char *path, size_t len)
{
	for (size_t i = 0; i < SEL_N(packages); i++) {
		size_t n = strlen(packages[i]);

		for (const char *p = strstr(path, packages[i]); p; p = strstr(p + 1, packages[i]))
			if (p > path && p[-1] == '/' && p + n <= path + len &&
			    (p[n] == '/' || p[n] == '\0'))
				return true;
	}
	return false;
}

/* An exception covers a whole folder only if all below it is excepted. */
static bool excepts(const struct pattern *row, const char *path, enum how how)
{
	size_t n = strlen(row->names);

	return match(row->names, path, WHOLE) &&
	       (how == WHOLE || (n >= 2 && strcmp(row->names + n - 2, "**") == 0));
}

struct table {
	const struct pattern *rows;
	size_t n;
};
#define TABLE(rows) ((struct table){rows, SEL_N(rows)})

/* The first row that fits `path` from `at` on; NULL if none or excepted. */
static const struct pattern *find_at(struct table table, const char *path, const char *at,
				     enum how how)
{
	const char *next = at;
	char first = next_folded(&next), second = next_folded(&next);

	for (const struct pattern *row = table.rows; row < table.rows + table.n; row++) {
		/* Most rows end here: this runs on every trapped call. */
		if (row->names[1] != second && row->names[1] != '*' && row->names[0] != '*')
			continue;
		if (row->names[0] != first && row->names[0] != '*')
			continue;
		if (row->guard == SEL_GUARD_NONE) {
			if (excepts(row, at, how))
				return NULL;
		} else if (match(row->names, at, how) &&
			   (row->below_packages == ANY || !packaged(path, (size_t)(at - path)))) {
			return row;
		}
	}
	return NULL;
}

/* Floating rows begin with a dot or lie in the last name alone; the one that does neither begins
 * with 'g'. Most folders of any path are passed over. */
static bool could_begin(const char *at, bool last)
{
	return last || *at == '.' || *at == 'g' || *at == 'G' || (*at & 0x80);
}

static const struct pattern *find_floating(const char *path, enum how how)
{
	for (const char *at = path + 1;;) {
		const char *end = strchrnul(at, '/');
		const struct pattern *row = NULL;

		if (could_begin(at, *end == '\0' && how == WHOLE))
			row = find_at(TABLE(floating), path, at, how);
		if (row || *end == '\0')
			return row;
		at = end + 1;
	}
}

static const struct pattern *find_anchored(struct table table, const char *path, const char *anchor,
					   enum how how)
{
	size_t len = strcmp(anchor, "/") == 0 ? 0 : strlen(anchor);

	if (!sel_path_clean(anchor) || !sel_path_below(path, anchor) || path[len] == '\0')
		return NULL;
	return find_at(table, path, path + len + 1, how);
}

static const struct pattern *find(const char *path, const struct sel_places *places, enum how how)
{
	const struct pattern *row = find_floating(path, how);

	if (!row)
		row = find_at(TABLE(at_slash), path, path + 1, how);
	if (!row && places->home)
		row = find_anchored(TABLE(at_home), path, places->home, how);
	for (const char *const *root = places->roots; !row && root && *root; root++)
		row = find_anchored(TABLE(at_root), path, *root, how);
	return row;
}

struct sel_protected sel_protected_of(const char *path, const struct sel_places *places)
{
	const struct pattern *row;

	if (path[0] != '/') /* an address, no file */
		return (struct sel_protected){.guard = SEL_GUARD_NONE};
	if (!sel_path_clean(path))
		return (struct sel_protected){SEL_GUARD_ASK, "its path is not in plain form"};
	row = path[1] ? find(path, places, WHOLE) : NULL;
	return row ? (struct sel_protected){row->guard, row->why}
		   : (struct sel_protected){.guard = SEL_GUARD_NONE};
}

bool sel_protected_prefix(const char *path, const struct sel_places *places)
{
	if (path[0] != '/')
		return false;
	if (!sel_path_clean(path) || path[1] == '\0')
		return true;
	if (places->home && sel_path_below(places->home, path))
		return true;
	for (const char *const *root = places->roots; root && *root; root++)
		if (sel_path_below(*root, path))
			return true;
	return find(path, places, PREFIX) != NULL;
}

bool sel_protected_moves(const char *from, const char *to, const struct sel_places *places)
{
	return sel_protected_prefix(to, places) ||
	       (packaged(from, strlen(from)) && !packaged(to, strlen(to)));
}
