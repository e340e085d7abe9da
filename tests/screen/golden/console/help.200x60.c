| seldom  nothing waits                                                                                                                          1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo  ##:##:##
|- Keys ------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------
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
| Enter  Open: a question, a session's log, an explanation, what happened under a rule, a preview
| Enter  Do it, once the word is typed
| Enter  Keep the filter and go on with the list
| y      Allow, as far and as long as is selected (off: no question is open)
| n      Deny once
| ^N     Deny once, while a word is being typed
| N      Deny once, with a note for the program and the log
| Enter  Deny once, with the note that is typed
| x      Revoke a rule or grant; asks for the word 'revoke'
| u      Bring back what is shown; asks for the word 'undo'
| a      Accept a proposal; asks for the word 'accept'
| x      Decline a proposal; asks for the word 'decline'
| d      Show all of it, scrollable: the question, the numbers
| t      Change how long an allow lasts
| 1-9    Choose how far an allow reaches; arrows do, too
| p      What would save questions (about the selected program)
| e      Show, or hide, also what ended, was revoked or declined
| /      Show only what contains a text
| w      Go to questions, sessions, history in turn
| Right  Open, as Enter
| ^U     Empty the line that is being typed
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
|
|
|Esc back  q quit  1-6 views  Tab next
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
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
.RRRRR
.RRRRR
.R
.R
.RR
.R
.RRRRR
.R
.R
.R
.R
.R
.R
.RRR
.R
.R
.R
.R
.RRRRR
.RR


















RRR.......R.......RRR........RRR
