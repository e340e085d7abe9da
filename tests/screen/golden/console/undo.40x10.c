| nothing waits         1 2 3 4 5 6 Undo
|- Undo ------------------------ 1 of 1
|> aaaaaaaa            3   16.0 KiB
|
|
|
|
|
|
|Enter open  / filter  ? help  Esc back
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBR
.BBBBBB
B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR






RRRRR.......R.........R.......RRR
