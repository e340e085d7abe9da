| 4 wait: 1 T3, 1 T2, 2 T1       4 Rules
|+======================================
|| Revoke rule 1?                       |
|| rule: any program may change /home/  |
|| ana/.m2 and what is below, until     |
|| 2098-12-31                           |
|| (2 more lines)                       |
|| type revoke, then Enter:             |
|+======================================
|Enter do it  Esc back  ^U clear
cursor 7,27
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBBR
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
B.BBBBBBBBBBBBBB.......................B
B......................................B
B......................................B
B......................................B
B......................................B
B.BBBBBBBBBBBBBBBBBBBBBBBBB............B
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.............RRR.......RR
