| seldom  4 wait: 1 T3, 1 T2, 2 T1                                                                                                               1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo  ##:##:##
|- Sessions - 1 going on ----------------------------------------------------------------------------------------------------------------------------------------------------------------------- 1 of 4
|  ID       STATE   STARTED            TOOK EXIT OPEN ASKED   ACTIONS COMMAND                                                                        IN
|> testaaaa running 11-24 ##:##:00                  4     5       321 make all                                                                       /src
|  cccccccc ended   01-25 ##:##:00    ##:##    0          0        15 make test                                                                      /srv/folder-000/folder-0...368/folder-369/folder-370
|  bbbbbbbb ended   01-14 ##:##:00    ##:##    2          0         2 make x\x1B[2J\x1B]0;owned\x07\x1B]8;;...\x09\x9B31m\xFF\x7Fp\u{430}ypal.test   /home/ana/x\x1B[2J\x1B]0...\xFF\x7Fp\u{430}ypal.test
|  aaaaaaaa ended   01-05 ##:##:00    ##:##    0         40        66 make all                                                                       /home/ana/app
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
|- Selected --------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------
|- command  make all
|  in       /src
|
|
|
|
|
|
|Enter open  / filter  ? help  Esc back  q quit  1-6 views  Tab next  r reread
cursor 3,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBBBBBRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBBBBBBB

B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
R....................................................................BBBBBBBBB
.....................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.....................................................................BBBBBBBB











































.BBBBBBBBBB








RRRRR.......R.........R.......RRR.......R.......RRR........RRR.......R
