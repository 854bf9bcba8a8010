"""Small things to do: the daily check-in and tasks with a goal.

A *check-in* is once a day in the programme's zone; a *streak* is how many days in a row, and the points rise with it
through a cycle of seven days. A missed day can be *repaired* afterwards: it mends the streak and earns nothing itself.
A *task* is terms (what, how many, in which period, for how many points) and nothing else: progress is counted from
what really happened (orders, money spent, check-ins, redemptions), never kept. Reaching the goal is *awarded* once
per period, whoever notices first.
"""
