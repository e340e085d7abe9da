| nothing waits     1 2 Sessions 3 4 5 6
|- Sessions - 0 going on ------- 1 of 3
|> cccccccc ended        make test
|  bbbbbbbb ended        make x...al.test
|  aaaaaaaa ended        make all
|
|
|
|
|Enter open  / filter  ? help  Esc back
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRBBBBBBBBBBRRRRRRRRR
.BBBBBBBBBB
B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
R.......................BBBBBBBBBBBBBBBB
........................BBBBBBBB




RRRRR.......R.........R.......RRR
