"""Due dates set by hand: an event that names the metric, the due, who set it and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slacalc._clock.cycles import Override
from slacalc._clock.events import OVERRIDDEN
from slacalc._time.instants import to_instant
from slacalc.errors import EventError, UnknownMetricError, did_you_mean, located

if TYPE_CHECKING:
    from slacalc._clock.events import Event


def override_metric(event: Event, names: list[str]) -> tuple[str, int]:
    """The metric whose due date an event sets by hand.

    Raises:
        EventError: It names none.
        UnknownMetricError: The policy has no such metric.
    """
    name = event.fields.get("metric")
    if name in names:
        return name, names.index(name)
    if name is None:
        msg = f"{OVERRIDDEN} needs metric, due, author and reason; it has no metric"
        raise EventError(msg, event=event.type, field="metric", given=None, suggestions=[])
    clause, alike = did_you_mean(name, names)
    msg = f"{OVERRIDDEN}: {name!r} is no metric of the policy ({', '.join(names)}){clause}"
    raise UnknownMetricError(msg, given=str(name), suggestions=alike)


def read_override(event: Event, metric: str) -> Override | None:
    """The due date that an event sets by hand; None where it takes one back.

    Raises:
        EventError: It does not say who sets it, why, or to what; or a limit comes before it.
    """
    fields = event.fields
    for field in ("due", "author", "reason"):
        if field not in fields or (field != "due" and not fields[field]):
            msg = f"{OVERRIDDEN} of {metric} needs due, author and reason; it has no {field}"
            raise EventError(msg, event=event.type, field=field, given=None, suggestions=[])
    if fields["due"] is None:
        return None
    with located(f"{OVERRIDDEN}.due"):
        due = to_instant(fields["due"])
    limit = fields.get("limit")
    with located(f"{OVERRIDDEN}.limit"):
        bound = due if limit is None else to_instant(limit)
    if bound < due:
        msg = f"{OVERRIDDEN} of {metric}: the limit {limit} comes before the due {fields['due']}"
        raise EventError(msg, event=event.type, field="limit", given=limit, suggestions=[])
    return Override(due, bound, str(fields["author"]), str(fields["reason"]), event._instant)
