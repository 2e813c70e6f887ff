"""How far each session is on its way to head office: packed (or sealed) → carried → ingested → receipted, as facts.

One small JSON file a session in the outbox folder, `<seq>-<tail>.json`, written whole and durably. Every fact names
the size of the log it speaks of, so a session that grew after it was carried falls back to what is still true. A
stage is never guessed: *carried* is written after the copy was read back, *receipted* after central's signature was
verified. Nothing here is needed to keep a record; deleting the folder only means carrying again.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from fieldkit.core.models import learn
from fieldkit.errors import FieldkitError
from fieldkit.log.files import write_durable

STAGES = ("kept", "packed", "sealed", "carried", "ingested", "receipted")
"""In order. `kept`: on this laptop only. `packed`: in a bundle that anybody can read."""


WORDS = "words"
"""Stands for a recipient where a bundle is sealed to six words."""


class Sealed(msgspec.Struct, frozen=True):
    """Packed into `file` (a name in the outbox) up to `size` records; `root` in base64. `to`: the recipients it is
    sealed to, none for a bundle that is merely packed."""

    size: int
    root: str
    file: str
    sha256: str
    to: list[str] = []


class Carried(msgspec.Struct, frozen=True):
    """A copy of the bundle lies in the folder `to`, read back and equal."""

    size: int
    to: str
    file: str
    sha256: str


class Ingested(msgspec.Struct, frozen=True):
    """What central answered: stored, already, older, held, fork or refused, with its reason."""

    size: int
    result: str
    reason: str = ""

    @property
    def taken(self) -> bool:
        return self.result in ("stored", "already", "older")


class Receipted(msgspec.Struct, frozen=True):
    """Central's cosignature over `size` and `root` (base64), at `time` (Unix s by central's clock)."""

    size: int
    root: str
    time: int


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that is known of one session's way. `carried` holds the newest copy a folder."""

    origin: str
    sealed: Sealed | None = None
    carried: list[Carried] = []
    ingested: Ingested | None = None
    receipted: Receipted | None = None
    ahead: int = 0
    """Records that head office holds under this laptop's signature, where they are more than lie here."""

    def stage(self, size: int) -> str:
        """The furthest stage that holds for a log of `size` records."""
        if self.receipted is not None and self.receipted.size >= size:
            return "receipted"
        if self.ingested is not None and self.ingested.taken and self.ingested.size >= size:
            return "ingested"
        if any(copy.size >= size for copy in self.carried):
            return "carried"
        if self.sealed is not None and self.sealed.size >= size:
            return "sealed" if self.sealed.to else "packed"
        return "kept"

    def left(self) -> bool:
        """Whether any state of it, maybe a shorter one, is on a stick or was taken by head office."""
        taken = self.ingested is not None and self.ingested.taken
        return self.receipted is not None or bool(self.carried) or taken

    def carried_to(self, to: str) -> Carried | None:
        return next((copy for copy in self.carried if copy.to == to), None)


learn(Facts)


class Outbox:
    """The outbox folder of a station."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, origin: str) -> Path:
        return self.folder / f"{origin.rsplit('/', 1)[-1]}.json"

    def facts(self, origin: str) -> Facts:
        """What is known; a missing or unreadable file means nothing is, and the session is carried again."""
        try:
            return self.known(origin)
        except FieldkitError:
            return Facts(origin)

    def known(self, origin: str) -> Facts:
        """As `facts`, for whoever says how far a session is. Raises FieldkitError for what is there and cannot be read:
        that is not the same as nothing."""
        hint = "Carry the session again: that is harmless."
        try:
            found = msgspec.json.decode(self._path(origin).read_bytes(), type=Facts)
        except FileNotFoundError:
            return Facts(origin)
        except OSError as wrong:
            raise FieldkitError(f"How far it is on its way cannot be read: {wrong.strerror}.", hint) from wrong
        except msgspec.MsgspecError as wrong:
            raise FieldkitError("How far it is on its way cannot be read: its file is damaged.", hint) from wrong
        return found if found.origin == origin else Facts(origin)

    def put(self, facts: Facts) -> None:
        """Raises FieldkitError when the disk refuses."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durable(self._path(facts.origin), msgspec.json.encode(facts) + b"\n")

    def sealed(self, origin: str, fact: Sealed) -> None:
        self.put(msgspec.structs.replace(self.facts(origin), sealed=fact))

    def carried(self, origin: str, fact: Carried) -> None:
        old = self.facts(origin)
        others = [copy for copy in old.carried if copy.to != fact.to]
        self.put(msgspec.structs.replace(old, carried=[*others, fact]))

    def ingested(self, origin: str, fact: Ingested) -> None:
        self.put(msgspec.structs.replace(self.facts(origin), ingested=fact))

    def receipted(self, origin: str, fact: Receipted) -> None:
        """A receipt says that central took it, so it is the fact `ingested` too. A smaller size never replaces."""
        old = self.facts(origin)
        if old.receipted is not None and old.receipted.size > fact.size:
            return
        taken = old.ingested
        if taken is None or taken.size < fact.size or taken.result not in ("stored", "already", "older"):
            taken = Ingested(fact.size, "stored")
        self.put(msgspec.structs.replace(old, ingested=taken, receipted=fact))

    def ahead(self, origin: str, size: int) -> None:
        """Head office holds `size` records of it, more than lie here. What lies here is still carried: it may be
        another history, and only head office can tell."""
        self.put(msgspec.structs.replace(self.facts(origin), ahead=size))

    def tidy(self) -> list[str]:
        """Delete bundles in the outbox that no session's newest seal names any more; the logs themselves remain.

        Returns the names. A bundle that is the newest seal of a session stays until that session has its receipt.
        """
        wanted = set()
        for path in self.folder.glob("*.json"):
            try:
                facts = msgspec.json.decode(path.read_bytes(), type=Facts)
            except (OSError, msgspec.MsgspecError):
                return []  # we cannot know what it names, so nothing is deleted
            if facts.sealed is not None and facts.stage(facts.sealed.size) != "receipted":
                wanted.add(facts.sealed.file)
        gone = []
        for path in sorted(self.folder.glob("*.fkb")):
            if path.name not in wanted:
                try:
                    path.unlink()
                except OSError as error:
                    raise FieldkitError(
                        f"The old bundle {path.name} could not be deleted.", "Check the permissions of the folder."
                    ) from error
                gone.append(path.name)
        return gone
