"""Words in other languages: each message is translated, whole, and said by some explanation."""

from __future__ import annotations

import gettext
import html
import re
from fractions import Fraction
from pathlib import Path
from string import Formatter
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from click.testing import CliRunner

import slacalc
from slacalc import Calendar, Event, Policy, _i18n, bulk, contract, plot, presets, replay, report
from slacalc._calendar.holidays import holiday_entries
from slacalc._cli import year as _year
from slacalc._clock.policy_diff import difference_sentences
from slacalc._contract.credits import (
    Miss,
    PromiseOutcome,
    credit_line,
    earned_back,
    read_fee,
    settle,
)
from slacalc._contract.periods import parse_period
from slacalc._i18n import LOCALES, Translator, translator
from slacalc.cli import commands
from slacalc.errors import LanguageError
from tests.html.test_policy import AGREEMENTS
from tests.html.views import views
from tests.plot.figures import figure_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from babel.messages.catalog import Catalog

SOURCE = Path(slacalc.__file__).parent
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"translate": None, "N_": None, "NN_": (1, 2), "plural": (1, 2)}
LANGUAGES = sorted(path.name for path in LOCALES.iterdir())
in_every_language = pytest.mark.parametrize("language", LANGUAGES)


def messages() -> set[str]:
    """What the code says, and marks to be said; of what has a plural, the singular."""
    found = extract_from_dir(
        str(SOURCE), METHODS, keywords=KEYWORDS, directory_filter=lambda _: True
    )
    said = [message if isinstance(message, str) else message[0] for _, _, message, _, _ in found]
    return {message for message in said if message}


def catalogue(language: str) -> Catalog:
    path = LOCALES / language / "LC_MESSAGES" / "slacalc.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def entries(language: str) -> Iterator[tuple[str, list[str]]]:
    """The messages of a catalogue, the header aside, each with its translations."""
    for message in catalogue(language):
        if message.id:
            one = message.id if isinstance(message.id, str) else message.id[0]
            text = message.string or ""
            told = [text] if isinstance(text, str) else list(text)
            assert not message.fuzzy, one
            yield one, told


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@in_every_language
def test_every_message_is_translated(language: str) -> None:
    """What the code says is what the catalogue has, `make words` having been run."""
    told = dict(entries(language))
    assert told.keys() == messages()
    assert not [one for one, those in told.items() if not all(those)]


@in_every_language
def test_translations_have_the_same_placeholders(language: str) -> None:
    """None is lost, and none is made up."""
    for one, told in entries(language):
        assert {frozenset(placeholders(text)) for text in told} == {frozenset(placeholders(one))}


@in_every_language
def test_the_compiled_catalogue_is_that_of_the_text(language: str) -> None:
    """The file that is read says what the file that is written says."""
    compiled = gettext.translation("slacalc", LOCALES, [language])
    for one, told in entries(language):
        assert compiled.gettext(one) == told[0] or compiled.ngettext(one, one, 2) == told[-1]


# What every explanation below is asked of.
POLICY = """
name = "desk"
effective_from = 2024-01-01
calendar = "office"

[consequences]
penalty = "a credit"

[calendars.office]
time_zone = "Asia/Shanghai"
holidays = "CN"
week = { mon-fri = "08:30-12:00, 13:00-17:30" }

[attributes]
tier = { values = ["gold", "silver", "bronze"], default = "bronze" }
bought = { kind = "date", optional = true }
call = { kind = "instant", optional = true }

[metrics.reply]
start = "created"
stop = "replied"
warnings = ["80 %", "1 working hour before", "10 minutes after"]
consequence = "penalty"

[metrics.visit]
start = "accepted"
stop = "arrived"

[metrics.repair]
start = "created"
stop = "resolved"
pause = { status = "waiting" }
on_change = "from_change"

[metrics.wish]
start = "created"
stop = "granted"

[[tables.terms]]
when.tier = ["gold", "silver"]
when.received = { is = ["working-day", "weekend", "before 17:30"], on = "office" }
targets.reply = { within = "4 working hours", limit = "2 working days" }
targets.visit = "1 working day"
targets.repair = "8 working hours"
entitlements = ["hotline"]

[[tables.terms]]
when = { tier = { not = "gold" }, received = "after 08:00" }
targets.reply = { within = "72 hours", roll = "modified_following" }
targets.visit = "end of day + 1"
targets.repair = { promise = "as agreed" }

[[tables.all]]
targets.reply = "earliest of 3 calendar days, end of working day + 1"
targets.visit = { within = "48 hours", roll = "preceding" }
targets.repair = { within = "24 hours", roll = "following" }
"""
ONE_ROW = POLICY[: POLICY.index("[[tables")] + "[[tables.terms]]\ntargets.reply = "
WITHINS = (
    "at once",
    "1 working minute",
    "2 working seconds",
    "1 hour",
    "2 minutes",
    "3 seconds",
    "latest of 1 calendar day, 1 working hour",
    "earliest of 16:00 of working day + 1, 12:00 of day + 0",
)
ADJUSTED = """
[[adjustments]]
when.received.is = "working-day"
when.received.on = { field = "tier", gold = "office", default = "office" }
scale = { visit = 3 }
"""
COVERED = """
[[coverage]]
from = "bought"
for = "1 year"
otherwise = "the warranty is over"
"""
BEFORE_THE_WEEK = "2024-09-27T16:00+08:00"  # a Friday; Sunday makes up for a day of that week


class Listener(gettext.NullTranslations):
    """A catalogue that notes what is asked of another one."""

    def __init__(self, other: gettext.NullTranslations, heard: set[str]) -> None:
        super().__init__()
        self.other, self.heard = other, heard

    def gettext(self, message: str) -> str:  # noqa: D102 - as gettext
        self.heard.add(message)
        return self.other.gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:  # noqa: D102 - as gettext
        self.heard.add(msgid1)
        return self.other.ngettext(msgid1, msgid2, n)


