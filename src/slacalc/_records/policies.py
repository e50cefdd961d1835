"""The policy of a stored clock: one of the program's files, or as it was stored beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from slacalc._clock.clock import Clock
from slacalc._policy.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from slacalc._clock.policy_store import PolicyStore


def open_stored(
    store: PolicyStore, data: Mapping[str, Any], fetch: Callable[[str], Mapping[str, Any] | None]
) -> Clock:
    """The clock of a row, under the version of the policy that it was stored under.

    Args:
        store: The policies of the program. A former version that is fetched is kept there, but
            does not become the current one of its name.
        data: The clock as plain data, without its policy.
        fetch: Returns the data of a version by its fingerprint, from the table of policies, or None
            if the table does not have it. Then the current policy of the name counts, and
            `Clock.note` says so.

    Raises:
        ClockError: The data are not a stored clock, or no policy is known for them.
    """
    if not isinstance(data, Mapping):
        return store.open(data)  # which says that it is not a stored clock
    whole = str(data.get("policy_fingerprint"))
    fingerprint = str(data.get("version_fingerprint", whole))
    if whole in store:
        return store.open(data)
    if fingerprint not in store:
        stored = fetch(fingerprint)
        if stored is None:
            return store.open(data)
        version = Policy.from_dict(stored)
        version.set_document_fingerprint(whole)
        store.add(version, current=False)
    return Clock.from_dict(data, store[fingerprint])
