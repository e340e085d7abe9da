|row 1 of a program that fills the screen
|row 2 of a program that fills the screen
|row 3 of a program that fills the screen
|+= T2 hard to undo - fake.1 ============================= denied once in #:## =+
|| 7 actions in a minute                                                        |
|| sh (pid 4711) wants to act on                                                |
||   7 actions                                                                  |
|| follows  deny stops all of them; else each is asked on its own               |
|| asked    no rule covers it                                                   |
|| started  bash > make                                                         |
|| program  /bin/sh                                                             |
|| in       /home/ana/src                                                       |
|| y        ask me one by one                                                   |
|| n        deny all                                                            |
|| In detail                                                                    |
|| T1 create  /srv/out/1  new name                                              |
|| T2 write  /srv/out/2  existed                                                |
|+==============================================================================+
|y: ask me one by one   n: deny all
|y allow  n deny  N note  d all  t term  1-9 reach  ? help  Esc back  q quit
|row 21 of a program that fills the screen
|row 22 of a program that fills the screen
|row 23 of a program that fills the screen
|row 24 of a program that fills the screen
cursor 4,2



BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
B.BBBBBBBBBBBBBBBBBBBBB........................................................B
B..............................................................................B
B...BBBBBBBBB..................................................................B
B..........BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB...............B
B..............................................................................B
B..............................................................................B
B..............................................................................B
B..............................................................................B
B..............................................................................B
B..............................................................................B
B.BBBBBBBBB....................................................................B
B..............................................................................B
B..............................................................................B
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB

R........R.......R.......R......R.......RRR........R.......RRR.......R




