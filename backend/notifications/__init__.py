"""Telling members what happened, while it happens and after they were away.

A member's facts are numbered without gaps under her account's lock. A phone says the last number it has; what it
missed is read from the outbox in order, then it hears the rest live. A repeat is dropped by its number, and a number
that is missing is read up: within the days that facts are kept nothing is lost, and nothing is told twice, whatever
happened to the connection.
"""
