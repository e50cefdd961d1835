"""What is odd in a policy although it can be read.

Each check is a function that yields findings. Those on promises look at the cases of a `Space`:
tickets, kinds of moments, and the rows that speak for them. A finding that compares two deadlines
says at which moment, and its example ticket shows it when it is asked at that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs

from slacalc._lint.calendars import calendars
from slacalc._lint.due_dates import Dues
from slacalc._lint.findings import Finding, Severity
from slacalc._lint.ordering import metrics_out_of_order, pauses_at_the_start, ranks_reversed
from slacalc._lint.rows import (
    promises_undercut,
    rows_never_reached,
    targets_out_of_reach,
    tickets_without_a_row,
)

if TYPE_CHECKING:
    from slacalc._policy.data import PolicyData

_RANK: dict[str, int] = {"error": 0, "warning": 1, "notice": 2}


@attrs.frozen(kw_only=True)
class Findings(Sequence[Finding]):
    """What a linter found, the gravest first.

    Args:
        findings: The findings.
        is_exhaustive: Whether all tickets that the conditions tell apart were tried; otherwise they
            were tried row by row, and what no two rows show together may have been missed.
        tickets: How many tickets were tried.
        moments: At how many moments.
    """

    findings: tuple[Finding, ...]
    is_exhaustive: bool
    tickets: int
    moments: int

    def __getitem__(self, index: Any) -> Any:
        return self.findings[index]

    def __len__(self) -> int:
        return len(self.findings)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings of severity ``"error"``."""
        return tuple(one for one in self.findings if one.severity == "error")

    def __str__(self) -> str:
        how = "all kinds of tickets" if self.is_exhaustive else "tickets row by row"
        tried = f"tried {how}: {self.tickets:,} at {self.moments} moments"
        lines = [str(one) for one in self.findings] or ["nothing odd found"]
        return "\n".join([*lines, tried])


def lint(policy: PolicyData) -> Findings:
    """All findings of a policy and of each of its versions."""
    found: list[Finding] = []
    told: set[tuple[str, str, str]] = set()
    spaces = []
    for (prefix, own), version in zip(_versions(policy), policy.all_versions, strict=True):
        dues = Dues(version)
        spaces.append(dues.space)
        for one in _findings(dues):
            same = (one.kind, one.path, one.message)
            if same not in told or _says(own, one.path):  # what a version inherits is told once
                told.add(same)
                found.append(attrs.evolve(one, path=prefix + one.path))
    shows = next((case.ticket for space in spaces for case in space.cases), {})
    found += [attrs.evolve(one, example=shows) for one in _terms(policy)]
    return Findings(
        findings=tuple(sorted(found, key=lambda one: _RANK[one.severity])),
        is_exhaustive=all(space.is_exhaustive for space in spaces),
        tickets=sum(len({str(case.ticket) for case in space.cases}) for space in spaces),
        moments=sum(len(one.instants) for space in spaces for one in space.moments),
    )


def _versions(policy: PolicyData) -> list[tuple[str, Mapping[str, Any]]]:
    """The paths at which versions stand, and what each says, in the order they take effect."""
    numbered = [(f"versions[{index}].", said) for index, said in enumerate(policy.versions)]
    numbered.sort(key=lambda pair: pair[1]["effective_from"])
    return [("", {}), *numbered]


def _says(own: Mapping[str, Any], path: str) -> bool:
    """Whether a version says itself what stands at a path, and does not inherit it."""
    section, _, rest = path.partition(".")
    name = rest.partition("[")[0].partition(".")[0]
    return name in (own.get(section) or ())


def _terms(policy: PolicyData) -> Iterator[Finding]:
    """Gaps and overlaps between versions."""
    for (prefix, _), (before, after) in zip(
        _versions(policy)[1:], pairwise(policy.all_versions), strict=True
    ):
        begins, ends = after.effective_from, before.effective_until
        if begins is None:
            continue
        severity: Severity = "warning"
        kind, at = "version-overlap", begins
        if before.effective_from is not None and begins <= before.effective_from:
            severity = "error"
            message = f"takes effect on {begins}, not after the version before it"
        elif ends is not None and ends >= begins:
            message = f"takes effect on {begins}, while the one before it is to hold until {ends}"
        elif ends is not None and (begins - ends).days > 1:
            kind, at = "version-gap", ends + timedelta(1)
            message = f"no version is in force from {at} to {begins - timedelta(1)}"
        else:
            continue
        zone = after.zone
        yield Finding(
            kind=kind,
            severity=severity,
            path=f"{prefix}effective_from",
            message=message,
            received_at=zone.datetime(zone.midnight(at)),
        )


_CHECKS: tuple[Callable[[Dues], Iterator[Finding]], ...] = (
    targets_out_of_reach,
    rows_never_reached,
    tickets_without_a_row,
    promises_undercut,
    metrics_out_of_order,
    ranks_reversed,
    pauses_at_the_start,
    calendars,
)


def _findings(dues: Dues) -> Iterator[Finding]:
    """What all checks find in one version."""
    for check in _CHECKS:
        yield from check(dues)
