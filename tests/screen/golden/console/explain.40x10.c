| nothing waits          1 2 3 Log 4 5 6
|- Explanation - 1-6 of 487 ------------
| denied (invariant): I3 credential
| store, never learned
| id               62
| kind             action
| action
|   id             62                   v
|
|? help  Esc back  q quit  1-6 views
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBRRRRRRR
.BBBBBBBBBBBBB
.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
.BBBBBBBBBBBBBBBBBBBB





R.......RRR.......R.......RRR
