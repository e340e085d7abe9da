| seldom  4 wait: 1 T3, 1 T2, 2 T1                                                                                                               1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo  ##:##:##
|- Questions -------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------
|> T3 pip                create   /out/file-3                                                                                                                                              x3        #:##
|  T2 pip                create   /out/file-2                                                                                                                                              x3        #:##
|  T1 pip                create   /out/file-1                                                                                                                                              x3        #:##
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
|
|
|- Details ---------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------
|- first write outside
|  pip (pid 4711) wants to CREATE
|    /out/file-3
|  follows  can be undone
|  asked    out of scope
|  word     happy
|  started  bash > pip
|  program  /usr/bin/pip
|  in       /src
|  An allow reaches
|  (*) 1 this file  /out/file-3
|        newly reaches: one file
|  ( ) 2 this folder (recommended)  /out
|        newly reaches: 9 files
|  for [once]  this session   ## days
|
|
|
|
|
|
|- Sessions --------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------
|- testaaaa  make all                                                                                                                                          ### done   5 asked   2 ok   1 no    ### d
|
|
|
|
|- History ---------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------
|-
|
|
|
|
|
|
|
|
|
|Enter open  n deny  d all  / filter  ? help  Esc back  q quit  1-6 views  Tab next  w pane
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBBBBBBBB
B.RR.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
..BB
















.BBBBBBBBB
..BBBBBBBBBBBBBBBBBBB

....BBBBBBBBBBB
...........BBBBBBBBBBBBB

...........BBBBB



..BBBBBBBBBBBBBBBB
..RRRRRRRRRRRRRRR..BBBBBBBBBBB

...................................BBBB

......RRRRRR






.BBBBBBBBBB
............BBBBBBBB




.BBBBBBBBB










RRRRR.......R.......R......R.........R.......RRR.......R.......RRR........RRR.......R
