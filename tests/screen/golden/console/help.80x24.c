| seldom  nothing waits            1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo
|- Keys - 1-20 of 40 -----------------------------------------------------------
|Enter, Space, a paste and the mouse never allow.
|Where you were
| ?      Show every key, and why one is off
| Esc    Back out; nothing is answered or changed
| q      Leave this view, then the console; the runs go on
| 1-6    Go to Now, Sessions, Log, Rules, Stats, Undo
| Tab    To the next view; with Shift to the one before
| r      Read it anew from the store
| Up     Up; in a question: a narrower reach
| Down   Down; in a question: a wider reach
| PgUp   A page up
| PgDn   A page down
| g      To the first line
| G      To the last line
| Left   Back out, as Esc
| ^L     Draw the screen anew
| ^Z     Suspend the console
|Elsewhere
| Enter  Open: a question, a session's log, an explanation, what happened under
|        a rule, a preview
|
|Esc back  q quit  1-6 views  Tab next
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBBB
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
BBBBBBBBBBBBBB
.R
.RRR
.R
.RRR
.RRR
.R
.RR
.RRRR
.RRRR
.RRRR
.R
.R
.RRRR
.RR
.RR
BBBBBBBBB
.RRRRR


RRR.......R.......RRR........RRR
