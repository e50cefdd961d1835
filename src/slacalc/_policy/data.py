"""`PolicyData`: a policy as frozen data, with its versions and its fingerprint.

Its shape is that of a policy file, so that what can be written in TOML can be written in code, and
the other way round. A policy without `versions` is one version; each of its `versions` states what
is new from a date on and inherits the rest, and `all_versions` gives them complete.

What works on a policy (the matcher, the linter, the state machine) takes a `PolicyData` and is
kept with it by `compiled`. `Policy`, which users see, is this class with its methods: see
`policy.py`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, timedelta
from itertools import accumulate
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self, TypeVar

import attrs

from slacalc._calendar.calendar import ALWAYS, Calendar
from slacalc._calendar.compilation import zone_of
from slacalc._policy.agreements import (
    AVAILABILITY,
    DUTIES,
    OBJECTIVES,
    PENALTIES,
    SETTLEMENT,
    Availability,
    Duty,
    Objective,
    Penalty,
    Settlement,
)
from slacalc._policy.attributes import ATTRIBUTE, Attribute, restricted
from slacalc._policy.calendars import CALENDAR_NAME, CalendarByField, CalendarShape
from slacalc._policy.coverage import COVERAGE, Coverage
from slacalc._policy.records import (
    ADJUSTMENTS,
    CONSEQUENCES,
    METRICS,
    PRECONDITIONS,
    REFUSALS,
    TABLES,
    WORDS,
    Adjustment,
    Metric,
    Precondition,
    Refusal,
    Row,
)
from slacalc._policy.semantics import SEMANTICS, Semantics
from slacalc._policy.target_time import Within
from slacalc._policy.validation import check
from slacalc._policy.warnings import WARNINGS, Warning_
from slacalc._schema import documents as _document
from slacalc._schema.faults import INVALID, Faults, TooManyFaultsError
from slacalc._schema.limits import MAX_ATTRIBUTES, MAX_CALENDARS, MAX_VALUES, MAX_VERSIONS
from slacalc._schema.shapes import (
    NAME_SHAPE,
    DayShape,
    Description,
    FrozenMap,
    ListOf,
    MapOf,
    bind,
    construct,
    key_of,
    read_by_shape,
    shaped,
)
from slacalc._threads import cached_property, forks_wait
from slacalc.errors import Fault, PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slacalc._schema.faults import DocumentPath
    from slacalc._schema.shapes import Shape
    from slacalc._time.instants import Zone

FIELDS = MapOf(ATTRIBUTE, "a table of fields and their values", max_length=MAX_ATTRIBUTES)
CALENDARS = MapOf(CalendarShape(), "a table of calendars", max_length=MAX_CALENDARS)
ATTRIBUTES = MapOf(ATTRIBUTE, "a table of attributes and their values", max_length=MAX_ATTRIBUTES)
_DAY = DayShape()

CompiledT = TypeVar("CompiledT")

# Sections in which a version adds to what the one before had; the others it replaces.
_MERGED = (
    "calendars",
    "attributes",
    "fields",
    "metrics",
    "tables",
    "preconditions",
    "consequences",
    "objectives",
    "availability",
    "duties",
    "penalties",
)


class _VersionShape:
    """What is new in a later version: any of a policy's sections, from a date on."""

    expected = "a table with effective_from and what is new from then on"
    _KEPT = ("name", "title", "source", "versions")  # which no version can change

    def accepts(self, data: Any) -> bool:
        return isinstance(data, Mapping)

    def _shapes(self) -> dict[str, Shape]:
        fields = {key_of(field): field for field in attrs.fields(PolicyData)}
        return {key: f.metadata["shape"] for key, f in fields.items() if key not in self._KEPT}

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if not isinstance(data, Mapping):
            return faults.add(path, data, self.expected)
        shapes, values = self._shapes(), {}
        for key, value in data.items():
            if key in shapes:
                values[key] = shapes[key].read(value, (*path, key), faults)
            else:
                expected = f"one of the keys {', '.join(shapes)}"
                faults.add((*path, str(key)), key, expected, known=shapes)
        if "effective_from" not in values:
            return faults.add_missing((*path, "effective_from"), _DAY.expected)
        return FrozenMap(values)

    def write(self, value: Any) -> Any:
        shapes = self._shapes()
        return {key: shapes[key].write(part) for key, part in value.items()}

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        # The sections are those of the whole document, which has them as its properties.
        definitions["Version"] = {
            "type": "object",
            "properties": {key: {"$ref": f"#/properties/{key}"} for key in self._shapes()},
            "required": ["effective_from"],
            "additionalProperties": False,
        }
        return {"$ref": "#/$defs/Version"}


