| seldom  nothing waits                                                                                                                          1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo  ##:##:##
|- Stats - FRESH (nothing measured yet, load 0.0) - approvals count 1 ----------------------------------------------------------------------------------------------------------------------------------
|  asked a day  now 2, top 3                                                                          allowed  now 75 %, top 100 %
|                                                                           #  #  #  #  #  #
|                                                                           #  #  #  #  #  #                                                        ::
|                                                                           #  #  #  #  #  #                                                        ##||..
|                                                                        .. #. #. #. #. #. #.                                                       ######
|                                                                        ## ## ## ## ## ## ##                                                       ######
|                                                                        ## ## ## ## ## ## ##                                                       ######
|                                                                        ## ## ## ## ## ## ##                                                       ######
|                                                                        ##|##|##|##|##|##|##                                                       ######
|                                                                        ####################                                                       ######
|                                                                        ####################                                                       ######
|                                                                        ####################         - - - - - - - - - - - - - - - - - - - - - - - ######
|  when tired  now 1, top 1                                                                           without you  now 56 %, top 100 %
|                                                                         # ## ## ## ## ## ##
|                                                                         # ## ## ## ## ## ##
|                                                                         # ## ## ## ## ## ##                                                       ..
|                                                                         # ## ## ## ## ## ##                                                       ##
|                                                                         # ## ## ## ## ## ##                                                       ##  __
|                                                                         # ## ## ## ## ## ##                                                       ##  ##
|                                                                         # ## ## ## ## ## ##                                                       ##  ##
|                                                                         # ## ## ## ## ## ##                                                       ##  ##
|                                                                         # ## ## ## ## ## ##                                                       ##  ##
|                                                                         # ## ## ## ## ## ##                                                       ##  ##
|                                                                         # ## ## ## ## ## ##         - - - - - - - - - - - - - - - - - - - - - - - ##||##
|  hardly read  now 0 %, top 100 %                                                                    to answer  now 5 s, top 5 s
|                                                                               #                                                                       ##
|                                                                               #                                                                   ######
|                                                                               #                                                                   ######
|                                                                               #                                                                   ######
|                                                                               #                                                                   ######
|                                                                         :     #    :: :                                                           ######
|                                                                         #     #    ## #                                                           ######
|                                                                         # |  |#    ## #  |                                                        ######
|                                                                         # #  ##    ## #  #                                                        ######
|                                                                         # #  ##    ## #  #                                                        ######
|  ---------------------------------------------------------------------- #-#  ##    ## # -#          - - - - - - - - - - - - - - - - - - - - - - - ######
|  10-27                                     days                                       01-24         07-28                  weeks                   01-19
|- Asks most - 1 of 3; p: what would quieten it --------------------------------------------------------------------------------------------------------------------------------------------------------
|- ASKED ALLOWED DENIED PROGRAM        WHAT
|>    16      16      0 mvn            tool-cache, /home/ana/.m2/repository
|     16       8      8 git            exec-config, /home/ana/app/.git
|      8       8      0 evil....l.test system, /srv/x\x1B[2J\x1B]0;owned\x07\x1B]8;;http://evil.test\x1B\\link\x1B]8;;\x1B\\\u{202E}\u{200B}\x0A\x0D\x09\x9B31m\xFF\x7Fp\u{430}ypal.test
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
|Enter open  d all  p propose  ? help  Esc back  q quit  1-6 views  Tab next  r reread
cursor 41,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBBRRRRRRRRRRRRRRRRRR
.BBBBBBB

..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
R.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB

..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB
..BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB.......................................................BBBBBB

........................................................................BB.BBBBBBBBBBBBBB.BB.......................................................BBBBBB
........................................................................BB.BBBBBBBBBBBBBB.BB.......................................................BBBBBB
........................................................................BB.BBBBBBBBBBBBBB.BB.......................................................BBBBBB
........................................................................BB.BBBBBBBBBBBBBB.BB.......................................................BBBBBB
........................................................................BB.BBBBBBBBBBBBBB.BB.......................................................BBBBBB
........................................................................BB.BBBBBBBBBBBBBB.BB.......................................................BBBBBB
........................................................................BB.BBBBBBBBBBBBBB.BB.......................................................BBBBBB
........................................................................BB.BBBBBBBBBBBBBB.BB.......................................................BBBBBB
........................................................................BB.BBBBBBBBBBBBBB.BB.......................................................BBBBBB
........................................................................BB.BBBBBBBBBBBBBB.BB.......................................................BBBBBB
........................................................................BB.BBBBBBBBBBBBBB.BB.......................................................BBBBBB

.BBBBBBBBBBB

B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
R.....................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
......................................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB















RRRRR.......R......R..........R.......RRR.......R.......RRR........RRR.......R
