| 4 wait: 1 T3, 1 T2, 2 T1         1 Now
|- Questions ---------------------------
|> T2 pip      create /out/file-2    #:##
|
|
|
|
|
|filter: file-2
|Enter keep  Esc back  ^U clear
cursor 8,14
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBR
.BBBBBBBBBBB
B.BB.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR





........BBBBBB
RRRRR.......RRR.......RR
