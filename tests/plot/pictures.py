"""Tickets that are few and known by hand, some thousands drawn by lot, and their pictures."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

import numpy as np
import pandas as pd
from matplotlib.text import Text

from slacalc import Calendar, Clock, Event, Policy, bulk, plot, presets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.figure import Figure

CHINA = timezone(timedelta(hours=8))
POLICY = presets.load("kingdee-diexun")
OFFICE = POLICY.calendars["working-hours"]
AS_OF = "2024-09-20T09:00:00+08:00"


def at(text: str) -> datetime:
    """An instant of September 2024 in China: ``"13 16:00"``."""
    return datetime.strptime(f"2024-09-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=CHINA)


def texts_of(figure: Figure) -> list[str]:
    """All words of a picture."""
    found: list[Any] = figure.findobj(Text)
    return [one.get_text() for one in found if one.get_text().strip()]


# One ticket --------------------------------------------------------------------------------------

HELPDESK = Policy(
    "helpdesk",
    calendars={"office": {"time_zone": "Asia/Shanghai", "week": {"mon-fri": "9-12, 13-17"}}},
    metrics={
        "response": {"stop": "replied"},
        "resolution": {"stop": "resolved", "pause": {"status": "waiting"}},
    },
    tables={
        "everyone": [
            {
                "targets": {
                    "response": "2 working hours",
                    "resolution": {"within": "8 working hours", "limit": "10 working hours"},
                }
            }
        ]
    },
)


def clock() -> Clock:
    """Opened on a Thursday at two, waiting from half past two until Friday at ten."""
    found = HELPDESK.open({}, at("12 14:00"))
    found = found.apply(Event(at("12 14:20"), "replied"))
    found = found.apply(Event(at("12 14:30"), "changed", status="waiting"))
    return found.apply(Event(at("13 10:00"), "changed", status="open"))


# Answers -----------------------------------------------------------------------------------------

# A ticket a row: when it came, came to be due, and stopped, what was left, and what it was.
ROWS = [
    ("13 08:00", "13 12:00", "13 09:00", 180, "met", "gold"),
    ("13 08:00", "13 12:00", "13 12:00", 0, "met", "gold"),
    ("13 08:00", "13 12:00", "13 12:20", -20, "late", "gold"),
    ("13 08:00", "13 12:00", "14 12:00", 0, "breached", "silver"),  # by a night, no time of ours
    ("14 08:00", "14 12:00", None, -300, "breached", "silver"),
    ("14 08:00", "21 12:00", None, 900, "running", "silver"),
    ("14 09:00", None, None, None, "paused", None),
    ("15 08:00", None, None, None, "no target", "gold"),
]


def columns() -> dict[str, list[Any]]:
    """The answer of `bulk.evaluate` to them, as lists."""
    created, due, stopped, left, state, tier = map(list, zip(*ROWS, strict=True))
    dues = [one and at(one) for one in due]
    return {
        "opened": [at(one) for one in created],
        "closed": [one and at(one) for one in stopped],
        "tier": tier,
        "call_due": dues,
        "call_state": state,
        "call_elapsed": [
            timedelta(minutes=240 if one is None else 240 - min(one, 240)) for one in left
        ],
        "call_remaining": [None if one is None else timedelta(minutes=one) for one in left],
        "call_breached_at": [
            one if word == "breached" else None for one, word in zip(dues, state, strict=True)
        ],
    }


def in_pandas() -> pd.DataFrame:
    frame = pd.DataFrame(columns())
    for name in ("opened", "closed", "call_due", "call_breached_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True).dt.tz_convert("Asia/Shanghai")
    return frame


def tickets(met: int, missed: int, month: int, **more: str) -> list[dict[str, Any]]:
    """So many tickets of a month, as a plain table."""
    created = datetime(2024, month, 10, tzinfo=CHINA)
    states = ["met"] * met + ["breached"] * missed
    return [{"created": created, "call_state": one, "call_due": created, **more} for one in states]


NAMES = {"created": "opened", "stopped_at": "closed"}
PICTURES: dict[str, Callable[..., Any]] = {
    "attainment": lambda answer, **more: plot.attainment(
        answer, "call", by="tier", at="opened", time_zone="Asia/Shanghai", objective=0.5, **more
    ),
    "groups": lambda answer, **more: plot.attainment(
        answer, "call", by="tier", period=None, **more
    ),
    "margin": lambda answer, **more: plot.margin(
        answer, "call", columns={"stopped_at": "closed"}, **more
    ),
    "share": lambda answer, **more: plot.margin(answer, "call", scale="share", **more),
    "breaches": lambda answer, **more: plot.breaches(answer, "call", calendar=OFFICE, **more),
    "backlog": lambda answer, **more: plot.backlog(
        answer, "call", AS_OF, columns=NAMES, time_zone="Asia/Shanghai", **more
    ),
}


def real() -> Iterator[tuple[str, Callable[[str], Figure]]]:
    """Pictures of a fair number of tickets, by language."""
    chance, size = np.random.default_rng(11), 3_000
    start = pd.Timestamp("2024-01-01", tz="Asia/Shanghai")
    created = pd.Series(start + pd.to_timedelta(chance.integers(0, 300 * 1440, size), "min"))
    arrived = created + pd.to_timedelta(chance.exponential(900, size).astype(int), "min")
    frame = pd.DataFrame(
        {
            "created": created,
            "arrived": arrived.where(chance.random(size) < 0.9),
            "channel": "on-site",
            "urgency": "standard",
            "tier": chance.choice(["platinum", "gold", "silver", "bronze"], size),
        }
    )
    as_of = "2024-10-20T10:00:00+08:00"
    answer = bulk.evaluate(POLICY, frame, as_of)
    stops = {"stopped_at": "arrived"}
    yield "calendar", lambda language: plot.calendar(OFFICE, 2024, language=language)
    yield "ticket", lambda language: plot.ticket(clock(), at("18 16:00"), language=language)
    yield (
        "attainment",
        lambda language: plot.attainment(
            answer, "arrival", by="tier", objective=0.8, policy=POLICY, language=language
        ),
    )
    yield (
        "groups",
        lambda language: plot.attainment(
            answer, "arrival", by="tier", period=None, language=language
        ),
    )
    yield (
        "margin",
        lambda language: plot.margin(answer, "arrival", columns=stops, language=language),
    )
    yield (
        "breaches",
        lambda language: plot.breaches(answer, "arrival", calendar=OFFICE, language=language),
    )
    yield (
        "backlog",
        lambda language: plot.backlog(answer, "arrival", as_of, columns=stops, language=language),
    )


REAL = dict(real())
# Whatever pictures say ----------------------------------------------------------------------------


def drawn_words(language: str) -> Iterator[str]:
    """Of pictures: everything that one may come to say, be there fonts for it or not."""
    with catch_warnings():
        simplefilter("ignore", UserWarning)
        for figure in _speaking(language):
            yield " ".join(texts_of(figure))


DESK = """
name = "desk"