def explained_deadlines(language: str) -> Iterator[object]:
    """Of tickets with promises, limits and words, begun or not, covered or not."""
    policy = Policy.from_toml(POLICY)
    for tier in ("gold", "bronze"):
        yield policy.deadlines({"tier": tier}, BEFORE_THE_WEEK).explain(language=language)
    yield policy.deadlines({}, "2045-01-02T16:00Z").explain(language=language)
    for within in WITHINS:
        one = Policy.from_toml(f"{ONE_ROW}{within!r}".replace("effective_from", "# "))
        yield one.deadlines({}, BEFORE_THE_WEEK).explain(language=language)
    covered = Policy.from_toml(POLICY.replace("[metrics.reply]", COVERED + "[metrics.reply]"))
    adjusted = Policy.from_toml(POLICY.replace("end of day + 1", "2 hours") + ADJUSTED)
    yield adjusted.deadlines({"tier": "silver"}, BEFORE_THE_WEEK).explain(language=language)
    for bought in ("2020-01-01", None):
        ticket = {"bought": bought}
        yield covered.deadlines(ticket, BEFORE_THE_WEEK).explain(language=language)


def explained_dates_of_tickets(language: str) -> Iterator[object]:
    """Of tickets that have a date of their own, or lack it."""
    policy = Policy.from_toml(f'{ONE_ROW}{{ within = {{ field = "call" }} }}')
    for ticket in ({"call": "2024-09-30T10:00+08:00"}, {}):
        yield policy.deadlines(ticket, BEFORE_THE_WEEK).explain(language=language)


def explained_stretches(language: str) -> Iterator[object]:
    """Of calendars: every reason for which they are open or closed, and how clocks stood."""
    office = Policy.from_toml(POLICY).calendars["office"]
    special = Calendar(
        "Asia/Shanghai",
        {"mon-fri": "9-17"},
        exceptions={"2024-09-26": "10-11:30:15", "2024-09-27": "closed"},
    )
    combined = (special | Calendar("Asia/Shanghai", {"sat": "9-10"})) - Calendar.dates("2024-09-25")
    begin, end = "2024-09-25T00:00+08:00", "2024-10-05T00:00+08:00"
    for calendar in (office, combined):
        yield calendar.explain(begin, end, language=language)
        yield calendar.explain(begin, begin, language=language)
    yield office.explain("2045-01-02T00:00Z", "2045-01-03T00:00Z", language=language)
    clock = replay(
        Policy.from_toml(POLICY),
        {"tier": "bronze"},
        [
            Event("2024-09-25T10:00+08:00", "changed", tier="gold"),
            Event("2024-09-25T11:00+08:00", "changed", status="waiting"),
            Event("2024-09-25T14:00+08:00", "changed", status="open"),
            Event("2024-09-25T15:00+08:00", "accepted"),
            Event("2024-09-25T16:00+08:00", "resolved"),
        ],
        at="2024-09-25T09:00+08:00",
    )
    for metric in ("visit", "repair"):
        yield clock.ledger(metric, "2024-09-26T09:00+08:00", language=language)


def explained_warnings(language: str) -> Iterator[object]:
    """Of a calendar that never opens, and of one that opens too late."""
    for changes in ({}, {"2026-06-01": {"week": {"mon-fri": "9-17"}}}):
        target = {"within": "1 hour", "warnings": ["1 working hour before"]}
        desk = Policy(
            "desk",
            calendars={"desk": {"time_zone": "UTC", "week": "closed", "changes": changes}},
            metrics={"reply": {}},
            tables={"all": [{"targets": {"reply": target}}]},
        )
        yield desk.deadlines({}, "2024-09-25T09:00+08:00").explain(language=language)


def shown_years(language: str) -> Iterator[object]:
    """Of the command line: years with holidays, make-up days and exceptions."""
    for year in ("2024", "2046"):
        typed = ["calendar", "show", "--country", "CN", "--year", year, "--language", language]
        yield CliRunner().invoke(commands(), typed, catch_exceptions=False).output
    days = [
        *Calendar("UTC", {"sun": "9-10"}, exceptions={"2024-01-01": "9-10"}).days(
            "2024-01-01", "2024-12-31"
        )
    ]
    days += Calendar("UTC", "closed", exceptions={"2024-01-02": "closed"}).days(
        "2024-01-01", "2024-12-31"
    )
    days += Calendar("UTC", "always", closures={"01-02": "all day"}).days(
        "2024-01-01", "2024-01-03", language=language
    )
    translate = translator(language)
    yield "".join(
        text
        for line in [_year.legend(days, translate), *_year.special_date_lines(days, translate)]
        for text, _ in line
    )


