"""Views of every kind of object, in every state that changes what a view shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from slacalc import (
    ALWAYS,
    Calendar,
    Clock,
    Event,
    Finding,
    Findings,
    Holidays,
    Ledger,
    LedgerRow,
    Policy,
    presets,
    report,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = (
    "</style></title></svg><script>alert('x')</script><img src=x onerror=y> \x00\ud800 & \" ' $x$"
)
SCRIPT = "<script>alert('x')</script>"  # a name has no trailing blank
START = datetime(2026, 5, 18, 12, tzinfo=UTC)  # a Monday, two in the afternoon in Paris

HELPDESK = """
name = "helpdesk"

[calendars.office]
time_zone = "Europe/Paris"
week = { mon-fri = "9-12, 13-17" }

[metrics.response]
stop = "responded"

[metrics.resolution]
stop = "resolved"
pause = { status = ["waiting", "vendor"] }

[[tables.everyone]]
targets.response = "2 hours"
targets.resolution = { within = "8 working hours", limit = "16 working hours" }
"""

CONTRACT = """
name = "contract"
title = "A contract"
description = "With all that one may say."
source = "a test"
calendar = "office"
effective_from = 2024-01-01
effective_until = 2030-12-31
warnings = [{ at = "80 %", name = "the lead" }]
semantics = "jira"

[calendars.office]
time_zone = "Europe/Paris"
week = { mon-fri = "9-17" }
holidays = ["FR", { dates = { 2026-04-03 = "Good Friday" }, workdays = ["2026-04-04"] }]
exceptions = { "2026-12-24" = "9-12" }
closures = { "first friday of month" = "12:00-13:00" }
changes = { "2027-01-01" = { week = { mon-thu = "8-17" } } }

[calendars.banks]
time_zone = "Europe/Berlin"
week = "closed"
holidays = { country = "DE", subdivision = "BY", categories = ["public", "catholic"] }

[calendars.always]
time_zone = "UTC"
week = "always"

[calendars.both]
time_zone = "UTC"
week = "always"
terms = [{ operation = "-", calendar = { time_zone = "UTC", week = { mon = "9-17" } } }]

[attributes]
impact = { values = ["high", "low"], ordered = true, words = "how many are hit" }
urgency = { values = ["high", "low"], default = "low" }
bought = { kind = "date", optional = true }
subject = { kind = "text", optional = true }

[attributes.priority]
values = [1, 2]
by = ["impact", "urgency"]
matrix = { high = { high = 1, low = 2 }, low = { high = 2, low = 2 } }

[metrics.first]
stop = { event = "replied", by = "agent" }
before = ["last"]
words = "the first answer"
consequence = "credit"

[metrics.last]
start = { status = { not = "draft" } }
stop = ["resolved", "closed"]
pause = ["paused", { status = "waiting" }]
resume = "resumed"
cancel = []
reset = "rejected"
reopen = "reopened"
on_reopen = "new_cycle"
on_change = "restart"
calendar = "office"
warnings = []

[metrics.vendor]
start = "handed-over"
stop = "handed-back"
inside = "last"
held_by = { group = "vendor" }
starts_after = ["first"]
repeat = "next_start"
counts_from = "last"
warnings = ["1 working hour before"]

[[tables.everyone]]
when = { impact = "high", received = { is = "open", on = "office" } }
entitlements = ["hotline"]
note = "in hours"
[tables.everyone.targets]
first = { within = "1 hour", limit = "2 hours", consequence = "credit", warnings = [] }
vendor = { promise = "as agreed" }
[tables.everyone.targets.last]
within = { earliest_of = [{ within = "8 working hours", calendar = "both" }, "3 calendar days"] }
calendar = "always"
warnings = ["50 %"]

[[tables.everyone]]
targets = { first = "4 working hours" }

[[tables.ranked]]
when = { impact = ">= low", urgency = { not = "low" } }
targets = { last = "end of working day + 1" }

[[refusals]]
when = { urgency = "high", received = "holiday" }
because = "not on a holiday"

[[coverage]]
from = "bought"
for = "1 year"
when = { impact = "high" }
otherwise = "the warranty is over"

[[coverage]]
from = 2024-01-01
until = 2030-12-31

[preconditions.backup]
words = "a backup"
pause = { status = "awaiting-backup" }

[consequences]
credit = "a credit"

