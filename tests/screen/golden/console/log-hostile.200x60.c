| seldom  nothing waits                                                                                                                          1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo  ##:##:##
|- Log ---------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------- 4 of 65
|  TIME           SESSION  SAID  BY        T  PROGRAM          OP      OBJECT                                                                        BECAUSE
|  01-25 10:00:02 cccccccc allow rule      T2 mvn              read    /home/ana/.m2/settings.xml  (7 times)                                         rule
|  01-25 10:00:01 cccccccc deny  rule      T3 mvn              create  /home/ana/.m2/settings.xml                                                    rule
|  01-25 10:00:00 cccccccc allow rule      T2 mvn              read    /home/ana/.m2/settings.xml  (7 times)                                         rule
|> 01-14 10:00:01 bbbbbbbb deny  invariant T3 mvn              read    /srv/folder-000/folder-001/folder-002...-367/folder-368/folder-369/folder-370 I3 credential store, never learned
|  01-14 10:00:00 bbbbbbbb allow person    T2 x\x1B]0;o        create  /srv/x\x1B[2J\x1B]0;owned\x07\x1B]8;;...\x09\x9B31m\xFF\x7Fp\u{430}ypal.test  you allowed it, once
|  01-05 10:59:59 aaaaaaaa deny  invariant T3 mvn              create  /home/ana/.m2/repository/org/lib59/l.jar                                      I3 credential store, never learned
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
|  01-05 10:41:41 aaaaaaaa deny  invariant T3 mvn              create  /home/ana/.m2/repository/org/lib41/l.jar                                      I3 credential store, never learned
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
|  01-05 10:19:19 aaaaaaaa allow person    T2 mvn              create  /home/ana/.m2/repository/org/lib19/l.jar                                      you allowed it, once
|  01-05 10:18:18 aaaaaaaa allow learned   T1 mvn              read    /home/ana/.m2/repository/org/lib18/l.jar                                      shape approved 5x (attentive), last 2 d
|- Selected --------------------------------------------------------------------------------------------------------------------------------------------------------------------------------- 17 more --
|  /srv/folder-000/folder-001/folder-002/folder-003/folder-004/folder-005/folder-006/folder-007/folder-008/folder-009/folder-010/folder-011/folder-012/folder-013/folder-014/folder-015/folder-016/
|  folder-017/folder-018/folder-019/folder-020/folder-021/folder-022/folder-023/folder-024/folder-025/folder-026/folder-027/folder-028/folder-029/folder-030/folder-031/folder-032/folder-033/
|  folder-034/folder-035/folder-036/folder-037/folder-038/folder-039/folder-040/folder-041/folder-042/folder-043/folder-044/folder-045/folder-046/folder-047/folder-048/folder-049/folder-050/
|  folder-051/folder-052/folder-053/folder-054/folder-055/folder-056/folder-057/folder-058/folder-059/folder-060/folder-061/folder-062/folder-063/folder-064/folder-065/folder-066/folder-067/
|  folder-068/folder-069/folder-070/folder-071/folder-072/folder-073/folder-074/folder-075/folder-076/folder-077/folder-078/folder-079/folder-080/folder-081/folder-082/folder-083/folder-084/
|  folder-085/folder-086/folder-087/folder-088/folder-089/folder-090/folder-091/folder-092/folder-093/folder-094/folder-095/folder-096/folder-097/folder-098/folder-099/folder-100/folder-101/
|  folder-102/folder-103/folder-104/folder-105/folder-106/folder-107/folder-108/folder-109/folder-110/folder-111/folder-112/folder-113/folder-114/folder-115/folder-116/folder-117/folder-118/
|
|Enter open  / filter  ? help  Esc back  q quit  1-6 views  Tab next  r reread
cursor 6,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBB

..........................................BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..........................BBBB............RR..........................BBBBBBBBBBBBBBBBBBBBBBBBBB
..........................................BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
R...............................BBBBBB....BB..........................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
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
......................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.BBBBBBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB

RRRRR.......R.........R.......RRR.......R.......RRR........RRR.......R
