"""What members bought, as the malls told it: one row per paid order and per refund, whatever they earned.

*Order reference*: the mall's own order number, unique within its source. *Refund*: money given back for an order,
in parts or as a whole; an order given back as a whole is *undone* and counts as if it had never been. Money in
minor units.
"""
