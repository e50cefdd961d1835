"""The policy of a stored clock: one of the program's files, or as it was stored beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from slacalc._clock.clock import Clock
from slacalc._policy.policy import Policy
from slacalc.errors import RecordError

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
            if the table does not have it.

    Raises:
        ClockError: The data are not a stored clock.
        RecordError: The policy is neither in the store nor in the table.
    """
    if not isinstance(data, Mapping):
        return store.open(data)  # which says that it is not a stored clock
    whole = str(data.get("policy_fingerprint"))
    fingerprint = str(data.get("version_fingerprint", whole))
    if whole in store:
        return store.open(data)
    if fingerprint in store:
        return Clock.from_dict(data, store[fingerprint])
    stored = fetch(fingerprint)
    if stored is not None:
        version = Policy.from_dict(stored)
        if version.is_known_as(fingerprint):
            version.set_document_fingerprint(whole)
            return Clock.from_dict(data, store[store.add(version, current=False)])
    for policy in map(store.__getitem__, store):  # by the fingerprint of an earlier release
        if policy.is_known_as(whole):
            return Clock.from_dict(data, policy)
    if data.get("policy") is None and {"opened_at", "events"} <= data.keys():
        fault = "is not in the table" if stored is None else "has other data in the table"
        msg = (
            f"the policy {data.get('policy_name')!r} of the record, of the fingerprint "
            f"{fingerprint}, {fault}: put its row back, or add that policy to the store; rejudge "
            "evaluates the ticket under another one after that"
        )
        raise RecordError(msg)
    return Clock.from_dict(data)