def traced(language: str) -> Iterator[object]:
    """Whatever may become of a condition."""
    desk = Policy(
        "desk",
        attributes={"tier": {"values": ["gold", "silver"], "default": "silver"}},
        metrics={
            "reply": {"stop": {"event": "replied", "any": [{"call": "met"}, {"team": "desk"}]}},
            "repair": {
                "start": {"event": "accepted", "call": {"not": "met"}},
                "stop": "resolved",
                "starts_after": ["reply"],
                "pause": [{"status": "waiting"}, {"team": "office"}, "paused"],
                "resume": "note",
                "reset": "wish",
            },
            "visit": {"stop": "visit", "repeat": "independent", "until": "repair"},
            "call": {"stop": "replied", "on_reopen": "final", "held_by": {"team": "desk"}},
        },
        tables={
            "all": [
                {"when": {"tier": "gold"}, "targets": {"reply": "1 hour", "repair": "1 hour"}},
                {"targets": {"reply": "2 hours", "repair": "2 hours", "visit": "1 hour"}},
            ],
            "more": [{"when": {"tier": "gold"}, "targets": {"visit": "1 hour"}}],
        },
        preconditions={"terms": {"words": "terms", "pause": {"terms": "open"}}},
        semantics={"on_change": "from_change"},
    )
    fields: list[tuple[str, dict[str, Any]]] = [
        ("replied", {}),
        ("accepted", {"call": "met"}),
        ("accepted", {}),
        ("resolved", {}),
        ("changed", {"terms": "open"}),
        ("replied", {"team": "desk"}),
        ("replied", {"team": "desk"}),
        ("wish", {}),
        ("note", {}),
        ("changed", {"terms": "closed"}),
        ("reopened", {}),
        ("accepted", {}),
        ("accepted", {}),
        ("changed", {"status": "waiting"}),
        ("changed", {"team": "office"}),
        ("changed", {"status": "open"}),
        ("note", {}),
        ("changed", {"team": "desk"}),
        ("note", {}),
        ("changed", {"tier": "gold"}),
        ("wish", {}),
        ("accepted", {}),
        ("resolved", {}),
        ("visit", {}),
        ("accepted", {}),
        ("reopened", {}),
        ("cancelled", {}),
        ("visit", {}),
    ]
    log = [
        Event(f"2024-09-27T16:{minute:02}+08:00", kind, **more)
        for minute, (kind, more) in enumerate(fields, 1)
    ]
    made = replay(desk, {}, log, at=BEFORE_THE_WEEK)
    yield made.trace(everything=True, language=language)
    other = Policy(
        "desk",
        attributes={"tier": ["gold", "silver"]},
        metrics={"reply": {"start": "accepted"}, "repair": {}, "visit": {}},
        tables={
            "all": [
                {"when": {"tier": "gold"}, "targets": {"repair": "1 hour"}},
                {
                    "when": {"tier": "silver"},
                    "targets": {"repair": "2 hours", "visit": {"promise": "as agreed"}},
                },
            ]
        },
    )
    by_hand = {"metric": "repair", "due": BEFORE_THE_WEEK, "author": "Wilson", "reason": "call"}
    log = [
        Event("2024-09-27T16:01+08:00", "changed", tier="gold"),
        Event("2024-09-27T16:02+08:00", "overridden", **by_hand),
        Event("2024-09-27T16:03+08:00", "paused"),
        Event("2024-09-27T16:03+08:00", "resumed"),
        Event("2024-09-27T16:04+08:00", "cancelled"),
        Event("2024-09-27T16:04+08:00", "cancelled"),
        Event("2024-09-27T16:05+08:00", "reopened"),
    ]
    made = replay(other, {"tier": "silver"}, log, at=BEFORE_THE_WEEK)
    yield made.trace(language=language)


OFFICE_HOURS = {"time_zone": "Asia/Shanghai", "week": {"mon-fri": "9-18"}}


def kept_duties() -> contract.Duties:
    """Duties in every state: by times, by an amount, after an event, and faulty rows."""
    policy = Policy(
        "care",
        duties={
            "call": {"every": "month", "times": 2, "due": "10th day of month"},
            "visit": {"every": "week", "budget": "CNY 20"},
            "repair": {"after": "visit", "within": "36 hours"},
        },
    )
    calls = ["01-02T09:00Z", "01-12T09:00Z", "02-03T09:00Z", "02-04T09:00Z"]
    rows: list[dict[str, Any]] = [{"at": f"2026-{at}", "type": "call"} for at in calls]
    rows += [{"at": "2026-01-05T09:00Z", "type": "visit", "amount": 20}, {"type": "call"}]
    events = [{"customer": "desk", **row} for row in rows]
    customers = [{"customer": "desk", "from": "2026-01-01", "until": "2026-12-05"}]
    kept = contract.duties(policy, customers, events, "2026-12-01T00:00Z", errors="column")
    assert {state for state, count in kept.counts.items() if count} == {*kept.counts}
    return kept


def explained_duties(language: str) -> Iterator[object]:
    kept = kept_duties()
    yield from (duty.explain(language).replace("CNY", "") for duty in kept)
    rows = [{"customer": "desk", "at": "2026-01-05T08:00Z", "type": "complaint"}]
    policy = Policy("care", penalties={"penalty": {"event": "complaint", "amount": "CNY 50"}})
    owed = contract.penalties(policy, [{"customer": "desk"}], rows, "2026-01")
    yield owed[0].explain(language).replace("CNY", "")


def availability_reports() -> Iterator[contract.AvailabilityReport]:
    """Targets met, missed and not measured, outages that count and others, and a faulty row."""
    target = {
        "target": "99 %",
        "hours": "office",
        "maintenance": {"2026-05-13": "9-12"},
        "component": "office",
    }
    calendars = {"office": OFFICE_HOURS}
    policy = Policy("desk", calendars=calendars, availability={"office": target})
    times = [
        ("2026-05-10T09:00+08:00", "2026-05-11T10:00+08:00"),  # Sunday and Monday
        ("2026-05-12T20:00+08:00", "2026-05-12T21:00+08:00"),  # at night
        ("2026-05-13T08:00+08:00", "2026-05-13T10:00+08:00"),  # before and in maintenance
        ("2026-05-13T11:00+08:00", "2026-05-13T12:00+08:00"),
    ]
    usual = [{"start": start, "end": end, "component": "office"} for start, end in times]
    other = [{**row, "component": "mail"} for row in usual]
    many = [
        {"start": f"2026-05-14T10:{minute:02}+08:00", "end": f"2026-05-14T10:{minute:02}:10+08:00"}
        for minute in range(25)
    ]
    bad = [{"start": None, "end": None}]
    for rows in (usual, [*other[:1], *bad], [*other, *bad * 2, *many]):
        for as_of in (None, "2026-05-14T20:00+08:00", "2026-04-01T09:00+08:00"):
            yield contract.availability(
                policy, rows, period="2026-05", as_of=as_of, errors="column"
            )
    ongoing = [{"start": "2026-05-15T09:00+08:00", "end": None}]
    yield contract.availability(policy, ongoing, period="2026-05")


