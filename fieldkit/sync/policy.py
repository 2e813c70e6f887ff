"""Taking head office's policy in on the laptop: verified under the trust list held, newer than the one held, kept."""

from __future__ import annotations

from fieldkit.errors import DamagedData, NotPossible
from fieldkit.log.beside import held_policy, policy_path
from fieldkit.log.files import write_durable
from fieldkit.log.policy import OfficePolicy, newer, open_policy
from fieldkit.station import Station


def take_policy(station: Station, raw: bytes) -> OfficePolicy:
    """Accept a policy; it holds for sessions that begin from now on. Raises BadBytes for one that is not head office's,
    damaged or not newer, NotPossible without a trust list, DamagedData when that cannot be read, FieldkitError (disk).

    One that lies here damaged gives way to any that head office signed.
    """
    trust = station.trust
    if trust is None:
        raise NotPossible(
            "This laptop has no trust list, so it cannot tell who signed this policy.",
            "Take head office's list in first: fieldkit trust accept trust.note --root VKEY",
        )
    policy = open_policy(raw, trust, station.clock.wall_ms() // 1000)
    try:
        held = held_policy(station.home)
    except DamagedData:
        held = None
    newer(held, policy)
    write_durable(policy_path(station.home), raw)
    return policy
