/* A folder that may be written but where nothing that existed may be lost. argv[1]: the way. */
#include "attack.h"

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	const char *way = argv[1], *keep = in("N", "keep.txt");

	attack_begin();
	put(in("N", "own.txt"), "made inside");
	if (strcmp(way, "unlink") == 0)
		say(way, unlink(keep));
	else if (strcmp(way, "rename-away") == 0)
		say(way, rename(keep, in("P", "taken")));
	else if (strcmp(way, "rename-within") == 0)
		say(way, rename(keep, in("N", "other")));
	else if (strcmp(way, "rename-over") == 0)
		say(way, rename(in("N", "own.txt"), keep));
	else if (strcmp(way, "exchange") == 0)
		say(way, syscall(SYS_renameat2, AT_FDCWD, in("N", "own.txt"), AT_FDCWD, keep, 2));
	else if (strcmp(way, "o-trunc") == 0)
		say(way, open(keep, O_WRONLY | O_TRUNC));
	else if (strcmp(way, "rdonly-trunc") == 0)
		say(way, open(keep, O_RDONLY | O_TRUNC));
	else if (strcmp(way, "creat") == 0)
		say(way, creat(keep, 0644));
	else if (strcmp(way, "truncate") == 0)
		say(way, truncate(keep, 0));
	else if (strcmp(way, "dir-away") == 0)
		say(way, rename(in("N", "sub"), in("P", "sub")));
	else if (strcmp(way, "dir-within") == 0)
		say(way, rename(in("N", "sub"), in("N", "sub2")));
	else if (strcmp(way, "dir-remove") == 0)
		say(way, unlink(in("N", "sub/deep.txt")) + rmdir(in("N", "sub")));
	else if (strcmp(way, "by-link") == 0) {
		say(way, symlink(keep, in("P", "l")));
		say(way, truncate(in("P", "l"), 0));
	} else if (strcmp(way, "by-fd") == 0) {
		int dir = open(var("N"), O_PATH | O_DIRECTORY);

		say(way, unlinkat(dir, "keep.txt", 0));
	} else if (strcmp(way, "hardlink") == 0) {
		say(way, link(keep, in("P", "h")));
		say(way, truncate(in("P", "h"), 0));
	} else if (strcmp(way, "over-from-scope") == 0)
		say(way, rename(in("P", "a.txt"), keep));
	else if (strcmp(way, "scope-away") == 0)
		say(way, rename(var("N"), in("P", "gone")));
	else
		return 2;
	return 0;
}
