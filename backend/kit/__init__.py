"""Plumbing that knows no loyalty word.

Settings, time, ids, the one transaction, facts that leave it, live messages, encryption, limits and the
GraphQL edge every domain shares. If a file here says "points", it is in the wrong place.
"""
