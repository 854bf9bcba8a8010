"""From events to points: rules held as data decide what an order earns, and say why.

*Event*: what a mall tells us happened, once per id. *Rule*: a condition, a base and factors in CEL, versioned
and effective-dated. *Accrual*: what one rule gives for one order as things stand now. Events may come late and
in any order: what they change about earlier decisions is corrected with an entry of its own, so that the same
events always end in the same lots.
Sources: CloudEvents 1.0, Standard Webhooks, CEL (Common Expression Language).
"""
