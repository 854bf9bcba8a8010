"""What members bought, as the malls told it: one row per paid order, never changed by what it earned.

*Order reference*: the mall's own order number, unique within its source. Money in minor units.
"""
