| seldom  4 wait: 1 T3, 1 T2, 2 T1                                                                                                               1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo  ##:##:##
|- Rules and grants - in force ----------------------------------------------------------------------------------------------------------------------------------------------------------------- 5 of 5
|    ID SAID  OP      REACH    USES UNTIL      STATE    LOOK       OBJECT                                                                          PROGRAM
|     5 allow change  file        0 2098-12-31 alive    never-used /srv/folder-000/folder-001/folder-002/...r-367/folder-368/folder-369/folder-370
|     4 allow change  tree        0 2098-12-31 alive    never-used /srv/x\x1B[2J\x1B]0;owned\x07\x1B]8;;h...\x09\x9B31m\xFF\x7Fp\u{430}ypal.test
|     # deny  delete  folder      0 2098-12-31 alive    never-used /srv/data
|     2 allow write   file        0 2098-12-31 alive    never-used /home/ana/.config/tool.conf                                                     /usr/bin/tool
|>    1 allow change  tree        3 2098-12-31 alive    unused     /home/ana/.m2
|
|
|
|
|
|
|
|
|
|
|
|
|
|
|
|
|
|
|                                                              +==========================================================================+
|                                                              | Revoke rule 1?                                                           |
|                                                              | rule: any program may change /home/ana/.m2 and what is below, until      |
|                                                              | 2098-12-31                                                               |
|                                                              | What it allowed is asked about again; what it denied, too.               |
|                                                              |                                                                          |
|                                                              | type revoke, then Enter:                                                 |
|                                                              +==========================================================================+
|
|
|
|
|
|
|
|
|
|
|
|
|
|
|
|
|- Selected --------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------
|  rule: any program may change /home/ana/.m2 and what is below, until 2098-12-31
|  not used for ### days
|  made 2026-01-05 by question aaaaaaaa.1, used 3 times, last 2026-01-25; alive
|
|
|
|
|
|Enter do it  Esc back  ^U clear
cursor 32,89
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBBRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBBBBBBBBBBBBBBB

.......................................................BBBBBBBBBB.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
R......................................................BBBBBBBBBB.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.......BBBB............................................BBBBBBBBBB.BBBBBBBBB
.......................................................BBBBBBBBBB.BBBBBBBBBBBBBBBBBBBBBBBBBBB
B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
R

















..............................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..............................................................B.BBBBBBBBBBBBBB...........................................................B
..............................................................B..........................................................................B
..............................................................B..........................................................................B
..............................................................B..........................................................................B
..............................................................B..........................................................................B
..............................................................B.BBBBBBBBBBBBBBBBBBBBBBBBB................................................B
..............................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
















.BBBBBBBBBB

..BBBBBBBBBBBBBBBBBBBBB






.............RRR.......RR
