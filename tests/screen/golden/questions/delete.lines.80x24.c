|### seldom asks  fake.1  T3: cannot be undone  for 132 calls ###
|new: the 51st deletion of this run
|sh (pid 4711, by bash > make, in /home/ana/src)
|wants to DELETE  /home/ana/photos
|then: 132 files are lost; cannot be undone
|why you are asked: no rule covers it
|word to type: photos
|> 1 this file  /srv/out/file
|  2 this folder  /srv/out  - 2 more files
|for  [once]
|y allow   n deny   d details   ? help   denied once in ## s
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
cursor 10,59
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB

BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB



BBBBBBBBBBBBBBBBBBBBBBBBBBBB
















