| seldom  nothing waits            1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo
|- Questions -------------------------------------------------------------------
|- Nothing runs under seldom. To start: seldom run -- CMD
|
|
|
|
|
|- Details ---------------------------------------------------------------------
|-
|
|
|
|
|
|
|- Sessions - none -------------------------------------------------------------
|-
|
|
|- History ---------------------------------------------------------------------
|-
|
|Enter open  n deny  d all  / filter  ? help  Esc back  q quit  1-6 views  w pane
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBBBBBBBB






.BBBBBBBBB







.BBBBBBBBBB



.BBBBBBBBB


...........................R.........R.......RRR.......R.......RRR........R
