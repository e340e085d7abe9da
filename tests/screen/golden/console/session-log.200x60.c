| seldom  nothing waits                                                                                                                          1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo  ##:##:##
|- Log - of aaaaaaaa -------------------------------------------------------------------------------------------------------------------------------------------------------------------------- 1 of 60
|  TIME           SESSION  SAID  BY        T  PROGRAM          OP      OBJECT                                                                        BECAUSE
|> 01-05 10:59:59 aaaaaaaa deny  invariant T3 mvn              create  /home/ana/.m2/repository/org/lib59/l.jar                                      I3 credential store, never learned
|  01-05 10:58:58 aaaaaaaa allow person    T2 mvn              read    /home/ana/.m2/repository/org/lib58/l.jar                                      you allowed it, once
|  01-05 10:57:57 aaaaaaaa allow learned   T1 mvn              create  /home/ana/.m2/repository/org/lib57/l.jar                                      shape approved 5x (attentive), last 2 d
|  01-05 10:56:56 aaaaaaaa deny  invariant T3 x\x1B]0;o        read    /home/ana/.m2/repository/org/lib56/l.jar                                      I3 credential store, never learned
|  01-05 10:55:55 aaaaaaaa allow person    T2 mvn              create  /home/ana/.m2/repository/org/lib55/l.jar                                      you allowed it, once
|  01-05 10:54:54 aaaaaaaa allow learned   T1 mvn              read    /home/ana/.m2/repository/org/lib54/l.jar                                      shape approved 5x (attentive), last 2 d
|  01-05 10:53:53 aaaaaaaa deny  invariant T3 mvn              create  /home/ana/.m2/repository/org/lib53/l.jar                                      I3 credential store, never learned
|  01-05 10:52:52 aaaaaaaa allow person    T2 mvn              read    /home/ana/.m2/repository/org/lib52/l.jar                                      you allowed it, once
|  01-05 10:51:51 aaaaaaaa allow learned   T1 mvn              create  /home/ana/.m2/repository/org/lib51/l.jar                                      shape approved 5x (attentive), last 2 d
|  01-05 10:50:50 aaaaaaaa deny  invariant T3 mvn              read    /home/ana/.m2/repository/org/lib50/l.jar                                      I3 credential store, never learned
|  01-05 10:49:49 aaaaaaaa allow person    T2 x\x1B]0;o        create  /home/ana/.m2/repository/org/lib49/l.jar                                      you allowed it, once
|  01-05 10:48:48 aaaaaaaa allow learned   T1 mvn              read    /home/ana/.m2/repository/org/lib48/l.jar                                      shape approved 5x (attentive), last 2 d
|  01-05 10:47:47 aaaaaaaa deny  invariant T3 mvn              create  /home/ana/.m2/repository/org/lib47/l.jar                                      I3 credential store, never learned
|  01-05 10:46:46 aaaaaaaa allow person    T2 mvn              read    /home/ana/.m2/repository/org/lib46/l.jar                                      you allowed it, once
|  01-05 10:45:45 aaaaaaaa allow learned   T1 mvn              create  /home/ana/.m2/repository/org/lib45/l.jar                                      shape approved 5x (attentive), last 2 d
|  01-05 10:44:44 aaaaaaaa deny  invariant T3 mvn              read    /home/ana/.m2/repository/org/lib44/l.jar                                      I3 credential store, never learned
|  01-05 10:43:43 aaaaaaaa allow person    T2 mvn              create  /home/ana/.m2/repository/org/lib43/l.jar                                      you allowed it, once
|  01-05 10:42:42 aaaaaaaa allow learned   T1 x\x1B]0;o        read    /home/ana/.m2/repository/org/lib42/l.jar                                      shape approved 5x (attentive), last 2 d
|- 01-05 10:41:41 aaaaaaaa deny  invariant T3 mvn              create  /home/ana/.m2/repository/org/lib41/l.jar                                      I3 credential store, never learned
|  01-05 10:40:40 aaaaaaaa allow person    T2 mvn              read    /home/ana/.m2/repository/org/lib40/l.jar                                      you allowed it, once
|  01-05 10:39:39 aaaaaaaa allow learned   T1 mvn              create  /home/ana/.m2/repository/org/lib39/l.jar                                      shape approved 5x (attentive), last 2 d
|  01-05 10:38:38 aaaaaaaa deny  invariant T3 mvn              read    /home/ana/.m2/repository/org/lib38/l.jar                                      I3 credential store, never learned
|  01-05 10:37:37 aaaaaaaa allow person    T2 mvn              create  /home/ana/.m2/repository/org/lib37/l.jar                                      you allowed it, once
|  01-05 10:36:36 aaaaaaaa allow learned   T1 mvn              read    /home/ana/.m2/repository/org/lib36/l.jar                                      shape approved 5x (attentive), last 2 d
|  01-05 10:35:35 aaaaaaaa deny  invariant T3 x\x1B]0;o        create  /home/ana/.m2/repository/org/lib35/l.jar                                      I3 credential store, never learned
|  01-05 10:34:34 aaaaaaaa allow person    T2 mvn              read    /home/ana/.m2/repository/org/lib34/l.jar                                      you allowed it, once
|  01-05 10:33:33 aaaaaaaa allow learned   T1 mvn              create  /home/ana/.m2/repository/org/lib33/l.jar                                      shape approved 5x (attentive), last 2 d
|  01-05 10:32:32 aaaaaaaa deny  invariant T3 mvn              read    /home/ana/.m2/repository/org/lib32/l.jar                                      I3 credential store, never learned
|  01-05 10:31:31 aaaaaaaa allow person    T2 mvn              create  /home/ana/.m2/repository/org/lib31/l.jar                                      you allowed it, once
|  01-05 10:30:30 aaaaaaaa allow learned   T1 mvn              read    /home/ana/.m2/repository/org/lib30/l.jar                                      shape approved 5x (attentive), last 2 d
|  01-05 10:29:29 aaaaaaaa deny  invariant T3 mvn              create  /home/ana/.m2/repository/org/lib29/l.jar                                      I3 credential store, never learned
|  01-05 10:28:28 aaaaaaaa allow person    T2 x\x1B]0;o        read    /home/ana/.m2/repository/org/lib28/l.jar                                      you allowed it, once
|  01-05 10:27:27 aaaaaaaa allow learned   T1 mvn              create  /home/ana/.m2/repository/org/lib27/l.jar                                      shape approved 5x (attentive), last 2 d
|  01-05 10:26:26 aaaaaaaa deny  invariant T3 mvn              read    /home/ana/.m2/repository/org/lib26/l.jar                                      I3 credential store, never learned
|  01-05 10:25:25 aaaaaaaa allow person    T2 mvn              create  /home/ana/.m2/repository/org/lib25/l.jar                                      you allowed it, once
|  01-05 10:24:24 aaaaaaaa allow learned   T1 mvn              read    /home/ana/.m2/repository/org/lib24/l.jar                                      shape approved 5x (attentive), last 2 d
|  01-05 10:23:23 aaaaaaaa deny  invariant T3 mvn              create  /home/ana/.m2/repository/org/lib23/l.jar                                      I3 credential store, never learned
|  01-05 10:22:22 aaaaaaaa allow person    T2 mvn              read    /home/ana/.m2/repository/org/lib22/l.jar                                      you allowed it, once
|  01-05 10:21:21 aaaaaaaa allow learned   T1 x\x1B]0;o        create  /home/ana/.m2/repository/org/lib21/l.jar                                      shape approved 5x (attentive), last 2 d
|  01-05 10:20:20 aaaaaaaa deny  invariant T3 mvn              read    /home/ana/.m2/repository/org/lib20/l.jar                                      I3 credential store, never learned
|- 01-05 10:19:19 aaaaaaaa allow person    T2 mvn              create  /home/ana/.m2/repository/org/lib19/l.jar                                      you allowed it, once
|  01-05 10:18:18 aaaaaaaa allow learned   T1 mvn              read    /home/ana/.m2/repository/org/lib18/l.jar                                      shape approved 5x (attentive), last 2 d
|  01-05 10:17:17 aaaaaaaa deny  invariant T3 mvn              create  /home/ana/.m2/repository/org/lib17/l.jar                                      I3 credential store, never learned
|  01-05 10:16:16 aaaaaaaa allow person    T2 mvn              read    /home/ana/.m2/repository/org/lib16/l.jar                                      you allowed it, once
|  01-05 10:15:15 aaaaaaaa allow learned   T1 mvn              create  /home/ana/.m2/repository/org/lib15/l.jar                                      shape approved 5x (attentive), last 2 d
|  01-05 10:14:14 aaaaaaaa deny  invariant T3 x\x1B]0;o        read    /home/ana/.m2/repository/org/lib14/l.jar                                      I3 credential store, never learned
|- 01-05 10:13:13 aaaaaaaa allow person    T2 mvn              create  /home/ana/.m2/repository/org/lib13/l.jar                                      you allowed it, once
|- Selected --------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------
|  /home/ana/.m2/repository/org/lib59/l.jar
|  I3 credential store, never learned
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
R...............................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
......................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
R.........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
......................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
......................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
......................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
......................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
......................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
......................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
......................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
......................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
......................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
......................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
......................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
......................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
......................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
......................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
................................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.BBBBBBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB







RRRRR.......R.........R.......RRR.......R.......RRR........RRR.......R
