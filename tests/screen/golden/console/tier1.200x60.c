| seldom  4 wait: 1 T3, 1 T2, 2 T1                                                                                                               1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo  ##:##:##
|- Questions -------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------#
|  T3 pip                create   /out/file-3                                                                                                                                              x3        #:##
|  T2 pip                create   /out/file-2                                                                                                                                              x3        #:##
|> T1 pip                create   /out/file-1                                                                                                                                              x3        #:##
|     x\x1B[2...pal.test x\x1B[2J /out/x\x1B[2J                                                                                                                                            x3        #:##
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
|#
|
|- Details ---------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------
|  first write outside
|  pip (pid 4711) wants to CREATE
|    /out/file-1
|  follows  can be undone
|  asked    out of scope
|  started  bash > pip
|  program  /usr/bin/pip
|  in       /src
|  An allow reaches
|  ( ) 1 this file  /out/file-1
|        newly reaches: one file
|  (*) 2 this folder (recommended)  /out
|        newly reaches: 9 files
|  for  once  [this session]  ## days
|
|
|+
|
|
|
|
|+- T1 can be undone - testaaaa.1 ---------------------------------------------------------------------------------------------------------------------------------- 3 more wait - denied once in #:## -+
|| first write outside                                                                                                                                                                                  |
|| pip (pid 4711) wants to CREATE                                                                                                                                                                       |
||   /out/file-1                                                                                                                                                                                        |
|| follows  can be undone                                                                                                                                                                               |
|| asked    out of scope                                                                                                                                                                                |
|| started  bash > pip                                                                                                                                                                                  |
|| program  /usr/bin/pip                                                                                                                                                                                |
|| in       /src                                                                                                                                                                                        |
|| An allow reaches                                                                                                                                                                                     |
|| ( ) 1 this file  /out/file-1                                                                                                                                                                         |
||       newly reaches: one file                                                                                                                                                                        |
|| (*) 2 this folder (recommended)  /out                                                                                                                                                                |
||       newly reaches: 9 files                                                                                                                                                                         |
|| for  once  [this session]  ## days                                                                                                                                                                   |
|+------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------
|y allows, this session: /out
|y allow  n deny  d all  t term  1-9 reach  ? help  Esc back  q quit
cursor 54,2
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBBBBBBBB...........................................................................................................................................................................................R
..RR
..BB
B....RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR













R

.BBBBBBBBB
..BBBBBBBBBBBBBBBBBBB

....BBBBBBBBBBB
...........BBBBBBBBBBBBB




..BBBBBBBBBBBBBBBB
...................BBBBBBBBBBB

..RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR..BBBB

.............RRRRRRRRRRRRRR


B





..BBBBBBBBBBBBBBBBBBB

....BBBBBBBBBBB
...........BBBBBBBBBBBBB




..BBBBBBBBBBBBBBBB
...................BBBBBBBBBBB

..RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR..BBBB

.............RRRRRRRRRRRRRR

........................BBBB
R........R.......R......R.......RRR........R.......RRR.......R