[objectives.share]
share = "99 %"
of = "tickets"
metric = "first"
period = "month"

[[versions]]
effective_from = 2028-01-01
description = "Anew."
tables = { everyone = [{ targets = { first = "2 working hours" } }] }
"""


def after(hours: float, kind: str, /, **fields: object) -> Event:
    """An event *hours* after the start."""
    return Event(START + timedelta(hours=hours), kind, **fields)


def helpdesk(*events: Event, **changes: str) -> Clock:
    """A clock of the help desk after events; *changes* replace parts of the policy's text."""
    text = HELPDESK
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    clock = Policy.from_toml(text).open({"subject": "printer"}, START)
    return clock.insert(*events)


LIFE = (
    after(1, "responded", by="anna"),
    after(2, "changed", status="waiting"),
    after(21, "changed", status="open"),
    after(24, "assigned", group="second line"),
    after(44, "changed", status="vendor"),
    after(50, "changed", status="open"),
    after(93, "resolved"),
)


def busy() -> Clock:
    """A clock with more events, pauses and metrics than there is room for."""
    metrics = "\n".join(f'[metrics.m{n}]\nstop = "resolved"' for n in range(26))
    rows = "\n".join(f'targets.m{n} = "1 hour"' for n in range(26))
    text = HELPDESK.replace("[[tables", f"{metrics}\n[[tables") + rows
    states = ("waiting", "open")
    log = [after(n, "changed", status=states[n % 2], note="x" * (n % 50)) for n in range(1, 300)]
    return Policy.from_toml(text).open({}, START).insert(*log)


def again() -> Clock:
    """Nine cycles of one metric that repeats."""
    text = HELPDESK.replace(
        'stop = "resolved"', 'start = "called"\nstop = "resolved"\nrepeat = "next_start"'
    )
    log = [after(4 * n, ("called", "resolved")[n % 2]) for n in range(18)]
    return Policy.from_toml(text).open({}, START).insert(*log)


def changed() -> Clock:
    """A clock that was breached before its promise changed, then overridden and cancelled."""
    policy = Policy.from_toml(CONTRACT.replace('semantics = "jira"', ""))
    clock = policy.open({"impact": "high", "status": "draft", "urgency": "high"}, START)
    return clock.insert(
        after(1, "changed", status="open"),
        after(30, "changed", urgency="low"),
        after(31, "overridden", metric="last", due="2026-05-29T10:00:00+02:00", author="Eva",
              reason="agreed"),
        after(60, "cancelled"),
    )  # fmt: skip


def relaxed() -> Clock:
    """A clock that was breached under a promise that has been relaxed since."""
    policy = Policy(
        "relaxed",
        attributes={"urgency": ["high", "low"]},
        metrics={"work": {"stop": "done"}},
        tables={
            "all": [
                {"when": {"urgency": "high"}, "targets": {"work": "1 hour"}},
                {"targets": {"work": "40 hours"}},
            ]
        },
    )
    return policy.open({"urgency": "high"}, START).apply(after(3, "changed", urgency="low"))


def ledger(rows: int) -> Ledger:
    """A ledger of *rows* hours, every other one open."""
    add = ALWAYS.add
    return Ledger(
        rows=tuple(
            LedgerRow(
                start=add(START, f"{n}h"),
                end=add(START, f"{n + 1}h"),
                is_open=n % 2 == 0,
                kind="open" if n % 2 == 0 else "break",
            )
            for n in range(rows)
        )
    )


