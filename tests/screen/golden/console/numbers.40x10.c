| nothing waits        1 2 3 4 5 Stats 6
|- All numbers - 1-6 of 76 -------------
| Questions
| asked
|   40 in 3 sessions: 32 allowed, 8
|   denied
| allowed
|   80 %, 32 of 40 (95 %: 65 to 90 %)   v
|
|? help  Esc back  q quit  1-6 views
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBBRRR
.BBBBBBBBBBBBB
.BBBBBBBBB




R

R.......RRR.......R.......RRR
