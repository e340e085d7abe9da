| nothing waits          1 2 3 Log 4 5 6
|- Log - of aaaaaaaa 01-05 ---- 1 of 60
|> 10:59 deny  create  /home/a...59/l.jar
|  10:58 allow read    /home/a...58/l.jar
|  10:57 allow create  /home/a...57/l.jar
|  10:56 deny  read    /home/a...56/l.jar
|  10:55 allow create  /home/a...55/l.jar
|  10:54 allow read    /home/a...54/l.jar
|
|Enter open  / filter  ? help  Esc back
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBRRRRRRR
.BBBBB
B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
......................BBBBBBBBBBBBBBBBBB
......................BBBBBBBBBBBBBBBBBB
R.......BBBB..........BBBBBBBBBBBBBBBBBB
......................BBBBBBBBBBBBBBBBBB
......................BBBBBBBBBBBBBBBBBB

RRRRR.......R.........R.......RRR
