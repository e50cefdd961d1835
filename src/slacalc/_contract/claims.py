"""Claims: until which day a credit has to be claimed.

Days count from a day of the incident or of the period, which is day 0. Working days count as in
`Calendar.add_working_days`: if that day is a day off, the next working day is day 0.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from slacalc._contract.periods import containing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from slacalc._contract.periods import ContractPeriod
    from slacalc._policy.agreements import Claim
    from slacalc._policy.data import PolicyData


def claim_until(
    claim: Claim | None, policy: PolicyData, period: ContractPeriod, incident: date | None = None
) -> date | None:
    """The last day on which a credit can be claimed.

    Args:
        claim: The claim window; None if the contract states none.
        policy: The policy, for its zone and its calendars.
        period: The period of the credit.
        incident: The day of the incident. One before the period counts as its first day. Default:
            the last day of the period.

    Returns:
        The day; None without a claim window.

    Raises:
        HorizonError: The day lies outside the supported years.
    """
    if claim is None:
        return None
    day = period.last if incident is None else max(incident, period.first)
    if claim.from_ == "end of period":
        day = period.last
    elif claim.from_ == "end of next month":
        month = containing(day, "month", policy.zone)
        day = containing(month.after, "month", policy.zone).last
    elif claim.from_ != "incident":
        day = containing(day, claim.from_.removeprefix("end of "), policy.zone).last
    if claim.within is None:
        return day
    if claim.within.unit == "working days":
        calendar = policy.calendars[claim.calendar or policy.own_calendar]
        return calendar.add_working_days(day, claim.within.count)
    return day + timedelta(claim.within.count)


def earliest_claim(
    claim: Claim | None, policy: PolicyData, period: ContractPeriod, incidents: Iterable[date]
) -> date | None:
    """The last day on which a credit for several incidents can be claimed as a whole.

    It is the day of the earliest incident; without incidents that of the period's last day.
    """
    return claim_until(claim, policy, period, min(incidents, default=None))
