"""Show what a policy promises beyond single tickets: objectives, availability, duties, penalties.

A part of `policy`: a table for each section, whose last column has the terms as short lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from slacalc._html.markup import lines, table
from slacalc._i18n import N_, NN_
from slacalc._policy.agreements import END_OF_PERIOD
from slacalc._policy.attribute_tests import describe_when
from slacalc._policy.target_time import describe_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal
    from xml.etree import ElementTree as ET

    from slacalc._html.markup import Cell
    from slacalc._i18n import Translator
    from slacalc._policy.agreements import (
        Availability,
        Claim,
        Credit,
        Duty,
        Objective,
        Penalty,
        Settlement,
    )
    from slacalc._policy.conditions import Condition

ROLLS = {
    "following": N_("on a day off: the following working day"),
    "preceding": N_("on a day off: the preceding working day"),
    "modified_following": N_(
        "on a day off: the following working day, or in another month the preceding one"
    ),
}
_COUNTED_BY = {
    "received": "",
    "due": N_("counted when they are due"),
    "stopped": N_("counted when they have stopped"),
}
_FEWER = {
    "too few to tell": N_("fewer than {count} tickets are too few to tell"),
    "met": N_("with fewer than {count} tickets it is met"),
    "one may miss": N_("of fewer than {count} tickets one may miss"),
}
_PER = {
    "miss": N_("{amount} for each miss"),
    "started hour": N_("{amount} for each started hour of lateness"),
    "started day": N_("{amount} for each started day of lateness"),
    "started working hour": N_("{amount} for each started working hour of lateness"),
    "started working day": N_("{amount} for each started working day of lateness"),
}
_CLAIM_FROM = {
    "incident": N_("the incident"),
    "end of month": N_("the end of its month"),
    "end of next month": N_("the end of the month after it"),
    "end of quarter": N_("the end of its quarter"),
    "end of year": N_("the end of its year"),
    "end of period": N_("the end of the period"),
}
_POINTS = NN_("{count} point", "{count} points")
_DECIMALS = NN_("rounded to {count} decimal", "rounded to {count} decimals")
_RETURNED = NN_(
    "credits are returned if it is met in the next {count} period",
    "credits are returned if it is met in the next {count} periods",
)
_TIMES = NN_("{count} time", "{count} times")


def objectives_table(
    objectives: Mapping[str, Objective], translate: Translator
) -> Iterator[ET.Element]:
    """The objectives, each with its figure, its period, its metric and its terms."""
    rows: list[list[Cell]] = [
        [
            name,
            _promise(one, translate),
            one.period,
            one.metric,
            lines(_terms_of_objective(one, translate), "also"),
        ]
        for name, one in objectives.items()
    ]
    headings = [
        translate("objective"),
        translate("share"),
        translate("period"),
        translate("metric"),
        translate("terms"),
    ]
    yield table(headings, rows, caption=translate("Objectives"))


def _promise(objective: Objective, translate: Translator) -> str:
    if objective.percentile is not None:
        percentile = f"{objective.percentile.normalize():f} %"
        time = describe_time(str(objective.within), translate)
        text = translate("{percentile} within {time}").format(percentile=percentile, time=time)
    elif objective.mean is not None:
        time = describe_time(str(objective.mean), translate)
        text = translate("{time} on average").format(time=time)
    else:
        text = objective.share
    form = translate("{share} of {what}")
    return form.format(share=text, what=objective.of) if objective.of else text


def _terms_of_objective(objective: Objective, translate: Translator) -> Iterator[str]:
    yield from _where(objective, translate)
    for exclusion in objective.except_:
        form = translate("except where {asks}")
        text = form.format(asks=describe_when(exclusion.when, translate))
        yield f"{text} ({exclusion.because})" if exclusion.because else text
    if objective.counted_by != "received":
        yield translate(_COUNTED_BY[objective.counted_by])
    if objective.at_least > 1:
        yield translate(_FEWER[objective.if_fewer]).format(count=objective.at_least)
    yield from _sanctions(objective, translate)


def availability_table(
    targets: Mapping[str, Availability], translate: Translator
) -> Iterator[ET.Element]:
    """The availability targets, each with its service hours, its maintenance and its terms."""
    rows: list[list[Cell]] = []
    for name, target in targets.items():
        maintenance = target.maintenance
        hours = (
            [f"{dates}: {hours}" for dates, hours in maintenance.items()]
            if isinstance(maintenance, Mapping)
            else [maintenance]
        )
        terms = [target.words, translate.listed(target.components)]
        if target.decimals is not None:
            text = translate.plural(*_DECIMALS, target.decimals).format(count=target.decimals)
            terms.append(text)
        terms += _sanctions(target, translate)
        rows.append(
            [
                name,
                target.target,
                target.period,
                target.hours,
                lines(filter(None, hours), "holds"),
                lines(filter(None, terms), "also"),
            ]
        )
    headings = [
        translate("service"),
        translate("target"),
        translate("period"),
        translate("service hours"),
        translate("maintenance"),
        translate("terms"),
    ]
    yield table(headings, rows, caption=translate("Availability"))


def duties_table(duties: Mapping[str, Duty], translate: Translator) -> Iterator[ET.Element]:
    """The duties, each with how often it is owed, until when, and its terms."""
    rows: list[list[Cell]] = [
        [
            name,
            duty.words,
            str(duty.every or "")
            or translate("after {condition}").format(condition=_condition(duty.after, translate)),
            _due(duty, translate),
            lines(_terms_of_duty(duty, translate), "also"),
        ]
        for name, duty in duties.items()
    ]
    headings = [
        translate("duty"),
        translate("description"),
        translate("how often"),
        translate("due"),
        translate("terms"),
    ]
    yield table(headings, rows, caption=translate("Duties"))


def _due(duty: Duty, translate: Translator) -> str:
    if duty.within is not None:
        time = describe_time(str(duty.within), translate)
        return translate("within {time}").format(time=time)
    if duty.after is not None:
        return ""
    if duty.due == END_OF_PERIOD:
        return translate(_CLAIM_FROM[END_OF_PERIOD])
    return str(duty.due)


def _terms_of_duty(duty: Duty, translate: Translator) -> Iterator[str]:
    yield from _where(duty, translate)
    if duty.done_by is not None:
        condition = _condition(duty.done_by, translate)
        yield translate("done by: {condition}").format(condition=condition)
    if duty.times > 1:
        yield translate.plural(*_TIMES, duty.times).format(count=duty.times)
    if duty.roll:
        yield translate(ROLLS[duty.roll])
    if duty.budget is not None:
        yield translate("at least {amount}").format(amount=duty.budget)
    yield from _sanctions(duty, translate)


def penalties_table(
    penalties: Mapping[str, Penalty], translate: Translator
) -> Iterator[ET.Element]:
    """The penalties, each with its event, its amount and its terms."""
    rows: list[list[Cell]] = []
    for name, penalty in penalties.items():
        terms = [*_where(penalty, translate), *_limits(penalty, translate)]
        event = _condition(penalty.event, translate)
        rows.append([name, penalty.words, event, str(penalty.amount), lines(terms, "also")])
    headings = [
        translate("penalty"),
        translate("description"),
        translate("for each"),
        translate("amount"),
        translate("terms"),
    ]
    yield table(headings, rows, caption=translate("Penalties"))


def settlement_table(settlement: Settlement, translate: Translator) -> Iterator[ET.Element]:
    """How credits are settled together; nothing if the policy does not say."""
    rows: list[list[Cell]] = []
    if settlement.currency:
        rows.append([translate("currency"), settlement.currency])
    if settlement.cap is not None:
        rows.append([translate("cap"), _of_fee(settlement.cap, translate)])
    if settlement.at_risk is not None:
        rows.append([translate("at risk"), _of_fee(settlement.at_risk, translate)])
    if settlement.percent_per_point is not None:
        worth = _of_fee(settlement.percent_per_point, translate)
        rows.append([translate("each point"), worth])
    if rows:
        headings = [translate("settlement"), translate("terms")]
        yield table(headings, rows, caption=translate("Settlement"))


# Parts -------------------------------------------------------------------------------------------


def _where(part: Objective | Duty | Penalty, translate: Translator) -> Iterator[str]:
    if part.when:
        yield translate("where {asks}").format(asks=describe_when(part.when, translate))


def _sanctions(part: Objective | Availability | Duty, translate: Translator) -> Iterator[str]:
    """The credits of a promise, and what limits them."""
    for credit in part.credits:
        yield _credit(credit, translate)
    yield from _limits(part, translate)
    if getattr(part, "earn_back", None):
        count = getattr(part, "earn_back", 0)
        yield translate.plural(*_RETURNED, count).format(count=count)
    if part.consequence:
        yield translate("if missed: {consequence}").format(consequence=part.consequence)


def _limits(part: Any, translate: Translator) -> Iterator[str]:
    if part.cap is not None:
        yield translate("at most {amount}").format(amount=_of_fee(part.cap, translate))
    if part.claim is not None:
        yield _claim(part.claim, translate)


def _credit(credit: Credit, translate: Translator) -> str:
    if credit.percent is not None:
        amount = _of_fee(credit.percent, translate)
    elif credit.amount is not None:
        amount = str(credit.amount)
    elif credit.points is not None:
        points = f"{credit.points.normalize():f}"
        amount = translate.plural(*_POINTS, int(credit.points)).format(count=points)
    else:
        form = translate("{percent} of the amount at risk")
        amount = form.format(percent=_percent(credit.allocation))
    if credit.below:
        form = translate("below {threshold}: {amount}")
        return form.format(threshold=credit.below, amount=amount)
    text = translate(_PER[credit.counts]).format(amount=amount)
    if credit.grace is not None:
        grace = describe_time(str(credit.grace), translate)
        form = translate("{credit} after {grace}")
        text = form.format(credit=text, grace=grace)
    return text


def _claim(claim: Claim, translate: Translator) -> str:
    day = translate(_CLAIM_FROM[claim.from_])
    if claim.within is None:
        return translate("to be claimed by {day}").format(day=day)
    form = translate("to be claimed within {time} from {day}")
    return form.format(time=describe_time(str(claim.within), translate), day=day)


def _of_fee(value: Any, translate: Translator) -> str:
    """A percentage of the fee, or an amount."""
    if hasattr(value, "currency"):
        return str(value)
    return translate("{percent} of the fee").format(percent=_percent(value))


def _percent(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f} %"


def _condition(condition: Condition | None, translate: Translator) -> str:
    clauses = [] if condition is None else condition.clauses
    return translate.either([clause.describe(translate) for clause in clauses])
