| nothing waits        1 2 3 4 5 Stats 6
|- Stats - FRESH (nothi...ovals count 1
|  asked a day  .#|.#|.#|.#|.#|        2
|  allowed      ------------|||     75 %
|  when tired    ## ## ## ## ##        1
|- Asks most - 1 of 3; p:... quieten it -
|>    16 mvn            tool-ca...ository
|     16 git            exec-co...pp/.git
|
|Enter open  d all  p propose  ? help
cursor 6,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBBBRRR
.BBBBBBB
...............BBBBBBBBBBBBBBB
...........................BBB
...............BBBBBBBBBBBBBBB
.BBBBBBBBBBB
B.RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
R......................BBBBBBBBBBBBBBBBB

RRRRR.......R......R..........R
