"""What objectives, availability, duties and penalties must mean together; part of `validation`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from slacalc._policy.agreements import AMOUNT_KEYS, END_OF_PERIOD, ROLLING
from slacalc._policy.money import Money
from slacalc._schema.faults import INVALID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slacalc._schema.faults import DocumentPath

_PERIODS = ("day", "week", "month", "quarter", "year")
_PERIOD_FORMS = f'one of {", ".join(_PERIODS)}, or "rolling 30 days"'
_MOST_DECIMALS, _MOST_ROLLING = 9, 3_660
ALWAYS_NAME = "always"


class Checks(Protocol):
    """What `validation` offers: the policy, and ways to add faults."""

    policy: Any

    def add_fault(
        self, path: DocumentPath, value: Any, expected: str, known: Iterable[Any] = ()
    ) -> None: ...
    def add_misfit(self, path: DocumentPath, actual: str, expected: str) -> None: ...
    def add_missing(self, path: DocumentPath, expected: str) -> None: ...
    def check_name(self, name: Any, part: str, path: DocumentPath) -> None: ...
    def check_when(self, owner: Any, path: DocumentPath) -> None: ...
    def check_condition(self, condition: Any, path: DocumentPath) -> None: ...
    def has_calendar(self, *named: Any) -> bool: ...


def check_agreements(checks: Checks, path: DocumentPath) -> None:
    """Check what a policy promises beyond single tickets."""
    for name, objective in _readable(checks.policy.objectives):
        _check_objective(checks, objective, (*path, "objectives", name))
    for name, availability in _readable(checks.policy.availability):
        _check_availability(checks, availability, (*path, "availability", name))
    for name, duty in _readable(checks.policy.duties):
        _check_duty(checks, duty, (*path, "duties", name))
    for name, penalty in _readable(checks.policy.penalties):
        place = (*path, "penalties", name)
        checks.check_when(penalty, place)
        checks.check_condition(_known(penalty.event), (*place, "event"))
        _check_claim(checks, penalty.claim, (*place, "claim"))
    _check_currencies(checks, path)


def _readable(section: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(section, Mapping):
        yield from ((name, part) for name, part in section.items() if part is not INVALID)


def _known(value: Any) -> Any:
    return None if value is INVALID else value


def _is_stated(value: Any) -> bool:
    """Whether a value is stated, even if it cannot be read."""
    return bool(value) or value is INVALID


def _check_objective(checks: Checks, objective: Any, path: DocumentPath) -> None:
    checks.check_name(_known(objective.metric), "metrics", (*path, "metric"))
    checks.check_when(objective, path)
    for index, exclusion in enumerate(_known(objective.except_) or ()):
        checks.check_when(exclusion, (*path, "except", index))
    figures = [
        key for key in ("share", "percentile", "mean") if _is_stated(getattr(objective, key))
    ]
    if len(figures) != 1:
        actual = " and ".join(figures) or "no figure"
        checks.add_misfit(path, actual, "one of share, percentile and mean")
    if _is_stated(objective.percentile) != _is_stated(objective.within):
        key, other = ("within", "percentile") if objective.within else ("percentile", "within")
        checks.add_misfit((*path, key), f"{key} without {other}", "both, or neither")
    percentile = _known(objective.percentile)
    if percentile is not None and percentile < 1:  # a fraction in place of a percentage
        right = f"a number from 1 to 100, such as {percentile * 100:.0f}"
        checks.add_fault((*path, "percentile"), str(percentile), right)
    within = _known(objective.within)
    if any(part.unit == "instant" for part in getattr(within, "parts", ())):
        checks.add_fault((*path, "within"), str(within), "a length of time")
    computed = [
        key
        for key in ("when", "except_", "percentile", "mean", "credits", "cap", "claim", "earn_back")
        if getattr(objective, key)
    ]
    if computed and not objective.metric:
        checks.add_misfit((*path, "metric"), "none", f"a metric, beside {computed[0].strip('_')}")
    if objective.metric:
        _check_period(checks, objective.period, (*path, "period"), may_be_words=not computed)
    _check_credits(checks, objective, path)


def _check_period(
    checks: Checks, period: Any, path: DocumentPath, *, may_be_words: bool = False
) -> None:
    if period in ("", INVALID, *_PERIODS):
        return
    rolling = ROLLING.fullmatch(period)
    if rolling:
        if not 1 <= int(rolling[1]) <= _MOST_ROLLING:
            checks.add_fault(path, period, f"from 1 to {_MOST_ROLLING:,} days")
    elif not may_be_words:
        checks.add_fault(path, period, _PERIOD_FORMS, _PERIODS)


def _check_availability(checks: Checks, availability: Any, path: DocumentPath) -> None:
    _check_period(checks, availability.period or "?", (*path, "period"))
    if availability.hours not in (ALWAYS_NAME, INVALID):
        checks.check_name(availability.hours, "calendars", (*path, "hours"))
    if isinstance(availability.maintenance, str):
        checks.check_name(availability.maintenance, "calendars", (*path, "maintenance"))
    if isinstance(availability.decimals, int) and availability.decimals > _MOST_DECIMALS:
        expected = f"a whole number from 1 to {_MOST_DECIMALS}"
        checks.add_fault((*path, "decimals"), availability.decimals, expected)
    _check_credits(checks, availability, path)


def _check_duty(checks: Checks, duty: Any, path: DocumentPath) -> None:
    checks.check_when(duty, path)
    for key in ("after", "done_by"):
        checks.check_condition(_known(getattr(duty, key)), (*path, key))
    checks.check_name(_known(duty.calendar), "calendars", (*path, "calendar"))
    if INVALID not in (duty.every, duty.after) and bool(duty.every) == bool(duty.after):
        actual = "both every and after" if duty.every else "neither every nor after"
        checks.add_misfit(path, actual, "one of the two")
    if duty.after and duty.from_:
        checks.add_misfit((*path, "from"), "from beside after", "from beside every")
    if duty.due != END_OF_PERIOD and duty.due is not INVALID:
        other = "after" if duty.after else "within" if duty.within else ""
        if other:
            checks.add_misfit((*path, "due"), f"due beside {other}", "one of the two")
    every = _known(duty.every)
    if every and duty.from_ == "calendar" and not every.is_of_calendar:
        checks.add_misfit((*path, "from"), f"periods of {every}", 'from = "contract" beside them')
    _check_duty_calendar(checks, duty, path)
    if isinstance(duty.budget, Money) and not duty.budget:
        checks.add_fault((*path, "budget"), str(duty.budget), "an amount above 0")
    if duty.budget and duty.times not in (1, INVALID):
        checks.add_misfit((*path, "times"), "times beside budget", "one of the two")
    _check_credits(checks, duty, path)


def _check_duty_calendar(checks: Checks, duty: Any, path: DocumentPath) -> None:
    """Check that there is a calendar to count working days on, if the due date needs them."""
    within = getattr(duty.within, "by_hours", False)
    for key, is_needed in (
        ("within", within),
        ("due", getattr(duty.due, "is_relative", False)),
        ("roll", duty.roll not in ("", INVALID)),
    ):
        if key == "roll" and is_needed and within:
            expected = "a length in calendar days or plain hours beside roll"
            checks.add_misfit((*path, key), f"{duty.within}, due on a working day", expected)
        elif is_needed and not checks.has_calendar(duty.calendar):
            expected = f"a calendar to count {getattr(duty, key)} on: here, or the policy's"
            checks.add_missing((*path, "calendar"), expected)


def _check_credits(checks: Checks, owner: Any, path: DocumentPath) -> None:
    """Check the credits of an objective, an availability target or a duty, and what limits them."""
    checks.check_name(_known(owner.consequence), "consequences", (*path, "consequence"))
    _check_claim(checks, owner.claim, (*path, "claim"))
    for index, credit in enumerate(_known(owner.credits) or ()):
        if credit is not INVALID and INVALID not in (credit.below, credit.per):
            _check_credit(checks, owner, credit, (*path, "credits", index))
    if _known(owner.cap) and not _is_stated(owner.credits):
        checks.add_misfit((*path, "cap"), "cap without credits", "credits beside it")


def _check_credit(checks: Checks, owner: Any, credit: Any, path: DocumentPath) -> None:
    checks.check_name(_known(credit.calendar), "calendars", (*path, "calendar"))
    stated = [key for key in AMOUNT_KEYS if getattr(credit, key) is not None]
    if len(stated) != 1:
        actual = " and ".join(stated) or "no amount"
        checks.add_misfit(path, actual, f"one of {', '.join(AMOUNT_KEYS)}")
    if credit.below and credit.per:
        checks.add_misfit(path, "both below and per", "one of the two")
    is_availability = hasattr(owner, "target")
    if credit.below and not (is_availability or _is_stated(getattr(owner, "share", ""))):
        expected = "no step here: only a share can lie below one"
        checks.add_fault((*path, "below"), credit.below, expected)
    is_late = credit.per.startswith("started")
    if credit.grace and not is_late:
        expected = 'per = "started hour" or the like beside grace'
        checks.add_misfit((*path, "grace"), "grace", expected)
    if is_late and is_availability:
        expected = '"miss", which is an outage here: only due dates can be late'
        checks.add_fault((*path, "per"), credit.per, expected)
    elif "working" in credit.per or getattr(credit.grace, "by_hours", False):
        _check_lateness(checks, owner, credit, path)
    for key, setting in (("points", "percent_per_point"), ("allocation", "at_risk")):
        if key in stated and not _is_stated(getattr(checks.policy.settlement, setting, INVALID)):
            actual = f"{key}, and no settlement.{setting}"
            checks.add_misfit((*path, key), actual, f"settlement.{setting}, to say their worth")


def _check_lateness(checks: Checks, owner: Any, credit: Any, path: DocumentPath) -> None:
    """Check that there is a calendar to count lateness on; for tickets it may be their targets'."""
    if hasattr(owner, "metric") and checks.policy.calendars:
        return
    if not checks.has_calendar(credit.calendar, getattr(owner, "calendar", "")):
        expected = "a calendar to count lateness on: here, or the policy's"
        checks.add_missing((*path, "calendar"), expected)


