| seldom  4 wait: 1 T3, 1 T2, 2 T1 1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo
|- Questions -------------------------------------------------------------------#
|  T3 pip          create   /out/file-3                            x3        #:##
|+= T2 hard to undo - testaaaa.2 =========== 3 more wait - denied once in #:## =+
|| first write outside                                                          |
|| pip (pid 4711) wants to CREATE                                               |
||   /out/file-2                                                                |
|| follows  can be undone                                                       |
|| asked    out of scope                                                        |
|| started  bash > pip                                                          |
|| program  /usr/bin/pip                                                        |
|| in       /src                                                                |
|| An allow reaches                                                             |
|| (*) 1 this file  /out/file-2                                                 |
||       newly reaches: one file                                                |
|| ( ) 2 this folder (recommended)  /out                                        |
||       newly reaches: 9 files                                                 |
|| for [once]  this session   ## days                                           |
|+==============================================================================
|+
|- History ---------------------------------------------------------------------
|-
|y allows, once: /out/file-2
|y allow  n deny  d all  t term  1-9 reach  ? help  Esc back  q quit
cursor 13,2
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBBBBBBBB...................................................................R
..RR
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
B.BBBBBBBBBBBBBBBBBBB..........................................................B
B..............................................................................B
B...BBBBBBBBBBB................................................................B
B..........BBBBBBBBBBBBB.......................................................B
B..............................................................................B
B..............................................................................B
B..............................................................................B
B..............................................................................B
B.BBBBBBBBBBBBBBBB.............................................................B
B.RRRRRRRRRRRRRRR..BBBBBBBBBBB.................................................B
B..............................................................................B
B..................................BBBB........................................B
B..............................................................................B
B.....RRRRRR...................................................................B
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
B
.BBBBBBBBB

................BBBBBBBBBBB
R........R.......R......R.......RRR........R.......RRR.......R
