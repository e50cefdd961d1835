"""What the parts of a policy must mean together: every name declared, every value valid.

The shapes have checked each part by itself. Parts that could not be read are `INVALID`, or drafts
with `INVALID` in them; they are skipped here, since their faults are already collected.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from slacalc._policy.agreement_checks import check_agreements
from slacalc._policy.attribute_tests import ANY, NOT, AttributeTest, TagsTest, single_tests
from slacalc._policy.attributes import derived, key_of_value, value_text
from slacalc._policy.calendars import CalendarByField
from slacalc._policy.combinations import Combinations
from slacalc._policy.conditions import OWN_FIELDS
from slacalc._policy.receipts import RECEIPT_FORMS, RECEIPTS, RECEIVED, fault_of_receipt
from slacalc._policy.records import CappedPause
from slacalc._policy.value_sets import read_number, read_range, read_tags
from slacalc._schema.faults import INVALID, DocumentPath, Faults
from slacalc._schema.limits import MAX_INSIDE, MAX_MATRIX, MAX_METRICS, MAX_RANKED
from slacalc.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slacalc._policy.attributes import Attribute
    from slacalc._policy.target_time import Within

_TINY, _TWICE = Fraction(1, 10**6), Fraction(2)  # of days, the first is never whole
_CONDITIONS = ("start", "stop", "pause", "resume", "held_by", "cancel", "reset", "reopen")
# What a condition cannot have, without hyphens; as fields these would hardly ever be met. An
# attribute may have such a name.
_LIKE_EVENT = frozenset({"event", "events", "eventtype", "evnt", "evetn", "evnet"})
_LIKE_SETTINGS = re.compile(
    "and|all|any|or|not|notin|in|is|isnot|if|onlyif|unless|when|where|equals|max|maximum|min|minimum"
    "|atmost|atleast|lessthan|morethan|within|limit|count|times|after|before|until|for|since|starts?"
    "|stops?|pauses?|resume|heldby|cancel|reset|reopen|inside|startsafter|repeat|countsfrom|onchange"
    "|onreopen|calendar|warnings|consequence|words"
)
_CAP = "{name} belongs beside when: pause = {{ when = {{ … }}, {cap} = … }}"
# Words that have a place of their own, without hyphens, and where that is.
_BELONG = {
    "atmost|max|maximum|for|lessthan": _CAP.replace("{cap}", "at_most"),
    "times|count": _CAP.replace("{cap}", "times"),
    "inall": _CAP.replace("{cap}", "in_all"),
    "until": "{name} belongs to the metric, with the name of another metric",
    "within|limit": "{name} belongs to a target of a row",
    "starts?|stops?|pauses?|resume|heldby|cancel|reset|reopen|inside|startsafter|repeat|countsfrom"
    "|onchange|onreopen|calendar|warnings|consequence|words": "{name} belongs to the metric",
    "when|where|if|onlyif": "this is the condition, whose fields stand here",
    "and|all": "fields side by side must all be met",
    "or": "alternatives are any = [{{ … }}, {{ … }}]",
    "notin|isnot|unless": "what must not be met is not = {{ … }}",
}
_COMPARISON = re.compile(r"(>=|<=|>|<)\s*\S")


def check(policy: Any, path: DocumentPath, faults: Faults) -> None:
    """Collect the faults of a policy, or of the draft of one.

    Args:
        policy: The policy, without regard to its versions.
        path: Its path in the document.
        faults: Where the faults are added.
    """
    _Validation(policy, faults).check_all(path)


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")


def _where_it_belongs(name: str, *, is_row: bool = False) -> str:
    """Where a word that looks like a setting belongs; empty string for any other word."""
    plain = _plain(name)
    for names, where in _BELONG.items():
        if re.fullmatch(names, plain):
            return f"a field: {where.format(name=name)}"
    if not is_row and _LIKE_SETTINGS.fullmatch(plain):
        return "a field of tickets or events: a condition has no such setting"
    return ""


def _readable(values: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return ((key, value) for key, value in values.items() if value is not INVALID)


def _first_set(*values: Any) -> Any:
    """The first of several settings that is not empty; `INVALID` if it could not be read."""
    return next((value for value in values if value or value is INVALID), None)


class _Validation:
    def __init__(self, policy: Any, faults: Faults) -> None:
        self.policy, self.faults = policy, faults
        self.parts = {
            name: {} if (part := getattr(policy, name)) is INVALID else part
            for name in ("calendars", "attributes", "metrics", "consequences")
        }
        fields = policy.fields
        self.holds_fields = fields is not None and fields is not INVALID
        self.fields: Mapping[str, Any] = fields if self.holds_fields else {}
        self.plain_attributes = {_plain(name): name for name in self.parts["attributes"]}
        self.value_keys = {
            id(attribute): frozenset(map(key_of_value, attribute.values))
            for part in (self.parts["attributes"], self.fields)
            for _, attribute in _readable(part)
            if attribute.values is not INVALID and INVALID not in attribute.values
        }

    def is_readable(self, attribute: Any) -> bool:
        """Whether the values and the kind of an attribute could be read."""
        return id(attribute) in self.value_keys and attribute.kind is not INVALID

    def check_all(self, path: DocumentPath) -> None:
        """Check every part in turn, in the order of the document."""
        policy = self.policy
        self.check_dates(path)
        self.check_calendar(policy.calendar, (*path, "calendar"))
        for name, attribute in _readable(self.parts["attributes"]):
            if name in (ANY, NOT):
                expected = f"another name: {name} is a key of conditions"
                self.add_fault((*path, "attributes", name), name, expected)
            self.check_attribute(name, attribute, (*path, "attributes", name))
        for name, field in _readable(self.fields):
            self.check_field(name, field, (*path, "fields", name))
        self.check_metrics((*path, "metrics"))
        for table, rows in _readable({} if policy.tables is INVALID else policy.tables):
            for index, row in enumerate(rows):
                self.check_row(row, (*path, "tables", table, index))
        self.check_adjustments(path)
        for index, refusal in enumerate(policy.refusals or ()):
            self.check_when(refusal, (*path, "refusals", index))
        for index, term in enumerate(policy.coverage or ()):
            self.check_coverage(term, (*path, "coverage", index))
        for name, precondition in _readable(policy.preconditions or {}):
            self.check_condition(precondition.pause, (*path, "preconditions", name, "pause"))
            self.check_names(
                precondition.metrics, "metrics", (*path, "preconditions", name, "metrics")
            )
        check_agreements(self, path)

    def check_dates(self, path: DocumentPath) -> None:
        first, last = self.policy.effective_from, self.policy.effective_until
        if first and last and last < first:
            self.add_fault((*path, "effective_until"), last, f"a date not before {first}")

    def add_fault(
        self, path: DocumentPath, value: Any, expected: str, known: Iterable[Any] = ()
    ) -> None:
        """Add a fault found by checking meaning, not form."""
        self.faults.add(path, value, expected, known=tuple(known), of_meaning=True)

    def add_missing(self, path: DocumentPath, expected: str) -> None:
        """Add a fault of a part that is missing although others need it."""
        self.faults.add_missing(path, expected, of_meaning=True)

    def add_misfit(self, path: DocumentPath, found: str, expected: str) -> None:
        """Add a fault of parts that do not fit together; *found* says what is wrong."""
        self.faults.add(path, None, expected, of_meaning=True, description=found)

    def check_name(self, name: Any, part: str, path: DocumentPath) -> None:
        """Check that a name is declared; an empty one names nothing."""
        declared = self.parts[part]
        if name and name not in declared and getattr(self.policy, part) is not INVALID:
            names = ", ".join(declared) or "none are declared"
            self.add_fault(path, name, f"one of the policy's {part} ({names})", declared)

    def check_names(self, names: Any, part: str, path: DocumentPath) -> None:
        for index, name in enumerate(names or ()):
            self.check_name(name, part, (*path, index))

    def check_calendar(self, name: Any, path: DocumentPath) -> None:
        """Check the name of a calendar, or the choice of one by an attribute."""
        if not name:
            return
        if not isinstance(name, CalendarByField):
            self.check_name(name, "calendars", path)
            return
        for value, calendar in name.names.items():
            self.check_name(calendar, "calendars", (*path, value))
        self.check_name(name.default, "calendars", (*path, "default"))
        self.check_choice(name, (*path, "field"))
        attribute = self.parts["attributes"].get(name.field)
        values = getattr(attribute, "values", ())
        if not values or INVALID in values:
            return
        known = [value_text(value) for value in values]
        for value in name.names:
            if value not in known:
                expected = f"a value of {name.field} ({', '.join(known)})"
                self.add_fault((*path, value), value, expected, known)
        for value in {"field", "default"} & {*known}:
            expected = f"an attribute without the value {value}, which is a key here"
            self.add_fault((*path, "field"), name.field, expected)

    def check_choice(self, choice: CalendarByField, path: DocumentPath) -> None:
        """Check that an attribute can choose a calendar."""
        name, attributes = choice.field, self.parts["attributes"]
        self.check_name(name, "attributes", path)
        attribute = attributes.get(name)
        if not attribute or attribute.kind is INVALID:
            return
        if attribute.kind not in ("value", "text"):
            can = [key for key, one in _readable(attributes) if one.kind in ("value", "text")]
            expected = f"an attribute with a value or a text ({', '.join(can) or 'none'})"
            self.add_fault(path, name, expected, can)
        elif attribute.fold_case:
            self.add_fault(path, name, "an attribute whose capitals count, without fold_case")

    def check_attribute(self, name: str, attribute: Attribute, path: DocumentPath) -> None:
        if name == RECEIVED:
            self.add_fault(path, name, "another name: received is the moment of receipt")
        values, others = attribute.values, [attribute.default, attribute.by, attribute.matrix]
        if INVALID in (values, attribute.kind, *others) or INVALID in values:
            return
        if attribute.kind == "value" and not values:
            self.add_fault((*path, "values"), list(values), "a list of values")
        self.check_values(attribute, path)
        if attribute.kind == "instant":
            for key in ("default", "by", "matrix"):
                if getattr(attribute, key):
                    expected = "an instant of each ticket's own"
                    self.add_misfit((*path, key), f"{key} of an instant", expected)
        if bool(attribute.by) != bool(attribute.matrix):
            self.add_misfit(path, "only one of by and matrix", "both or neither")
        elif attribute.by:
            self.check_matrix(attribute, path)

    def check_field(self, name: str, field: Attribute, path: DocumentPath) -> None:
        """Check a field of events, which has no more than values or a kind."""
        if name in (ANY, NOT, "event"):
            self.add_fault(path, name, f"another name: {name} is a key of conditions")
        elif name in self.parts["attributes"]:
            self.add_fault(path, name, "another name: it is an attribute, which events may set")
        for key in ("default", "optional", "ordered", "by", "matrix"):
            value = getattr(field, key)
            if value or (value is not None and key in ("default", "ordered")):
                self.add_misfit((*path, key), key, "values, kind, fold_case and words alone")
        if INVALID not in (field.values, field.kind, field.default, *(field.values or ())):
            self.check_values(field, path)

    def check_values(self, attribute: Attribute, path: DocumentPath) -> None:
        """Check that the kind has values, each once, and that the default is one of them."""
        if attribute.kind != "value" and attribute.values:
            expected = 'no values, or kind = "value"'
            self.add_fault((*path, "values"), list(attribute.values), expected)
        if attribute.fold_case and attribute.kind not in ("text", "tags"):
            self.add_misfit(
                (*path, "fold_case"), "fold_case", 'kind = "text" or kind = "tags" beside it'
            )
        spelled: set[str] = set()
        for index, text in enumerate(map(value_text, attribute.values)):
            if text in spelled:
                self.add_fault((*path, "values", index), text, "each value once")
            spelled.add(text)
        if attribute.default is not None:
            self.check_default(attribute, (*path, "default"))

    def check_default(self, attribute: Attribute, path: DocumentPath) -> None:
        default = attribute.default
        if attribute.kind == "number":
            if read_number(default) is None:
                self.add_fault(path, default, "a number")
        elif attribute.kind == "tags":
            if read_tags(default) is None:
                self.add_fault(path, default, "a list of tags")
        elif attribute.values:
            self.check_value(default, attribute, path)
        elif not isinstance(default, str | int):
            self.add_fault(path, default, "text or a whole number")

    def check_matrix(self, attribute: Attribute, path: DocumentPath) -> None:
        self.check_names(attribute.by, "attributes", (*path, "by"))
        sources = [self.parts["attributes"].get(name, INVALID) for name in attribute.by]
        if any(
            source is INVALID or INVALID in (source.values, source.by) or INVALID in source.values
            for source in sources
        ):
            return
        if any(source.by or not source.values for source in sources):
            self.add_fault((*path, "by"), list(attribute.by), "attributes with values of their own")
            return
        if prod(len(source.values) for source in sources) > MAX_MATRIX:
            found = "more combinations of values than a matrix can have"
            self.add_misfit((*path, "by"), found, f"at most {MAX_MATRIX:,}")
            return
        for values in product(*(source.values for source in sources)):
            place = (*path, "matrix", *map(value_text, values))
            value = derived(attribute.matrix, values)
            if value is None:
                legal = ", ".join(map(value_text, attribute.values))
                self.faults.add_missing(place, f"a value of {legal}", of_meaning=True)
            elif value is not INVALID:
                self.check_value(value, attribute, place)
        self.check_matrix_keys(attribute.matrix, sources, (*path, "matrix"))

    def check_matrix_keys(self, level: Any, sources: list[Attribute], path: DocumentPath) -> None:
        """Check that the keys of a matrix are values of the attributes it is derived from."""
        known = {value_text(value): None for value in sources[0].values}
        for key, inner in level.items():
            if key not in known:
                self.add_fault((*path, key), key, f"one of {', '.join(known)}", known)
            elif sources[1:] and hasattr(inner, "items"):
                self.check_matrix_keys(inner, sources[1:], (*path, key))

    def check_value(self, value: Any, attribute: Attribute, path: DocumentPath) -> None:
        if key_of_value(value) in self.value_keys[id(attribute)]:
            return
        known = [value_text(legal) for legal in attribute.values]
        if isinstance(value, str) and value in known:
            self.add_fault(path, value, f"{value} without quotes")
        else:
            self.add_fault(path, value, f"one of {', '.join(known)}", known)

    def check_metrics(self, path: DocumentPath) -> None:
        metrics = self.parts["metrics"]
        if len(metrics) > MAX_METRICS:  # with those that a version inherits
            what = "a table of metrics"
            self.faults.add_too_many(path, len(metrics), what, MAX_METRICS, of_meaning=True)
            return
        for name, metric in _readable(metrics):
            self.check_metric(name, metric, (*path, name))

    def check_metric(self, name: str, metric: Any, path: DocumentPath) -> None:
        self.check_calendar(metric.calendar, (*path, "calendar"))
        self.check_name(metric.consequence, "consequences", (*path, "consequence"))
        self.check_names(metric.before, "metrics", (*path, "before"))
        self.check_names(metric.starts_after, "metrics", (*path, "starts_after"))
        if name in (metric.starts_after or ()):
            self.add_fault((*path, "starts_after"), name, "other metrics, which can stop before it")
        self.check_inside(name, metric, (*path, "inside"))
        self.check_until(name, metric, (*path, "until"))
        self.check_formerly(name, metric, (*path, "formerly"))
        for key in _CONDITIONS:
            self.check_condition(getattr(metric, key), (*path, key))
        held_by = metric.held_by
        if held_by and any(clause.event for clause in held_by.clauses):
            expected = 'only fields, such as { group = "network" }: an event cannot hold a ticket'
            self.add_fault((*path, "held_by"), str(held_by), expected)
        pause = metric.pause
        if isinstance(pause, CappedPause):
            self.check_caps(pause, metric, (*path, "pause"))
        is_inside = metric.inside or metric.inside is INVALID
        if metric.resume and pause and not is_inside and not pause.events:
            expected = "pause with an event: a pause by fields ends when these change"
            self.add_fault((*path, "resume"), str(metric.resume), expected)

    def check_caps(self, pause: CappedPause, metric: Any, path: DocumentPath) -> None:
        """Check that there is a calendar to count the caps on."""
        self.check_name(pause.calendar, "calendars", (*path, "calendar"))
        if self.has_calendar(pause.calendar, metric.calendar):
            return
        for key in ("at_most", "in_all"):
            length = getattr(pause, key)
            if length not in (None, INVALID) and length.by_hours:
                expected = f"a calendar to count {length} on: at the metric, or the policy's"
                self.add_misfit((*path, key), "no calendar", expected)

    def has_calendar(self, *named: Any) -> bool:
        """Whether there is a calendar to count on: named, the policy's, the only one, or unread."""
        calendar, calendars = _first_set(*named, self.policy.calendar), self.policy.calendars
        return bool(calendar) or INVALID in (calendar, calendars) or len(calendars) == 1

    def check_condition(self, condition: Any, path: DocumentPath) -> None:
        """Check that the fields of a condition of clocks are none of the settings of others."""
        if isinstance(condition, CappedPause):
            path = (*path, "when")
        for index, clause in enumerate(condition.clauses if condition else ()):
            place = (*path, index) if len(condition.clauses) > 1 else path
            self.check_fields(clause.fields, place)

    def check_fields(self, fields: Any, path: DocumentPath) -> None:
        """Check the tests of fields in a condition of clocks."""
        declared = {**self.fields, **self.parts["attributes"]}
        for name, test, place in single_tests(dict(_readable(fields)), path):
            field = declared.get(name)
            if name not in declared:
                self.check_undeclared(name, place, is_inside=len(place) > len(path) + 1)
            elif field and self.is_readable(field) and (field.values or field.kind != "value"):
                if field.kind == "instant":
                    self.add_fault(place, name, "another field: only targets read an instant")
                self.check_kind(test, field, place)
                self.check_ranks(test, field, place)
                if self.holds_fields:
                    self.check_possible(name, test, field, place)

    def check_undeclared(self, name: str, path: DocumentPath, *, is_inside: bool) -> None:
        """Check that a field which is not declared may stand in a condition of clocks."""
        if self.policy.attributes is INVALID:
            return
        attributes, plain = self.plain_attributes, _plain(name)
        if plain in attributes:
            known = attributes[plain]
            self.add_fault(path, name, f"the attribute {known}", (known,))
        elif name == "event" and is_inside:
            expected = "fields alone: the type of an event stands beside any and not"
            self.add_fault(path, name, expected)
        elif plain in _LIKE_EVENT:
            self.add_fault(path, name, "event, for the type of an event", ("event",))
        elif where := _where_it_belongs(name):
            self.add_fault(path, name, where)
        elif self.holds_fields and name not in OWN_FIELDS:
            declared = (*self.fields, *self.parts["attributes"])
            names = tuple(dict.fromkeys((*declared, *sorted(OWN_FIELDS))))
            self.add_fault(path, name, f"one of the policy's fields ({', '.join(names)})", names)

    def check_possible(
        self, name: str, test: AttributeTest | TagsTest, field: Attribute, path: DocumentPath
    ) -> None:
        """Check that a field can have the values that a condition of clocks names."""
        if isinstance(test, TagsTest) or not field.values:
            return
        known = [value_text(value) for value in field.values]
        for value in test.values:
            is_rank = isinstance(value, str) and _COMPARISON.match(value)
            if value_text(value) not in known and not is_rank:
                self.add_fault(path, value, f"a value of {name} ({', '.join(known)})", known)

    def check_ranks(
        self, test: AttributeTest | TagsTest, attribute: Attribute, path: DocumentPath
    ) -> None:
        """Check that a condition of clocks compares nothing by rank, such as ``>= high``."""
        if isinstance(test, TagsTest) or not attribute.values:
            return
        for value in test.values:
            if isinstance(value, str) and _COMPARISON.match(value):
                expected = "a list of values: only tests in rows compare by rank"
                self.add_fault(path, value, expected)

    def check_inside(self, name: str, metric: Any, path: DocumentPath) -> None:
        """Check that a metric lies inside another one and never inside itself."""
        metrics = self.parts["metrics"]
        self.check_name(metric.inside, "metrics", path)
        passed, outer = {name: None}, metric.inside
        while outer and outer in metrics and metrics[outer] is not INVALID:
            if outer == name:
                self.add_misfit(
                    path, " inside ".join([*passed, outer]), "a metric that contains it"
                )
                return
            if outer in passed:
                return
            passed[outer] = None
            if len(passed) > MAX_INSIDE:
                excess = f"more than {MAX_INSIDE} metrics inside each other"
                self.add_misfit(path, excess, f"at most {MAX_INSIDE}")
                return
            outer = metrics[outer].inside

    def check_until(self, name: str, metric: Any, path: DocumentPath) -> None:
        """Check that a repeating metric is owed until another one, which can stop, has stopped."""
        if not metric.until:
            return
        metrics, usual = self.parts["metrics"], getattr(self.policy.semantics, "resolved", None)
        self.check_name(metric.until, "metrics", path)
        other = metrics.get(metric.until)
        if not (other and usual):
            return
        if INVALID in (self.policy.semantics.like, self.policy.semantics.repeat):
            usual = self.policy.semantics
        if _first_set(metric.repeat, usual.repeat) == "never":
            self.add_fault(path, metric.until, "repeat beside until: this metric has one cycle")
        if _first_set(other.repeat, usual.repeat) in ("independent", "sequential"):
            expected = "a metric that does not begin again as soon as it has stopped"
            self.add_fault(path, metric.until, expected)
        passed = [name]
        while other and passed[-1] not in passed[:-1]:
            passed.append(metrics[passed[-1]].until)
            other = metrics.get(passed[-1])
        if passed[-1] == name:
            self.add_misfit(path, " until ".join(passed), "a metric that does not lead back to it")

    def check_formerly(self, name: str, metric: Any, path: DocumentPath) -> None:
        """Check that the keys of a renamed metric's notices are not those of another metric."""
        metrics, former = self.parts["metrics"], metric.formerly
        if not isinstance(former, str) or not former:
            return
        others = [other for other in metrics if other != name and metrics[other]]
        if former in metrics or any(metrics[other].formerly == former for other in others):
            self.add_fault(path, former, "a name that no metric has, and no other one had")

    def check_row(self, row: Any, path: DocumentPath) -> None:
        if row is INVALID:
            return
        self.check_when(row, path)
        if row.targets is INVALID:
            return
        for name, target in row.targets.items():
            self.check_name(name, "metrics", (*path, "targets", name))
            if target is not INVALID:
                self.check_target(name, target, (*path, "targets", name))

    def check_target(self, metric: str, target: Any, path: DocumentPath) -> None:
        self.check_calendar(target.calendar, (*path, "calendar"))
        self.check_name(target.consequence, "consequences", (*path, "consequence"))
        if INVALID in (target.within, target.promise):
            return
        if target.within is not None and target.promise:
            self.add_misfit(path, "both within and promise", "one of the two")
        elif target.within is None and not target.promise:
            self.add_misfit(path, "neither within nor promise", "one of the two")
        if target.limit and not target.within:
            self.add_fault((*path, "limit"), str(target.limit), "within beside a limit")
        if target.roll and target.within is None:
            self.add_fault((*path, "roll"), target.roll, "within beside roll")
        self.check_lengths(metric, target, path)

    def check_lengths(self, metric: str, target: Any, path: DocumentPath) -> None:
        """Check that a target's times have a calendar to count on, and can roll if it rolls."""
        metrics = self.parts["metrics"]
        own = getattr(metrics.get(metric), "calendar", INVALID if metric in metrics else "")
        default = self.has_calendar(target.calendar, own)
        for key in ("within", "limit"):
            for part in getattr(getattr(target, key), "parts", ()):
                if part.unit == "instant":
                    self.check_date(part, target, (*path, key))
                    continue
                self.check_calendar(part.calendar, (*path, key))
                if target.roll not in ("", INVALID) and part.by_hours and key == "within":
                    expected = "a length in calendar days or plain hours beside roll"
                    self.add_misfit((*path, "roll"), f"{part}, due on a working day", expected)
                elif (part.by_hours or target.roll) and not (part.calendar or default):
                    expected = (
                        f"a calendar to count {part} on: here, at the metric, or the policy's"
                    )
                    self.add_missing((*path, "calendar"), expected)

    def check_adjustments(self, path: DocumentPath) -> None:
        adjustments = self.policy.adjustments or ()
        for index, adjustment in enumerate(adjustments):
            place = (*path, "adjustments", index)
            self.check_when(adjustment, place)
            if adjustment is not INVALID and adjustment.scale is not INVALID:
                for metric in adjustment.scale:
                    self.check_name(metric, "metrics", (*place, "scale", metric))
        if adjustments and not self.faults.collected:
            self.check_products(path)

    def check_products(self, path: DocumentPath) -> None:
        """Check that each length can be scaled by the adjustments that may apply to its row."""
        for table, rows in self.policy.tables.items():
            for metric in {name: None for one in self.policy.adjustments for name in one.scale}:
                scaled = [
                    (index, key, part)
                    for index, row in enumerate(rows)
                    for key in ("within", "limit")
                    for part in getattr(getattr(row.targets.get(metric), key, None), "parts", ())
                    if part.scaled(_TINY) is None  # days, and ends of days
                ]
                if not scaled:
                    continue
                combinations = Combinations(self.policy, metric, rows)
                for index, key, part in scaled:
                    place = (*path, "tables", table, index, "targets", metric, key)
                    applied = combinations.of_row(index)
                    if applied is None:
                        what = f"{part}, and too many adjustments to try all combinations"
                        self.add_misfit(place, what, "fewer adjustments, or a length in hours")
                    else:  # one fault for each length
                        all(self.can_scale(part, metric, one, place) for one in applied)

    def can_scale(
        self, part: Within, metric: str, applied: tuple[int, ...], path: DocumentPath
    ) -> bool:
        """Whether some adjustments can scale a length; adds a fault if they cannot."""
        factors = [self.policy.adjustments[index].scale[metric] for index in applied]
        if part.scaled(prod(map(Fraction, factors), start=Fraction(1))) is not None:
            return True
        names = " and ".join(
            f"adjustments[{index}] (× {factor:f})"
            for index, factor in zip(applied, factors, strict=True)
        )
        verb = "applies" if len(applied) == 1 else "apply"
        length = "a length in working time or hours"
        if part.scaled(_TWICE) is not None:
            length = "a length that gives whole days"
        expected = f"{length}, since {names} {verb} to tickets of this row"
        self.add_misfit(path, str(part), expected)
        return False

    def check_date(self, part: Within, target: Any, path: DocumentPath) -> None:
        """Check a target that is due at an instant which the ticket has."""
        if path[-1] == "limit":
            self.add_misfit(path, str(part), "a length: only within may be a date of the ticket")
            return
        if target.limit not in (None, INVALID):
            expected = "no limit beside a date of the ticket, since it counts from the start"
            self.add_fault((*path[:-1], "limit"), str(target.limit), expected)
        if target.roll not in ("", INVALID):
            expected = "a length in calendar days or plain hours beside roll"
            self.add_misfit((*path[:-1], "roll"), str(part), expected)
        attributes = self.parts["attributes"]
        if not self.may_have_kind(part.field, "instant"):
            known = [name for name, one in _readable(attributes) if one.kind == "instant"]
            names = ", ".join(known) or 'none has kind = "instant"'
            expected = f"an attribute with an instant ({names})"
            self.add_fault((*path, "field"), part.field, expected, known)

    def may_have_kind(self, name: str, kind: str) -> bool:
        """Whether an attribute has a kind, or could have if what is unreadable were mended."""
        if self.policy.attributes is INVALID:
            return True
        attribute = self.policy.attributes.get(name)
        return attribute is INVALID or getattr(attribute, "kind", "") in (kind, INVALID)

    def check_when(self, owner: Any, path: DocumentPath) -> None:
        if owner is INVALID or owner.when is INVALID:
            return
        for name, test, place in single_tests(dict(_readable(owner.when)), (*path, "when")):
            self.check_test(name, test, place)

    def check_test(self, name: str, test: AttributeTest | TagsTest, path: DocumentPath) -> None:
        self.check_calendar(test.on, (*path, "on"))
        if name == RECEIVED:
            self.check_receipt(test, path)
            return
        if name not in self.parts["attributes"]:
            self.check_unknown(name, path)
            return
        attribute = self.parts["attributes"][name]
        if test.on:
            self.add_fault((*path, "on"), test.on, f"no calendar, which only {RECEIVED} can have")
        if not self.is_readable(attribute):
            return
        if attribute.kind in ("date", "instant"):
            reader = "coverage reads" if attribute.kind == "date" else "targets read"
            self.add_fault(path, name, f"an attribute other than a date, which only {reader}")
        self.check_kind(test, attribute, path)
        if isinstance(test, TagsTest) or attribute.kind in ("number", "tags"):
            return
        is_rank = test.operation not in ("in", "not in")
        if is_rank and not self.has_rank(test, attribute, path):
            return
        for value in test.values if attribute.values else ():
            self.check_value(value, attribute, path)

    def check_unknown(self, name: str, path: DocumentPath) -> None:
        """Add a fault for an attribute that is not declared, unless none could be read."""
        if self.policy.attributes is INVALID:
            return
        where = _where_it_belongs(name, is_row=True)
        if where and not did_you_mean(name, self.parts["attributes"])[1]:
            self.add_fault(path, name, where)
            return
        known = (*self.parts["attributes"], RECEIVED)
        self.add_fault(path, name, f"one of the policy's attributes ({', '.join(known)})", known)

    def check_kind(
        self, test: AttributeTest | TagsTest, attribute: Attribute, path: DocumentPath
    ) -> None:
        """Check that a test is one of those that attributes of the kind can have."""
        kind = attribute.kind
        if isinstance(test, TagsTest):
            if kind != "tags":
                expected = 'a value: only kind = "tags" has any, all and none'
                self.add_misfit(path, str(test), expected)
        elif kind == "number":
            self.check_numbers(test, path)
        elif kind == "tags":
            if test.operation not in ("in", "not in"):
                self.add_misfit(path, str(test), "tags, which have no rank")
        elif kind == "text":
            for value in test.values:
                if not isinstance(value, str | int):
                    self.add_fault(path, value, 'text, or kind = "number" where it is declared')

    def check_numbers(self, test: AttributeTest, path: DocumentPath) -> None:
        is_compared = test.operation not in ("in", "not in")
        for value in test.values:
            if (read_number if is_compared else read_range)(value) is None:
                text = f"{test.operation} {value}" if is_compared else value
                self.add_fault(path, text, 'a number, such as 99.5, ">= 100" or "10..20"')

    def check_receipt(self, test: AttributeTest | TagsTest, path: DocumentPath) -> None:
        """Check a condition on the moment of receipt."""
        if isinstance(test, TagsTest):
            self.add_misfit(path, str(test), f"one of {RECEIPT_FORMS}")
            return
        if test.operation not in ("in", "not in"):
            self.add_misfit(path, str(test), f"one of {RECEIPT_FORMS}, which have no rank")
            return
        for value in test.values:
            if expected := fault_of_receipt(value):
                self.add_fault(path, value, expected, RECEIPTS)
        if not self.has_calendar(test.on):
            self.add_misfit(path, "no calendar", "a calendar: the policy's own, or { on = … }")

    def has_rank(self, test: AttributeTest, attribute: Attribute, path: DocumentPath) -> bool:
        """Whether the values of an attribute have a rank; adds a fault if they do not."""
        if attribute.ordered is False or not attribute.values:
            self.add_misfit(path, str(test), "a value: the attribute's values have no rank")
        elif len(attribute.values) > MAX_RANKED:
            excess = f"a rank among {len(attribute.values):,} values"
            self.add_misfit(path, excess, f"at most {MAX_RANKED} values of an attribute with ranks")
        elif all(isinstance(value, int) for value in attribute.values):
            expected = "a list of values: it is not clear which of two numbers is higher"
            self.add_misfit(path, str(test), expected)
        else:
            return True
        return False

    def check_coverage(self, term: Any, path: DocumentPath) -> None:
        if term is INVALID:
            return
        self.check_when(term, path)
        for key, bound in (("from", term.from_), ("until", term.until)):
            if isinstance(bound, str) and not self.may_have_kind(bound, "date"):
                attributes = self.parts["attributes"]
                dates = [n for n, other in _readable(attributes) if other.kind == "date"]
                names = ", ".join(dates) or 'none has kind = "date"'
                self.add_fault(
                    (*path, key), bound, f"a date, or an attribute with one ({names})", dates
                )
        if term.for_ and term.from_ is None:
            self.add_fault((*path, "for"), str(term.for_), "from, to count it from")
        if term.for_ and term.until:
            self.add_fault((*path, "for"), str(term.for_), "for or until, one of the two")
        if _first_set(term.from_, term.until, term.for_, term.when) is None:
            self.add_misfit(path, "nothing", "from, until or when")
