|=== seldom asks  fake.1  T2: hard to undo ===
|new: first change of what existed outside the scope
|sh (pid 4711, by bash > make, in /home/ana/src)
|wants to WRITE  /srv/data/report.csv
|then: what was there before is lost
|why you are asked: no rule covers it
|> 1 this file  /srv/out/file
|  2 this folder  /srv/out  - 2 more files
|for  [once]  session  30d
|y allow   n deny   t how long   d details   ? help   denied once in ## s
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
cursor 9,72

BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB

BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB


BBBBBBBBBBBBBBBBBBBBBBBBBBBB

















