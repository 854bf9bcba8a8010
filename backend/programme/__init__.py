"""The programme's own settings, held as data: name, zone, currency, tiers, expiry, check-in, tasks, pick-up points.

*Terms* are versioned and effective-dated: a change is a new version from a date on, and what happened before
keeps the terms it happened under. Nothing here is a constant in code; `first_terms.json` is what a new
installation starts with.
"""
