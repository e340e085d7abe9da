| seldom  nothing waits            1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo
|- All numbers - 1-20 of 43 ----------------------------------------------------
| Questions
| asked             40 in 3 sessions: 32 allowed, 8 denied
| allowed           80 %, 32 of 40 (95 %: 65 to 90 %)
|   T1              16 of 16 (95 %: 81 to 100 %)
|   T2              67 %, 16 of 24 (95 %: 47 to 82 %)
| in a session      mean 13.33, median 0.0, 9 in 10 at most 40, never above 40
|                   (of 3)
| in an hour        40.00 (in 1.0 h)
|
| Attention
| time to answer    median 4.5 s, 9 in 10 within 9.5 s (of 40)
| hardly read       25 %, 8 of 32 (95 %: 13 to 42 %) of the allows
| informative       100 %, 40 of 40 (95 %: 91 to 100 %)
|                   8 denied, 0 narrowed, 32 first of their kind
| bits a question   0.88 (of 40)
| sensitivity       too little: 0 checks and 0 benign questions of 20 each
|
| Fatigue
| now               FRESH (nothing measured yet, load 0.0) - approvals count 1
| asked a day                                             ==:#=:#=:#=:#=:#=:#=  v
|
|? help  Esc back  q quit  1-6 views  Tab next  r reread
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBBRRRRRRRR
.BBBBBBBBBBBBB
.BBBBBBBBB








.BBBBBBBBB







.BBBBBBB

...................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB

R.......RRR.......R.......RRR........RRR.......R
