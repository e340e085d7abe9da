| seldom  nothing waits            1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo
|- Explanation - 1-20 of 169 ---------------------------------------------------
| denied (invariant): I3 credential store, never learned
| id               62
| kind             action
| action
|   id             62
|   time           2026-01-14T10:00:01.000Z
|   session        bbbbbbbb
|   pid            4711
|   op             read
|   tier           3
|   decision       deny
|   source         invariant
|   exe            /usr/bin/mvn
|   comm           mvn
|   object         /srv/folder-000/folder-001/folder-002/folder-003/folder-004/
|                  folder-005/folder-006/folder-007/folder-008/folder-009/
|                  folder-010/folder-011/folder-012/folder-013/folder-014/
|                  folder-015/folder-016/folder-017/folder-018/folder-019/
|                  folder-020/folder-021/folder-022/folder-023/folder-024/
|                  folder-025/folder-026/folder-027/folder-028/folder-029/      v
|
|? help  Esc back  q quit  1-6 views  Tab next  r reread
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBBBBBBBBBB
.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB




















R.......RRR.......R.......RRR........RRR.......R
