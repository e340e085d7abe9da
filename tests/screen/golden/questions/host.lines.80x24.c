|=== seldom asks  fake.1  T2: hard to undo ===
|new: first POST to a host that was read so far
|sh (pid 4711, by bash > make, in /home/ana/src)
|wants to REQUEST  POST api.example.test/v1/upload
|then: can send what it read to that host
|why you are asked: refused before, 2 min ago: api.example.test
|> 1 this request  POST of api.example.test/v1/upload, any query  - one request
|  2 this host, changing  GET POST PUT of api.example.test  - all that the host
|    takes
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

BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB

BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB


BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB

















