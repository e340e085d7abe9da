| seldom  nothing waits                                                                                                                          1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo  ##:##:##
|- Difference ------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------
| --- /tmp/seldom-screen-XXXXXX/files/e\x1B[2Jvil
| +++ before the run
| @@ -1,3 +1,3 @@
|  one
| -TWO
| +two\x1B]0;x\x07
|  three
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
|
|
|
|
|? help  Esc back  q quit  1-6 views  Tab next  r reread
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBRRRRRRRRRRR
.BBBBBBBBBBBB

.BBBBBBBBBBBBBBBBBB



.BBBBBBBBBBBBBBBB



















































R.......RRR.......R.......RRR........RRR.......R
