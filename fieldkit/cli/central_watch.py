"""`fieldkit central ingest DIR --watch`: bundles are taken in as they come to lie there, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.cli import answers, talk
from fieldkit.core.clean import clean_text
from fieldkit.errors import FieldkitError, WrongUsage

if TYPE_CHECKING:
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.ingest import Intake
    from fieldkit.sync.central.take import Outcome
    from fieldkit.sync.central.watch import Look, Watch

EVERY, SHORTEST, LONGEST = 5.0, 0.2, 3600.0
"""Seconds between two looks, and what somebody may choose."""
REST = 4
"""Times as long as the last look took nothing is looked at: folders that hold very much keep no processor busy."""
LATER = 60.0
"""Seconds after which a file is tried again that could not be judged: a list that ran out, no room, no database."""

Put = Callable[[bytes, "list[Outcome]"], None]
"""Gets the receipts of what was taken, and the outcomes that they are of."""


class Then:
    """What is done with a file that was taken: receipts laid beside it, and then it is moved."""

    def __init__(self, beside: bool = False, move_to: Path | None = None) -> None:
        self.beside = beside
        self.move_to = move_to

    async def do(self, intake: Intake, path: Path, outcomes: list[Outcome]) -> None:
        """A stick that cannot be written keeps its file, and that is said. Raises FieldkitError for our own folder."""
        from fieldkit.sync.central.receipts import receipts_file
        from fieldkit.sync.central.watch import lay_beside, moved

        taken = [one.origin for one in outcomes if one.taken and one.origin is not None]
        try:
            if self.beside and taken:
                lay_beside(path, await receipts_file(intake.db, taken, intake.office))
            if self.move_to is not None and outcomes and all(one.taken for one in outcomes):
                moved(path, self.move_to)
        except (OSError, FieldkitError) as wrong:
            why = talk.reason(wrong) if isinstance(wrong, OSError) else wrong.sentence
            talk.warn(f"{clean_text(path.name)} was taken, and what lies there could not be changed: {why}")


def check(paths: list[Path], every: float, held: bool) -> None:
    """Refuse what cannot be watched. Raises WrongUsage."""
    if not SHORTEST <= every <= LONGEST:
        raise WrongUsage("--every is too short or too long.", f"Say seconds, {SHORTEST:g} to {LONGEST:g}.")
    if held:
        raise WrongUsage("--held judges once; it does not go with --watch.", "Run it beside.")
    for path in paths:
        if str(path) == "-" or (path.exists() and not path.is_dir()):
            raise WrongUsage(f"{path} is no folder, and only folders are watched.", "Name a folder.")


async def watch(
    home: Home, folders: list[Path], every: float, then: Then, words: str, json: bool, receipts: Put
) -> None:
    """Until somebody ends it. `receipts` gets those of every look that took something."""
    from fieldkit.cli.leave import on_leave
    from fieldkit.sync.central.watch import Watch

    watched, leave, said = Watch(folders), on_leave(), ""
    loop = asyncio.get_running_loop()
    later: dict[Path, float] = {}
    for folder in folders:
        if not folder.is_dir():
            talk.warn(f"{folder} is not there.", "It is looked into as soon as it is.")
    if json:
        talk.emit({"ready": True, "folders": [str(folder) for folder in folders]})
    else:
        talk.say(f"Watching {', '.join(map(str, folders))}; Ctrl-C ends it.")
    while not leave.is_set():
        begun = loop.time()
        look = await asyncio.to_thread(watched.look)
        rest = REST * (loop.time() - begun)
        _tell(look)
        for path in [path for path, at in later.items() if at <= loop.time()]:
            watched.again(path)
            del later[path]
        put_off = list[Path]()
        try:
            if look.ready:
                put_off = await _round(home, watched, look, then, words, json, receipts, leave)
                said = ""  # a look that finds nothing new says nothing of whether it would go now
        except FieldkitError as wrong:  # ours, not the files': a list that ran out, a database or disk that is away
            put_off = look.ready
            if wrong.sentence != said:
                talk.warn(wrong.sentence, wrong.hint)
            said = wrong.sentence
        later |= dict.fromkeys(put_off, loop.time() + LATER)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(leave.wait(), max(min(every, 1.0) if look.moving else every, rest))


def _tell(look: Look) -> None:
    for folder in look.gone:
        talk.say(f"{folder} is gone; waiting for it.")
    for folder in look.back:
        talk.say(f"{folder} is there again.")
    if look.too_many:
        talk.warn("There is more in these folders than one look reads.", "Move away what was taken: --move-to DIR")


async def _round(
    home: Home,
    watched: Watch,
    look: Look,
    then: Then,
    words: str,
    json: bool,
    receipts: Put,
    leave: asyncio.Event,
) -> list[Path]:
    """Judge what is ready, each file by itself; → those that are to be tried later. The list and the keys are those of
    now: a laptop that was enrolled a moment ago counts."""
    from fieldkit.sync.central.ingest import Intake
    from fieldkit.sync.central.receipts import receipts_file

    put_off: list[Path] = []
    all_taken: list[Outcome] = []
    async with await Intake.open(home, words) as intake:
        for path in look.ready:
            if leave.is_set():
                put_off.append(path)
                continue
            try:
                found = await _one(intake, watched, path)
            except OSError as wrong:  # the stick was pulled, or does not give it
                talk.warn(f"{clean_text(str(path))} could not be read: {talk.reason(wrong)}.", "It is tried again.")
                put_off.append(path)
                continue
            if found is None:
                watched.again(path)
                continue
            if json:
                talk.emit({"file": str(path), "sessions": answers.rows(found)})
            else:
                answers.tell(found, False, bool(words))
            if any(one.reason == "held-full" for one in found):
                put_off.append(path)
            all_taken += [one for one in found if one.taken and one.origin is not None]
            await then.do(intake, path, found)
        notes = await receipts_file(intake.db, [one.origin or "" for one in all_taken], intake.office)
    if all_taken:
        receipts(notes, all_taken)
    return put_off


async def _one(intake: Intake, watched: Watch, path: Path) -> list[Outcome] | None:
    stream = watched.opened(path)
    if stream is None:
        return None
    with stream:
        return await intake.stream(stream, path.name, answers.now())
