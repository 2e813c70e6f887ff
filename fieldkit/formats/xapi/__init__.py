"""xAPI 1.0.3 statements of a session, for a learning record store (docs/tables.md "xAPI").

    statements(Sheet(session, plan, signatures), leaf) → one dict a statement

A pure function of the fold, like every table. Only what names people is told: an answer that was given in confidence,
or anonymously, makes no statement, because a statement without its actor is none.
"""

from fieldkit.formats.xapi.names import anew, voiding
from fieldkit.formats.xapi.statements import VERBS_OF, Leaf, stamp, statements, told, write

__all__ = ["VERBS_OF", "Leaf", "anew", "stamp", "statements", "told", "voiding", "write"]
