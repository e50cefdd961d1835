"""Findings on duties: due dates that periods lack, have several of, or that lie outside of them."""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from slacalc._policy.duty_dates import NO_ANCHOR, DutyDates
from slacalc.errors import SlacalcError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slacalc._lint.due_dates import LintContext
    from slacalc._lint.findings import Finding
    from slacalc._policy.agreements import Duty
    from slacalc._policy.coverage import Coverage

    _Period = tuple[date, date]

_STEPS = 400  # of the effort, for each duty
_MOST_PERIODS = 400


def find_in_duties(context: LintContext) -> Iterator[Finding]:
    """Find recurring duties whose due dates are not those that their periods suggest."""
    for name, duty in context.policy.duties.items():
        if duty.every is None:
            continue
        context.effort.spend(_STEPS)
        dates, path = DutyDates(context.policy, duty), f"duties.{name}"
        try:
            yield from _find_in_periods(context, dates, duty, path)
            yield from _find_in_contracts(context, dates, path)
        except SlacalcError:  # of a calendar that is never open, which has a finding of its own
            continue


def _find_in_periods(
    context: LintContext, dates: DutyDates, duty: Duty, path: str
) -> Iterator[Finding]:
    first, last = context.case_set.window
    # Periods from the first of a month stand for those of all contracts.
    anchor = date(first.year, first.month, 1).toordinal() if duty.from_ != "calendar" else NO_ANCHOR
    periods = [
        period
        for period in islice(dates.periods(anchor, first), _MOST_PERIODS)
        if first <= period[0] <= last
    ]
    if not periods:
        message = f"no period begins from {first} to {last}"
        yield context.finding("duty-never-due", "error", path, message, None)
    elif duty.within is not None:
        if all(dates.due_after(dates.starts(begin)) >= dates.starts(end) for begin, end in periods):
            message = f"{duty.within} are longer than each period, at whose end it is due instead"
            yield context.finding("due-after-period", "warning", f"{path}.within", message, None)
    elif not isinstance(duty.due, str):
        named = [(begin, len({*dates.named(begin, end)})) for begin, end in periods]
        without = [begin for begin, count in named if not count]
        several = next((pair for pair in named if pair[1] > 1), None)
        path = f"{path}.due"
        if without:
            message = (
                f"{len(without)} of {len(periods)} periods have no {str(duty.due)!r}, such as that "
                f"from {without[0]}: it is due at their end instead"
            )
            yield context.finding("no-due-date", "warning", path, message, None)
        elif several:
            begin, count = several
            message = f"the period from {begin} has {count} such days, of which the first counts"
            yield context.finding("several-due-dates", "notice", path, message, None)


def _find_in_contracts(context: LintContext, dates: DutyDates, path: str) -> Iterator[Finding]:
    """Compare due dates with the contracts whose first and last days the policy states."""
    contracts = [_contract(term) for term in context.policy.coverage]
    for contract in contracts:
        if contract is None:
            continue
        first, after = contract
        begin, end = dates.starts(first), dates.starts(after)
        periods = dates.periods(first.toordinal(), first)
        due = []
        for period in islice(periods, _MOST_PERIODS):
            if dates.starts(period[0]) >= end:
                break
            due.append(dates.due(*period))
        if len(contracts) == 1 and not any(begin < each.plain <= end for each in due):
            last = date.fromordinal(after.toordinal() - 1)
            message = f"it is never due in the contract from {first} to {last}"
            yield context.finding("duty-never-due", "error", path, message, None)
        elif due and due[0].plain <= begin:
            message = (
                f"it is due on {dates.last_day(due[0])}, before the contract begins on {first}, so "
                "that it is not owed in the first period"
            )
            yield context.finding("due-before-contract", "notice", path, message, None)


def _contract(term: Coverage) -> _Period | None:
    """The first day of a term and the day after its last, if both are dates."""
    if not isinstance(term.from_, date):
        return None
    if term.for_ is not None:
        return term.from_, term.for_.after(term.from_)
    if isinstance(term.until, date):
        return term.from_, date.fromordinal(term.until.toordinal() + 1)
    return None
