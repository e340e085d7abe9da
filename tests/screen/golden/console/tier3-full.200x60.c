| T3 cannot be undone - testaaaa.3                                                                                                                                     3 more wait - denied once in #:##
|first write outside
|pip (pid 4711) wants to CREATE
|  /out/file-3
|follows  can be undone
|asked    out of scope
|word     happy
|started  bash > pip
|program  /usr/bin/pip
|in       /src
|An allow reaches
|(*) 1 this file  /out/file-3
|      newly reaches: one file
|( ) 2 this folder (recommended)  /out
|      newly reaches: 9 files
|for [once]  this session   ## days
|
|
|#
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
|-
|
|
|
|
|
|
|
|
|y, then the word, allows, once: /out/file-3
|y allow  n deny  d all  t term  1-9 reach  ? help  Esc back  q quit
cursor 11,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
BBBBBBBBBBBBBBBBBBB

..BBBBBBBBBBB
.........BBBBBBBBBBBBB

.........BBBBB



BBBBBBBBBBBBBBBB
RRRRRRRRRRRRRRR..BBBBBBBBBBB

.................................BBBB

....RRRRRR


R







































................................BBBBBBBBBBB
R........R.......R......R.......RRR........R.......RRR.......R
