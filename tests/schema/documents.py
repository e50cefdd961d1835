"""Valid documents of each public reader, with every key, and places to put other values at."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CALENDAR: dict[str, Any] = {
    "time_zone": "Europe/Paris",
    "week": {"mon-fri": "9-17", "sat": "closed"},
    "holidays": [
        {
            "country": "DE",
            "subdivision": "BY",
            "categories": ["public"],
            "dates": {"2026-05-04": "a day", "2026-08-03..2026-08-05": "days"},
            "workdays": {"2026-05-16": "2026-05-04"},
            "closed_hours": {"2026-10-01": "9-12"},
            "horizon": 2027,
        },
        "2026-12-24..2026-12-26",
    ],
    "exceptions": {
        "2026-12-24": {"hours": "9-12", "name": "Christmas Eve"},
        "2026-07-01..2026-07-03": "closed",
        "2026-08-03..2026-08-09": {"mon-wed": "9-12"},
    },
    "changes": {"2026-06-01": {"week": {"mon": "9-12"}, "holidays": ["2026-07-01"]}},
    "horizon": "2027-01-01",
    "terms": [
        {"operation": "|", "calendar": {"time_zone": "Europe/Paris", "week": "always"}},
        {"operation": "-", "calendar": {"time_zone": "UTC", "week": {"daily": "0-1"}}},
    ],
}
POLICY: dict[str, Any] = {
    "$schema": "https://example.org/policy.schema.json",
    "name": "desk",
    "title": "Desk",
    "description": "Of the desk.",
    "source": "paper",
    "effective_from": "2026-01-01",
    "effective_until": "2027-01-01",
    "calendar": "office",
    "warnings": ["80 %", {"at": "1 hour before", "name": "lead", "when_closed": "next_open"}],
    "semantics": {"like": "jira", "at_due": "met"},
    "calendars": {"office": CALENDAR, "always": {"time_zone": "UTC", "week": "always"}},
    "attributes": {
        "severity": ["high", "low"],
        "priority": {
            "values": [1, 2],
            "default": 1,
            "optional": True,
            "ordered": False,
            "by": ["severity"],
            "matrix": {"high": 1, "low": 2},
            "words": "How soon.",
        },
        "signed": {"kind": "date"},
    },
    "metrics": {
        "response": {
            "start": ["created", {"event": "called", "by": "customer"}],
            "stop": {"status": ["solved"], "group": {"not": "none"}},
            "pause": ["held"],
            "resume": "freed",
            "held_by": {"group": "network"},
            "cancel": "void",
            "reset": "again",
            "reopen": {"status": "open"},
            "starts_after": ["review"],
            "repeat": "never",
            "counts_from": "first",
            "on_change": "restart",
            "on_reopen": "final",
            "calendar": "office",
            "warnings": ["50 %"],
            "consequence": "credit",
            "before": ["review"],
            "words": "The first answer.",
        },
        "review": {"inside": "response"},
    },
    "tables": {
        "standard": [
            {
                "when": {
                    "severity": ">= low",
                    "priority": {"not": [1]},
                    "received": {"is": "open", "on": "office"},
                },
                "targets": {
                    "response": {
                        "within": {
                            "earliest_of": [
                                "1 hour",
                                {"within": "1 working day", "calendar": "office"},
                            ]
                        },
                        "limit": "3 calendar days",
                        "calendar": "office",
                        "consequence": "credit",
                        "warnings": ["1 %"],
                    },
                    "review": {"promise": "soon"},
                },
                "entitlements": ["parts"],
                "note": "Agreed.",
            },
            {"targets": {"response": "8 working hours"}},
        ]
    },
    "refusals": [{"when": {"severity": "high", "priority": 2}, "because": "never"}],
    "coverage": [
        {"from": "signed", "for": "1 year", "when": {"severity": "low"}, "otherwise": "not"},
        {"from": "2026-01-01", "until": "2026-12-31"},
    ],
    "preconditions": {"key": {"words": "A key.", "pause": {"door": 1}, "metrics": ["response"]}},
    "consequences": {"credit": "5 %"},
    "objectives": {
        "most": {
            "share": "99 %",
            "of": "tickets",
            "metric": "response",
            "period": "month",
            "when": {"severity": "low"},
            "except": [{"when": {"priority": 1}, "because": "tests"}],
            "counted_by": "due",
            "at_least": 20,
            "if_fewer": "one may miss",
            "credits": [
                {"below": "99 %", "percent": 5},
                {
                    "per": "started working day",
                    "amount": "CHF 50",
                    "grace": "1 working hour",
                    "calendar": "office",
                },
            ],
            "cap": "25 %",
            "claim": {"within": "5 working days", "from": "incident", "calendar": "office"},
            "earn_back": 2,
            "consequence": "credit",
        },
        "typical": {"metric": "response", "percentile": 90, "within": "8 working hours"},
        "mean": {"metric": "response", "mean": "4 working hours", "except": {"severity": "high"}},
    },
    "availability": {
        "web": "99.9 %",
        "mail": {
            "target": "99.9 %",
            "period": "quarter",
            "hours": "office",
            "maintenance": {"first sunday of month": "02:00-06:00"},
            "component": ["smtp", "imap"],
            "decimals": 2,
            "words": "Mail.",
            "credits": [{"below": "99 %", "points": 2}, {"per": "miss", "allocation": "50 %"}],
            "cap": "CHF 500",
            "claim": {"from": "end of next month"},
            "earn_back": 1,
            "consequence": "credit",
        },
        "files": {"target": "99 %", "maintenance": "always", "component": "disk"},
    },
    "settlement": {
        "currency": "CHF",
        "cap": "20 %",
        "at_risk": 12.5,
        "percent_per_point": "0.5 %",
    },
    "versions": [
        {
            "effective_from": "2026-06-01",
            "tables": {"standard": [{"targets": {"response": "1 hour"}}]},
            "calendars": {"night": {"time_zone": "UTC", "week": "always"}},
        }
    ],
}
EVENT: dict[str, Any] = {
    "at": "2026-05-18T10:00:00+02:00",
    "type": "changed",
    "fields": {"status": "open", "tags": ["a", {"b": 1.5}]},
    "source": {"queue": 7},
}
CLOCK: dict[str, Any] = {
    "format": 1,
    "policy_name": "desk",
    "policy_effective_from": "2026-01-01",
    "policy_fingerprint": "abc",
    "version_fingerprint": "def",
    "opened_at": "2026-05-18T09:00:00+02:00",
    "ticket": {"severity": "low", "status": "open"},
    "events": [EVENT, {"at": "2026-05-18T11:00:00+02:00", "type": "solved"}],
    "policy": {
        "name": "desk",
        "effective_from": "2026-01-01",
        "attributes": {"severity": ["high", "low"]},
        "metrics": {"response": {"stop": "solved"}},
        "tables": {"standard": [{"targets": {"response": "8 hours"}}]},
    },
    "colour": "blue",
}


def places(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all values of a document, from the top."""
    yield path
    if isinstance(data, dict):
        for key, value in data.items():
            yield from places(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from places(value, (*path, index))


def put(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy of a document with another value at a path."""
    if not path:
        return value
    changed = copy.deepcopy(data)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed
