"""prompt: open discussion. People say something (`say.put`), vote for what others said, the trainer hides and pins.

It is answered with `say`, never with `answer`; several may be open beside another activity.
"""

from __future__ import annotations

from fieldkit.core.activities.base import Open


class Prompt(Open):
    name = "prompt"
    votes = False
    exclusive = False
    takes = "say"
    expected = False
    texts = True
