| nothing waits          1 Now 2 3 4 5 6
|- Questions ---------------------------
|- Nothing runs under seldom. To start: s
|
|
|
|
|
|
|Enter open  n deny  d all  ? help
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRBBBBBRRRRRRRRRRR
.BBBBBBBBBBB







...........................R