def explained_availability(language: str) -> Iterator[object]:
    for made in availability_reports():
        yield made["office"].explain(language)


def objective_reports() -> Iterator[contract.ObjectiveReport]:
    """Shares, percentiles and means, kept, missed and unknown; and tickets that do not count."""
    common = {"metric": "reply", "except": {"tier": "silver"}}
    policy = Policy(
        "desk",
        calendars={"office": OFFICE_HOURS},
        attributes={"tier": ["gold", "silver"]},
        metrics={"reply": {"stop": "replied"}},
        tables={"all": [{"targets": {"reply": "2 working hours"}}]},
        objectives={
            "all": {"share": "90 %", "at_least": 3, **common},
            "terms": {"percentile": 90, "within": "1 working hour", **common},
            "visit": {"mean": "1 working hour", **common},
        },
    )
    times: list[tuple[str | None, str | None]] = [
        ("2026-05-11T09:00+08:00", "2026-05-11T10:00+08:00"),
        ("2026-05-12T09:00+08:00", None),
        ("2026-05-13T09:00+08:00", "2026-05-13T09:30+08:00"),
    ]
    rows = [{"created": one, "replied": two, "tier": "gold"} for one, two in times]
    silver, bad = [{**row, "tier": "silver"} for row in rows], [{**rows[0], "tier": "bronze"}]
    cancelled = [{**row, "cancelled": "2026-05-11T09:30+08:00"} for row in rows[:1]]
    for tickets in (rows, rows[:1] * 3 + silver, cancelled, silver[:1] * 2 + bad, rows[1:2]):
        for as_of in (None, "2026-05-12T09:10+08:00"):
            yield contract.objectives(
                policy, tickets, period="2026-05", as_of=as_of, errors="column"
            )


def explained_objectives(language: str) -> Iterator[object]:
    for made in objective_reports():
        yield made.explain(language=language)


CREDITS = """
name = "desk"

[calendars.office]
time_zone = "Asia/Shanghai"
week = { mon-fri = "9-18" }

[settlement]
at_risk = "10 %"
percent_per_point = 2
cap = "CHF 100"

[availability.office]
target = "99 %"
cap = "CHF 90"
earn_back = 1
credits = [{ below = "99 %", percent = 5 }, { below = "90 %", percent = 10 }, { points = 3 }]

[availability.call]
target = "99 %"
cap = "50 %"
credits = [{ below = "99 %", allocation = 80 }, { allocation = 40 }]

[penalties.visit]
event = "visit"
amount = "CHF 20"

[duties.visit]
every = "month"
"""
LATE = """credits = [
  { per = "started hour", amount = "CHF 1", grace = "30 minutes" },
  { per = "started day", amount = "CHF 2", grace = "1 working day" },
  { per = "started working hour", points = 1 },
  { per = "started working day", points = 3.5 },
]"""


def explained_credits(language: str) -> Iterator[object]:
    """Credits by steps and by misses, with and without the fee, and what caps leave of them."""
    policy = Policy.from_toml(CREDITS + LATE)
    months = [parse_period(month, policy.zone) for month in ("2026-05", "2026-06")]
    may, start = months[0].starts, months[0].starts + 100 * 3_600_000_000
    misses = (Miss(may), Miss(start, start + 5 * 86_400_000_000))
    lines = []
    for section in ("availability", "penalties", "duties"):
        for name in getattr(policy, section):
            for share, fee in ((50, 1000), (95, 1000), (95, None), (99, 1000), (None, 1000)):
                figure = None if share is None else Fraction(share, 100)
                outcome = PromiseOutcome(
                    is_missed=share != 99, figure=figure, misses=misses if share != 99 else ()
                )
                known = read_fee(fee, policy)
                line = credit_line(policy, section, name, outcome, period=months[0], fee=known)
                yield line.explain(language=language).replace("CHF", "")
                lines.append(line)
    whole = read_fee(1000, policy)
    yield from (
        reduction.explain(language=language).replace("CHF", "")
        for reduction in settle([line for line in lines if line.fee], policy, whole).reductions
    )
    back = earned_back(lines[0], ["met"], period=months[1], credited=lines[0].amount)
    assert back is not None
    yield back.explain(language=language).replace("CHF", "")


