"""A reward that goes to whoever bids the most points for it.

*Bid*: the most a member would pay, her maximum, which nobody else is shown. *Price*: what it would go for now: the
second maximum plus one step, never more than the first. *Leader*: whose maximum is highest, and of equal ones whose
was first. *Standing*: all of that as everybody may see it, with a version. The leader's hold equals her maximum and
nobody else holds anything for the auction; holds move in the very transaction that moves the lead; an auction closes
exactly once, whoever closes it, and a cancelled one gives everything back. The rules are those of eBay's proxy bidding
(the replay of real bids in tests/bench/auctions.py says how closely).
"""
