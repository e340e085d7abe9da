| seldom  nothing waits            1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo
|- Bring back - aaaaaaaa: 3 to bring back ------------------------------ 1 of 3
|  WAS        STATE         BYTES PATH
|> changed    ready          20 B /tmp/seldom-screen-XXXXXX/files/e\x1B[2Jvil
|  removed    ready          20 B /tmp/seldom-screen-XXXXXX/files/gone
|  changed    ready          20 B /tmp/seldom-screen-XXXXXX/files/notes
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
|- Selected --------------------------------------------------------------------
|- /tmp/seldom-screen-XXXXXX/files/e\x1B[2Jvil
|
|
|
|Enter open  u undo  / filter  ? help  Esc back  q quit  1-6 views  Tab next
cursor 3,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBR
.BBBBBBBBBBBB

B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB












.BBBBBBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB



RRRRR.......R.......R.........R.......RRR.......R.......RRR........RRR