def statements() -> Iterator[contract.Statement]:
    """Promises kept and missed, not measured and settled later; caps, and credits earned back."""
    reply = {
        "share": "90 %",
        "metric": "reply",
        "except": {"tier": "silver"},
        "credits": [{"amount": "CHF 4"}],
    }
    claim = {"within": "30 days", "from": "end of month"}
    steps = [{"below": "99.9 %", "percent": 10}]
    policy = Policy(
        "desk",
        calendars={"office": OFFICE_HOURS},
        attributes={"tier": ["gold", "silver"]},
        metrics={"reply": {"stop": "replied"}},
        tables={"all": [{"targets": {"reply": "2 working hours"}}]},
        objectives={
            "reply": {**reply, "period": "month", "claim": claim},
            "terms": {"share": "90 %", "metric": "reply", "period": "quarter"},
            "visit": {"share": "90 %"},
        },
        availability={
            "office": {"target": "99.9 %", "credits": steps, "earn_back": 1, "hours": "office"}
        },
        settlement={"currency": "CHF", "cap": "1 %"},
    )
    rows = [
        {"created": f"2026-05-{day}T09:00+08:00", "replied": replied, "tier": tier}
        for day, replied, tier in [
            (11, None, "gold"),
            (12, "2026-05-12T12:00+08:00", "gold"),
            (13, None, "silver"),
            *[(14, None, "gold")] * 10,
        ]
    ]
    down = [
        {"start": f"2026-05-11T{hour}:00+08:00", "end": f"2026-05-11T{hour + 2}:00+08:00"}
        for hour in (10, 20)
    ]
    early = [
        {"start": "2026-04-30T09:00+08:00", "end": "2026-04-30T12:00+08:00"},
        *[{"start": None}] * 2,
    ]
    for tickets, outages in ((rows, down), (rows, early), (None, None)):
        for as_of in (None, "2026-05-20T09:00+08:00"):
            yield contract.statement(
                policy, "2026-05", tickets=tickets, outages=outages,
                fee=1000, as_of=as_of, errors="column",
            )  # fmt: skip
    care = Policy(
        "desk",
        calendars={"office": OFFICE_HOURS},
        attributes={"tier": ["gold", "silver"]},
        duties={
            "visit": {"every": "month", "when": {"tier": "gold"}},
            "call": {"every": "week"},
            "note": {"every": "month", "when": {"tier": "silver"}},
        },
        penalties={"penalty": {"event": "penalty", "amount": "CHF 50"}},
    )
    office = {"customer": "office", "from": "2026-05-04", "until": "2026-05-20", "tier": "gold"}
    silver = {"customer": "office", "tier": "silver"}
    done = [
        {"customer": "office", "at": f"2026-05-{day}T09:00+08:00", "type": type_}
        for day, type_ in [(13, "call"), (15, "penalty")]
    ]
    yield contract.statement(care, "2026-05", customers=[office], duties=done)
    yield contract.statement(care, "2026-05", customers=[office])
    yield contract.statement(care, "2026-05")
    yield contract.statement(
        care, "2026-05", customers=[{**silver, "from": "2026-01-01"}], duties=[]
    )
    yield contract.statement(policy, "2026-05", outages=early[:1], fee=1000)
    quarterly: dict[str, Any] = {"office": {"target": "99 %", "period": "quarter"}}
    new = {"effective_from": "2026-05-09", "availability": quarterly}
    later = Policy("desk", calendars={"office": OFFICE_HOURS}, versions=[new])
    yield contract.statement(later, "2026-06")
    terms = {"metric": "reply", "period": "month"}
    running = Policy(
        "desk",
        calendars={"office": OFFICE_HOURS},
        metrics={"reply": {"stop": "replied"}},
        tables={"all": [{"targets": {"reply": "2 working hours"}}]},
        objectives={
            "reply": {**terms, "share": "90 %", "at_least": 5, "if_fewer": "one may miss"},
            "terms": {**terms, "mean": "1 working hour", "counted_by": "due"},
        },
    )
    yield contract.statement(
        running,
        "2026-05",
        tickets=[{"created": f"2026-05-29T{hour}:00+08:00", "replied": None} for hour in (10, 17)],
        as_of="2026-06-01T00:00+08:00",
    )
    unknown = {
        "availability": {"office": {"target": "99 %", "component": "office"}},
        "penalties": {"penalty": {"event": "penalty", "amount": "CHF 50"}},
    }
    shop = Policy("desk", calendars={"office": OFFICE_HOURS}, **unknown)
    down = [{**down[0], "component": "Office"}]
    done = [{**done[0], "type": "Penalty"}]
    yield contract.statement(
        shop, "2026-05", outages=down, maintenance=down, customers=[office], duties=done
    )


def explained_statements(language: str) -> Iterator[object]:
    for made in statements():
        yield re.sub("CHF|row|as_of|due|Office|Penalty", "", made.explain(language=language))


def capped(language: str) -> Iterator[Any]:
    """Waits that use up each cap on pauses."""
    for caps in ({"times": 1}, {"at_most": "1 hour"}, {"in_all": "90 minutes"}):
        pause = {"when": {"status": "waiting"}, **caps}
        desk = Policy(
            "desk",
            metrics={"reply": {"pause": pause}},
            tables={"all": [{"targets": {"reply": "1 hour"}}]},
        )
        log = [
            Event(f"2024-09-27T{at}+08:00", "changed", status=status)
            for at, status in (("17:00", "waiting"), ("18:00", "open"), ("19:00", "waiting"))
        ]
        made = replay(desk, {}, log, at=BEFORE_THE_WEEK)
        yield made.trace("reply", "2024-09-28T09:00+08:00", language=language)
        yield made.ledger("reply", "2024-09-28T09:00+08:00", language=language)


FOUND = """
name = "desk"
[calendars.office]
time_zone = "Asia/Shanghai"
week = "closed"
[attributes]
{attributes}
[fields]
status = ["open", "closed"]
[metrics.reply]
[[tables.all]]
targets = {{ reply = "2 hours" }}
[[tables.all]]
{row}targets = {{ reply = "1 hour" }}
[[tables.terms]]
targets = {{ reply = "4 working hours" }}
"""


def found(language: str) -> Iterator[object]:
    """Findings of each severity, with and without a ticket that shows them."""
    names = re.compile(r"(tables|calendars|fields)\.[\w.\[\]]+| \[[\w-]+\]")
    for attributes in ('tier = ["gold", "silver"]', ""):
        row = 'when = { tier = "gold" }\n' if attributes else ""
        policy = Policy.from_toml(FOUND.format(attributes=attributes, row=row))
        yield names.sub("", policy.lint().in_language(language))


def different_policies(language: str) -> Iterator[object]:
    """What only one of two policies has, and what both have."""
    desk = Policy.from_toml(CALLS % "2 hours")
    slower, empty = Policy.from_toml(CALLS % "3 hours"), Policy("desk")
    for pair in ((desk, slower), (desk, empty), (empty, desk)):
        yield from difference_sentences(*pair, translator(language))


