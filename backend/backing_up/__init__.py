"""Taking the whole installation's books away in one file while it serves, and bringing them back.

A backup is a zip: `manifest.json` says what it is of, `mall.db` (SQLite, copied by its online backup) or one
`tables/NAME.copy` for each table (PostgreSQL, copied in one snapshot with COPY, so that nothing need be installed
beside the server). Both are of one moment, and checked before they are brought back. The secret is not in it unless
asked for: without the secret nobody's phone, address or code can be read, by a thief or by you.
"""
