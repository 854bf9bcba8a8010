"""What crosses the domains for an operator.

The *audit log* is here to be read: who did what to whom, with before and after. It is written by `kit.audit`, in the
commit of the act itself.
"""
