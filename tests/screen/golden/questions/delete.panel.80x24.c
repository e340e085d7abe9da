|#= T3 cannot be undone - fake.1 ========================= denied once in #:## =#
|# the 51st deletion of this run                                                #
|# sh (pid 4711) wants to DELETE                                                #
|#   /home/ana/photos                                                           #
|# follows  132 files are lost; cannot be undone                                #
|# asked    no rule covers it                                                   #
|# word     photos                                                              #
|# started  bash > make                                                         #
|# program  /bin/sh                                                             #
|# in       /home/ana/src                                                       #
|# An allow reaches                                                             #
|# (*) 1 this file  /srv/out/file                                               #
|# ( ) 2 this folder (recommended)  /srv/out                                    #
|#       newly reaches: 2 more files                                            #
|# for [once]                                                                   #
|#==============================================================================#
|y, then the word, allows, once: /srv/out/file
|y allow  n deny  N note  d all  t term  1-9 reach  ? help  Esc back  q quit
|row 19 of a program that fills the screen
|row 20 of a program that fills the screen
|row 21 of a program that fills the screen
|row 22 of a program that fills the screen
|row 23 of a program that fills the screen
|row 24 of a program that fills the screen
cursor 11,2
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
R.BBBBBBBBBBBBBBBBBBBBBBBBBBBBB................................................R
R..............................................................................R
R...BBBBBBBBBBBBBBBB...........................................................R
R..........BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB................................R
R..............................................................................R
R..........BBBBBB..............................................................R
R..............................................................................R
R..............................................................................R
R..............................................................................R
R.BBBBBBBBBBBBBBBB.............................................................R
R.RRRRRRRRRRRRRRR..BBBBBBBBBBBBB...............................................R
R..................................BBBBBBBB....................................R
R..............................................................................R
R.....RRRRRR...................................................................R
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
................................BBBBBBBBBBBBB
R........R.......R.......R......R.......RRR........R.......RRR.......R






