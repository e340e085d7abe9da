| nothing waits        1 2 3 4 Rules 5 6
|- Rules and grants - in force - 1 of 5
|>    5 allow /srv/folder-...9/folder-370
|     4 allow /srv/x\x1B[2...ypal.test
|     3 deny  /srv/data
|     2 allow /home/ana/.config/tool.conf
|     1 allow /home/ana/.m2
|
|
|Enter open  x revoke  p propose  ? help
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBBRRRRR
.BBBBBBBBBBBBBBBBBB
B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.............BBBBBBBBBBBBBBBBBBBBBBBB
.......BBBB..BBBBBBBBB
.............BBBBBBBBBBBBBBBBBBBBBBBBBBB
.............BBBBBBBBBBBBB


RRRRR.......R.........R..........R
