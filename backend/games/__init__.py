"""Games members play with their points, each of them fair and bounded.

A *challenge* is something to reach in time: who takes it up agrees to a *stake*, which is held at once and shown before
and after; reached, the stake comes back with a *bonus*, missed, it is captured, and either happens once. What counts is
what the books and the orders say anyway. A *plant* grows by what its member does each day and by friends' *help*
through its link, once per friend and day; grown, it is *harvested* for points, and a new one begins.
"""
