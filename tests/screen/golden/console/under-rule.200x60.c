| seldom  nothing waits                                                                                                                          1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo  ##:##:##
|- Log - under rule 1 -------------------------------------------------------------------------------------------------------------------------------------------------------------------------- 1 of 3
|  TIME           SESSION  SAID  BY        T  PROGRAM          OP      OBJECT                                                                        BECAUSE
|> 01-25 10:00:02 cccccccc allow rule      T2 mvn              read    /home/ana/.m2/settings.xml  (7 times)                                         rule
|  01-25 10:00:01 cccccccc deny  rule      T3 mvn              create  /home/ana/.m2/settings.xml                                                    rule
|  01-25 10:00:00 cccccccc allow rule      T2 mvn              read    /home/ana/.m2/settings.xml  (7 times)                                         rule
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
|
|- Selected --------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------
|  /home/ana/.m2/settings.xml  (7 times)
|  rule
|  /usr/bin/mvn
|
|
|
|
|
|Enter open  / filter  ? help  Esc back  q quit  1-6 views  Tab next  r reread
cursor 3,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBB

B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
R.........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBB
..........................................BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB


R









































.BBBBBBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB







RRRRR.......R.........R.......RRR.......R.......RRR........RRR.......R
