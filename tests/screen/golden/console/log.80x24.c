| seldom  nothing waits            1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo
|- Log ---------------------------------------------------------------- 1 of 65
|  TIME        SAID  BY        T  PROGRAM  OP      OBJECT
|> 01-25 10:00 allow rule      T2 mvn      read    /home/ana/.m2...xml  (7 times)
|  01-25 10:00 deny  rule      T3 mvn      create  /home/ana/.m2/settings.xml
|  01-25 10:00 allow rule      T2 mvn      read    /home/ana/.m2...xml  (7 times)
|  01-14 10:00 deny  invariant T3 mvn      read    /srv/folder-0...369/folder-370
|  01-14 10:00 allow person    T2 x...]0;o create  /srv/x\x1B[2J...ypal.test
|  01-05 10:59 deny  invariant T3 mvn      create  /home/ana/.m2...rg/lib59/l.jar
|  01-05 10:58 allow person    T2 mvn      read    /home/ana/.m2...rg/lib58/l.jar
|  01-05 10:57 allow learned   T1 mvn      create  /home/ana/.m2...rg/lib57/l.jar
|  01-05 10:56 deny  invariant T3 x...]0;o read    /home/ana/.m2...rg/lib56/l.jar
|  01-05 10:55 allow person    T2 mvn      create  /home/ana/.m2...rg/lib55/l.jar
|  01-05 10:54 allow learned   T1 mvn      read    /home/ana/.m2...rg/lib54/l.jar
|  01-05 10:53 deny  invariant T3 mvn      create  /home/ana/.m2...rg/lib53/l.jar
|  01-05 10:52 allow person    T2 mvn      read    /home/ana/.m2...rg/lib52/l.jar
|  01-05 10:51 allow learned   T1 mvn      create  /home/ana/.m2...rg/lib51/l.jar
|  01-05 10:50 deny  invariant T3 mvn      read    /home/ana/.m2...rg/lib50/l.jar
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
..............BBBB............RR..................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
....................BBBBBB....BB..................BBBBBBBBBBBBBBBBBBBBBBBBB
..............BBBB............RR..................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
....................BBBBBB....BB..................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..............BBBB............RR..................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
....................BBBBBB....BB..................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..............BBBB............RR..................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
....................BBBBBB....BB..................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..............BBBB............RR..................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.BBBBBBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB



RRRRR.......R.........R.......RRR.......R.......RRR........RRR.......R
