"""Ballots: the votes of an open anonymous round, kept outside the log until the tally.

One file a round, `ballots/<random>`: canonical JSON of {activity, round, counts, texts sorted, voted: sorted `p`},
rewritten whole at each group commit, without time, order or intent ids; and the one transaction at closing that turns
it into a tally. It has this room to itself because SQLite's journal would keep the order of arrival, and with it who
voted for what. Until it is written the anonymous mode is refused when a session is started.
"""
