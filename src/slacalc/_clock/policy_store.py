"""Policies that change while tickets are open: where they are kept, and what a change would do.

`PolicyStore` keeps policies by their fingerprints, so that each stored clock finds its own.
`due_moves` and `new_notices` of an `Effect` say what another policy does to an open clock. Read
next: `policy_diff`, what two policies mean differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from slacalc._clock.clock import Clock
from slacalc._policy.policy import Policy, check_policy
from slacalc.errors import Fault, PolicyError, SlacalcError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from os import PathLike

    import pendulum

    from slacalc._clock.status import Change


class PolicyStore:
    """Policies by the fingerprints of what they mean, for a program that runs for long.

    A policy whose words change keeps its fingerprint; one that means something else is another
    policy, beside which the former one stays for the clocks that were stored under it.

    Args:
        *policies: Policies to begin with.

    Example:
        >>> from slacalc import Policy, PolicyStore
        >>> policy = Policy("desk", metrics={"resolution": {"stop": "resolved"}})
        >>> store = PolicyStore(policy)
        >>> stored = policy.open({}, "2026-05-18T09:00Z").to_dict(embed_policy=False)
        >>> newer = Policy("desk", metrics={"resolution": {"stop": "closed"}})
        >>> _ = store.add(newer)
        >>> store.current("desk") is newer, store.open(stored).policy is policy
        (True, True)
    """

    __module__ = "slacalc"

    def __init__(self, *policies: Policy) -> None:
        self._by_fingerprint: dict[str, Policy] = {}
        self._current: dict[str, Policy] = {}
        self._files: dict[Path, Policy] = {}
        for policy in policies:
            self.add(policy)

    def add(self, policy: Policy, *, current: bool = True) -> str:
        """Keep a policy.

        Args:
            policy: The policy.
            current: Whether it becomes the current one of its name. False for a former policy that
                comes back from storage, for the clocks that are still under it.

        Returns:
            Its fingerprint.
        """
        check_policy(policy)
        fingerprint = policy.fingerprint
        kept = self._by_fingerprint.get(fingerprint)
        if kept == policy:
            policy = kept  # which is compiled already
        if current:
            self._by_fingerprint[fingerprint] = self._current[policy.name] = policy
        else:
            self._by_fingerprint.setdefault(fingerprint, policy)
        return fingerprint

    def load(self, path: str | PathLike[str]) -> Policy:
        """Read a policy file, ``.json`` or TOML, and keep the policy; `reload` reads it again.

        Raises:
            PolicyError: The file cannot be read, or has faults.
        """
        place = Path(path)
        read = Policy.from_json if place.suffix.lower() == ".json" else Policy.from_toml
        policy = read(place)
        self.add(policy)
        self._files[place] = policy
        return policy

    def reload(self) -> dict[Path, PolicyError]:
        """Read all files again; of one with faults the last good policy stays.

        Returns:
            The faults, by file; empty if there are none.
        """
        faults = {}
        for place in [*self._files]:
            try:
                self.load(place)
            except PolicyError as error:
                faults[place] = error
        return faults

    def current(self, name: str) -> Policy:
        """The policy of a name that was added last.

        Raises:
            PolicyError: There is none.
        """
        return _of(self._current, name)

    def open(self, data: Mapping[str, Any]) -> Clock:
        """The clock that plain data describe, as `Clock.from_dict` does, under its own policy.

        Args:
            data: The data. If the policy that they were stored under is neither kept here nor
                embedded, the current one of its name counts, and `Clock.note` says so.

        Raises:
            ClockError: The data are not a stored clock, or no policy is known for them.
        """
        policy = None
        if isinstance(data, Mapping):
            policy = self._by_fingerprint.get(str(data.get("policy_fingerprint")))
            policy = policy or self._current.get(str(data.get("policy_name")))
        return Clock.from_dict(data, policy)

    def __getitem__(self, fingerprint: str) -> Policy:
        return _of(self._by_fingerprint, fingerprint)

    def __contains__(self, fingerprint: object) -> bool:
        return fingerprint in self._by_fingerprint

    def __iter__(self) -> Iterator[str]:
        return iter([*self._by_fingerprint])

    def __len__(self) -> int:
        return len(self._by_fingerprint)

    def __repr__(self) -> str:
        return f"<PolicyStore of {', '.join(self._current) or 'nothing'}>"


def _of(policies: Mapping[str, Policy], key: str) -> Policy:
    if key not in policies:
        msg = f"{key!r} is not in the store: add the policy first"
        raise PolicyError.of([Fault(("store",), msg)])
    return policies[key]


# What a change does to open clocks ---------------------------------------------------------------


@attrs.frozen
class DueMove:
    """A due date that another policy moves.

    Args:
        metric: The metric, as it is called now.
        before: The due date today; None if there is none.
        after: That under the other policy. If the clock is paused, both are those that hold if it
            is resumed now.
    """

    __module__ = "slacalc"

    metric: str
    before: pendulum.DateTime | None
    after: pendulum.DateTime | None


@attrs.frozen
class Effect:
    """What another policy does to an open clock; `Policy.dry_run` returns it.

    Args:
        due_moves: The due dates that move.
        new_notices: The notices up to now that only the other policy has.
        error: Why the ticket does not fit the other policy; None if it does.
    """

    __module__ = "slacalc"

    due_moves: tuple[DueMove, ...] = ()
    new_notices: tuple[Change, ...] = ()
    error: SlacalcError | None = None

    def __bool__(self) -> bool:
        return bool(self.due_moves or self.new_notices or self.error)


def effect_of(policy: Policy, clock: Clock, now: datetime | str) -> Effect:
    """What a policy does to a clock that was opened under another one."""
    try:
        other = clock.rejudged(policy)
        new_notices, new = other.notices(None, now), _due_dates(other, now)
    except SlacalcError as error:
        return Effect(error=error)
    known, old = {notice.key for notice in clock.notices(None, now)}, _due_dates(clock, now)
    moves = [
        DueMove(new[key][0] if key in new else old[key][0], *pair)
        for key in dict.fromkeys((*old, *new))
        for pair in [tuple(dues[key][1] if key in dues else None for dues in (old, new))]
        if pair[0] != pair[1]
    ]
    return Effect(tuple(moves), tuple(one for one in new_notices if one.key not in known))


def _due_dates(clock: Clock, now: datetime | str) -> dict[str, tuple[str, Any]]:
    """The due dates of a clock's metrics, by the names in the keys of their notices."""
    metrics = clock.policy.metrics
    return {
        metrics[name].formerly or name: (name, status.due or status.due_if_resumed)
        for name, status in clock.status(now).items()
    }
