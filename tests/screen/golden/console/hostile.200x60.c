| T1 can be undone - testaaaa.4                                                                                                                                        3 more wait - denied once in #:##
|x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{430}ypal.test
|x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{430}ypal.test (pid 4711) wants to act on
|  /out/x\x1B[2J
|  to x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{430}ypal.test
|follows  x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{430}ypal.test
|asked    x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{430}ypal.test
|started  x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{430}ypal.test > x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{430}ypal.test
|program  x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{430}ypal.test
|in       /ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|#        ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/pppppppppppppp
|An allow reaches
|( ) 1 this file  /out/x\x1B[2J
|      newly reaches: one file
|(*) 2 this folder (recommended)  /out
|+     newly reaches: 9 files
|for  once  [this session]  ## days
|In detail
|x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}
|p\u{430}ypal.test
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
|y allows, this session: /out
|y allow  n deny  d all  t term  1-9 reach  ? help  Esc back  q quit
cursor 36,0

BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB

..BBBBBBBBBBBBB
.....BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.........BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB












R














BBBBBBBBBBBBBBBB
.................BBBBBBBBBBBBB

RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR..BBBB
B
...........RRRRRRRRRRRRRR
BBBBBBBBB


















........................BBBB
R........R.......R......R.......RRR........R.......RRR.......R
