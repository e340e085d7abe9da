| T3 cannot be undone               #:##
|first write outside
|pip (pid 4711) wants to CREATE
|  /out/file-3
|follows  can be undone
|asked    out of scope
|word     happy
|started  bash > pip
|y is off: too long here; d shows all
|y allow  n deny  d all  t term  ? help
cursor 1,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
BBBBBBBBBBBBBBBBBBB

..BBBBBBBBBBB
.........BBBBBBBBBBBBB

.........BBBBB

BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.........R.......R......R.......R
