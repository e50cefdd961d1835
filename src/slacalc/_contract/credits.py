"""Credits: what the customer is owed for a promise that was not kept, and how it comes about.

`credit_line` turns what was measured for one promise in one period (an `PromiseOutcome`) into a
`CreditLine`; `settle` adds lines up under the caps of the contract; `earned_back` is the line that
returns a credit. Everything is exact (fractions) until the amount of a line, which is rounded half
up to a hundredth.

- A step of a scale counts if the figure lies below its threshold, whether or not the target itself
  is met: a contract may credit above its target, and may not credit just below it. Of several, the
  one with the lowest threshold counts alone.
- Credits for misses count if the promise is missed: misses within an objective's share are none.
- First the cap of the promise limits its line, then the amount at risk the allocations of all
  lines, then the cap of the contract their sum.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from slacalc._calendar.calendar import Calendar
from slacalc._contract.claims import claim_until, earliest_claim
from slacalc._contract.periods import UNITS, containing
from slacalc._i18n import N_, NN_, translator
from slacalc._policy.agreement_checks import currency_of
from slacalc._policy.agreements import Penalty
from slacalc._policy.money import Money, half_up, percent_text
from slacalc._policy.target_time import describe_time
from slacalc._time.instants import DAY, HOUR
from slacalc.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from slacalc._calendar.timeline import Timeline
    from slacalc._contract.periods import ContractPeriod
    from slacalc._i18n import Translator
    from slacalc._policy.agreements import Availability, Credit, Duty, Objective
    from slacalc._policy.data import PolicyData

_ONE_PERCENT = Fraction(1, 100)
_PLAIN_UNITS = {"started hour": HOUR, "started day": DAY}


class Miss(NamedTuple):
    """One ticket, outage, duty or event for which a credit may be owed.

    Args:
        at: The instant of the incident, in UTC microseconds: an outage's beginning, a due date, or
            an event's instant.
        late_until: When what was due was done, or the instant of evaluation; for lateness, which
            counts from *at*. None if nothing can be late.
        calendar: The calendar of the target that was missed; empty string: the policy's.
        was_done: Whether it was done after all, at *late_until*, as of a duty that was done late.
        reference: How a statement names it, such as the ticket's number.
    """

    at: int
    late_until: int | None = None
    calendar: str = ""
    was_done: bool = False
    reference: str = ""


@attrs.frozen(kw_only=True)
class PromiseOutcome:
    """What was measured for one promise in a period.

    Args:
        is_missed: Whether the promise is missed. It is not if there are too few tickets.
        figure: The share that was compared with the target; None if it does not count: nothing or
            too little was measured, or the promise is met by a rule for few tickets.
        misses: What was missed: tickets, outages, duties or events.
    """

    is_missed: bool
    figure: Fraction | None = None
    misses: tuple[Miss, ...] = ()


@attrs.frozen(kw_only=True)
class CreditItem:
    """What one credit of a promise comes to.

    Args:
        credit: The credit; None for the amount of a penalty.
        count: How often it counts: 1 for a step, else the misses or the started units.
        rate: The fraction of the fee for each; None for amounts.
        each: The amount for each; None if it is a share of the fee.
        next_below: The threshold of the next lower step, which the figure is not below.
        exact: The amount before rounding; None if the fee is needed and not known.
    """

    credit: Credit | None
    count: int
    rate: Fraction | None = None
    each: Money | None = None
    next_below: str = ""
    exact: Fraction | None = None

    @property
    def points(self) -> Decimal:
        """The service points; 0 for other credits."""
        return (self.credit.points or Decimal(0)) * self.count if self.credit else Decimal(0)


@attrs.frozen(kw_only=True)
class CreditLine:
    """What the customer is owed for one promise in one period.

    Args:
        section: The part of the policy: ``"objectives"``, ``"availability"``, ``"duties"`` or
            ``"penalties"``.
        name: The name of the promise.
        period: The period.
        figure: The share that was compared; None if none counts.
        items: What it is made up of.
        misses: What was missed.
        fee: The fee of the period; None if not known.
        before_cap: The amount before its own cap; None if the fee is needed and not known.
        amount: The amount, rounded half up to a hundredth, within its own cap; negative if the
            customer returns it. None if the fee is needed and not known, or if nothing has a
            currency.
        allocated: How much of the amount is an allocation of the amount at risk.
        cap: The cap that reduced it; None if none did.
        claim_until: The last day on which it can be claimed as a whole; None if it need not be
            claimed.
        returns: The period whose credit it returns; None for a credit.
        policy: The policy, in the version that is in force for the period.
    """

    section: str
    name: str
    period: ContractPeriod
    figure: Fraction | None = None
    items: tuple[CreditItem, ...] = ()
    misses: tuple[Miss, ...] = ()
    fee: Money | None = None
    before_cap: Money | None = None
    amount: Money | None = None
    allocated: Money | None = None
    cap: Decimal | Money | None = None
    claim_until: date | None = None
    returns: ContractPeriod | None = None
    policy: PolicyData = attrs.field(eq=False, repr=False)

    @property
    def promise(self) -> Any:
        """The promise, as the policy has it."""
        return getattr(self.policy, self.section)[self.name]

    @property
    def is_due(self) -> bool:
        """Whether anything is owed, even if its amount is not known without the fee."""
        return bool(self.items) or self.returns is not None

    @property
    def needs_fee(self) -> bool:
        """Whether the amount cannot be known without the fee of the period."""
        return self.fee is None and _needs_fee(self.items, self.promise.cap)

    @property
    def points(self) -> Decimal:
        """The service points."""
        return sum((item.points for item in self.items), Decimal(0))

    @property
    def percent(self) -> Fraction:
        """The percentage of the fee that is owed, before caps; amounts are not part of it."""
        rates = (item.rate * item.count for item in self.items if item.rate is not None)
        return sum(rates, Fraction(0)) * 100

    def claim_of(self, miss: Miss) -> date | None:
        """The last day on which the credit for one miss can be claimed."""
        day = self.policy.zone.date(miss.at)
        return claim_until(self.promise.claim, self.policy, self.period, day)

    def explain(self, *, language: str = "en") -> str:
        """Show how the amount comes about, in sentences.

        Args:
            language: The language, such as ``"zh"``.

        Raises:
            LanguageError: The language is not known.
        """
        translate = translator(language)
        return "\n".join(_explain_line(self, translate))


class Reduction(NamedTuple):
    """How a cap of the contract reduces what lines come to together.

    Args:
        by: ``"at_risk"`` or ``"cap"``, the key of the settlement.
        limit: The most that they come to.
        before: What they came to.
    """

    by: str
    limit: Money
    before: Money

    def explain(self, *, language: str = "en") -> str:
        """Show the reduction in a sentence."""
        translate = translator(language)
        form = (
            N_("Allocations come to {before}, more than the {limit} at risk: {limit}.")
            if self.by == "at_risk"
            else N_("Credits come to {before}, more than the contract's cap: {limit}.")
        )
        return translate(form).format(before=self.before, limit=self.limit)


@attrs.frozen(kw_only=True)
class SettledCredits:
    """The lines of a statement added up under the caps of the contract.

    Args:
        lines: The lines, as they were given.
        subtotal: The sum of the credits before the caps of the contract; None if nothing has a
            currency.
        reductions: What the caps of the contract took away, in the order in which they apply.
        credited: What each line comes to after these caps; their sum is the total.
        returned: The sum of the credits that were earned back; negative or zero.
        total: What the customer is owed; None if nothing has a currency.
        points: The sum of service points.
    """

    lines: tuple[CreditLine, ...]
    subtotal: Money | None
    reductions: tuple[Reduction, ...] = ()
    credited: tuple[Money | None, ...] = ()
    returned: Money | None = None
    total: Money | None = None
    points: Decimal = Decimal(0)


# Fees --------------------------------------------------------------------------------------------


def read_fee(fee: Any, policy: PolicyData) -> Money | None:
    """Read the fee of a period.

    Args:
        fee: A `Decimal`, a whole number or text in the policy's currency, `Money`, or text with its
            currency such as ``"CHF 1200"``. None if it is not known.
        policy: The policy, in the version that is in force.

    Raises:
        ContractError: It is a float or no number, is negative, has no currency, or another one than
            the policy's.
    """
    if fee is None:
        return None
    own = currency_of(policy)
    money = fee if isinstance(fee, Money) else _read_money(fee, own)
    if own and money.currency != own:
        msg = f"fee: {money} is not in {own}, the currency of {policy.name}"
        raise ContractError(msg, argument="fee", given=fee)
    if money.amount < 0:
        msg = f"fee: {money} is negative: give the amount that the customer pays for the period"
        raise ContractError(msg, argument="fee", given=fee)
    return money


def _read_money(fee: Any, own: str) -> Money:
    if isinstance(fee, str) and any(sign.isalpha() for sign in fee):
        try:
            return Money.parse(fee)
        except ContractError as error:
            msg = f"fee: {error}"
            raise ContractError(msg, argument="fee", given=fee) from None
    if isinstance(fee, float):
        msg = f"fee: {fee!r} is a float, which is not exact: give Decimal('{fee}')"
        raise ContractError(msg, argument="fee", given=fee)
    try:
        money = Money(fee, own or "XXX")
    except ContractError as error:
        msg = f"fee: {error}"
        raise ContractError(msg, argument="fee", given=fee) from None
    if not own:
        msg = (
            f"fee: {fee} has no currency: give Money({str(money.amount)!r}, 'CHF'), "
            "or state settlement.currency in the policy"
        )
        raise ContractError(msg, argument="fee", given=fee)
    return money


# One line ----------------------------------------------------------------------------------------


def credit_line(
    policy: PolicyData,
    section: str,
    name: str,
    outcome: PromiseOutcome,
    *,
    period: ContractPeriod,
    fee: Money | None = None,
) -> CreditLine:
    """Return what the customer is owed for one promise in one period.

    Args:
        policy: The policy, in the version that is in force for the period.
        section: The part of the policy: ``"objectives"``, ``"availability"``, ``"duties"`` or
            ``"penalties"``.
        name: The name of the promise.
        outcome: What was measured.
        period: The period.
        fee: The fee of the period; see `read_fee`. None if it is not known.
    """
    promise = getattr(policy, section)[name]
    items = tuple(_items_of(promise, outcome, policy, fee))
    common: dict[str, Any] = {
        "section": section,
        "name": name,
        "period": period,
        "figure": outcome.figure,
        "misses": outcome.misses,
        "fee": fee,
        "policy": policy,
    }
    currency = fee.currency if fee else currency_of(policy)
    if not items or (fee is None and _needs_fee(items, promise.cap)):
        zero = Money(0, currency) if currency and not items else None
        return CreditLine(
            **common, items=items, before_cap=zero, amount=zero, allocated=zero,
            claim_until=_claim_of_line(promise, outcome, policy, period) if items else None,
        )  # fmt: skip
    before = _rounded(_sum(items), currency)
    allocated = _rounded(
        _sum(item for item in items if item.credit and item.credit.allocation), currency
    )
    limit = _limit(promise.cap, fee)
    is_capped = limit is not None and limit < before
    amount = limit if limit is not None and is_capped else before
    return CreditLine(
        **common,
        items=items,
        before_cap=before,
        amount=amount,
        allocated=min(allocated, amount),
        cap=promise.cap if is_capped else None,
        claim_until=_claim_of_line(promise, outcome, policy, period),
    )


def _needs_fee(items: tuple[CreditItem, ...], cap: Decimal | Money | None) -> bool:
    """Whether some of the items, or the cap that limits them, is a share of the fee."""
    is_share = cap is not None and not isinstance(cap, Money)
    return any(is_share or item.each is None for item in items)


def _sum(items: Any) -> Fraction:
    return sum((item.exact for item in items), Fraction(0))


def _rounded(exact: Fraction, currency: str) -> Money:
    return Money(1, currency) * exact


def _limit(cap: Decimal | Money | None, fee: Money | None) -> Money | None:
    """The amount of a cap, rounded; None without one, or without the fee that it is a share of."""
    if isinstance(cap, Money):
        return cap.rounded
    return fee * (Fraction(cap) * _ONE_PERCENT) if cap is not None and fee is not None else None


def _claim_of_line(
    promise: Objective | Availability | Duty | Penalty,
    outcome: PromiseOutcome,
    policy: PolicyData,
    period: ContractPeriod,
) -> date | None:
    days = (policy.zone.date(miss.at) for miss in outcome.misses)
    return earliest_claim(promise.claim, policy, period, days)


def _items_of(
    promise: Any, outcome: PromiseOutcome, policy: PolicyData, fee: Money | None
) -> Iterator[CreditItem]:
    if isinstance(promise, Penalty):
        if outcome.misses:
            yield _item(None, len(outcome.misses), policy, fee, amount=promise.amount)
        return
    step = _step_of(promise.credits, outcome.figure)
    if step is not None:
        lower = [c.below for c in promise.credits if c.below and c.threshold < step.threshold]
        following = max(lower, key=lambda below: Fraction(below.rstrip("% ")), default="")
        yield _item(step, 1, policy, fee, next_below=following)
    if outcome.is_missed:
        for credit in promise.credits:
            if not credit.below and (count := count_of(credit, outcome.misses, policy)):
                yield _item(credit, count, policy, fee)


def _step_of(credits_: Sequence[Credit], figure: Fraction | None) -> Credit | None:
    """The step with the lowest threshold that a figure lies below."""
    if figure is None:
        return None
    reached = [c for c in credits_ if c.threshold is not None and figure < c.threshold]
    return min(reached, key=lambda credit: credit.threshold or 0, default=None)


def _item(
    credit: Credit | None,
    count: int,
    policy: PolicyData,
    fee: Money | None,
    *,
    amount: Money | None = None,
    next_below: str = "",
) -> CreditItem:
    each = amount or (credit.amount if credit else None)
    rate = None if each or credit is None else _rate_of(credit, policy)
    exact = None
    if each is not None:
        exact = Fraction(each.amount) * count
    elif rate is not None and fee is not None:
        exact = Fraction(fee.amount) * rate * count
    return CreditItem(
        credit=credit, count=count, rate=rate, each=each, next_below=next_below, exact=exact
    )


def _rate_of(credit: Credit, policy: PolicyData) -> Fraction:
    """The fraction of the fee that a credit is, for each count."""
    settlement = policy.settlement
    if credit.percent is not None:
        return Fraction(credit.percent) * _ONE_PERCENT
    if credit.points is not None:
        return Fraction(credit.points) * Fraction(settlement.percent_per_point or 0) * _ONE_PERCENT
    allocation = Fraction(credit.allocation or 0) * _ONE_PERCENT
    return Fraction(settlement.at_risk or 0) * _ONE_PERCENT * allocation


def count_of(credit: Credit, misses: Sequence[Miss], policy: PolicyData) -> int:
    """How often a credit that has no threshold counts: the misses, or the started units."""
    if credit.counts == "miss":
        return len(misses)
    return sum(started_units(credit, miss, policy) for miss in misses)


def started_units(credit: Credit, miss: Miss, policy: PolicyData) -> int:
    """The hours or days of lateness of a miss that have started when the grace is over.

    A started working day is a date with working time between the end of the grace and the end of
    the lateness.
    """
    if miss.late_until is None:
        return 0
    name = credit.calendar or miss.calendar or policy.own_calendar
    size, grace, start = _PLAIN_UNITS.get(credit.counts), credit.grace, miss.at
    if not name and (size is None or (grace and grace.by_hours)):
        msg = f"lateness by {credit.counts} needs a calendar: name one at the credit"
        raise ContractError(msg, argument="policy", given=policy.name)
    calendar = policy.calendars[name] if name else Calendar(policy.zone.name, "always")
    timeline = calendar.timeline
    if grace is not None:
        start = grace.due_on(timeline, start)
    if miss.late_until <= start:
        return 0
    if size is not None:
        return -(-(miss.late_until - start) // size)
    if credit.counts == "started working hour":
        return -(-timeline.elapsed(start, miss.late_until) // HOUR)
    return _working_days(timeline, start, miss.late_until)


def _working_days(timeline: Timeline, start: int, end: int) -> int:
    """The number of working days with working time between two instants.

    A shift over midnight is a working day of the date on which it starts.
    """
    days = set()
    for opens, closes in timeline.spans(start, end):
        at = opens
        while at < closes:
            day = timeline.day_at(0, at, after=False)
            days.add(day.ordinal)
            at = max(day.closes, at + 1)
    return len(days)


# Settlement --------------------------------------------------------------------------------------


def settle(
    lines: Sequence[CreditLine], policy: PolicyData, fee: Money | None = None
) -> SettledCredits:
    """Add up lines under the caps of the contract.

    Args:
        lines: The lines. Those without an amount, for lack of the fee, are not part of the sums.
        policy: The policy, in the version that is in force.
        fee: The fee of the period.

    Raises:
        ContractError: The cap of the contract is a share of the fee, which is not known.
    """
    lines = tuple(lines)
    points = sum((line.points for line in lines), Decimal(0))
    currency = next((line.amount.currency for line in lines if line.amount), "") or (
        fee.currency if fee else currency_of(policy)
    )
    if not currency:
        return SettledCredits(
            lines=lines, subtotal=None, credited=tuple(line.amount for line in lines), points=points
        )
    zero, settlement = Money(0, currency), policy.settlement
    owed = [zero if line.returns or line.amount is None else line.amount for line in lines]
    subtotal = sum(owed, zero)
    reductions = []
    at_risk = _limit(settlement.at_risk, fee)
    allocated = [zero if line.returns else line.allocated or zero for line in lines]
    before = sum(allocated, zero)
    if at_risk is not None and at_risk < before:
        reductions.append(Reduction("at_risk", at_risk, before))
        within = _divide(at_risk, allocated)
        owed = [o - a + w for o, a, w in zip(owed, allocated, within, strict=True)]
    limit, before = _limit(settlement.cap, fee), sum(owed, zero)
    if settlement.cap is not None and limit is None and before:
        msg = "fee: the contract's cap is a share of the fee of the period: give it as fee"
        raise ContractError(msg, argument="fee", given=fee)
    if limit is not None and limit < before:
        reductions.append(Reduction("cap", limit, before))
        owed = _divide(limit, owed)
    returned = sum((line.amount for line in lines if line.returns and line.amount), zero)
    credited = tuple(
        line.amount if line.returns or line.amount is None else part
        for line, part in zip(lines, owed, strict=True)
    )
    return SettledCredits(
        lines=lines,
        subtotal=subtotal,
        reductions=tuple(reductions),
        credited=credited,
        returned=returned,
        total=sum(owed, zero) + returned,
        points=points,
    )


def _divide(total: Money, parts: Sequence[Money]) -> list[Money]:
    """A total divided in proportion to parts, in hundredths that add up to it exactly."""
    weight = sum((Fraction(part.amount) for part in parts), Fraction(0))
    cents = int(Fraction(total.amount) * 100)
    exact = [Fraction(part.amount) / weight * cents for part in parts]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda at: shares[at] - exact[at])
    for at in by_remainder[: cents - sum(shares)]:
        shares[at] += 1
    return [Money(f"{share}E-2", total.currency) for share in shares]


def earned_back(
    line: CreditLine, following: Sequence[str], *, period: ContractPeriod, credited: Money | None
) -> CreditLine | None:
    """The line that returns a credit in a later period; None if it is not earned back.

    Args:
        line: The line of the credit.
        following: The result of each period that follows it, such as ``"met"``, up to *period*.
        period: The period in whose statement the credit is returned.
        credited: What the line came to after all caps.

    Returns:
        A line of the negative amount, if the promise states after how many periods credits are
        earned back, these are exactly so many, and it was met in each of them.
    """
    count = getattr(line.promise, "earn_back", None)
    is_earned = count and len(following) == count and all(word == "met" for word in following)
    if not is_earned or not credited:
        return None
    zero = Money(0, credited.currency)
    return attrs.evolve(
        line, period=period, returns=line.period, items=(), misses=(), figure=None,
        before_cap=-credited, amount=-credited, allocated=zero, cap=None, claim_until=None,
    )  # fmt: skip


# Words -------------------------------------------------------------------------------------------

_COUNTED = {
    "miss": NN_("{count} miss", "{count} misses"),
    "started hour": NN_("{count} started hour", "{count} started hours"),
    "started day": NN_("{count} started day", "{count} started days"),
    "started working hour": NN_("{count} started working hour", "{count} started working hours"),
    "started working day": NN_("{count} started working day", "{count} started working days"),
}


def _explain_line(line: CreditLine, translate: Translator) -> Iterator[str]:
    if line.returns is not None:
        form = translate(N_("Met in {met}, so that the credit of {period} is returned: {amount}."))
        met = translate.listed(_periods_met(line))
        yield form.format(met=met, period=line.returns, amount=line.amount)
        return
    if not line.items:
        yield _explain_nothing(line, translate)
        return
    for item in line.items:
        yield _explain_item(item, line, translate)
    if len(line.items) > 1 and line.before_cap is not None:
        yield translate(N_("Together {amount}.")).format(amount=line.before_cap)
    if line.cap is not None:
        cap = (
            str(line.cap)
            if isinstance(line.cap, Money)
            else translate(N_("{percent} of {fee}")).format(
                percent=percent_text(Fraction(line.cap)), fee=line.fee
            )
        )
        yield translate(N_("Limited to {cap}: {amount}.")).format(cap=cap, amount=line.amount)


def _periods_met(line: CreditLine) -> Iterator[str]:
    """The periods after that of a credit that is returned, up to that in which it is."""
    first, zone = line.returns, line.policy.zone
    assert first is not None  # noqa: S101 - the line returns a credit
    unit = next(u for u in UNITS if containing(first.first, u, zone) == first)
    while first.after <= line.period.first:
        first = containing(first.after, unit, zone)
        yield str(first)


def _explain_nothing(line: CreditLine, translate: Translator) -> str:
    steps = [credit for credit in getattr(line.promise, "credits", ()) if credit.below]
    if not steps or line.figure is None:
        return translate(N_("No credit is owed."))
    highest = max(steps, key=lambda credit: credit.threshold or 0)
    form = translate(N_("{figure} is not below {threshold}: no credit is owed."))
    return form.format(
        figure=figure_text(line.figure, [c.threshold or Fraction(0) for c in steps]),
        threshold=highest.below,
    )


def _explain_item(item: CreditItem, line: CreditLine, translate: Translator) -> str:
    credit = item.credit
    if credit is not None and credit.below:
        thresholds = [c.threshold or Fraction(0) for c in line.promise.credits if c.below]
        figure = figure_text(line.figure or Fraction(0), thresholds)
        form = (
            N_("{figure} is below {threshold} but not below {next}: {worth}.")
            if item.next_below
            else N_("{figure} is below {threshold}: {worth}.")
        )
        return translate(form).format(
            figure=figure,
            threshold=credit.below,
            next=item.next_below,
            worth=_worth(item, line, translate),
        )
    counted = translate.plural(*_COUNTED[credit.counts if credit else "miss"], item.count).format(
        count=f"{item.count:,}"
    )
    if credit is not None and credit.grace is not None:
        form = translate(N_("{count} of lateness after a grace of {grace}: {worth}."))
        grace = describe_time(str(credit.grace), translate)
        return form.format(count=counted, grace=grace, worth=_worth(item, line, translate))
    form = translate(N_("{count}: {worth}."))
    return form.format(count=counted, worth=_worth(item, line, translate))


def _worth(item: CreditItem, line: CreditLine, translate: Translator) -> str:
    """The end of a sentence: ``10 % of CHF 1,200.00 = CHF 120.00``, ``3 × CNY 50.00 = …``."""
    credit, times = item.credit, f"{item.count:,} × " if item.count > 1 else ""
    if item.each is not None:
        return f"{times}{item.each} = {item.each * item.count}" if times else str(item.each)
    rate = percent_text((item.rate or Fraction(0)) * 100)
    if credit is not None and credit.points is not None:
        counted = translate.plural(*_POINTS, float(credit.points)).format(
            count=f"{credit.points:f}"
        )
        rate = f"{counted} = {rate}" if not times else f"{counted}, {rate}"
    elif credit is not None and credit.allocation is not None:
        form = translate(N_("{allocation} of {at_risk} at risk = {rate}"))
        rate = form.format(
            allocation=percent_text(Fraction(credit.allocation)),
            at_risk=percent_text(Fraction(line.policy.settlement.at_risk or 0)),
            rate=rate,
        )
    if item.exact is None or line.fee is None:
        return translate(N_("{percent} of the fee, which is not known")).format(
            percent=times + rate
        )
    share = translate(N_("{percent} of {fee}")).format(percent=times + rate, fee=line.fee)
    return f"{share} = {_rounded(item.exact, line.fee.currency)}"


_POINTS = NN_("{count} point", "{count} points")


def figure_text(figure: Fraction, thresholds: Sequence[Fraction] = ()) -> str:
    """A share in percent, with as many decimals as show on which side of thresholds it lies.

    Args:
        figure: The share.
        thresholds: The shares with which it is compared.
    """
    for decimals in range(2, 19):
        shown = half_up(figure * 100, decimals)
        if all(_sign(Fraction(shown) / 100 - t) == _sign(figure - t) for t in thresholds):
            break
    return f"{shown:f} %"


def _sign(number: Fraction) -> int:
    return (number > 0) - (number < 0)
