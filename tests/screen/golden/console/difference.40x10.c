| nothing waits         1 2 3 4 5 6 Undo
|- Difference - 1-6 of 8 ---------------
| --- /tmp/seldom-screen-XXXXXX/files/
| e\x1B[2Jvil
| +++ before the run
| @@ -1,3 +1,3 @@
|  one
| -TWO                                  v
|
|? help  Esc back  q quit  1-6 views
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBR
.BBBBBBBBBBBB


.BBBBBBBBBBBBBBBBBB




R.......RRR.......R.......RRR
