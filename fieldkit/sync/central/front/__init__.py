"""The people's side of `central serve`: log-in, and pages for operators, supervisors, auditors and facilitators.

Pages read what is stored and change nothing of it; what they keep themselves (accounts, log-ins, who looked at what)
stands in `people.db` (`fieldkit.sync.central.front.book`), apart from every session.
"""
