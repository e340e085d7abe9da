|### seldom asks  fake.1  T3: cannot be undone ###
|new: first read of a secret by sh
|sh (pid 4711, by bash > make, in /home/ana/src)
|wants to READ  /home/ana/.ssh/id_ed25519
|then: the program learns the secret; cannot be undone
|why you are asked: no rule covers it
|word to type: outfile
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
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB

BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB



BBBBBBBBBBBBBBBBBBBBBBBBBBBB
















