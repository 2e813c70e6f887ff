"""What goes back on the stick that brought bundles: receipts, and beside them all else that head office sends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.cli import talk
from fieldkit.cli.central_trust import now

if TYPE_CHECKING:
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.take import Outcome


def write_receipts(to: Path, notes: bytes) -> None:
    """To a file, or into a folder under a name of this moment. Raises FieldkitError."""
    from fieldkit.log.note import utc_text

    if not notes:
        talk.say("There are no receipts to write.")
        return
    if to.is_dir():
        to = to / f"receipts-{utc_text(now()).replace('-', '').replace(':', '')}.note"
    talk.out(to, notes)


def lay_beside(office: Home, folder: Path, notes: bytes, outcomes: list[Outcome]) -> None:
    """Where receipts went into a folder: lists, packs, and what is planned for these laptops. Raises FieldkitError."""
    from fieldkit.log.names import split_origin
    from fieldkit.sync.central import outgoing

    if not notes or not folder.is_dir():
        return
    devices = {split_origin(one.origin).device for one in outcomes if one.taken and one.origin}
    names = [path.name for path in outgoing.beside(office, folder, now(), devices)]
    talk.say(f"Beside the receipts lies what else goes down: {', '.join(names)}.")
