|row 1 of a program that fills the screen
|row 2 of a program that fills the screen
|row 3 of a program that fills the screen
|row 4 of a program that fills the screen
|row 5 of a program that fills the screen
|row 6 of a program that fills the screen
|+- T1 can be undone - fake.1 ---------------------------- denied once in #:## -+
|| first write of pip outside the scope                                         |
|| nearest  ~/.cache/pip (3x)                                                   |
|| sh (pid 4711) wants to CREATE                                                |
||   /home/ana/.cache/pip/http/a                                                |
|| follows  can be removed again                                                |
|| asked    no rule covers it                                                   |
|| started  bash > make                                                         |
|| program  /bin/sh                                                             |
|| in       /home/ana/src                                                       |
|| An allow reaches                                                             |
|| (*) 1 this file  /srv/out/file                                               |
|| ( ) 2 this folder (recommended)  /srv/out                                    |
||       newly reaches: 2 more files                                            |
|| for [once]  this session   30 days                                           |
|+------------------------------------------------------------------------------+
|y allows, once: /srv/out/file
|y allow  n deny  N note  d all  t term  1-9 reach  ? help  Esc back  q quit
cursor 17,2







..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB


....BBBBBBBBBBBBBBBBBBBBBBBBBBB
...........BBBBBBBBBBBBBBBBBBBB




..BBBBBBBBBBBBBBBB
..RRRRRRRRRRRRRRR..BBBBBBBBBBBBB
...................................BBBBBBBB

......RRRRRR

................BBBBBBBBBBBBB
R........R.......R.......R......R.......RRR........R.......RRR.......R
