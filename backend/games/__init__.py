"""Games members play with their points, each of them fair and bounded.

*Pool*: what is drawn from, a blind box or a lottery, at a price in points and within a budget. *Round*: a pool for a
time, under terms that are published before it opens and never change: the odds, the pieces of each prize, the rule for
one that is sold out, and the SHA-256 of a secret *seed*, the round's *commitment*. *Draw*: one go of a member; its id
is made on her phone, after the seed was committed to. When a round is over its seed is *revealed* and the list of its
draws published, so that anyone can compute each of them again. No prize is promised that is not set aside, none is
given twice, and what a pool can cost is bounded before it opens.

A *challenge* is something to reach in time: who takes it up agrees to a *stake*, which is held at once and shown before
and after; reached, the stake comes back with a *bonus*, missed, it is captured, and either happens once. What counts is
what the books and the orders say anyway. A *plant* grows by what its member does each day and by friends' *help*
through its link, once per friend and day; grown, it is *harvested* for points, and a new one begins.

References: M. Blum, Coin flipping by telephone (1981), for committing first; RFC 2104 for HMAC.
"""
