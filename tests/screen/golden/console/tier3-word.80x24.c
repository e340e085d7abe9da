| seldom  4 wait: 1 T3, 1 T2, 2 T1 1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo
|#= T3 cannot be undone - testaaaa.3 ======= 3 more wait - denied once in #:## =#
|# first write outside                                                          #
|# pip (pid 4711) wants to CREATE                                               #
|#   /out/file-3                                                                #
|# follows  can be undone                                                       #
|# asked    out of scope                                                        #
|# word     happy                                                               #
|# started  bash > pip                                                          #
|# program  /usr/bin/pip                                                        #
|# in       /src                                                                #
|# An allow reaches                                                             #
|# (*) 1 this file  /out/file-3                                                 #
|#       newly reaches: one file                                                #
|# ( ) 2 this folder (recommended)  /out                                        #
|#       newly reaches: 9 files                                                 #
|# for [once]  this session   ## days                                           #
|#==============================================================================
|#
|
|- History ---------------------------------------------------------------------
|-
|type happy:
|y allow  ^N deny  Esc back  ^U clear
cursor 22,12
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
R.BBBBBBBBBBBBBBBBBBB..........................................................R
R..............................................................................R
R...BBBBBBBBBBB................................................................R
R..........BBBBBBBBBBBBB.......................................................R
R..............................................................................R
R..........BBBBB...............................................................R
R..............................................................................R
R..............................................................................R
R..............................................................................R
R.BBBBBBBBBBBBBBBB.............................................................R
R.RRRRRRRRRRRRRRR..BBBBBBBBBBB.................................................R
R..............................................................................R
R..................................BBBB........................................R
R..............................................................................R
R.....RRRRRR...................................................................R
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
R

.BBBBBBBBB

BBBBBBBBBBBB
R........RR.......RRR.......RR
