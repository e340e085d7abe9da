| seldom  nothing waits            1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo
|- Sessions - 0 going on ----------------------------------------------- 1 of 3
|  ID       STATE   STARTED        EXIT OPEN ASKED   ACTIONS COMMAND
|> cccccccc ended   01-25 10:00:00    0          0        15 make test
|  bbbbbbbb ended   01-14 10:00:00    2          0         2 make x...ypal.test
|  aaaaaaaa ended   01-05 10:00:00    0         40        66 make all
|
|
|
|-
|
|
|
|
|
|
|
|-
|- Selected --------------------------------------------------------- 61 more --
|- command  make test
|  in       /srv/folder-000/folder-001/folder-002/folder-003/folder-004/
|-          folder-005/folder-006/folder-007/folder-008/folder-009/folder-010/
|
|Enter open  / filter  ? help  Esc back  q quit  1-6 views  Tab next  r reread
cursor 3,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBBBBBRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBBBBBBB

B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
R...........................................................BBBBBBBBBBBBBBBBBB
............................................................BBBBBBBB












.BBBBBBBBBB




RRRRR.......R.........R.......RRR.......R.......RRR........RRR.......R
