| seldom  nothing waits                                                                                                                          1 Now 2 Sessions 3 Log 4 Rules 5 Stats 6 Undo  ##:##:##
|- Explanation - 1-56 of 117 ---------------------------------------------------------------------------------------------------------------------------------------------------------------------------
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
|   object         /srv/folder-000/folder-001/folder-002/folder-003/folder-004/folder-005/folder-006/folder-007/folder-008/folder-009/folder-010/folder-011/folder-012/folder-013/folder-014/folder-015/
|                  folder-016/folder-017/folder-018/folder-019/folder-020/folder-021/folder-022/folder-023/folder-024/folder-025/folder-026/folder-027/folder-028/folder-029/folder-030/folder-031/
|                  folder-032/folder-033/folder-034/folder-035/folder-036/folder-037/folder-038/folder-039/folder-040/folder-041/folder-042/folder-043/folder-044/folder-045/folder-046/folder-047/
|                  folder-048/folder-049/folder-050/folder-051/folder-052/folder-053/folder-054/folder-055/folder-056/folder-057/folder-058/folder-059/folder-060/folder-061/folder-062/folder-063/
|                  folder-064/folder-065/folder-066/folder-067/folder-068/folder-069/folder-070/folder-071/folder-072/folder-073/folder-074/folder-075/folder-076/folder-077/folder-078/folder-079/
|                  folder-080/folder-081/folder-082/folder-083/folder-084/folder-085/folder-086/folder-087/folder-088/folder-089/folder-090/folder-091/folder-092/folder-093/folder-094/folder-095/
|                  folder-096/folder-097/folder-098/folder-099/folder-100/folder-101/folder-102/folder-103/folder-104/folder-105/folder-106/folder-107/folder-108/folder-109/folder-110/folder-111/
|                  folder-112/folder-113/folder-114/folder-115/folder-116/folder-117/folder-118/folder-119/folder-120/folder-121/folder-122/folder-123/folder-124/folder-125/folder-126/folder-127/
|                  folder-128/folder-129/folder-130/folder-131/folder-132/folder-133/folder-134/folder-135/folder-136/folder-137/folder-138/folder-139/folder-140/folder-141/folder-142/folder-143/
|                  folder-144/folder-145/folder-146/folder-147/folder-148/folder-149/folder-150/folder-151/folder-152/folder-153/folder-154/folder-155/folder-156/folder-157/folder-158/folder-159/
|                  folder-160/folder-161/folder-162/folder-163/folder-164/folder-165/folder-166/folder-167/folder-168/folder-169/folder-170/folder-171/folder-172/folder-173/folder-174/folder-175/
|                  folder-176/folder-177/folder-178/folder-179/folder-180/folder-181/folder-182/folder-183/folder-184/folder-185/folder-186/folder-187/folder-188/folder-189/folder-190/folder-191/
|                  folder-192/folder-193/folder-194/folder-195/folder-196/folder-197/folder-198/folder-199/folder-200/folder-201/folder-202/folder-203/folder-204/folder-205/folder-206/folder-207/
|                  folder-208/folder-209/folder-210/folder-211/folder-212/folder-213/folder-214/folder-215/folder-216/folder-217/folder-218/folder-219/folder-220/folder-221/folder-222/folder-223/
|                  folder-224/folder-225/folder-226/folder-227/folder-228/folder-229/folder-230/folder-231/folder-232/folder-233/folder-234/folder-235/folder-236/folder-237/folder-238/folder-239/
|                  folder-240/folder-241/folder-242/folder-243/folder-244/folder-245/folder-246/folder-247/folder-248/folder-249/folder-250/folder-251/folder-252/folder-253/folder-254/folder-255/
|                  folder-256/folder-257/folder-258/folder-259/folder-260/folder-261/folder-262/folder-263/folder-264/folder-265/folder-266/folder-267/folder-268/folder-269/folder-270/folder-271/
|                  folder-272/folder-273/folder-274/folder-275/folder-276/folder-277/folder-278/folder-279/folder-280/folder-281/folder-282/folder-283/folder-284/folder-285/folder-286/folder-287/
|                  folder-288/folder-289/folder-290/folder-291/folder-292/folder-293/folder-294/folder-295/folder-296/folder-297/folder-298/folder-299/folder-300/folder-301/folder-302/folder-303/
|                  folder-304/folder-305/folder-306/folder-307/folder-308/folder-309/folder-310/folder-311/folder-312/folder-313/folder-314/folder-315/folder-316/folder-317/folder-318/folder-319/
|                  folder-320/folder-321/folder-322/folder-323/folder-324/folder-325/folder-326/folder-327/folder-328/folder-329/folder-330/folder-331/folder-332/folder-333/folder-334/folder-335/
|                  folder-336/folder-337/folder-338/folder-339/folder-340/folder-341/folder-342/folder-343/folder-344/folder-345/folder-346/folder-347/folder-348/folder-349/folder-350/folder-351/
|                  folder-352/folder-353/folder-354/folder-355/folder-356/folder-357/folder-358/folder-359/folder-360/folder-361/folder-362/folder-363/folder-364/folder-365/folder-366/folder-367/
|                  folder-368/folder-369/folder-370
|   reason         I3 credential store, never learned
|   repeats        0
| earlier
|   1
|     id           59
|     time         2026-01-05T10:58:58.000Z
|     session      aaaaaaaa
|     pid          4711
|     op           read
|     tier         2
|     decision     allow
|     source       person
|     exe          /usr/bin/mvn
|     comm         mvn
|     object       /home/ana/.m2/repository/org/lib58/l.jar
|     reason       you allowed it, once
|     repeats      0
|   2                                                                                                                                                                                                   v
|
|? help  Esc back  q quit  1-6 views  Tab next  r reread
cursor 2,0
RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRBBBBBRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR
.BBBBBBBBBBBBB
.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
























































R.......RRR.......R.......RRR........RRR.......R
