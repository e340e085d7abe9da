| seldom  nothing waits            1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo
|- Rules and grants - in force ----------------------------------------- 1 of 5
|    ID SAID  OP      REACH    USES UNTIL      LOOK       OBJECT
|>    5 allow change  file        0 2098-12-31 never-used /srv/folde...folder-370
|     4 allow change  tree        0 2098-12-31 never-used /srv/x\x1B...ypal.test
|     3 deny  delete  folder      0 2098-12-31 never-used /srv/data
|     2 allow write   file        0 2098-12-31 never-used /home/ana/.../tool.conf
|     1 allow change  tree        3 2098-12-31 unused     /home/ana/.m2
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
|- Selected --------------------------------------------------------- 53 more --
|  rule: any program may change /srv/folder-000/folder-001/folder-002/
|  folder-003/folder-004/folder-005/folder-006/folder-007/folder-008/folder-009/
|  folder-010/folder-011/folder-012/folder-013/folder-014/folder-015/folder-016/
|
|Enter open  x revoke  p propose  e ended  / filter  ? help  Esc back  q quit
cursor 3,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBBRRRRRRRRRRRRRRRR
.BBBBBBBBBBBBBBBBBB

B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
..............................................BBBBBBBBBB.BBBBBBBBBBBBBBBBBBBBBB
.......BBBB...................................BBBBBBBBBB.BBBBBBBBB
..............................................BBBBBBBBBB.BBBBBBBBBBBBBBBBBBBBBBB
..............................................BBBBBB.....BBBBBBBBBBBBB










.BBBBBBBBBB




RRRRR.......R.........R..........R........R.........R.......RRR.......R
