"""Statements to a learning record store, `fieldkit central forward` (docs/forward.md).

address.py    where the store is, and who we are to it
line.py       one request, and what its answer means
entries.py    what was done with each statement of a session, as it is kept
memory.py     the tables for it, and the turn of one forwarder at a time
changed.py    which sessions have to be looked at again, without folding them
session.py    which statements a session makes for a store, and what has to be done about them
trip.py       one trip: plan, send in batches, remember
"""
