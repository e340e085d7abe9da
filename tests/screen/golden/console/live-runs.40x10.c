| 4 wait: 1 T3, 1 T2, 2 T1    2 Sessions
|- Sessions - 1 going on ------- 1 of 4
|> testaaaa running    4 make all
|  cccccccc ended        make test
|  bbbbbbbb ended        make x...al.test
|  aaaaaaaa ended        make all
|
|
|
|Enter open  / filter  ? help  Esc back
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBBBBBR
.BBBBBBBBBB
B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
R.......................BBBBBBBBB
........................BBBBBBBBBBBBBBBB
........................BBBBBBBB



RRRRR.......R.........R.......RRR
