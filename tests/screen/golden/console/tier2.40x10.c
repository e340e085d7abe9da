| T2 hard to undo                   #:##
|first write outside
|pip (pid 4711) wants to CREATE
|  /out/file-2
|follows  can be undone
|asked    out of scope
|started  bash > pip
|program  /usr/bin/pip
|y is off: too long here; d shows all
|y allow  n deny  d all  t term  ? help
cursor 1,0
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
BBBBBBBBBBBBBBBBBBB

..BBBBBBBBBBB
.........BBBBBBBBBBBBB



BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.........R.......R......R.......R
