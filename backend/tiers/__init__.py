"""Rungs of the programme, as data: who stands where, how far the next one is, until when this one holds.

A tier is what a member's paid orders in the rolling window say (never her balance), so it is a pure function of
events: the same events in any order give the same tier, and nothing needs a nightly job to be right.
"""