EXPLAINED = (
    found,
    explained_statements,
    explained_objectives,
    explained_availability,
    explained_credits,
    explained_duties,
    traced,
    capped,
    explained_deadlines,
    explained_dates_of_tickets,
    explained_warnings,
    explained_stretches,
    shown_years,
    figure_texts,
)


def shown_as_html(language: str) -> Iterator[object]:
    """Everything that shows itself, whose words are those of policies as well."""
    yield from (view for _, view in views(language))
    yield from (made.to_html(language=language) for made in availability_reports())
    yield kept_duties().to_html(language=language)
    yield from (made.to_html(language=language) for made in objective_reports())
    yield from (made.to_html(language=language) for made in statements())
    adjusted = Policy.from_toml(POLICY.replace("end of day + 1", "2 hours") + ADJUSTED)
    yield adjusted.to_html(language=language)
    until = 'repeat = "next_start"\nuntil = "repair"\nstart = "accepted"'
    ending = Policy.from_toml(POLICY.replace('start = "accepted"', until))
    yield ending.to_html(language=language)
    events = [
        Event("2024-09-27T16:10+08:00", "accepted"),
        Event("2024-09-27T16:20+08:00", "resolved"),
    ]
    ended = replay(ending, {"tier": "gold"}, events, at=BEFORE_THE_WEEK)
    yield ended.status("2024-09-27T17:00+08:00").to_html(language=language)
    yield Policy.from_toml(CONDITIONS).to_html(language=language)
    yield Policy.from_toml(AGREEMENTS).to_html(language=language)


CONDITIONS = """
name = "conditions"

[attributes]
amount = { kind = "number", default = 0 }
labels = { kind = "tags", fold_case = true, default = [] }

[fields]
status = ["open", "waiting"]

[metrics.answer]
stop = { event = "replied", labels = { none = ["spam"] } }
formerly = "reply"
pause = { when = { status = "waiting" }, at_most = "2 hours", times = 3, in_all = "4 hours" }

[metrics.ending]
stop = "closed"
cancel = "withdrawn"

[metrics.closing]
stop = "closed"
pause = []
cancel = []
reset = []
reopen = []
repeat = "never"

[[tables.terms]]
when = { labels = { any = ["vip"], all = ["a", "b"] }, any = [{ amount = ">= 100" }] }
targets = { answer = "1 hour" }

[[tables.terms]]
when = { not = { amount = 1, labels = "x" } }
targets = { answer = "2 hours" }
"""

CALLS = """
name = "calls"
effective_from = 2024-01-01

[calendars.always]
time_zone = "UTC"
week = "always"

[attributes]
tier = ["gold", "silver"]
product = { kind = "text", optional = true }

[metrics.answer]
start = "created"
stop = "answered"
on_reopen = "new_cycle"
reopen = "reopened"

[metrics.repair]
start = "accepted"
stop = "answered"

[objectives.kept]
metric = "answer"
share = "99 %%"
of = "calls answered in time"
period = "month"

[[tables.terms]]
targets = { answer = "%s", repair = "1 hour" }

[[versions]]
effective_from = 2024-08-01
"""


def reported(language: str) -> Iterator[object]:
    """Pages about tickets and about logs: with another policy, objectives, and many bad rows."""
    mild = Policy.from_toml(CALLS % "2 hours")
    strict = Policy.from_toml((CALLS % "10 minutes").replace('"silver"', '"bronze"'))
    days = range(1, 29)
    tickets = {
        "created": [f"2024-0{7 + day % 2}-{day:02}T09:00Z" for day in days] * 2,
        "answered": [f"2024-0{7 + day % 2}-{day:02}T09:{day + 20}Z" for day in days] * 2,
        "tier": ["gold", "silver", *(f"odd {day}" for day in range(12)), *["gold"] * 42],
        "product": [f"product {number}" for number in range(56)],
    }
    unread = {7: "7", 8: "a", 9: "a", **dict.fromkeys(range(10, 15), "10")}
    yield report.page(mild, tickets, "2024-09-30T09:00Z", unread=unread, language=language)
    fewer = {name: column[-42:] for name, column in tickets.items()}
    options: dict[str, Any]
    for options in (
        {"flips": 3},
        {"objective": 0.9, "in_force": "by_receipt"},
        {"by": ["product", "tier"]},
        {"against": mild},
    ):
        asked: dict[str, Any] = {"against": strict, "language": language} | options
        yield report.page(mild, tickets, "2024-09-30T09:00Z", **asked)
    quick = Policy.from_toml(CALLS % "10 minutes")
    yield report.page(quick, fewer, "2024-09-30T09:00Z", worst=1, period=None, language=language)
    yield report.page(mild, fewer, "2024-07-01T09:01Z", language=language)
    terms = presets.load("kingdee-diexun")
    visits = {
        "created": ["2024-07-01T09:00Z"] * 40,
        "arrived": [*["2024-07-09T09:00Z"] * 39, None],
        "channel": ["on-site"] * 20 + ["hotline"] * 20,
        "tier": ["gold", "silver"] * 20,
    }
    yield report.page(terms, visits, "2024-09-30T09:00Z", language=language)
    log = {
        "ticket": ["A", "A", "A", "A", "B", "C"],
        "at": [
            f"2024-07-01T{at}Z" for at in ("09:00", "10:00", "11:00", "18:30", "09:00", "09:00")
        ],
        "type": ["created", "answered", "reopened", "answered", "created", "created"],
        "tier": ["gold", None, None, None, "silver", "odd"],
    }
    yield report.page(mild, log, language=language)
    yield report.page(mild, log, against=strict, period=None, language=language)


def begun(language: str) -> Iterator[object]:
    """The desks with an example, what is to be done with one, and the presets."""
    words = ["presets", "--language", language]
    yield CliRunner().invoke(commands(), words, catch_exceptions=False).output
    with TemporaryDirectory() as folder:
        for typed in ([], ["--desk", "office"]):
            words = ["init", folder, *typed, "--language", language]
            yield CliRunner().invoke(commands(), words, catch_exceptions=False).output


