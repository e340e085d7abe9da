| nothing waits        1 2 3 4 5 Stats 6
|- Proposals ---------------------------
|  Nothing to propos...oved often enough.
|
|
|
|
|
|filter: mvn
|Enter open  a accept  x decline  ? help
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBBRRR
.BBBBBBBBBBB






........BBB
.................................R
