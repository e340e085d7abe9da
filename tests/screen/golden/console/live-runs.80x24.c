| seldom  4 wait: 1 T3, 1 T2, 2 T1 1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo
|- Sessions - 1 going on ----------------------------------------------- 1 of 4 +
|  ID       STATE   STARTED        EXIT OPEN ASKED   ACTIONS COMMAND
|> testaaaa running 11-24 ##:##:00         4     5       321 make all
|  cccccccc ended   01-25 ##:##:00    0          0        15 make test
|  bbbbbbbb ended   01-14 ##:##:00    2          0         2 make x...ypal.test
|  aaaaaaaa ended   01-05 ##:##:00    0         40        66 make all
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
|- command  make all
|  in       /src
|
|
|Enter open  / filter  ? help  Esc back  q quit  1-6 views  Tab next  r reread
cursor 3,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBBBBBRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBBBBBBB

B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
R...........................................................BBBBBBBBB
............................................................BBBBBBBBBBBBBBBBBB
............................................................BBBBBBBB











.BBBBBBBBBB




RRRRR.......R.........R.......RRR.......R.......RRR........RRR.......R
