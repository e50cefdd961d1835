"""`Policy`: calendars, attributes, metrics and tables as data, and the questions to ask of it.

A policy is a description, like a calendar. Its shape is that of a file, so that what can be written
in TOML can be written in code, and the other way round. What a ticket is owed is worked out by
`_match`, from the policy compiled once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from slacalc._policy.attributes import ATTRIBUTE, Attribute
from slacalc._policy.calendars import CalendarShape
from slacalc._policy.lengths import WARNINGS, Warning_
from slacalc._policy.matching import Matcher
from slacalc._policy.records import (
    CONSEQUENCES,
    COVERAGE,
    METRICS,
    OBJECTIVES,
    PRECONDITIONS,
    REFUSALS,
    TABLES,
    WORDS,
    Coverage,
    Metric,
    Objective,
    Precondition,
    Refusal,
    Row,
)
from slacalc._policy.semantics import SEMANTICS, Semantics
from slacalc._policy.validation import check
from slacalc._policy.versions import inherited, term_text
from slacalc._schema import documents as _document
from slacalc._schema.faults import INVALID, Faults, TooManyFaultsError
from slacalc._schema.shapes import (
    NAME_SHAPE,
    DayShape,
    Description,
    FrozenMap,
    ListOf,
    MapOf,
    Record,
    bind,
    key_of,
    read_by_shape,
    shaped,
)
from slacalc._time.instants import to_instant
from slacalc.errors import Fault, PolicyError, TicketError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from os import PathLike

    from slacalc._calendar.calendar import Calendar
    from slacalc._clock.clock import Clock
    from slacalc._lint.linter import Findings
    from slacalc._policy.deadlines import Deadlines
    from slacalc._schema.faults import DocumentPath

CALENDARS = MapOf(CalendarShape(), "a table of calendars")
ATTRIBUTES = MapOf(ATTRIBUTE, "a table of attributes and their values")
_DAY = DayShape()


CompiledT = TypeVar("CompiledT")


class _VersionShape:
    """What a later version of a policy says anew: any of its sections, from a date on."""

    expected = "a table with effective_from and what is new from then on"
    _not_own = ("name", "title", "source", "versions")

    def accepts(self, given: Any) -> bool:
        return isinstance(given, Mapping)

    def _parts(self) -> dict[str, attrs.Attribute[Any]]:
        parts = Record(Policy, "").fields()
        return {key_of(part): part for part in parts if key_of(part) not in self._not_own}

    def read(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        if not isinstance(given, Mapping):
            return faults.add(path, given, self.expected)
        parts, values = self._parts(), {}
        for key, one in given.items():
            if key in parts:
                values[key] = parts[key].metadata["shape"].read(one, (*path, key), faults)
            else:
                expected = f"one of the keys {', '.join(parts)}"
                faults.add((*path, str(key)), key, expected, known=parts)
        if "effective_from" not in values:
            return faults.add_missing((*path, "effective_from"), _DAY.expected)
        return FrozenMap(values)

    def write(self, value: Any) -> Any:
        parts = self._parts()
        return {key: parts[key].metadata["shape"].write(one) for key, one in value.items()}

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        described = Record(Policy, "").definition(definitions, without=self._not_own)
        definitions["Version"] = described | {"required": ["effective_from"]}
        return {"$ref": "#/$defs/Version"}


_VERSIONS = ListOf(_VersionShape(), "a list of versions")


@attrs.frozen(repr=False, field_transformer=bind)
class Policy(Description):
    """What is promised to whom: calendars, attributes, metrics and tables, as data.

    Args:
        name: Its name.
        title: A longer name, for people.
        description: What it is about.
        source: Where its terms stand.
        effective_from: The first day it is in force, by the receipt of a request; None for ever.
        effective_until: The last day.
        calendar: The calendar that counts unless a metric or a target names another; needed where
            there are several.
        calendars: Calendars by name.
        attributes: What a ticket is, by name: a list of values, or an `Attribute`.
        metrics: What is measured, by name: a `Metric` each.
        tables: Independent lists of `Row`, by name. In a table the first matching row with a target
            for a metric speaks; across tables the strictest promise holds.
        refusals: Tickets that are bad input.
        coverage: When a contract covers a ticket: where any of these does. None at all: always.
        preconditions: What must be so before work starts, by name.
        consequences: What follows where a target is missed, by name, in words.
        objectives: Shares that are promised over a period, by name.
        warnings: When to look at a ticket: ``"80 %"``, ``"1 working hour before"``.
        semantics: The product whose rules hold where they differ from ours, such as ``"zammad"``;
            or a `Semantics`.
        versions: What is new from later dates on; each inherits what it does not say.

    Every argument may be given as the plain data of a file, or as objects.

    Raises:
        PolicyError: It has faults; all of them are told.

    Example:
        >>> from slacalc import Policy
        >>> policy = Policy(
        ...     "desk",
        ...     calendars={"office": {"time_zone": "Europe/Paris", "week": {"mon-fri": "9-17"}}},
        ...     attributes={"severity": ["high", "low"]},
        ...     metrics={"resolution": {"stop": "resolved"}},
        ...     tables={
        ...         "standard": [
        ...             {"when": {"severity": "high"}, "targets": {"resolution": "4 hours"}},
        ...             {"targets": {"resolution": "3 working days"}},
        ...         ]
        ...     },
        ... )
        >>> print(policy.deadlines({"severity": "high"}, "2024-05-03T16:00:00+02:00"))
        resolution  Fri 2024-05-03 20:00  4 hours
    """

    name: str = attrs.field(
        converter=read_by_shape, metadata=shaped(NAME_SHAPE, "The name of the policy.")
    )
    title: str = attrs.field(
        default="",
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(WORDS, "A longer name, for people."),
    )
    description: str = attrs.field(
        default="",
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(WORDS, "What it is about."),
    )
    source: str = attrs.field(
        default="",
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(WORDS, "Where its terms stand."),
    )
    effective_from: date | None = attrs.field(
        default=None,
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(_DAY, "The first day it is in force."),
    )
    effective_until: date | None = attrs.field(
        default=None,
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(_DAY, "The last day it is in force."),
    )
    calendar: str = attrs.field(
        default="",
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(NAME_SHAPE, "The calendar that counts unless another is named."),
    )
    warnings: tuple[Warning_, ...] = attrs.field(
        default=(),
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(WARNINGS, "When to look at a ticket."),
    )
    semantics: Semantics = attrs.field(
        default=Semantics(),
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(SEMANTICS, "What promises mean where products differ."),
    )
    calendars: FrozenMap[Calendar] = attrs.field(
        factory=FrozenMap,
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(CALENDARS, "Calendars by name."),
    )
    attributes: FrozenMap[Attribute] = attrs.field(
        factory=FrozenMap,
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(ATTRIBUTES, "What a ticket is, by name."),
    )
    metrics: FrozenMap[Metric] = attrs.field(
        factory=FrozenMap,
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(METRICS, "What is measured, by name."),
    )
    tables: FrozenMap[tuple[Row, ...]] = attrs.field(
        factory=FrozenMap,
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(TABLES, "Independent promises; in each, the first matching row speaks."),
    )
    refusals: tuple[Refusal, ...] = attrs.field(
        default=(),
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(REFUSALS, "Tickets that are bad input."),
    )
    coverage: tuple[Coverage, ...] = attrs.field(
        default=(),
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(COVERAGE, "When a contract covers a ticket: where any of these does."),
    )
    preconditions: FrozenMap[Precondition] = attrs.field(
        factory=FrozenMap,
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(PRECONDITIONS, "What must be so before work starts."),
    )
    consequences: FrozenMap[str] = attrs.field(
        factory=FrozenMap,
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(CONSEQUENCES, "What follows where a target is missed."),
    )
    objectives: FrozenMap[Objective] = attrs.field(
        factory=FrozenMap,
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(OBJECTIVES, "Shares that are promised over a period."),
    )
    versions: tuple[FrozenMap[Any], ...] = attrs.field(
        default=(),
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(_VERSIONS, "What is new from later dates on."),
    )

    def __attrs_post_init__(self) -> None:
        faults = Faults()
        with suppress(TooManyFaultsError):
            _check_all(self, faults)
        if faults.collected:
            raise PolicyError.of(faults.collected)

    # Reading and writing -------------------------------------------------------------------------

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Policy:
        """The policy that plain data describe, as `to_dict` gives them.

        Args:
            data: What a TOML or JSON file holds.

        Raises:
            PolicyError: The data have faults; all of them are told, with their paths.
        """
        faults, policy = Faults(), INVALID
        if isinstance(data, Mapping) and isinstance(data.get("$schema"), str):  # for editors
            data = {key: value for key, value in data.items() if key != "$schema"}
        with suppress(TooManyFaultsError):
            policy = _POLICY.read(data, (), faults)
            if policy is not INVALID and not all(fault.of_meaning for fault in faults.collected):
                _check_all(policy, faults)
        if faults.collected or not isinstance(policy, Policy):
            raise PolicyError.of(faults.collected)
        return policy

    @classmethod
    def from_toml(cls, source: str | PathLike[str]) -> Policy:
        """The policy in a TOML file.

        Args:
            source: The path of the file; or the text itself, which has a line break.

        Raises:
            PolicyError: The file cannot be read or has faults; all of them are told, with their
                paths, lines and columns.
        """
        text, name = _document.read_text(source)
        data = _document.parse_toml(text, name)
        policy: Policy = _document.add_positions(text, name, lambda: cls.from_dict(data))
        return policy

    @classmethod
    def from_json(cls, source: str | PathLike[str]) -> Policy:
        """The policy in a JSON file.

        Args:
            source: The path of the file; or the text itself, which begins with a brace.

        Raises:
            PolicyError: The file cannot be read or has faults; all of them are told.
        """
        text, name = _document.read_text(source)
        data = _document.parse_json(text, name)
        try:
            return cls.from_dict(data)
        except PolicyError as error:
            raise PolicyError.of(error.faults, name) from None

    def to_toml(self) -> str:
        """The policy as TOML; `from_toml` reads it back."""
        from slacalc._schema.toml_writer import to_toml  # noqa: PLC0415 - tomlkit is for writing only

        return to_toml(self.to_dict())

    def to_html(self, *, language: str = "en") -> str:
        """The policy as HTML, as a service agreement is printed; notebooks show it so.

        Args:
            language: The language of all words but the policy's own, such as ``"en"`` or ``"zh"``.
        """
        from slacalc._html.policy import policy_html  # noqa: PLC0415 - not needed until it is seen

        return policy_html(self, language=language)

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_json(self) -> str:
        """The policy as JSON; `from_json` reads it back."""
        return _document.to_json(self.to_dict())

    @staticmethod
    def json_schema() -> dict[str, Any]:
        """The JSON Schema of a policy, for editors and other programs.

        Whatever it refuses the loader refuses as well; beyond it the loader sees to what parts
        mean together, such as names that are declared nowhere.
        """
        definitions: dict[str, Any] = {}
        schema = _POLICY.definition(definitions)
        schema["properties"] |= {"$schema": {"type": "string"}}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "slacalc policy",
            **schema,
            "$defs": dict(sorted(definitions.items())),
        }

    # Versions ------------------------------------------------------------------------------------

    @cached_property
    def all_versions(self) -> tuple[Policy, ...]:
        """This policy and its versions, each complete, by the date they take effect."""
        if not self.versions:
            return (self,)
        complete = [attrs.evolve(self, versions=())]
        for version in sorted(self.versions, key=lambda one: one["effective_from"]):
            complete.append(attrs.evolve(complete[-1], **inherited(complete[-1], version)))
        return tuple(complete)

    def version_at(self, received_at: datetime | str) -> Policy:
        """The version that holds for a request received at an instant, complete.

        Raises:
            PolicyError: None is in force at that instant.
        """
        return self.version_in_force(to_instant(received_at))

    @property
    def latest(self) -> Policy:
        """The version that takes effect last."""
        return self.all_versions[-1]

    def version_in_force(self, received_at: int) -> Policy:
        """The version that holds for a request received at an instant, in UTC microseconds."""
        if not (self.versions or self.effective_from or self.effective_until):
            return self
        day = self.matcher.zone.date(received_at)
        for version in reversed(self.all_versions):
            if version.effective_from is None or version.effective_from <= day:
                if version.effective_until is None or day <= version.effective_until:
                    return version
                break
        terms = ", ".join(map(term_text, self.all_versions, (*self.all_versions[1:], None)))
        raise PolicyError.of(
            [Fault(("effective_from",), f"no version of {self.name} is in force on {day}: {terms}")]
        )

    # Asking --------------------------------------------------------------------------------------

    @cached_property
    def matcher(self) -> Matcher:
        return Matcher(self)

    def compiled(self, kind: Callable[[Policy], CompiledT]) -> CompiledT:
        """What is compiled from this policy, such as its state machine: made once and kept.

        Args:
            kind: The class that is made from the policy; it is the key as well.
        """
        if kind not in self._compiled:
            self._compiled[kind] = kind(self)
        compiled: CompiledT = self._compiled[kind]
        return compiled

    @cached_property
    def _compiled(self) -> dict[Any, Any]:
        return {}

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of what the policy says, by which its versions and copies are told apart."""
        return hashlib.sha256(_document.to_canonical_json(self.to_dict())).hexdigest()

    def open(self, ticket: Mapping[str, Any], at: datetime | str) -> Clock:
        """The clock of a ticket, to be fed with events.

        Args:
            ticket: Its attributes, and other fields that conditions ask for.
            at: When the request was received; it decides the version, coverage, and conditions on
                the receipt, and is when the ticket was created.

        Raises:
            TicketError: An attribute or a value is not legal, or the policy refuses the ticket.
            PolicyError: No version of the policy is in force.

        Example:
            >>> from slacalc import presets
            >>> policy = presets.load("kingdee-diexun")
            >>> ticket = {"channel": "on-site", "urgency": "standard", "tier": "gold"}
            >>> clock = policy.open(ticket, "2024-09-13T16:00:00+08:00")
            >>> print(clock.status("2024-09-13T17:00:00+08:00")["arrival"])
            arrival, running, due Sat 2024-09-14 16:00, 1h of 8h used
        """
        from slacalc._clock.clock import open_clock  # noqa: PLC0415 - each makes the other: the one such pair

        received = to_instant(at)
        return open_clock(self.version_in_force(received), ticket, received)

    def deadlines(
        self,
        ticket: Mapping[str, Any],
        received_at: datetime | str,
        since: Mapping[str, datetime | str] | None = None,
        *,
        strict: bool = False,
    ) -> Deadlines:
        """When each metric of a ticket is due, by whose promise.

        Args:
            ticket: Its attributes; those that the policy does not know are left alone.
            received_at: When the request was received; it decides the version, coverage, and
                conditions on the receipt, and starts what starts at ``"created"``.
            since: When other events came, by type: ``{"accepted": …}``; those that start no metric
                are left alone.
            strict: Refuse a provisional answer.

        Returns:
            `Deadlines`: a mapping of the policy's metrics to a `Deadline` each.

        Raises:
            TicketError: An attribute or a value is not legal, or the policy refuses the ticket.
            PolicyError: No version of the policy is in force.
            ProvisionalError: With `strict`, an answer rests on unpublished holidays.

        Example:
            >>> from slacalc import presets
            >>> policy = presets.load("kingdee-diexun")
            >>> ticket = {"channel": "on-site", "urgency": "standard", "tier": "gold"}
            >>> deadlines = policy.deadlines(ticket, "2024-09-13T16:00:00+08:00")
            >>> print(deadlines["arrival"].due, deadlines["arrival"].table)
            2024-09-14 16:00:00+08:00 tier-promise
        """
        received = to_instant(received_at)
        policy = self.version_in_force(received)
        begun = {event: to_instant(at) for event, at in (since or {}).items()}
        policy._refuse_misspelled(begun)
        return policy.matcher.deadlines(ticket, received, begun, strict=strict)

    @cached_property
    def _starts(self) -> frozenset[str]:
        """What `since` is read for: events that start or reset a metric, and eventless metrics."""
        return frozenset(
            event
            for name, one in self.metrics.items()
            for event in (*(one.start.events or (name,)), *(one.reset.events if one.reset else ()))
        )

    def _refuse_misspelled(self, since: Mapping[str, Any]) -> None:
        """Refuse an event that seems to be another one, which is not given, under a wrong name."""
        for event in since.keys() - self._starts:
            clause, names = did_you_mean(event, self._starts - since.keys(), alike=0.8)
            if names:
                msg = f"since: no metric of the policy starts at {event!r}{clause}"
                raise TicketError(msg, attribute="since", given=event, suggestions=names)

    def lint(self) -> Findings:
        """What is odd in the policy although it can be read: gaps, conflicts, dead rows.

        Returns:
            `Findings`: each with its path, severity, explanation and an example ticket.
        """
        from slacalc._lint.linter import lint  # noqa: PLC0415 - not needed to answer for tickets

        return lint(self)


_POLICY = Record(Policy, "a table with name, calendars, attributes, metrics and tables")


def _check_all(policy: Any, faults: Faults) -> None:
    """Check a policy, or the draft of one, and each of its versions."""
    check(policy, (), faults)
    versions = () if policy.versions is INVALID else policy.versions
    readable = [(i, one) for i, one in enumerate(versions) if one is not INVALID]
    own = {fault.path for fault in faults.collected}
    draft = SimpleNamespace(**{part.name: getattr(policy, part.name) for part in _POLICY.fields()})
    for index, version in sorted(readable, key=lambda pair: str(pair[1]["effective_from"])):
        draft = SimpleNamespace(**vars(draft) | inherited(draft, version))
        of_version = Faults()
        check(draft, (), of_version)
        for fault in of_version.collected:  # those inherited are told already
            if fault.path not in own:
                own.add(fault.path)
                faults.collected.append(fault._replace(path=("versions", index, *fault.path)))