def _check_claim(checks: Checks, claim: Any, path: DocumentPath) -> None:
    if not claim:
        return
    checks.check_name(_known(claim.calendar), "calendars", (*path, "calendar"))
    within = claim.within
    if getattr(within, "by_hours", False) and not checks.has_calendar(claim.calendar):
        expected = f"a calendar to count {within} on: here, or the policy's"
        checks.add_missing((*path, "calendar"), expected)


def _check_currencies(checks: Checks, path: DocumentPath) -> None:
    """Check that all amounts are of one currency."""
    first = getattr(checks.policy.settlement, "currency", "")
    for place, money in amounts_of(checks.policy):
        first = first if first and first is not INVALID else money.currency
        if money.currency != first:
            expected = f"an amount in {first}, as elsewhere in the policy"
            checks.add_fault((*path, *place), str(money), expected)


def amounts_of(policy: Any) -> Iterator[tuple[DocumentPath, Money]]:
    """All amounts of money in a policy, with their paths."""
    for section in ("objectives", "availability", "duties", "penalties"):
        for name, part in _readable(getattr(policy, section)):
            for index, credit in enumerate(_known(getattr(part, "credits", ())) or ()):
                if isinstance(getattr(credit, "amount", None), Money):
                    yield (section, name, "credits", index, "amount"), credit.amount
            for key in ("amount", "budget", "cap"):
                if isinstance(getattr(part, key, None), Money):
                    yield (section, name, key), getattr(part, key)
    if isinstance(getattr(policy.settlement, "cap", None), Money):
        yield ("settlement", "cap"), policy.settlement.cap


def currency_of(policy: Any) -> str:
    """The currency of a policy: that of its settlement or of its amounts; empty string if none."""
    own: str = policy.settlement.currency
    return own or next((money.currency for _, money in amounts_of(policy)), "")
