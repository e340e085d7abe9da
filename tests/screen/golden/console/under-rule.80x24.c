| seldom  nothing waits            1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo
|- Log - under rule 1 -------------------------------------------------- 1 of 3
|  TIME        SAID  BY        T  PROGRAM  OP      OBJECT
|> 01-25 10:00 allow rule      T2 mvn      read    /home/ana/.m2...xml  (7 times)
|  01-25 10:00 deny  rule      T3 mvn      create  /home/ana/.m2/settings.xml
|  01-25 10:00 allow rule      T2 mvn      read    /home/ana/.m2...xml  (7 times)
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
|- Selected --------------------------------------------------------------------
|  /home/ana/.m2/settings.xml  (7 times)
|  rule
|  /usr/bin/mvn
|
|Enter open  / filter  ? help  Esc back  q quit  1-6 views  Tab next  r reread
cursor 3,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBB

B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
..............BBBB............RR..................BBBBBBBBBBBBBBBBBBBBBBBBBB
..............................BB..................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB


R









.BBBBBBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB



RRRRR.......R.........R.......RRR.......R.......RRR........RRR.......R
