| seldom  nothing waits                                                                                                                          1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo  ##:##:##
|- Sessions - 0 going on ----------------------------------------------------------------------------------------------------------------------------------------------------------------------- 1 of 3
|  ID       STATE   STARTED            TOOK EXIT OPEN ASKED   ACTIONS COMMAND                                                                        IN
|> cccccccc ended   01-25 10:00:00    20:00    0          0        15 make test                                                                      /srv/folder-000/folder-0...368/folder-369/folder-370
|  bbbbbbbb ended   01-14 10:00:00    20:00    2          0         2 make x\x1B[2J\x1B]0;owned\x07\x1B]8;;...\x09\x9B31m\xFF\x7Fp\u{430}ypal.test   /home/ana/x\x1B[2J\x1B]0...\xFF\x7Fp\u{430}ypal.test
|  aaaaaaaa ended   01-05 10:00:00    20:00    0         40        66 make all                                                                       /home/ana/app
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
|-
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
|-
|
|
|
|
|
|-
|- Selected --------------------------------------------------------------------------------------------------------------------------------------------------------------------------------- 17 more --
|- command  make test
|  in       /srv/folder-000/folder-001/folder-002/folder-003/folder-004/folder-005/folder-006/folder-007/folder-008/folder-009/folder-010/folder-011/folder-012/folder-013/folder-014/folder-015/
|           folder-016/folder-017/folder-018/folder-019/folder-020/folder-021/folder-022/folder-023/folder-024/folder-025/folder-026/folder-027/folder-028/folder-029/folder-030/folder-031/folder-032/
|           folder-033/folder-034/folder-035/folder-036/folder-037/folder-038/folder-039/folder-040/folder-041/folder-042/folder-043/folder-044/folder-045/folder-046/folder-047/folder-048/folder-049/
|           folder-050/folder-051/folder-052/folder-053/folder-054/folder-055/folder-056/folder-057/folder-058/folder-059/folder-060/folder-061/folder-062/folder-063/folder-064/folder-065/folder-066/
|           folder-067/folder-068/folder-069/folder-070/folder-071/folder-072/folder-073/folder-074/folder-075/folder-076/folder-077/folder-078/folder-079/folder-080/folder-081/folder-082/folder-083/
|           folder-084/folder-085/folder-086/folder-087/folder-088/folder-089/folder-090/folder-091/folder-092/folder-093/folder-094/folder-095/folder-096/folder-097/folder-098/folder-099/folder-100/
|
|Enter open  / filter  ? help  Esc back  q quit  1-6 views  Tab next  r reread
cursor 3,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBBBBBRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBBBBBBB

B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.....................................................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.....................................................................BBBBBBBB












































.BBBBBBBBBB








RRRRR.......R.........R.......RRR.......R.......RRR........RRR.......R
