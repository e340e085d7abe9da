| seldom  4 wait: 1 T3, 1 T2, 2 T1 1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo
|- Questions -------------------------------------------------------------------+
|> T2 pip          create   /out/file-2                            x3        #:##
|
|
|
|
|
|- Details - 7 more lines: d ---------------------------------------------------|
|  first write outside
|  pip (pid 4711) wants to CREATE
|    /out/file-2
|  follows  can be undone
|  asked    out of scope
|  started  bash > pip
|  program  /usr/bin/pip
|- Sessions --------------------------------------------------------------------|
|  testaaaa  make all                  ### done   5 asked   2 ok   1 no    ### d
|
|
|- History ---------------------------------------------------------------------|
|
|filter: file-2
|Enter keep  Esc back  ^U clear
cursor 22,14
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBBBBBBBB
B.BB.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR





.BBBBBBBBB
..BBBBBBBBBBBBBBBBBBB

....BBBBBBBBBBB
...........BBBBBBBBBBBBB



.BBBBBBBBBB
............BBBBBBBB


.BBBBBBBBB

........BBBBBB
RRRRR.......RRR.......RR
