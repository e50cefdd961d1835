"""`Policy`: calendars, attributes, metrics and tables as data, and the questions to ask of it.

The data, and the versions of a policy, are in `data.py`. This module stands above everything that
works on them: its methods read and write policy files, and pass a ticket on to the matcher
(`deadlines`) or to a clock (`open`), and the policy to the linter or to HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from slacalc._policy.data import PolicyData, check_versions
from slacalc._policy.matching import Matcher
from slacalc._schema import documents as _document
from slacalc._schema.faults import INVALID, Faults, TooManyFaultsError
from slacalc._schema.shapes import Record
from slacalc._threads import cached_property
from slacalc._time.instants import to_instant
from slacalc.errors import Fault, PolicyError, TicketError, did_you_mean

if TYPE_CHECKING:
    from datetime import datetime
    from os import PathLike

    from slacalc._clock.clock import Clock
    from slacalc._clock.policy_diff import PolicyDiff
    from slacalc._clock.policy_store import Effect
    from slacalc._clock.vocabulary import Vocabulary
    from slacalc._lint.linter import Findings
    from slacalc._policy.deadlines import Deadlines


KeyT = TypeVar("KeyT")


@attrs.frozen(repr=False)
class Policy(PolicyData):
    """What is promised to whom: calendars, attributes, metrics and tables, as data.

    Every argument may be given as objects or as the plain data of a policy file.

    Args:
        name: The name of the policy.
        title: A longer name, for people.
        description: What the policy is about.
        source: Where its terms are written down.
        effective_from: The first day on which it is in force. The date of receipt decides. Default:
            always.
        effective_until: The last day on which it is in force. Default: for ever.
        calendar: The name of the calendar that counts unless a metric or a target names another, or
            a choice by an attribute of the ticket, such as ``{"field": "site", "zurich": "zh"}``.
            Default: the only one there is.
        warnings: When to warn about a ticket, such as ``"80 %"`` or ``"1 working hour before"``,
            for metrics that do not say it.
        semantics: The product whose rules hold where they differ from this library's, such as
            ``"zammad"``, or a table of switches (`Semantics`).
        calendars: Calendars by name.
        attributes: The attributes of a ticket by name: a list of values, or an `Attribute`.
        fields: The fields that events set beside attributes, by name: a list of values, or a table
            such as ``{"kind": "number"}``; an empty one for any value. Conditions of clocks and
            events are held to it. Default: events may set any field.
        metrics: What is measured, by name: a `Metric` each.
        tables: Lists of rows (`Row`) by name. In a table, the first matching row with a target for
            a metric counts. Tables are independent promises: the earliest due date holds.
        adjustments: Factors by which the times of some tickets differ (`Adjustment`).
        refusals: Conditions under which a ticket is bad input (`Refusal`).
        coverage: Terms of which one must cover a ticket (`Coverage`). Default: every ticket is
            covered.
        preconditions: What must be the case before work starts, by name (`Precondition`).
        consequences: What follows if a target is missed, in words, by name.
        objectives: Shares, percentiles and means that are promised over a period, by name
            (`Objective`).
        availability: Shares of service hours in which services are available, by name
            (`Availability`).
        duties: What is owed again and again, such as monthly visits, by name (`Duty`).
        penalties: Amounts that are owed for events, by name (`Penalty`).
        settlement: How credits are settled together (`Settlement`).
        versions: What is new from later dates on. Each version has an ``effective_from`` and
            inherits what it does not state.

    Raises:
        PolicyError: The policy has faults. The error lists all of them.

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

    __module__ = "slacalc"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Policy:
        """Read a policy from plain data, such as `to_dict` returns.

        Args:
            data: A mapping with the keys of a policy file.

        Raises:
            PolicyError: The data have faults. The error lists all of them with their paths.
        """
        if isinstance(data, Mapping) and isinstance(data.get("$schema"), str):  # for editors
            data = {key: value for key, value in data.items() if key != "$schema"}
        faults, policy = Faults(), INVALID
        with suppress(TooManyFaultsError):
            policy = _POLICY.read(data, (), faults)
            if policy is not INVALID:
                check_versions(policy, faults)
        if faults.collected:
            raise PolicyError.of(faults.collected)
        read: Policy = policy
        return read

    @classmethod
    def from_toml(cls, source: str | PathLike[str]) -> Policy:
        """Read a policy from TOML.

        Args:
            source: The path of a file, or the text itself, which must contain a line break.

        Raises:
            PolicyError: The file cannot be read or has faults. The error lists all of them with
                their paths, lines and columns.
        """
        text, name = _document.read_text(source)
        data = _document.parse_toml(text, name)
        policy: Policy = _document.add_positions(text, name, lambda: cls.from_dict(data))
        return policy

    @classmethod
    def from_json(cls, source: str | PathLike[str]) -> Policy:
        """Read a policy from JSON.

        Args:
            source: The path of a file, or the text itself, which must begin with a brace.

        Raises:
            PolicyError: The file cannot be read or has faults. The error lists all of them.
        """
        text, name = _document.read_text(source)
        data = _document.parse_json(text, name)
        try:
            return cls.from_dict(data)
        except PolicyError as error:
            raise PolicyError.of(error.faults, name) from None

    def to_toml(self) -> str:
        """Return the policy as TOML, which `from_toml` reads back."""
        from slacalc._schema.toml_writer import to_toml  # noqa: PLC0415 - tomlkit is for writing only

        return to_toml(self.to_dict())

    def to_html(self, *, language: str = "en") -> str:
        """Return the policy as HTML, laid out like a service level agreement; notebooks show it.

        Args:
            language: The language of all words but the policy's own, such as ``"en"`` or ``"zh"``.
        """
        from slacalc._html.policy import policy_html  # noqa: PLC0415 - not needed until it is seen

        return policy_html(self, language=language)

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_json(self) -> str:
        """Return the policy as JSON, which `from_json` reads back."""
        return _document.to_json(self.to_dict())

    @staticmethod
    def json_schema() -> dict[str, Any]:
        """Return the JSON Schema of policy files, for editors and other programs.

        The loader refuses whatever the schema refuses. It also checks what a schema cannot express,
        such as whether the names that a policy uses are declared in it.
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

    def version_at(self, received_at: datetime | str) -> Policy:
        """Return the version in force for a request received at an instant, complete.

        Args:
            received_at: When the request was received.

        Raises:
            PolicyError: No version is in force at that instant.
        """
        return self.version_in_force(to_instant(received_at))

    @cached_property
    def matcher(self) -> Matcher:
        """What finds the rows of tickets, and their deadlines."""
        return self.compiled(Matcher)

    def open(self, ticket: Mapping[str, Any], at: datetime | str) -> Clock:
        """Open the clock of a ticket, to which events can then be applied.

        Args:
            ticket: Its attributes, and other fields on which metrics have conditions.
            at: When the request was received. The version of the policy, coverage and conditions on
                the receipt depend on it, and it is when the ticket was created.

        Raises:
            TicketError: An attribute or a value is not valid, or the policy refuses the ticket.
            PolicyError: No version of the policy is in force.

        Example:
            >>> from slacalc import presets
            >>> policy = presets.load("kingdee-diexun")
            >>> ticket = {"channel": "on-site", "urgency": "standard", "tier": "gold"}
            >>> clock = policy.open(ticket, "2024-09-13T16:00:00+08:00")
            >>> print(clock.status("2024-09-13T17:00:00+08:00")["arrival"])
            arrival, running, due Sat 2024-09-14 16:00, 1h of 8h used
        """
        from slacalc._clock.clock import open_clock  # noqa: PLC0415 - the clock imports the policy

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
        """Compute when each metric of a ticket is due, and by which promise.

        Args:
            ticket: Its attributes. Fields that the policy does not know are ignored.
            received_at: When the request was received. The version of the policy, coverage and
                conditions on the receipt depend on it, and metrics that start at ``"created"``
                start then.
            since: When other events happened, by type, such as ``{"accepted":
                "2024-09-13T16:20+08:00"}``. Events that start no metric are ignored.
            strict: Whether to raise an error instead of returning a provisional answer.

        Returns:
            `Deadlines`: a mapping of the policy's metrics to a `Deadline` each.

        Raises:
            TicketError: An attribute or a value is not valid, or the policy refuses the ticket.
            PolicyError: No version of the policy is in force.
            ProvisionalError: With `strict`: an answer depends on holidays not yet published.

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
        begun: dict[str, int] = {}
        if since:
            begun = {event: to_instant(at) for event, at in since.items()}
            _refuse_misspelled(begun, policy.start_events)
        return policy.matcher.deadlines(ticket, received, begun, strict=strict)

    @cached_property
    def start_events(self) -> frozenset[str]:
        """What `since` may name: events that start or reset metrics, and metrics without such."""
        return frozenset(
            event
            for name, metric in self.metrics.items()
            for event in (
                *(metric.start.events or (name,)),
                *(metric.reset.events if metric.reset else ()),
            )
        )

    def vocabulary(self) -> Vocabulary:
        """List the types of events, the fields and the values that the policy reacts to.

        Returns:
            `Vocabulary`: those of all versions, declared or not, and where each is used.

        Example:
            >>> from slacalc import Policy
            >>> pause = {"status": "waiting"}
            >>> policy = Policy("desk", metrics={"resolution": {"stop": "solved", "pause": pause}})
            >>> policy.vocabulary().fields["status"].values
            ('waiting',)
        """
        from slacalc._clock.vocabulary import vocabulary_of  # noqa: PLC0415 - it needs clocks

        return vocabulary_of(self)

    def diff(self, other: Policy) -> PolicyDiff:
        """Return what another policy means differently, by the paths of the policy file.

        Args:
            other: The other policy, such as the one that is to take the place of this one.

        Example:
            >>> from slacalc import Policy
            >>> data = {
            ...     "name": "desk",
            ...     "metrics": {"fix": {"stop": "resolved"}},
            ...     "tables": {"all": [{"targets": {"fix": "4 hours"}}]},
            ... }
            >>> stricter = data | {"tables": {"all": [{"targets": {"fix": "2 hours"}}]}}
            >>> print(Policy.from_dict(data).diff(Policy.from_dict(stricter)))
            tables.all[0].targets.fix: '4 hours' → '2 hours'
        """
        from slacalc._clock.policy_diff import diff  # noqa: PLC0415 - rarely needed

        return diff(self, other)

    def dry_run(self, clocks: Mapping[KeyT, Clock], now: datetime | str) -> dict[KeyT, Effect]:
        """Return what this policy would do to open clocks, without changing any.

        Args:
            clocks: The clocks, by the keys of their tickets.
            now: The instant at which the policy is to take their present policy's place.

        Returns:
            By key the due dates that would move, the notices that would be new, or why a ticket
            does not fit; only clocks to which something would happen. A metric that is renamed must
            say what it was called, as ``formerly``, or all of its notices are new.

        Example:
            >>> from slacalc import Policy
            >>> def desk(within):
            ...     table = [{"targets": {"fix": within}}]
            ...     return Policy("desk", metrics={"fix": {"stop": "done"}}, tables={"all": table})
            >>> clocks = {"T-1": desk("4 hours").open({}, "2026-05-18T09:00Z")}
            >>> effect = desk("2 hours").dry_run(clocks, "2026-05-18T12:00Z")["T-1"]
            >>> str(effect.due_moves[0].before), str(effect.due_moves[0].after)
            ('2026-05-18 13:00:00+00:00', '2026-05-18 11:00:00+00:00')
            >>> [notice.key for notice in effect.new_notices]
            ['fix.1.due', 'fix.1.breached']
        """
        from slacalc._clock.policy_store import effect_of  # noqa: PLC0415 - rarely needed

        effects = {key: effect_of(self, clock, now) for key, clock in clocks.items()}
        return {key: effect for key, effect in effects.items() if effect}

    def lint(self) -> Findings:
        """Find what is unusual in a valid policy: gaps, conflicts, rows that never match.

        Returns:
            `Findings`: each with its path, severity, explanation and an example ticket.
        """
        from slacalc._lint.linter import lint  # noqa: PLC0415 - not needed to answer for tickets

        return lint(self)


_POLICY = Record(Policy, "a table with name, calendars, attributes, metrics and tables")


def check_policy(value: object, what: str = "policy", *, or_none: bool = False) -> None:
    """Raise `PolicyError` for an argument that is not a policy."""
    if not (isinstance(value, Policy) or (or_none and value is None)):
        how = "give a slacalc.Policy, as Policy.from_toml or presets.load makes one"
        raise PolicyError.of([Fault((what,), f"{value!r} is not a policy: {how}")])


def _refuse_misspelled(since: Mapping[str, Any], known: frozenset[str]) -> None:
    """Refuse an unknown event that resembles a known one which is not given."""
    for event in since.keys() - known:
        clause, names = did_you_mean(event, known - since.keys(), alike=0.8)
        if names:
            msg = f"since: no metric of the policy starts at {event!r}{clause}"
            raise TicketError(msg, attribute="since", given=event, suggestions=names)