[calendars.office]
time_zone = "UTC"
week = { mon-fri = "9-17" }

[attributes]
bought = { kind = "date", optional = true }

[[coverage]]
from = "bought"
for = "1 year"
otherwise = "over"

[metrics.reply]
stop = "replied"
reopen = "reopened"
on_reopen = "new_cycle"

[metrics.repair]
stop = "resolved"
pause = { status = "waiting" }

[metrics.visit]
start = "accepted"
stop = "arrived"

[metrics.wish]
stop = "granted"

[[tables.all]]
targets.reply = "1 working hour"
targets.repair = { within = "2 working hours", limit = "4 working hours" }
targets.visit = "1 working hour"
"""


def _speaking(language: str) -> Iterator[Any]:
    """Pictures that come to say all that pictures can say."""
    more: dict[str, Any] = {"language": language}
    yield plot.calendar(Calendar("UTC", {"mon": "9-10"}, holidays="CN", horizon=2026), 2027, **more)
    opened, monday = Policy.from_toml(DESK).open({}, "2024-09-16T10:00Z"), "2024-09-16T"
    notes = [Event(f"{monday}10:00:{n:02}Z", f"note {n}") for n in range(60)]
    waits = opened.insert(
        *notes,
        Event(f"{monday}10:30Z", "replied"),
        Event(f"{monday}11:30Z", "changed", status="waiting"),
        Event(f"{monday}11:45Z", "reopened"),
        Event(f"{monday}11:50Z", "accepted"),
    )
    for clock, times in ((opened, ("12:30", "16:00")), (waits, ("11:40", "11:55"))):
        for time in times:
            yield plot.ticket(clock, f"{monday}{time}Z", **more)
    for end in ("cancelled", "resolved"):
        yield plot.ticket(opened.apply(Event(f"{monday}11:00Z", end)), f"{monday}11:30Z", **more)
    old = Policy.from_toml(DESK).open({"bought": "2020-01-01"}, "2024-09-16T10:00Z")
    yield plot.ticket(old, f"{monday}11:00Z", **more)
    answer = in_pandas()
    for name in ("time", "share"):
        yield plot.margin(answer, "call", scale=name, **more)
    over = answer.assign(call_remaining=-answer["call_remaining"].abs())
    over.loc[0, ["call_remaining", "call_elapsed"]] = pd.Timedelta(0)
    yield plot.margin(over, "call", scale="share", **more)
    yield plot.margin(answer.iloc[:1], "call", **more)
    yield plot.margin(answer.iloc[2:5], "call", **more)
    yield plot.breaches(answer, "call", calendar=OFFICE, **more)
    yield plot.backlog(
        answer, "call", AS_OF, columns=NAMES, calendar=OFFICE, bands=["4h", "8h"], **more
    )
    long = pd.concat([answer.assign(opened=answer["opened"] + timedelta(400 * n)) for n in (0, 1)])
    near = long.assign(opened=answer["opened"] - timedelta(60))
    yield plot.backlog(near, "call", AS_OF, columns=NAMES, **more)
    yield plot.backlog(long, "call", "2025-12-01T00:00Z", columns=NAMES, **more)
    yield plot.attainment(
        answer, "call", by=["tier", "call_state"], at="closed", objective=0.1, most=1, **more
    )
    shares = [*tickets(400, 0, 1), *tickets(300, 100, 2), *tickets(9, 1, 3)]
    frame = pd.DataFrame(shares).assign(team=range(len(shares)))
    yield plot.attainment(frame, "call", objective=0.9, **more)
    for by in ("team", ()):
        yield plot.attainment(frame, "call", by=by, period=None, **more)
    untold = answer.assign(tier=None)
    yield plot.attainment(untold, "call", by="tier", period=None, **more)
    yield plot.attainment(long, "call", at="opened", period="day", **more)
    for draw in PICTURES.values():
        yield draw(answer.iloc[:0], **more)
