"""What the parts of a policy must mean together: every name declared, every value legal.

The shapes have seen to the rest. Parts that could not be read are `INVALID` or drafts with
`INVALID` in them; they are passed over here, since their faults are known already.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from slacalc._policy.attributes import derived, key_of_value, value_text
from slacalc._schema.faults import INVALID, DocumentPath, Faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slacalc._policy.attributes import Attribute, AttributeTest

RECEIVED = "received"
RECEIPTS = ("working-day", "weekend", "holiday", "open", "closed")
"""What a calendar may say of the moment of receipt."""

_LARGEST_MATRIX = 10_000


def check(policy: Any, path: DocumentPath, faults: Faults) -> None:
    """Note the faults of a policy, or of the draft of one."""
    _Check(policy, faults).all(path)


def _good(values: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return ((key, value) for key, value in values.items() if value is not INVALID)


class _Check:
    def __init__(self, policy: Any, faults: Faults) -> None:
        self.policy, self.faults = policy, faults
        self.parts = {
            name: {} if (part := getattr(policy, name)) is INVALID else part
            for name in ("calendars", "attributes", "metrics", "consequences")
        }

    def all(self, path: DocumentPath) -> None:
        """Every part in turn, in the order of the document."""
        policy = self.policy
        self.term(path)
        self.known(policy.calendar, "calendars", (*path, "calendar"))
        for name, attribute in _good(self.parts["attributes"]):
            self.attribute(name, attribute, (*path, "attributes", name))
        for name, metric in _good(self.parts["metrics"]):
            self.metric(name, metric, (*path, "metrics", name))
        for table, rows in _good({} if policy.tables is INVALID else policy.tables):
            for index, row in enumerate(rows):
                self.row(row, (*path, "tables", table, index))
        for index, refusal in enumerate(policy.refusals or ()):
            self.when(refusal, (*path, "refusals", index))
        for index, term in enumerate(policy.coverage or ()):
            self.coverage(term, (*path, "coverage", index))
        for name, precondition in _good(policy.preconditions or {}):
            self.names(precondition.metrics, "metrics", (*path, "preconditions", name, "metrics"))
        for name, objective in _good(policy.objectives or {}):
            self.known(objective.metric, "metrics", (*path, "objectives", name, "metric"))

    def term(self, path: DocumentPath) -> None:
        first, last = self.policy.effective_from, self.policy.effective_until
        if first and last and last < first:
            self.meant((*path, "effective_until"), last, f"a date not before {first}")

    def meant(
        self, path: DocumentPath, given: Any, expected: str, known: Iterable[Any] = ()
    ) -> None:
        """Note a fault that only the meaning shows."""
        self.faults.add(path, given, expected, known=tuple(known), of_meaning=True)

    def unfit(self, path: DocumentPath, told: str, expected: str) -> None:
        """Note parts that do not fit together, in words of our own."""
        self.faults.add(path, None, expected, of_meaning=True, found=told)

    def known(self, name: Any, part: str, path: DocumentPath) -> None:
        """A name must be declared; no name at all is none to declare."""
        declared = self.parts[part]
        if name and name not in declared:
            names = ", ".join(declared) or "none are declared"
            self.meant(path, name, f"one of the policy's {part} ({names})", declared)

    def names(self, names: Any, part: str, path: DocumentPath) -> None:
        for index, name in enumerate(names or ()):
            self.known(name, part, (*path, index))

    def attribute(self, name: str, attribute: Attribute, path: DocumentPath) -> None:
        if name == RECEIVED:
            self.meant(path, name, "another name: received asks about the moment of receipt")
        values, given = attribute.values, [attribute.default, attribute.by, attribute.matrix]
        if INVALID in (values, attribute.kind, *given) or INVALID in values:
            return
        if (attribute.kind == "value") != bool(values):
            expected = (
                "a list of values" if attribute.kind == "value" else 'no values, or kind = "value"'
            )
            self.meant((*path, "values"), list(values), expected)
        spelled = [value_text(value) for value in values]
        for index, text in enumerate(spelled):
            if text in spelled[:index]:
                self.meant((*path, "values", index), text, "each value once")
        if attribute.default is not None and values:
            self.value(attribute.default, attribute, (*path, "default"))
        if bool(attribute.by) != bool(attribute.matrix):
            self.unfit(path, "only one of by and matrix", "both or neither")
        elif attribute.by:
            self.matrix(attribute, path)

    def matrix(self, attribute: Attribute, path: DocumentPath) -> None:
        self.names(attribute.by, "attributes", (*path, "by"))
        sources = [self.parts["attributes"].get(name, INVALID) for name in attribute.by]
        if any(
            source is INVALID or INVALID in (source.values, source.by) or INVALID in source.values
            for source in sources
        ):
            return
        if any(source.by or not source.values for source in sources):
            self.meant((*path, "by"), list(attribute.by), "attributes with values of their own")
            return
        if prod(len(source.values) for source in sources) > _LARGEST_MATRIX:
            told = "more combinations of values than a matrix can have"
            self.unfit((*path, "by"), told, f"at most {_LARGEST_MATRIX:,}")
            return
        for values in product(*(source.values for source in sources)):
            place = (*path, "matrix", *map(value_text, values))
            value = derived(attribute.matrix, values)
            if value is None:
                legal = ", ".join(map(value_text, attribute.values))
                self.faults.add_missing(place, f"a value of {legal}", of_meaning=True)
            elif value is not INVALID:
                self.value(value, attribute, place)
        self.strangers(attribute.matrix, sources, (*path, "matrix"))

    def strangers(self, level: Any, sources: list[Attribute], path: DocumentPath) -> None:
        """Keys of a matrix that are no values of the attribute they stand for."""
        known = [value_text(value) for value in sources[0].values]
        for key, inner in level.items():
            if key not in known:
                self.meant((*path, key), key, f"one of {', '.join(known)}", known)
            elif sources[1:] and hasattr(inner, "items"):
                self.strangers(inner, sources[1:], (*path, key))

    def value(self, value: Any, attribute: Attribute, path: DocumentPath) -> None:
        if key_of_value(value) in map(key_of_value, attribute.values):
            return
        known = [value_text(one) for one in attribute.values]
        if isinstance(value, str) and value in known:
            self.meant(path, value, f"{value} without quotes")
        else:
            self.meant(path, value, f"one of {', '.join(known)}", known)

    def metric(self, name: str, metric: Any, path: DocumentPath) -> None:
        self.known(metric.calendar, "calendars", (*path, "calendar"))
        self.known(metric.consequence, "consequences", (*path, "consequence"))
        self.names(metric.before, "metrics", (*path, "before"))
        self.names(metric.starts_after, "metrics", (*path, "starts_after"))
        if name in (metric.starts_after or ()):
            self.meant((*path, "starts_after"), name, "other metrics, which can stop before it")
        self.inside(name, metric, (*path, "inside"))
        held_by = metric.held_by
        if held_by and any(clause.event for clause in held_by.clauses):
            expected = 'fields alone, such as { group = "network" }: an event holds nothing'
            self.meant((*path, "held_by"), str(held_by), expected)
        pause = metric.pause
        if metric.resume and pause and not metric.inside and not pause.events:
            expected = "pause with an event: a pause by fields ends when these change"
            self.meant((*path, "resume"), str(metric.resume), expected)

    def inside(self, name: str, metric: Any, path: DocumentPath) -> None:
        """A metric lies inside another one, and never inside itself."""
        metrics = self.parts["metrics"]
        self.known(metric.inside, "metrics", path)
        passed, outer = [name], metric.inside
        while outer and outer in metrics and metrics[outer] is not INVALID:
            if outer == name:
                self.unfit(path, " inside ".join([*passed, outer]), "a metric that contains it")
                return
            if outer in passed:
                return
            passed.append(outer)
            outer = metrics[outer].inside

    def row(self, row: Any, path: DocumentPath) -> None:
        if row is INVALID:
            return
        self.when(row, path)
        if row.targets is INVALID:
            return
        for name, target in row.targets.items():
            self.known(name, "metrics", (*path, "targets", name))
            if target is not INVALID:
                self.target(name, target, (*path, "targets", name))

    def target(self, metric: str, target: Any, path: DocumentPath) -> None:
        self.known(target.calendar, "calendars", (*path, "calendar"))
        self.known(target.consequence, "consequences", (*path, "consequence"))
        if INVALID in (target.within, target.promise):
            return
        if target.within is not None and target.promise:
            self.unfit(path, "both within and promise", "one of the two")
        elif target.within is None and not target.promise:
            self.unfit(path, "neither within nor promise", "one of the two")
        if target.limit and not target.within:
            self.meant((*path, "limit"), str(target.limit), "within beside a limit")
        own = getattr(self.parts["metrics"].get(metric), "calendar", "")
        default = (
            target.calendar or own or self.policy.calendar or len(self.parts["calendars"]) == 1
        )
        for key in ("within", "limit"):
            for part in getattr(getattr(target, key), "parts", ()):
                self.known(part.calendar, "calendars", (*path, key))
                if part.by_hours and not (part.calendar or default):
                    expected = (
                        f"a calendar to count {part} on: here, at the metric, or the policy's"
                    )
                    self.unfit((*path, "calendar"), "none", expected)

    def when(self, owner: Any, path: DocumentPath) -> None:
        if owner is INVALID or owner.when is INVALID:
            return
        for name, test in _good(owner.when):
            self.test(name, test, (*path, "when", name))

    def test(self, name: str, test: AttributeTest, path: DocumentPath) -> None:
        self.known(test.on, "calendars", (*path, "on"))
        if name == RECEIVED:
            self.receipt(test, path)
            return
        known = (*self.parts["attributes"], RECEIVED)
        if name not in known:
            self.meant(path, name, f"one of the policy's attributes ({', '.join(known)})", known)
            return
        attribute = self.parts["attributes"][name]
        if test.on:
            self.meant((*path, "on"), test.on, f"no calendar: only {RECEIVED} asks one")
        if (
            attribute is INVALID
            or INVALID in (attribute.values, attribute.kind)
            or INVALID in attribute.values
        ):
            return
        if attribute.kind == "date":
            self.meant(path, name, "an attribute other than a date, which only coverage reads")
        is_rank = test.operation not in ("in", "not in")
        if is_rank and not self.rank(test, attribute, path):
            return
        for value in test.values if attribute.values else ():
            self.value(value, attribute, path)

    def receipt(self, test: AttributeTest, path: DocumentPath) -> None:
        """What may be asked of the moment of receipt."""
        if test.operation not in ("in", "not in"):
            self.unfit(path, str(test), f"one of {', '.join(RECEIPTS)}, which have no rank")
            return
        for value in test.values:
            if value not in RECEIPTS:
                self.meant(path, value, f"one of {', '.join(RECEIPTS)}", RECEIPTS)
        if not (test.on or self.policy.calendar) and len(self.parts["calendars"]) != 1:
            self.unfit(path, "no calendar", "a calendar to ask: the policy's own, or { on = … }")

    def rank(self, test: AttributeTest, attribute: Attribute, path: DocumentPath) -> bool:
        """Whether the values of an attribute have a rank to compare with."""
        if attribute.ordered is False or not attribute.values:
            self.unfit(path, str(test), "a value: the attribute's values have no rank")
        elif all(isinstance(value, int) for value in attribute.values):
            expected = "a list of values: of numbers, which one is higher has two meanings"
            self.unfit(path, str(test), expected)
        else:
            return True
        return False

    def coverage(self, term: Any, path: DocumentPath) -> None:
        if term is INVALID:
            return
        self.when(term, path)
        for key, bound in (("from", term.from_), ("until", term.until)):
            if isinstance(bound, str):
                attributes = self.parts["attributes"]
                attribute = attributes.get(bound)
                if attribute is None or (attribute is not INVALID and attribute.kind != "date"):
                    dates = [one for one, its in _good(attributes) if its.kind == "date"]
                    names = ", ".join(dates) or 'none has kind = "date"'
                    self.meant(
                        (*path, key), bound, f"a date, or an attribute with one ({names})", dates
                    )
        if term.for_ and not term.from_:
            self.meant((*path, "for"), str(term.for_), "from, to count it from")
        if term.for_ and term.until:
            self.meant((*path, "for"), str(term.for_), "for or until, one of the two")
        if not (term.from_ or term.until or term.for_ or term.when or term.when is INVALID):
            self.unfit(path, "nothing", "from, until or when")
