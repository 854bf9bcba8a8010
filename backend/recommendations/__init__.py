"""Which rewards suit a member, and the one reason she reads for each.

*Affinity* is a sum of few, named reasons: points about to expire that it would use up, what she redeemed before, how
near its price is, how soon it leaves, how many others wanted it. The strongest one is said aloud. Nothing she cannot
redeem for another cause than points (stock, tier, limit, dates) is ever recommended.
"""
