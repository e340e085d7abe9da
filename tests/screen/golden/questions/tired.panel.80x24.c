|row 1 of a program that fills the screen
|row 2 of a program that fills the screen
|+= T2 hard to undo - fake.1 ============================= denied once in #:## =+
|| first write outside the granted folders                                      |
|| fatigue: TIRED (RTE 0.55)                                                    |
|| sh (pid 4711) wants to CREATE                                                |
||   /srv/out/file                                                              |
|| follows  can be undone                                                       |
|| asked    no rule covers it                                                   |
|| word     go                                                                  |
|| started  bash > make                                                         |
|| program  /bin/sh                                                             |
|| in       /home/ana/src                                                       |
|| An allow reaches                                                             |
|| (*) 1 this file  /srv/out/file                                               |
|| ( ) 2 this folder (recommended)  /srv/out                                    |
||       newly reaches: 2 more files                                            |
|| for [once]  this session                                                     |
|+==============================================================================+
|y, then the word, allows, once: /srv/out/file
|y allow  n deny  N note  d all  t term  1-9 reach  ? help  Esc back  q quit
|row 22 of a program that fills the screen
|row 23 of a program that fills the screen
|row 24 of a program that fills the screen
cursor 14,2


BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
B.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB......................................B
B.BBBBBBBBBBBBBBBBBBBBBBBBB....................................................B
B..............................................................................B
B...BBBBBBBBBBBBB..............................................................B
B..........BBBBBBBBBBBBB.......................................................B
B..............................................................................B
B..........BB..................................................................B
B..............................................................................B
B..............................................................................B
B..............................................................................B
B.BBBBBBBBBBBBBBBB.............................................................B
B.RRRRRRRRRRRRRRR..BBBBBBBBBBBBB...............................................B
B..................................BBBBBBBB....................................B
B..............................................................................B
B.....RRRRRR...................................................................B
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................................BBBBBBBBBBBBB
R........R.......R.......R......R.......RRR........R.......RRR.......R



