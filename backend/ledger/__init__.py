"""The books: who has how many points, since when, until when, and why.

*Lot*: one earning with its own expiry. *Entry*: one movement, hash-chained to the member's entry before it.
*Line*: what an entry moved, from one side of a lot to another. Only `posting` writes; an entry is never
changed; the account row equals the sum of its lots and of its entries
(sum of entries = available + held + pending - debt); every movement has a key that is unique for ever.
*Hold*: points reserved, captured, let go or lapsed once. A frozen account moves nothing: it spends, sends, holds,
lets go and lets expire nothing, and nobody can send it anything; earnings still come in, pending points are still
released, corrections and clawbacks still apply, and a sender may still take back what is not the receiver's yet.
Sources: breakage and liability as in IFRS 15; lots and replay as in any stock ledger (first to expire, first out).
"""
