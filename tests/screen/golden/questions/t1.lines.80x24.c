|--- seldom asks  fake.1  T1: can be undone  for 14 calls ---
|new: first write of pip outside the scope
|nearest approved: ~/.cache/pip (3x)
|sh (pid 4711, by bash > make, in /home/ana/src)
|wants to CREATE  /home/ana/.cache/pip/http/a
|then: can be removed again
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
cursor 10,72

BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB


BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB


BBBBBBBBBBBBBBBBBBBBBBBBBBBB
















