"""What crosses the domains for an operator.

The *audit log* is here to be read: who did what to whom, with before and after. It is written by `kit.audit`, in the
commit of the act itself.

*Merging* makes one account of two that are one person's; *unmerging* takes them apart. Both acts stay in both chains.
Afterwards each side stands as it would *alone*: what was told of each since is told again to a book of its own, by the
functions that posted it. What was spent meanwhile is the *survivor*'s, if need be as a debt.
"""
