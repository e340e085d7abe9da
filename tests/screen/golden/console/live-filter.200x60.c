| seldom  4 wait: 1 T3, 1 T2, 2 T1                                                                                                               1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo  ##:##:##
|- Questions -------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------
|> T2 pip                create   /out/file-2                                                                                                                                              x3        #:##
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
|- Details ---------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------|
|  first write outside
|  pip (pid 4711) wants to CREATE
|    /out/file-2
|  follows  can be undone
|  asked    out of scope
|  started  bash > pip
|  program  /usr/bin/pip
|  in       /src
|  An allow reaches
|  (*) 1 this file  /out/file-2
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
|
|- Sessions --------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------|
|  testaaaa  make all                                                                                                                                          ### done   5 asked   2 ok   1 no    ### d
|
|
|
|
|- History ---------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------|
|
|
|
|
|
|
|
|
|
|filter: file-2
|Enter keep  Esc back  ^U clear
cursor 58,14
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBBBBBBBB
B.BB.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR

















.BBBBBBBBB
..BBBBBBBBBBBBBBBBBBB

....BBBBBBBBBBB
...........BBBBBBBBBBBBB




..BBBBBBBBBBBBBBBB
..RRRRRRRRRRRRRRR..BBBBBBBBBBB

...................................BBBB

......RRRRRR







.BBBBBBBBBB
............BBBBBBBB




.BBBBBBBBB









........BBBBBB
RRRRR.......RRR.......RR
