| nothing waits          1 2 3 Log 4 5 6
|- Log - 01-14 ---------------- 4 of 65
|  10:00 allow read    /home/a...7 times)
|  10:00 deny  create  /home/a...ings.xml
|  10:00 allow read    /home/a...7 times)
|> 10:00 deny  read    /srv/fo...lder-370
|  10:00 allow create  /srv/x...ypal.test
|  10:59 deny  create  /home/a...59/l.jar
|
|Enter open  / filter  ? help  Esc back
cursor 5,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBRRRRRRR
.BBBBB
......................BBBBBBBBBBBBBBBBBB
........BBBB..........BBBBBBBBBBBBBBBBBB
......................BBBBBBBBBBBBBBBBBB
B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
......................BBBBBBBBBBBBBBBBBB
........BBBB..........BBBBBBBBBBBBBBBBBB

RRRRR.......R.........R.......RRR
