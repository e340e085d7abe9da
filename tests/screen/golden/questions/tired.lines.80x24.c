|=== seldom asks  fake.1  T2: hard to undo ===
|new: first write outside the granted folders
|fatigue: TIRED (RTE 0.55)
|sh (pid 4711, by bash > make, in /home/ana/src)
|wants to CREATE  /srv/out/file
|then: can be undone
|why you are asked: no rule covers it
|word to type: go
|> 1 this file  /srv/out/file
|  2 this folder  /srv/out  - 2 more files
|for  [once]  session
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
cursor 11,72

BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
BBBBBBBBBBBBBBBBBBBBBBBBB

BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB



BBBBBBBBBBBBBBBBBBBBBBBBBBBB















