|row 1 of a program that fills the screen
|row 2 of a program that fills the screen
|row 3 of a program that fills the screen
|+= T2 hard to undo - fake.1 ============================= denied once in #:## =+
|| first change of what existed outside the scope                               |
|| sh (pid 4711) wants to WRITE                                                 |
||   /srv/data/report.csv                                                       |
|| follows  what was there before is lost                                       |
|| asked    no rule covers it                                                   |
|| started  bash > make                                                         |
|| program  /bin/sh                                                             |
|| in       /home/ana/src                                                       |
|| An allow reaches                                                             |
|| (*) 1 this file  /srv/out/file                                               |
|| ( ) 2 this folder (recommended)  /srv/out                                    |
||       newly reaches: 2 more files                                            |
|| for [once]  this session   30 days                                           |
|+==============================================================================+
|y allows, once: /srv/out/file
|y allow  n deny  N note  d all  t term  1-9 reach  ? help  Esc back  q quit
|row 21 of a program that fills the screen
|row 22 of a program that fills the screen
|row 23 of a program that fills the screen
|row 24 of a program that fills the screen
cursor 13,2



BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
B.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB...............................B
B..............................................................................B
B...BBBBBBBBBBBBBBBBBBBB.......................................................B
B..........BBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................B
B..............................................................................B
B..............................................................................B
B..............................................................................B
B..............................................................................B
B.BBBBBBBBBBBBBBBB.............................................................B
B.RRRRRRRRRRRRRRR..BBBBBBBBBBBBB...............................................B
B..................................BBBBBBBB....................................B
B..............................................................................B
B.....RRRRRR...................................................................B
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................BBBBBBBBBBBBB
R........R.......R.......R......R.......RRR........R.......RRR.......R




