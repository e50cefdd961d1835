"""Proofs of answers: fingerprints of the policy, the calendars and the data that they came from.

An answer may change although nobody touched the policy: a country moves a holiday or a zone its
clock changes, and the next release of `holidays` or of the time zone database contains it. A
`Proof` stores answers together with fingerprints of everything they were computed from. If the
answers are different later, comparing two proofs shows which of these changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import metadata
from typing import TYPE_CHECKING, Any

import attrs

from slacalc._calendar.compilation import zone_of
from slacalc._schema.documents import to_canonical_json
from slacalc._time.instants import to_instant, to_utc
from slacalc._time.zone_data import zone_data
from slacalc.errors import ClockError, escape_lines

if TYPE_CHECKING:
    from slacalc._calendar.calendar import Calendar
    from slacalc._policy.policy import Policy

PROOF_FORMAT = 1


def fingerprint(data: Any) -> str:
    """The SHA-256 of plain data, in hexadecimal."""
    return hashlib.sha256(to_canonical_json(data)).hexdigest()


def release(package: str) -> str:
    """The installed release of a package, or a text that says that it is unknown."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "of unknown release"


def calendar_facts(calendar: Calendar, start: int, end: int) -> dict[str, str]:
    """Fingerprints of a calendar: its description, and its open time between two instants."""
    zone = zone_of(calendar)
    segments = [[max(at, start), offset] for at, offset in zone.segments(start, end)]
    return {
        "description": fingerprint(calendar.to_dict()),
        "open": fingerprint([list(span) for span in calendar.timeline.spans(start, end)]),
        "time_zone": zone.name,
        "time_zone_data": str(zone_data()),
        "offsets": fingerprint(segments),
    }


def facts_of(
    policy: Policy, *, opened: int, ticket: Any, events: list[dict[str, Any]], until: int
) -> dict[str, Any]:
    """What the answers of a clock are computed from, as plain data."""
    return {
        "policy": {
            "name": policy.name,
            "effective_from": policy.effective_from and str(policy.effective_from),
            "fingerprint": policy.fingerprint,
        },
        "ticket": fingerprint([opened, ticket]),
        "events": {"count": len(events), "fingerprint": fingerprint(events)},
        "calendars_until": to_utc(until).isoformat(),
        "calendars": {
            name: calendar_facts(calendar, opened, until)
            for name, calendar in policy.calendars.items()
        },
        "releases": {name: release(name) for name in ("slacalc", "holidays")},
    }


@attrs.frozen(kw_only=True)
class Proof:
    """The answers of a clock at an instant, with fingerprints of everything they came from.

    `Clock.proof` makes one, and `Clock.verify` compares it with the answers of a later day.

    Args:
        facts: Policy, ticket, events, calendars and releases, by name; fingerprints are SHA-256.
        answers: The status of each cycle of each metric, as `Status.to_dicts` returns it.
        as_of: The instant of the answers, as ISO 8601 text.
    """

    __module__ = "slacalc"

    facts: Mapping[str, Any]
    answers: tuple[Mapping[str, Any], ...]
    as_of: str

    def to_dict(self) -> dict[str, Any]:
        """The proof as plain data, ready for JSON."""
        return {
            "format": PROOF_FORMAT,
            "as_of": self.as_of,
            "facts": dict(self.facts),
            "answers": [dict(answer) for answer in self.answers],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Proof:
        """The proof that plain data describe, as `to_dict` returns them.

        Raises:
            ClockError: The data are not a proof.
            InstantError: ``as_of``, or the end of the calendars, is not an instant.
        """
        needed = ("as_of", "facts", "answers")
        if not isinstance(data, Mapping) or not all(name in data for name in needed):
            msg = f"this is not a proof: it needs {', '.join(needed)}"
            raise ClockError(msg, given=data)
        facts, answers = data["facts"], data["answers"]
        is_sound = isinstance(facts, Mapping) and isinstance(answers, list | tuple)
        if not (is_sound and all(_is_answer(answer) for answer in answers)):
            msg = "this is not a proof: its facts must be a table, and its answers a list of tables"
            raise ClockError(msg, given=data)
        for at in (data["as_of"], facts.get("calendars_until")):
            to_instant(at)
        return cls(facts=data["facts"], answers=tuple(data["answers"]), as_of=data["as_of"])

    def compared(self, now: Proof) -> Verification:
        """Compare with another proof of the same ticket at the same instant."""
        facts = dict(_differences(self.facts, now.facts))
        mine = _by_cycle(self)
        theirs = _by_cycle(now)
        answers: dict[str, tuple[Any, Any]] = {}
        for key in dict.fromkeys((*mine, *theirs)):
            place = key[0] if key[1] == 1 else f"{key[0]} (cycle {key[1]})"
            before, after = mine.get(key, {}), theirs.get(key, {})
            answers |= {f"{place}: {name}": pair for name, pair in _differences(before, after)}
        return Verification(answers=answers, moved=facts)


def _is_answer(answer: Any) -> bool:
    if not isinstance(answer, Mapping):
        return False
    return isinstance(answer.get("metric"), str) and isinstance(answer.get("cycle"), int)


def _by_cycle(proof: Proof) -> dict[tuple[str, int], Mapping[str, Any]]:
    return {(answer["metric"], answer["cycle"]): answer for answer in proof.answers}


def _differences(before: Any, after: Any, path: str = "") -> list[tuple[str, tuple[Any, Any]]]:
    """The values that differ between two nested mappings, by their paths."""
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        return [] if before == after else [(path, (before, after))]
    differences = []
    for name in dict.fromkeys((*before, *after)):
        inner = f"{path}.{name}" if path else str(name)
        differences += _differences(before.get(name), after.get(name), inner)
    return differences


@attrs.frozen(kw_only=True)
class Verification:
    """Whether the answers of a proof still hold, and what changed.

    `Clock.verify` returns it; as text it is a list of the differences.

    Args:
        answers: The answers that differ, by name: the stored value, and the value now.
        moved: The facts that differ, likewise. Facts may change and leave every answer as it was.
    """

    __module__ = "slacalc"

    answers: Mapping[str, tuple[Any, Any]]
    moved: Mapping[str, tuple[Any, Any]]

    @property
    def holds(self) -> bool:
        """Whether all answers are the same."""
        return not self.answers

    def __str__(self) -> str:
        lines = ["the answers hold" if self.holds else "the answers differ"]
        lines += [f"  {name}: {was}, now {now}" for name, (was, now) in self.answers.items()]
        lines += [
            f"  moved: {name} ({_short(was)}, now {_short(now)})"
            for name, (was, now) in self.moved.items()
        ]
        return escape_lines("\n".join(lines))


def _short(value: Any) -> str:
    """A fact as text; of a fingerprint the first eight characters."""
    text = str(value)
    return text[:8] if len(text) == hashlib.sha256().digest_size * 2 else text
