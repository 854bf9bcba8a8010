"""What points are spent on: rewards, how many are left, and what members redeemed.

*Reward*: what the mall offers, under one SKU. *Stock*: how many are left of it, a row of its own because everyone
in a rush wants that row. *Redemption*: a member's order for one reward; its id is the id of the entry that burned
for it, unless it was won: a *prize* is a piece that was set aside for a game, and costs nothing. Never oversold; one
key is one redemption; a coupon code is given once; what a member is told before the tap (`why_not`) is what the verb
would answer; a cancelled redemption gives points and stock back exactly once.
"""
