| seldom  4 wait: 1 T3, 1 T2, 2 T1 1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo
|- Rules and grants - in force ----------------------------------------- 5 of 5 +
|    ID SAID  OP      REACH    USES UNTIL      LOOK       OBJECT
|     5 allow change  file        0 2098-12-31 never-used /srv/folde...folder-370
|     4 allow change  tree        0 2098-12-31 never-used /srv/x\x1B...ypal.test
|     # deny  delete  folder      0 2098-12-31 never-used /srv/data
|     2 allow write   file        0 2098-12-31 never-used /home/ana/.../tool.conf
|>    1 allow change  tree        3 2098-12-31 unused     /home/ana/.m2
|  +==========================================================================+
|  | Revoke rule 1?                                                           |
|  | rule: any program may change /home/ana/.m2 and what is below, until      |
|  | 2098-12-31                                                               |
|  | What it allowed is asked about again; what it denied, too.               |
|  |                                                                          |
|  | type revoke, then Enter:                                                 |
|  +==========================================================================+
|
|
|- Selected --------------------------------------------------------- 1 more ---
|  rule: any program may change /home/ana/.m2 and what is below, until
|  2098-12-31
|  not used for ### days
|
|Enter do it  Esc back  ^U clear
cursor 14,29
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBBRRRRRRRRRRRRRRRR
.BBBBBBBBBBBBBBBBBB

..............................................BBBBBBBBBB.BBBBBBBBBBBBBBBBBBBBBBB
..............................................BBBBBBBBBB.BBBBBBBBBBBBBBBBBBBBBB
.......BBBB...................................BBBBBBBBBB.BBBBBBBBB
..............................................BBBBBBBBBB.BBBBBBBBBBBBBBBBBBBBBBB
B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..B.BBBBBBBBBBBBBB...........................................................B
..B..........................................................................B
..B..........................................................................B
..B..........................................................................B
..B..........................................................................B
..B.BBBBBBBBBBBBBBBBBBBBBBBBB................................................B
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB


.BBBBBBBBBB


..BBBBBBBBBBBBBBBBBBBBB

.............RRR.......RR
