| T1 can be undone                  #:##
|x\x1B[2J\x1B]8;;http://
|evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{
|430}ypal.test
|x\x1B[2J\x1B]8;;http://
|evil.test\x1B\y\u{202E}\u{200B}\x0Ap\u{
|430}ypal.test (pid 4711) wants to act
|on                                     v
|y is off: 284 of 291 lines unseen
|y allow  n deny  d all  t term  ? help
cursor 1,0

BBBBBBBBBBBBBBBBBBBBBBB
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
BBBBBBBBBBBBB




BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.........R.......R......R.......R