def calendars() -> dict[str, Calendar]:
    """Calendars with holidays, exceptions, closures, changes and terms."""
    china = Calendar(
        "Asia/Shanghai",
        {"mon-fri": "08:30-12:00, 13:00-17:30"},
        holidays="CN",
        exceptions={
            "2026-12-24": {"hours": "08:30-12:00", "name": "Christmas Eve"},
            "2026-12-28..2026-12-31": "closed",
        },
        horizon="2026-06-30",
    )
    nights = Calendar(
        "Europe/Berlin",
        {"mon-fri": "22:00-06:00", "sat": "9-13"},
        holidays=["DE-BY", {"2026-04-20": HOSTILE}],
        exceptions={"2026-08-01..2026-08-31": {"hours": {"mon": "9-12"}, "name": HOSTILE}},
        changes={"2026-07-01": {"week": "closed"}, "2026-09-01": {"holidays": []}},
    )
    many = ALWAYS
    for hour in range(8):
        many = many & Calendar("UTC", {"daily": f"{hour}-23"})
    days = START.date()
    listed = Calendar(
        "UTC",
        "always",
        exceptions={str(days + timedelta(2 * n)): f"9-{10 + n % 9}" for n in range(100)},
    )
    recurring = Calendar(
        "Europe/Paris",
        {"mon-fri": "9-17"},
        holidays=["FR", {"04-07": None, "2nd last tuesday of october": None}],
        exceptions={
            "12-24": "9-12",
            "12-27..01-02": "closed",
            "day before holiday": {"hours": "9-15", "name": HOSTILE},
            "working day before holiday": "9-16",
            "working day after holiday": "10-17",
            "day after holiday": "11-17",
            "last working day of month": "9-18",
            "every 2 weeks from 2026-01-09 until 2027-01-01": "9-14",
            "RRULE:FREQ=MONTHLY;BYDAY=3WE": "8-17",
        },
        closures={
            "11-11": "all day",
            "first friday of month": "12:00-13:00",
            "2nd and 4th saturday of quarter": "all day",
            "21st monday of year": "9-10",
            "3rd sunday of may and june": "all day",
            "every thursday of july": "16-17",
            "first tuesday of month": "9-10",
            "last day of month": "16:00-17:00",
            "every day from 2026-02-02 until 2026-02-03": "9-10",
            "every 3 days from 2027-02-02": "9-10",
            "every month from 2026-02-02": "9-10",
            "every 2 months from 2026-02-02": "9-10",
            "every year from 2026-02-02": "9-10",
            "every 2 years from 2026-02-02": "9-10",
        },
        changes={
            "2027-01-01": {
                "exceptions": {"12-31": "closed"},
                "closures": {"every wednesday": "16-17", "every week from 2026-02-02": "9-10"},
            },
            "2028-01-01": {"closures": {}},
        },
    )
    combined = ((china | nights) & many) - Calendar.dates("2026-12-25")
    return {
        "china": china,
        "nights": nights,
        "recurring": recurring,
        "combined": combined,
        "many": many,
        "listed": listed,
    }


def clocks() -> dict[str, Clock]:
    """Clocks in all their states."""
    hostile = Policy(
        "a" * 90,
        metrics={"m" * 90: {"stop": "resolved", "pause": {"status": [HOSTILE]}}},
        tables={"t": [{"targets": {"m" * 90: "4 hours"}, "note": HOSTILE}]},
        description=HOSTILE,
    )
    ticket = {"subject": HOSTILE}
    return {
        "life": helpdesk(*LIFE),
        "opened": helpdesk(),
        "paused": helpdesk(after(2, "changed", status="waiting")),
        "late": helpdesk(after(24, "note")),
        "cancelled": helpdesk(after(3, "cancelled")),
        "year": helpdesk(after(9000, "note"), **{"8 working hours": "100 working days",
                                                 "16 working hours": "2000 working days"}),
        "short": helpdesk(after(0.002, "resolved"), **{"2 hours": "20 seconds"}),
        "not begun": helpdesk(after(30, "note"), **{'stop = "resolved"': 'start = "accepted"'}),
        "busy": busy(),
        "again": again(),
        "changed": changed(),
        "relaxed": relaxed(),
        "hostile": hostile.open(ticket, START).insert(
            after(1, HOSTILE[:90], status=HOSTILE, other=[HOSTILE]),
            after(2, "paused", reason=HOSTILE),
        ),
        "kingdee": presets.load("kingdee-diexun").open(
            {"channel": "on-site", "tier": "gold"}, "2024-09-13T16:00:00+08:00"
        ),
        "not covered": presets.load("unida").open(
            {"zone": "province", "contract-until": "2020-01-01"}, START
        ),
    }  # fmt: skip


def doubtful() -> Policy:
    """A policy of which the linter finds something, with hostile values."""
    tier = f"tier {HOSTILE}"  # a value that begins with "<" would be a comparison
    return Policy(
        "doubtful",
        attributes={"tier": ["gold", tier]},
        metrics={"reply": {"stop": HOSTILE[:40]}},
        tables={
            "all": [
                {"targets": {"reply": "1 hour"}},
                {"when": {"tier": tier}, "targets": {"reply": "2 hours"}},
            ]
        },
    )


