| 4 wait: 1 T3, 1 T2, 2 T1         1 Now
|- Questions ---------------------------
|> T3 pip      create /out/file-3    #:##
|  T2 pip      create /out/file-2    #:##
|  T1 pip      create /out/file-1    #:##
|     x...test x\x1B[ /out...[2J     #:##
|
|
|
|Enter open  n deny  d all  ? help
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBR
.BBBBBBBBBBB
B.RR.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
..BB





RRRRR.......R.......R......R
