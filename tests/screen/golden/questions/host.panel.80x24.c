|row 1 of a program that fills the screen
|row 2 of a program that fills the screen
|row 3 of a program that fills the screen
|+= T2 hard to undo - fake.1 ============================= denied once in #:## =+
|| first POST to a host that was read so far                                    |
|| sh (pid 4711) wants to REQUEST                                               |
||   POST api.example.test/v1/upload                                            |
|| follows  can send what it read to that host                                  |
|| asked    refused before, 2 min ago: api.example.test                         |
|| started  bash > make                                                         |
|| program  /bin/sh                                                             |
|| in       /home/ana/src                                                       |
|| An allow reaches                                                             |
|| (*) 1 this request  POST of api.example.test/v1/upload, any query            |
||       newly reaches: one request                                             |
|| ( ) 2 this host, changing (recommended)  GET POST PUT of api.example.test    |
||       newly reaches: all that the host takes                                 |
|| for [once]  this session   30 days                                           |
|+==============================================================================+
|y allows, once: POST of api.example.test/v1/upload, any query
|y allow  n deny  N note  d all  t term  1-9 reach  ? help  Esc back  q quit
|row 22 of a program that fills the screen
|row 23 of a program that fills the screen
|row 24 of a program that fills the screen
cursor 13,2



BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
B.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB....................................B
B..............................................................................B
B...BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB............................................B
B..........BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB..................................B
B..............................................................................B
B..............................................................................B
B..............................................................................B
B..............................................................................B
B.BBBBBBBBBBBBBBBB.............................................................B
B.RRRRRRRRRRRRRRRRRR..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB............B
B..............................................................................B
B..........................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB....B
B..............................................................................B
B.....RRRRRR...................................................................B
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
R........R.......R.......R......R.......RRR........R.......RRR.......R