def compared() -> Iterator[tuple[str, report.Comparison]]:
    """Comparisons of policies: with hostile names and values, and of many rows and tickets."""
    tickets = {
        "ticket": [f"ticket {HOSTILE}", *map(str, range(30))],
        "created": [START] * 31,
        "tier": [*[f"tier {HOSTILE}"] * 30, "gold"],
    }
    before = doubtful()
    rows = [{"when": {"tier": "gold"}, "targets": {"reply": f"{n} hours"}} for n in range(1, 50)]
    tables = {"all": [{"targets": {"reply": "3000 hours"}}], "more": rows}
    later = Policy.from_dict(before.to_dict() | {"name": SCRIPT, "tables": tables})
    as_of = START + timedelta(100)
    yield "hostile", report.compare(before, later, tickets, as_of, by="tier")
    yield "same", report.compare(before, before, tickets, as_of)
    unknown = tickets | {"tier": ["gold", *["unknown"] * 30]}
    wide = Policy.from_dict(before.to_dict() | {"attributes": {"tier": {"kind": "text"}}})
    yield "errors", report.compare(before, wide, unknown, as_of)


def views(language: str = "en") -> Iterator[tuple[str, str]]:
    """Each view with its name."""
    for name in presets.names():
        yield name, presets.load(name).to_html(language=language)
    contract = Policy.from_toml(CONTRACT)
    yield "contract", contract.to_html(language=language)
    for policy in (contract, doubtful(), presets.load("kingdee-diexun")):
        findings = policy.lint()
        yield f"findings {len(findings)}", findings.to_html(language=language)
    sampled = Findings(
        findings=tuple(
            Finding(kind="sampled", severity=severity, path=HOSTILE, message=HOSTILE)
            for severity in ("error", "warning", "notice")
        ),
        is_exhaustive=False,
        sampled=("a", "b"),
        tickets=1_234,
        moments=2,
    )
    yield "findings sampled", sampled.to_html(language=language)
    for name, comparison in compared():
        yield f"comparison {name}", comparison.to_html(language=language)
    rows = [{"when": {"k": n}, "targets": {"m": "1 hour"}} for n in range(450)]
    long = Policy("long", attributes={"k": {"kind": "text"}}, metrics={"m": {"stop": "done"}},
                  tables={"t": rows})  # fmt: skip
    yield "long policy", long.to_html(language=language)
    for name, calendar in calendars().items():
        yield f"calendar {name}", calendar.to_html(2026, language=language)
    for name, clock in clocks().items():
        yield f"clock {name}", clock.to_html(language=language)
        status = clock.status(clock.last_event_at)
        yield f"status {name}", status.to_html(language=language)
        for cycle in [*status.values()][:2]:
            yield f"cycle {name} {cycle.metric}", cycle.to_html(language=language)
        yield f"ledger {name}", clock.ledger(language=language).to_html()
        yield f"trace {name}", clock.trace(language=language).to_html()
    as_of = START + timedelta(hours=46)
    yield "clock as of", helpdesk(*LIFE).to_html(as_of, language=language)
    yield "clock missed", changed().to_html(START + timedelta(hours=20), language=language)
    ticket = {"channel": "on-site", "urgency": "standard", "tier": "gold"}
    kingdee = presets.load("kingdee-diexun")
    for received in ("2024-09-13T16:00:00+08:00", "2046-09-13T16:00:00+08:00"):
        yield "deadlines", kingdee.deadlines(ticket, received).to_html(language=language)
    for one in ("high", "low"):
        ticket = {"impact": one, "subject": HOSTILE}
        deadlines = contract.deadlines(ticket, START)
        yield f"deadlines {one}", deadlines.to_html(language=language)
        yield f"deadline {one}", deadlines["first"].to_html(language=language)
    office = calendars()["china"]
    for ends in ("2024-09-13T16:00:00+08:00", "2024-09-18T11:00:00+08:00"):
        account = office.explain("2024-09-13T16:00:00+08:00", ends, language=language)
        yield "ledger", account.to_html()
    yield "ledger long", ledger(200).to_html(language=language)
    yield (
        "ledger 2045",
        office.explain(
            "2045-09-13T16:00:00+08:00", "2045-09-15T16:00:00+08:00", language=language
        ).to_html(),
    )
    days = Calendar("UTC", {"mon-fri": "9-17"}, holidays=Holidays(dates=["2026-05-04"]))
    yield "calendar own", days._repr_html_()
