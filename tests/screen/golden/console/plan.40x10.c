| nothing waits         1 2 3 4 5 6 Undo
|- Bring back - aaaaa...g back - 1 of 3
|> changed    ready    /tmp/se...[2Jvil
|  removed    ready    /tmp/se...les/gone
|  changed    ready    /tmp/se...es/notes
|
|
|
|
|Enter open  u undo  / filter  ? help
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBR
.BBBBBBBBBBBB
B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
......................BBBBBBBBBBBBBBBBBB
......................BBBBBBBBBBBBBBBBBB




RRRRR.......R.......R.........R
