| seldom  nothing waits            1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo
|- Undo ---------------------------------------------------------------- 1 of 1
|  ID                    STATE   STARTED        CHANGES       KEPT COMMAND
|> aaaaaaaa              ended   ##-## ##:##:##       3   16.0 KiB make all
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
|Enter open  / filter  ? help  Esc back  q quit  1-6 views  Tab next  r reread
cursor 3,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBR
.BBBBBB

B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR



















RRRRR.......R.........R.......RRR.......R.......RRR........RRR.......R
