"""Find what is valid in a policy but probably not intended.

Each check is a function that yields findings. Those on promises try the cases of a `CaseSet`:
tickets, instants of receipt, and the rows that match them. A finding that compares two deadlines
names the instant of receipt for which its example ticket shows the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs

from slacalc._lint.adjustments import find_idle_adjustments, find_missing_calendars
from slacalc._lint.agreements import find_in_availability
from slacalc._lint.calendars import find_in_calendars
from slacalc._lint.cases import CaseSet, Effort, EffortSpentError
from slacalc._lint.credits import find_in_credits
from slacalc._lint.due_dates import LintContext
from slacalc._lint.duties import find_in_duties
from slacalc._lint.findings import Finding, Severity
from slacalc._lint.metrics import (
    find_stays_stopped,
    find_unused_fields,
)
from slacalc._lint.objectives import find_idle_objectives, find_shadowed_objectives
from slacalc._lint.ordering import (
    find_metrics_out_of_order,
    find_pauses_at_start,
    find_reversed_ranks,
)
from slacalc._lint.rows import (
    find_uncovered_tickets,
    find_undercut_promises,
    find_unplaced_warnings,
    find_unreachable_rows,
    find_unreachable_targets,
)
from slacalc._phrases import in_language

if TYPE_CHECKING:
    from slacalc._policy.data import PolicyData

_RANK: dict[str, int] = {"error": 0, "warning": 1, "notice": 2}


@attrs.frozen(kw_only=True)
class Findings(Sequence[Finding]):
    """The findings of a linter, the most severe first.

    Args:
        findings: The findings.
        is_exhaustive: Whether all tickets that conditions distinguish were tried. Otherwise, those
            for each row and for each pair of rows were tried, and findings may be missing.
        sampled: The attributes of whose values only a sample was tried, because conditions on them
            distinguish too many.
        tickets: The number of tickets that were tried.
        moments: The number of instants of receipt that were tried.
    """

    __module__ = "slacalc"

    findings: tuple[Finding, ...]
    is_exhaustive: bool
    sampled: tuple[str, ...] = ()
    tickets: int
    moments: int

    def __getitem__(self, index: Any) -> Any:
        return self.findings[index]

    def __len__(self) -> int:
        return len(self.findings)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings of severity ``"error"``."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def tried(self) -> str:
        """Which tickets were tried: ``all kinds of tickets``."""
        if self.is_exhaustive:
            return "all kinds of tickets"
        if self.sampled:
            return f"tickets with samples of {' and '.join(self.sampled)}"
        return "tickets row by row"

    def to_html(self, *, language: str = "en") -> str:
        """The findings as an HTML table; notebooks show it this way by themselves.

        Args:
            language: The language of all words but the policy's own, such as ``"en"`` or ``"zh"``.

        Example:
            >>> from slacalc import Policy
            >>> "nothing is promised" in Policy("desk", metrics={"reply": {}}).lint().to_html()
            True
        """
        from slacalc._html.findings import findings_html  # noqa: PLC0415 - not needed until shown

        return findings_html(self, language=language)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __str__(self) -> str:
        return self.in_language("en")

    def in_language(self, language: str) -> str:
        """Return the findings as text in a language, with what was tried.

        Args:
            language: The language, such as ``"zh"``.

        Raises:
            LanguageError: There is no such language.

        Example:
            >>> from slacalc import Policy
            >>> print(Policy("desk", metrics={"reply": {}}).lint().in_language("zh"))
            警告：tables：对部分工单没有任何承诺（所试 1 种情形中的 1 种） [uncovered-ticket]
            已检验所有种类的工单：1 种工单，68 个时刻
        """
        lines = [finding.in_language(language) for finding in self.findings] or [
            in_language("no findings", language)
        ]
        return "\n".join([*lines, tried_text(self, language)])


def tried_text(findings: Findings, language: str) -> str:
    """What was tried, as a line: ``tried all kinds of tickets: 6 at 456 moments``."""
    text = f"tried {findings.tried}: {findings.tickets:,} at {findings.moments} moments"
    return in_language(text, language)


def lint(policy: PolicyData) -> Findings:
    """Check a policy and each of its versions."""
    findings: list[Finding] = []
    reported: set[tuple[str, str, str]] = set()
    case_sets: list[CaseSet] = []
    effort, is_finished = Effort(), True
    try:
        for (prefix, own), version in zip(_versions(policy), policy.all_versions, strict=True):
            context = LintContext(version, effort)
            case_sets.append(context.case_set)
            for check in _CHECKS:
                for finding in check(context):
                    key = (finding.kind, finding.path, finding.message)
                    # What a version inherits was reported for the one before it.
                    if key not in reported or _sets(own, finding.path):
                        reported.add(key)
                        findings.append(attrs.evolve(finding, path=prefix + finding.path))
    except EffortSpentError:
        message = "the policy is too large for all checks, which ended here: findings are missing"
        is_finished, path = False, prefix.rstrip(".")
        findings.append(
            Finding(kind="unfinished", severity="notice", path=path, message=message, example={})
        )
    example = next((case.ticket for case_set in case_sets for case in case_set.cases), {})
    findings += [attrs.evolve(finding, example=example) for finding in _find_in_terms(policy)]
    return Findings(
        findings=tuple(sorted(findings, key=lambda finding: _RANK[finding.severity])),
        is_exhaustive=is_finished and all(case_set.is_exhaustive for case_set in case_sets),
        sampled=tuple(dict.fromkeys(name for each in case_sets for name in each.sampled)),
        tickets=sum(len({str(case.ticket) for case in case_set.cases}) for case_set in case_sets),
        moments=sum(len(case_set.instants) for case_set in case_sets),
    )


def _versions(policy: PolicyData) -> list[tuple[str, Mapping[str, Any]]]:
    """The prefix of the paths of each version, and what it sets, in the order of their dates."""
    numbered = [(f"versions[{index}].", own) for index, own in enumerate(policy.versions)]
    numbered.sort(key=lambda pair: pair[1]["effective_from"])
    return [("", {}), *numbered]


def _sets(own: Mapping[str, Any], path: str) -> bool:
    """Whether a version sets the part at a path itself instead of inheriting it."""
    section, _, rest = path.partition(".")
    name = rest.partition("[")[0].partition(".")[0]
    return name in (own.get(section) or ())


def _find_in_terms(policy: PolicyData) -> Iterator[Finding]:
    """Find gaps and overlaps between versions."""
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
            message = f"takes effect on {begins}, which is not after the version before it"
        elif ends is not None and ends >= begins:
            message = (
                f"takes effect on {begins}, but the version before it is in force until {ends}"
            )
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


_CHECKS: tuple[Callable[[LintContext], Iterator[Finding]], ...] = (
    find_unreachable_targets,
    find_unplaced_warnings,
    find_unreachable_rows,
    find_uncovered_tickets,
    find_undercut_promises,
    find_metrics_out_of_order,
    find_reversed_ranks,
    find_pauses_at_start,
    find_stays_stopped,
    find_unused_fields,
    find_shadowed_objectives,
    find_idle_adjustments,
    find_missing_calendars,
    find_in_calendars,
    find_in_availability,
    find_in_credits,
    find_in_duties,
    find_idle_objectives,
)
