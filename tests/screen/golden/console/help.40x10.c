| nothing waits              1 2 3 4 5 6
|- Keys - 1-6 of 66 --------------------
|Enter, Space, a paste and the mouse
|never allow.
|Where you were
| ?      Show every key, and why one is
|        off
| Esc    Back out; nothing is answered
|
|Esc back  q quit  1-6 views  Tab next
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBBB
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
BBBBBBBBBBBB
BBBBBBBBBBBBBB
.R

.RRR

RRR.......R.......RRR........RRR
