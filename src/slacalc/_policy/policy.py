"""`Policy`: calendars, attributes, metrics and tables as data, and the questions to ask of it.

The data, and the versions of a policy, are in `data.py`. This module stands above everything that
works on them: its methods read and write policy files, and pass a ticket on to the matcher
(`deadlines`) or to a clock (`open`), and the policy to the linter or to HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from slacalc._policy.data import PolicyData, check_versions
from slacalc._policy.matching import Matcher
from slacalc._schema import documents as _document
from slacalc._schema.faults import INVALID, Faults, TooManyFaultsError
from slacalc._schema.shapes import Record
from slacalc._time.instants import to_instant
from slacalc.errors import PolicyError, TicketError, did_you_mean

if TYPE_CHECKING:
    from datetime import datetime
    from os import PathLike

    from slacalc._clock.clock import Clock
    from slacalc._lint.linter import Findings
    from slacalc._policy.deadlines import Deadlines


@attrs.frozen(repr=False)
class Policy(PolicyData):
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
                check_versions(policy, faults)
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

    def version_at(self, received_at: datetime | str) -> Policy:
        """The version that is in force for a request received at an instant, complete.

        Raises:
            PolicyError: No version is in force at that instant.
        """
        return self.version_in_force(to_instant(received_at))

    @cached_property
    def matcher(self) -> Matcher:
        """What finds the rows of tickets, and their deadlines."""
        return self.compiled(Matcher)

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
    def start_events(self) -> frozenset[str]:
        """What `since` is read for: events that start or reset a metric, and eventless metrics."""
        return frozenset(
            event
            for name, one in self.metrics.items()
            for event in (*(one.start.events or (name,)), *(one.reset.events if one.reset else ()))
        )

    def _refuse_misspelled(self, since: Mapping[str, Any]) -> None:
        """Refuse an event that seems to be another one, which is not given, under a wrong name."""
        for event in since.keys() - self.start_events:
            clause, names = did_you_mean(event, self.start_events - since.keys(), alike=0.8)
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
