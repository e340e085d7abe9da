| seldom  4 wait: 1 T3, 1 T2, 2 T1 1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo
|- Questions -------------------------------------------------------------------
|> T3 pip          create   /out/file-3                            x3        #:##
|  T2 pip          create   /out/file-2                            x3        #:##
|  T1 pip          create   /out/file-1                            x3        #:##
|     x...pal.test x\x1B[2J /out/x\x1B[2J                          x3        #:##
|
|
|- Details - 8 more lines: d ---------------------------------------------------
|- first write outside
|  pip (pid 4711) wants to CREATE
|    /out/file-3
|  follows  can be undone
|  asked    out of scope
|  word     happy
|  started  bash > pip
|- Sessions --------------------------------------------------------------------
|- testaaaa  make all                  ### done   5 asked   2 ok   1 no    ### d
|
|
|- History ---------------------------------------------------------------------
|-
|
|Enter open  n deny  d all  / filter  ? help  Esc back  q quit  1-6 views  w pane
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBBBBBBBB
B.RR.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
..BB




.BBBBBBBBB
..BBBBBBBBBBBBBBBBBBB

....BBBBBBBBBBB
...........BBBBBBBBBBBBB

...........BBBBB

.BBBBBBBBBB
............BBBBBBBB


.BBBBBBBBB


RRRRR.......R.......R......R.........R.......RRR.......R.......RRR........R
