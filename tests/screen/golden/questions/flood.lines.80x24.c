|=== seldom asks  fake.1  T2: hard to undo ===
|new: 7 actions in a minute
|sh (pid 4711, by bash > make, in /home/ana/src)
|wants to act on  7 actions
|then: deny stops all of them; else each is asked on its own
|why you are asked: no rule covers it
|| T1 create  /srv/out/1  new name
|| T2 write  /srv/out/2  existed
|y ask me one by one   n deny all   d details   ? help   denied once in ## s
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
cursor 8,75

BBBBBBBBBBBBBBBBBBBBBBBBBB

BBBBBBBBBBBBBBBBBBBBBBBBBB




















