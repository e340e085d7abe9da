| T1 can be undone - testaaaa.4                3 more wait - denied once in #:##
|x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{430}ypal.test
|x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{430}ypal.test
|(pid 4711) wants to act on
|  /out/x\x1B[2J
|  to x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{430}ypal.tes
|     t
|follows  x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{430}ypal
|         .test
|asked    x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{430}ypal
|         .test
|started  x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{430}ypal
|         .test > x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{
|         430}ypal.test
|program  x\x1B[2J\x1B]8;;http://evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{430}ypal
|         .test
|in       /ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/
|         ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/ppppppppppppppp/      v
|y is off: 67 of 88 lines unseen
|y allow  n deny  d all  t term  1-9 reach  ? help  Esc back  q quit
cursor 1,0

BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB


..BBBBBBBBBBBBB
.....BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.....B
.........BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.........BBBBB













BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.........R.......R......R.......RRR........R.......RRR.......R
