| nothing waits          1 2 3 Log 4 5 6
|- Log - under rule 1 01-25 ---- 1 of 3
|> 10:00 allow read    /home/a...7 times)
|  10:00 deny  create  /home/a...ings.xml
|  10:00 allow read    /home/a...7 times)
|
|
|
|
|Enter open  / filter  ? help  Esc back
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBRRRRRRR
.BBBBB
B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
........BBBB..........BBBBBBBBBBBBBBBBBB
......................BBBBBBBBBBBBBBBBBB


R

RRRRR.......R.........R.......RRR