def run_on_files(language: str) -> Iterator[object]:
    """What commands on files print of what they did."""
    policy = """
name = "desk"
metrics.reply.stop = "replied"
tables.all = [{ targets.reply = "4 hours" }]
objectives.quick = { metric = "reply", share = "50 %", period = "month" }
"""
    tickets = "created,replied\n2026-06-01T09:00Z,2026-06-01T09:30Z\n"
    events = "ticket,at,type\n1,2026-06-01T09:00Z,created\n"
    as_of = ["--as-of", "2026-06-02T09:00Z"]
    with TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in (("p.toml", policy), ("t.csv", tickets), ("e.csv", events)):
            (root / name).write_text(text, "utf-8")
        for command, read, more in (
            ("evaluate", "t.csv", ["--progress"]),
            ("evaluate", "t.csv", as_of),
            ("replay", "e.csv", ["--progress"]),
            ("report", "t.csv", as_of),
        ):
            words = [command, f"{root / read}", "-p", f"{root / 'p.toml'}", *more]
            words += ["-o", f"{root / 'out'}.csv", "--language", language]
            yield CliRunner().invoke(commands(), words, catch_exceptions=False).output


@pytest.mark.slow
@in_every_language
def test_every_message_is_said(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No message of the catalogue is one that no explanation comes to say."""
    heard: set[str] = set()
    listener = Listener(gettext.translation("slacalc", LOCALES, [language]), heard)
    monkeypatch.setattr(_i18n, "_translator", lambda language: Translator(language, listener))
    holiday_entries.cache_clear()
    for explained in (*EXPLAINED, different_policies, shown_as_html, reported, begun, run_on_files):
        assert all(map(str, explained(language)))
    holiday_entries.cache_clear()
    assert not messages() - heard, "; ".join(sorted(messages() - heard))


@pytest.mark.parametrize("explained", EXPLAINED)
def test_nothing_is_left_in_english(explained: Callable[[str], Iterator[object]]) -> None:
    """What a Chinese explanation has in Latin letters comes from the policy and the ticket."""
    own = "desk|tier|gold|silver|bronze|reply|visit|repair|wish|accepted|office|terms|all|received"
    own += "|weekend"
    own += "|working-day|penalty|hotline|as agreed|the warranty is over|waiting|CN|bought"
    own += (
        "|UTC|Asia|Shanghai|Wilson|call|team|status|call_state|met|note|replied|reopened|resolved"
    )
    own += "|cancelled|changed|created|overridden|paused|resumed|start|stop|pause|resume|cancel"
    own += "|open|closed|reset|reopen|held_by|until|on_change|starts_after|on_reopen|final"
    for text in explained("zh"):
        assert not re.findall(r"[A-Za-z]{2,}", re.sub(rf"\b({own})\b", "", str(text)))


def test_a_working_week_cut_short_by_hand() -> None:
    """Friday from four, two hours: half an hour past five, and the rest on the Sunday made up."""
    office = Policy.from_toml(POLICY).calendars["office"]
    ledger = office.explain(BEFORE_THE_WEEK, work="2h", language="zh")
    assert str(ledger).splitlines() == [
        "2024-09-27 周五 16:00 → 2024-09-27 周五 17:30  工作  1小时 30分",
        "2024-09-27 周五 17:30 → 2024-09-28 周六 00:00  休息  6小时 30分  非工作时间",
        "2024-09-28 周六 00:00 → 2024-09-29 周日 00:00  休息         1天  周末",
        "2024-09-29 周日 00:00 → 2024-09-29 周日 08:30  休息  8小时 30分  非工作时间",
        "2024-09-29 周日 08:30 → 2024-09-29 周日 09:00  工作        30分  调休上班：补 2024-10-04",
        (
            "合计 1天 17小时：工作 2小时（工作 1小时 30分，调休上班 30分），"
            "休息 1天 15小时（非工作时间 15小时，周末 1天）"
        ),
    ]


# Languages ----------------------------------------------------------------------------------------

PARIS = Calendar("Europe/Paris", {"mon-fri": "9-17"}, holidays="FR")
LABOUR_DAY = ("2026-04-30T10:00+02:00", "2026-05-04T10:00+02:00")
TICKETS = {"created": ["2026-04-30T10:00+02:00"], "answered": ["2026-04-30T10:30+02:00"]}
DESK = Policy(
    "desk",
    calendars={"office": PARIS},
    metrics={"answer": {"stop": "answered"}},
    tables={"all": [{"targets": {"answer": "16 working hours"}}]},
)
DUE = DESK.deadlines({}, LABOUR_DAY[0])
CLOCK = DESK.open({}, at=LABOUR_DAY[0])
ANSWER = bulk.evaluate(DESK, TICKETS, LABOUR_DAY[1])

# What names holidays, and so knows the languages of their names; and what does not.
NAMING: dict[str, Callable[[Any], object]] = {
    "Calendar.days": lambda language: PARIS.days("2026-05-01", "2026-05-02", language=language),
    "Calendar.explain": lambda language: PARIS.explain(*LABOUR_DAY, language=language),
    "Calendar.to_html": lambda language: PARIS.to_html(2026, language=language),
    "Ledger.to_html": lambda language: PARIS.explain(*LABOUR_DAY).to_html(language=language),
    "Deadline.explain": lambda language: DUE["answer"].explain(language=language),
    "Deadlines.explain": lambda language: DUE.explain(language=language),
    "Clock.ledger": lambda language: CLOCK.ledger("answer", LABOUR_DAY[1], language=language),
    "plot.calendar": lambda language: plot.calendar(PARIS, 2026, language=language),
}
OTHERS: dict[str, Callable[[Any], object]] = {
    "Policy.to_html": lambda language: DESK.to_html(language=language),
    "Deadline.to_html": lambda language: DUE["answer"].to_html(language=language),
    "Deadlines.to_html": lambda language: DUE.to_html(language=language),
    "Clock.to_html": lambda language: CLOCK.to_html(language=language),
    "Status.to_html": lambda language: CLOCK.status(LABOUR_DAY[1]).to_html(language=language),
    "Clock.trace": lambda language: CLOCK.trace("answer", LABOUR_DAY[1], language=language),
    "report.page": lambda language: report.page(DESK, TICKETS, LABOUR_DAY[1], language=language),
    "plot.attainment": lambda language: plot.attainment(
        ANSWER, "answer", period=None, language=language
    ),
    "plot.backlog": lambda language: plot.backlog(
        ANSWER, "answer", LABOUR_DAY[1], columns={"stopped_at": "answered"}, language=language
    ),
    "plot.breaches": lambda language: plot.breaches(ANSWER, "answer", language=language),
    "plot.margin": lambda language: plot.margin(ANSWER, "answer", language=language),
    "plot.ticket": lambda language: plot.ticket(CLOCK, LABOUR_DAY[1], language=language),
}


@pytest.mark.parametrize("door", [*NAMING, *OTHERS])
def test_an_unknown_language_is_refused(door: str) -> None:
    """Also one that is empty or no text; regions and spellings of a known one are known."""
    function = (NAMING | OTHERS)[door]
    for language in ("klingon", "Chinese", "xx", "x-zh", "", "zhh", "../zh", None, 1):
        if door == "Ledger.to_html" and not language:
            continue  # the language of the ledger itself is its default
        with pytest.raises(LanguageError, match=r"is not a language of this text \(en, zh\)"):
            function(language)
    for language in ("en", "en-GB", "en_US", "EN", "zh", "zh-CN", "zh_Hant_TW", "ZH"):
        function(language)


@pytest.mark.parametrize("door", OTHERS)
def test_what_names_no_holidays_knows_only_its_own_languages(door: str) -> None:
    with pytest.raises(LanguageError, match="^language: 'fr' is not a language"):
        OTHERS[door]("fr")


def test_holidays_have_names_in_more_languages() -> None:
    """French names of the first of May, which is a Friday; the rest stays English."""
    for function in NAMING.values():
        function("fr")
    for language, name in (
        ("fr", "Fête du Travail"),
        ("en", "Labor Day"),
        ("fr-FR", "Fête du Travail"),
    ):
        text = str(PARIS.explain(*LABOUR_DAY, language=language))
        assert f"holiday: {name}" in text
    with pytest.raises(LanguageError, match=r"names of holidays \(am, .*, fr, "):
        PARIS.explain(*LABOUR_DAY, language="frx")
    with pytest.raises(LanguageError):  # also of a calendar without holidays
        Calendar("UTC", "always").explain(*LABOUR_DAY, language="klingon")
    with pytest.raises(LanguageError):
        Calendar("UTC", "always").days("2026-05-01", "2026-05-02", language="klingon")


@pytest.mark.parametrize(
    "command",
    [
        "explain -p kingdee-diexun --at 2024-09-14T16:00+08:00 channel=on-site tier=bronze",
        "calendar show --country CN --year 2026",
        "report {log} -p kingdee-diexun --as-of 2024-09-20T09:00+08:00 -o {page}",
    ],
)
def test_the_command_line_refuses_an_unknown_language(command: str, tmp_path: Path) -> None:
    log, page = tmp_path / "log.csv", tmp_path / "page.html"
    log.write_text("created,arrived,channel,tier\n2024-09-13T16:00:00+08:00,,on-site,gold\n")
    typed = [*command.format(log=log, page=page).split(), "--language", "klingon"]
    done = CliRunner().invoke(commands(), typed)
    assert done.exit_code == 2
    assert "'klingon' is not a language of this text (en, zh)" in done.output
    assert not page.exists()


# Pages --------------------------------------------------------------------------------------------

ENGLISH = re.compile(r"(?:\b[A-Za-z]{2,}\b[ ,]+){2,}\b[A-Za-z]{2,}\b")  # three words or more
ROOT = SOURCE.parents[1]
CHINESE_PAGES = [ROOT / "README.zh-CN.md", *sorted((ROOT / "docs/tutorial/zh").glob("*.md"))]


@pytest.mark.parametrize("page", CHINESE_PAGES, ids=lambda page: page.name)
def test_no_english_sentence_is_on_a_chinese_page(page: Path) -> None:
    """Three English words in a row stand in code only, or name something."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"`[^`]*`|\]\([^)]*\)", "", text)
    assert not ENGLISH.findall(text)


@pytest.mark.slow
def test_no_english_sentence_is_in_a_chinese_view() -> None:
    """Of what shows itself in Chinese, only the words of policies and tickets are English."""
    views_and_policies = [ROOT / "tests/html/views.py", ROOT / "tests/html/test_policy.py"]
    sources = [*views_and_policies, Path(__file__), *(SOURCE / "presets").glob("*.toml")]
    own = " ".join(" ".join(path.read_text("utf-8") for path in sources).split())
    own += "status is not draft, tier is silver"  # conditions, in data as in English
    own += "Fête de la Victoire, Lundi de Pentecôte"
    for made in (*shown_as_html("zh"), *reported("zh")):
        text = re.sub(r"<(style|code|pre)\b.*?</\1>", "", html.unescape(str(made)), flags=re.DOTALL)
        parts = re.split(r"<[^>]*>|[^\x00-\x7f]+", text)
        if any("\u4e00" <= char <= "\u9fff" for char in text):
            runs = [run for part in parts for run in ENGLISH.findall(part)]
            assert not [run for run in runs if run not in own]