_VERSIONS = ListOf(_VersionShape(), "a list of versions", max_length=MAX_VERSIONS)


@attrs.frozen(repr=False, field_transformer=bind)
class PolicyData(Description):
    """The data of a policy; `Policy` documents its arguments, and adds the methods."""

    name: str = attrs.field(converter=read_by_shape, metadata=shaped(NAME_SHAPE))
    title: str = attrs.field(
        default="", converter=read_by_shape, kw_only=True, metadata=shaped(WORDS)
    )
    description: str = attrs.field(
        default="", converter=read_by_shape, kw_only=True, metadata=shaped(WORDS)
    )
    source: str = attrs.field(
        default="", converter=read_by_shape, kw_only=True, metadata=shaped(WORDS)
    )
    effective_from: date | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(_DAY)
    )
    effective_until: date | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(_DAY)
    )
    calendar: str | CalendarByField = attrs.field(
        default="", converter=read_by_shape, kw_only=True, metadata=shaped(CALENDAR_NAME)
    )
    warnings: tuple[Warning_, ...] = attrs.field(
        default=(), converter=read_by_shape, kw_only=True, metadata=shaped(WARNINGS)
    )
    semantics: Semantics = attrs.field(
        default=Semantics(), converter=read_by_shape, kw_only=True, metadata=shaped(SEMANTICS)
    )
    calendars: FrozenMap[Calendar] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, kw_only=True, metadata=shaped(CALENDARS)
    )
    attributes: FrozenMap[Attribute] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, kw_only=True, metadata=shaped(ATTRIBUTES)
    )
    fields: FrozenMap[Attribute] | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(FIELDS)
    )
    metrics: FrozenMap[Metric] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, kw_only=True, metadata=shaped(METRICS)
    )
    tables: FrozenMap[tuple[Row, ...]] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, kw_only=True, metadata=shaped(TABLES)
    )
    adjustments: tuple[Adjustment, ...] = attrs.field(
        default=(), converter=read_by_shape, kw_only=True, metadata=shaped(ADJUSTMENTS)
    )
    refusals: tuple[Refusal, ...] = attrs.field(
        default=(), converter=read_by_shape, kw_only=True, metadata=shaped(REFUSALS)
    )
    coverage: tuple[Coverage, ...] = attrs.field(
        default=(), converter=read_by_shape, kw_only=True, metadata=shaped(COVERAGE)
    )
    preconditions: FrozenMap[Precondition] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, kw_only=True, metadata=shaped(PRECONDITIONS)
    )
    consequences: FrozenMap[str] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, kw_only=True, metadata=shaped(CONSEQUENCES)
    )
    objectives: FrozenMap[Objective] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, kw_only=True, metadata=shaped(OBJECTIVES)
    )
    availability: FrozenMap[Availability] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, kw_only=True, metadata=shaped(AVAILABILITY)
    )
    duties: FrozenMap[Duty] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, kw_only=True, metadata=shaped(DUTIES)
    )
    penalties: FrozenMap[Penalty] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, kw_only=True, metadata=shaped(PENALTIES)
    )
    settlement: Settlement = attrs.field(
        default=Settlement(), converter=read_by_shape, kw_only=True, metadata=shaped(SETTLEMENT)
    )
    versions: tuple[FrozenMap[Any], ...] = attrs.field(
        default=(), converter=read_by_shape, kw_only=True, metadata=shaped(_VERSIONS)
    )

    def __attrs_post_init__(self) -> None:
        faults = Faults()
        with suppress(TooManyFaultsError):
            check_versions(self, faults)
        if faults.collected:
            raise PolicyError.of(faults.collected)

    # Versions ------------------------------------------------------------------------------------

    @cached_property
    def all_versions(self) -> tuple[Self, ...]:
        """This policy and its versions, each complete, in the order in which they take effect."""
        if not self.versions:
            return (self,)
        values = _sections(self) | {"versions": ()}
        complete: list[Self] = [construct(type(self), values)]
        for version in sorted(self.versions, key=lambda version: version["effective_from"]):
            values |= _merge(complete[-1], version)
            complete.append(construct(type(self), values))
        for one in complete:
            one.set_document_fingerprint(self.fingerprint)
        return tuple(complete)

    @property
    def latest(self) -> Self:
        """The version that takes effect last."""
        return self.all_versions[-1]

    @property
    def has_terms(self) -> bool:
        """Whether the version in force depends on the date of receipt."""
        return bool(self.versions or self.effective_from or self.effective_until)

    @cached_property
    def first_days(self) -> tuple[int, ...]:
        """The first day of each of `all_versions`, in ascending order, as an ordinal.

        A version is in force from its day until the next one's, so that a version which is to take
        effect after a later one in the list never does.
        """
        days = [
            version.effective_from.toordinal() if version.effective_from else 0
            for version in self.all_versions
        ]
        return tuple(accumulate(reversed(days), min))[::-1]

    @cached_property
    def last_days(self) -> tuple[int, ...]:
        """The last day of each of `all_versions`, as an ordinal; without one, the last of dates."""
        return tuple(
            (version.effective_until or date.max).toordinal() for version in self.all_versions
        )

    def version_in_force(self, received_at: int) -> Self:
        """The version in force at an instant of receipt, complete.

        Args:
            received_at: The instant, in UTC microseconds.

        Raises:
            PolicyError: No version is in force at that instant.
        """
        if not self.has_terms:
            return self
        day = self.zone.date(received_at)
        place = bisect_right(self.first_days, day.toordinal()) - 1
        if place >= 0 and day.toordinal() <= self.last_days[place]:
            return self.all_versions[place]
        terms = ", ".join(map(_term_text, self.all_versions, (*self.all_versions[1:], None)))
        raise PolicyError.of(
            [Fault(("effective_from",), f"no version of {self.name} is in force on {day}: {terms}")]
        )

    # Used by what works on a policy --------------------------------------------------------------

    @property
    def own_calendar(self) -> str:
        """The name of the calendar that counts where none is named; empty string if none does.

        Where an attribute of the ticket chooses it, that which counts if no ticket is known.
        """
        if isinstance(self.calendar, CalendarByField):
            return self.calendar.fallback
        return self.calendar or (next(iter(self.calendars)) if len(self.calendars) == 1 else "")

    @cached_property
    def field_kinds(self) -> Mapping[str, Attribute]:
        """What conditions of clocks compare by kind: the attributes, and declared fields."""
        return {**restricted(self.fields or {}), **self.attributes}

    @cached_property
    def zone(self) -> Zone:
        """The zone in which the policy's dates begin: that of its own, or its first, calendar."""
        if not self.calendars:
            return zone_of(ALWAYS)
        return zone_of(self.calendars[self.own_calendar or next(iter(self.calendars))])

    def compiled(self, kind: Callable[[Self], CompiledT]) -> CompiledT:
        """What is compiled from this policy, such as its state machine: made once and kept.

        Args:
            kind: The class whose only argument is the policy; it is the key as well.
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
        """The SHA-256 of what the policy means, which tells its versions and copies apart.

        Words for readers alone do not count: titles, descriptions, sources, and what is said about
        rows, metrics, attributes and preconditions.
        """
        return _fingerprint(_meaning(self))

    def is_known_as(self, fingerprint: str) -> bool:
        """Whether stored data that names this fingerprint means this policy.

        Earlier releases stored the fingerprint of all data, words for readers included; it is
        computed only where the other one differs.
        """
        if fingerprint == self.fingerprint:
            return True
        sections = _without_spellings(_sections(self))
        return fingerprint == _fingerprint(construct(type(self), sections))

    @cached_property
    def document_fingerprint(self) -> str:
        """The fingerprint of the policy of which this is a version; if of none, its own."""
        return self.fingerprint

    def set_document_fingerprint(self, fingerprint: str) -> None:
        """Say of which policy this is a version."""
        object.__setattr__(self, "document_fingerprint", fingerprint)


_DESCRIPTIONS = ("title", "description", "source", "note", "words")


def _sections(policy: PolicyData) -> dict[str, Any]:
    return {field.name: getattr(policy, field.name) for field in attrs.fields(PolicyData)}


def _meaning(policy: PolicyData) -> PolicyData:
    """A policy without words for readers alone."""
    sections = _without_descriptions(_sections(policy))
    meaning: PolicyData = construct(type(policy), _without_spellings(sections))
    return meaning


def meaning_of(policy: PolicyData) -> dict[str, Any]:
    """A policy as plain data, without words for readers alone."""
    return _meaning(policy).to_dict()


def _fingerprint(policy: PolicyData) -> str:
    with forks_wait:
        import hashlib  # noqa: PLC0415 - OpenSSL takes long to load, and few policies are compared

    return hashlib.sha256(_document.to_canonical_json(policy.to_dict())).hexdigest()


def _without_descriptions(sections: Mapping[str, Any]) -> dict[str, Any]:
    """The sections of a policy or of a version without words that only describe them."""
    values = {name: part for name, part in sections.items() if name not in _DESCRIPTIONS}
    for name in values.keys() & {"attributes", "fields", "metrics", "preconditions"}:
        if values[name] is not None:
            values[name] = FrozenMap({key: _silent(part) for key, part in values[name].items()})
    if "tables" in values:
        tables = values["tables"].items()
        values["tables"] = FrozenMap({key: tuple(map(_silent, rows)) for key, rows in tables})
    if "adjustments" in values:
        values["adjustments"] = tuple(map(_silent, values["adjustments"]))
    if "versions" in values:
        versions = values["versions"]
        values["versions"] = tuple(FrozenMap(_without_descriptions(one)) for one in versions)
    return values


def _silent(part: Any) -> Any:
    """A part of a policy without the words that only describe it."""
    values = {field.name: getattr(part, field.name) for field in attrs.fields(type(part))}
    silent = {name: "" for name in _DESCRIPTIONS if values.get(name)}
    return construct(type(part), values | silent) if silent else part


def _without_spellings(value: Any) -> Any:
    """A part of a policy in which lengths do not remember how they were written."""
    if isinstance(value, Within):
        return attrs.evolve(value, written="") if value.written else value
    if isinstance(value, Mapping):
        return FrozenMap({key: _without_spellings(part) for key, part in value.items()})
    if isinstance(value, tuple):
        return tuple(map(_without_spellings, value))
    if not attrs.has(type(value)) or isinstance(value, Calendar):
        return value
    parts = {field.name: getattr(value, field.name) for field in attrs.fields(type(value))}
    plain = {name: _without_spellings(part) for name, part in parts.items()}
    return construct(type(value), plain)


def _merge(before: Any, version: Mapping[str, Any]) -> dict[str, Any]:
    """The sections of a version: its own, added to or in place of those of the one before."""
    parts: dict[str, Any] = {"effective_until": None}
    for key, value in version.items():
        parts[key] = value
        if key in _MERGED and value is not INVALID:
            own = getattr(before, key)
            parts[key] = own if own is INVALID else FrozenMap({**(own or {}), **value})
    return parts


def _term_text(version: PolicyData, following: PolicyData | None) -> str:
    """The first and the last day of a version: ``2024-01-01 to 2024-12-31``."""
    last = version.effective_until
    if following is not None and following.effective_from is not None:
        before = following.effective_from - timedelta(1)
        last = min(last or before, before)
    return f"{version.effective_from or '…'} to {last or '…'}"


def check_versions(policy: Any, faults: Faults) -> None:
    """Check a policy, or the draft of one, and each of its versions."""
    check(policy, (), faults)
    versions = () if policy.versions is INVALID else policy.versions
    readable = [(i, one) for i, one in enumerate(versions) if one is not INVALID]
    own = {fault.path for fault in faults.collected}
    draft = SimpleNamespace(
        **{part.name: getattr(policy, part.name) for part in attrs.fields(PolicyData)}
    )
    count = _Count()
    values = count.of_version(draft) if readable else 0
    for index, version in sorted(readable, key=lambda pair: str(pair[1]["effective_from"])):
        draft = SimpleNamespace(**vars(draft) | _merge(draft, version))
        values += count.of_version(draft)
        if values > MAX_VALUES:
            excess = f"more than {MAX_VALUES:,} values in all versions, with those they inherit"
            expected = f"at most {MAX_VALUES:,}"
            path = ("versions", index)
            faults.add(path, None, expected, of_meaning=True, description=excess)
            return
        of_version = Faults()
        check(draft, (), of_version)
        for fault in of_version.collected:  # inherited ones are collected already
            if fault.path not in own:
                own.add(fault.path)
                faults.collected.append(fault._replace(path=("versions", index, *fault.path)))


class _Count:
    """Counts the values of versions; what several of them share is looked at once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, Any]] = {}  # by `id`; kept, so that ids stay unique

    def of_version(self, version: Any) -> int:
        """The number of values in a version, or in the draft of one, without its own versions."""
        parts = {name: part for name, part in vars(version).items() if name != "versions"}
        return 1 + sum(map(self._of_section, parts.values()))

    def _of_section(self, section: Any) -> int:
        items = section.values() if isinstance(section, Mapping) else (section,)
        total = 1
        for item in items:
            if id(item) not in self._known:
                self._known[id(item)] = (_number_of_values(item), item)
            total += self._known[id(item)][0]
        return total


def _number_of_values(value: Any) -> int:
    inner: Iterable[Any] = ()
    if isinstance(value, Mapping):
        inner = value.values()
    elif isinstance(value, tuple):
        inner = value
    elif isinstance(value, SimpleNamespace):
        inner = vars(value).values()
    elif attrs.has(type(value)) and not isinstance(value, Calendar):
        inner = [getattr(value, field.name) for field in attrs.fields(type(value)) if field.init]
        inner = [part for part in inner if part]
    return 1 + sum(map(_number_of_values, inner))
