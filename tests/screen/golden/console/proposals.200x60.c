| seldom  nothing waits                                                                                                                          1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo  ##:##:##
|- Proposals -------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------
|
|  Nothing to propose: no folder was approved often enough.
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
|- Selected --------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------
|-
|
|
|
|
|
|
|filter: mvn
|Enter open  a accept  x decline  e ended  ? help  Esc back  q quit  1-6 views  Tab next  r reread
cursor 3,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBBRRRRRRRRRRRRRRRRRR
.BBBBBBBBBBB
















































.BBBBBBBBBB







........BBB
.................................R........R.......RRR.......R.......RRR........RRR.......R
