"""Figures of tickets known by hand and of random ones, and functions that read figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from warnings import catch_warnings, simplefilter

import numpy as np
import pandas as pd
import pytest
from matplotlib.font_manager import fontManager
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from slacalc import Calendar, Clock, Event, Policy, bulk, plot, presets
from slacalc._plot import figure as figures
from slacalc._plot.figure import CHINESE_FONTS

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


# Reading figures ----------------------------------------------------------------------------------

HAS_CHINESE = bool({*CHINESE_FONTS} & {*fontManager.get_font_names()})
needs_chinese = pytest.mark.skipif(not HAS_CHINESE, reason="no font here prints Chinese")


def texts_of(figure: Figure) -> list[str]:
    """All texts of a figure."""
    texts: list[Any] = figure.findobj(Text)
    return [text.get_text() for text in texts if text.get_text().strip()]


def axes_of(figure: Any) -> list[Any]:
    """The axes of a figure, untyped."""
    return list(figure.axes)


def subtitle_of(figure: Figure) -> str:
    """The line below the title."""
    (subtitle,) = figure.findobj(lambda artist: artist.get_gid() == "subtitle")
    assert isinstance(subtitle, Text)
    text: str = subtitle.get_text()
    return text


def legend_of(figure: Any) -> list[str]:
    """The texts of the legend."""
    return [text.get_text() for text in figure.legends[0].get_texts()]


def content_of(figure: Any) -> list[Any]:
    """What a figure shows: its texts, its bars, and its areas."""
    content: list[Any] = texts_of(figure)
    for ax in figure.axes:
        content += [
            [round(float(number), 9) for number in patch.get_bbox().bounds]
            for patch in ax.patches
            if isinstance(patch, Rectangle)
        ]
        for collection in ax.collections:
            content += [np.round(path.vertices, 9).tolist() for path in collection.get_paths()]
    return content


def margin_bars(figure: Any) -> dict[Any, int]:
    """The heights of the bars of `plot.margin` by state and place; the due date is at place 0."""
    ax = figure.axes[0]
    (due,) = (line.get_xdata()[0] for line in ax.lines)
    return {
        (bars.get_label(), round(bar.get_x() + bar.get_width() / 2 - due, 1)): bar.get_height()
        for bars in ax.containers
        for bar in bars
        if bar.get_height()
    }


def collisions(figure: Figure) -> list[str]:
    """The texts that cover each other once a figure is laid out, or that leave it."""
    figure.draw_without_rendering()
    texts: list[Any] = figure.findobj(Text)
    texts = [text for text in texts if text.get_visible() and text.get_text().strip()]
    boxes = np.array([text.get_window_extent().extents for text in texts])
    for text, box in zip(texts, boxes, strict=True):
        lines = text.get_text()
        # A title ends with empty lines where the subtitle stands.
        empty = len(lines) - len(lines.rstrip("\n"))
        box[1] += (box[3] - box[1]) * empty / (lines.count("\n") + 1)
    lower, upper = boxes[:, :2], boxes[:, 2:]
    outside = ((lower < -1) | (upper > np.array(figure.bbox.max) + 1)).any(axis=1)
    overlap = np.minimum(upper[:, None], upper) - np.maximum(lower[:, None], lower)
    pairs = np.argwhere(np.triu((overlap > 1).all(axis=2), 1))
    return [
        *(f"{texts[place].get_text()} leaves the figure" for place in np.flatnonzero(outside)),
        *(f"{texts[one].get_text()} × {texts[other].get_text()}" for one, other in pairs),
    ]


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
    return HELPDESK.open({}, at("12 14:00")).insert(
        Event(at("12 14:20"), "replied"),
        Event(at("12 14:30"), "changed", status="waiting"),
        Event(at("13 10:00"), "changed", status="open"),
    )


# Results -----------------------------------------------------------------------------------------

# Each ticket: created, due, stopped, minutes left, state, tier.
ROWS = [
    ("13 08:00", "13 12:00", "13 09:00", 180, "met", "gold"),
    ("13 08:00", "13 12:00", "13 12:00", 0, "met", "gold"),
    ("13 08:00", "13 12:00", "13 12:20", -20, "late", "gold"),
    (
        "13 08:00",
        "13 12:00",
        "14 12:00",
        0,
        "breached",
        "silver",
    ),  # over by a night
    ("14 08:00", "14 12:00", None, -300, "breached", "silver"),
    ("14 08:00", "21 12:00", None, 900, "running", "silver"),
    ("14 09:00", None, None, None, "paused", None),
    ("15 08:00", None, None, None, "no target", "gold"),
]


def columns() -> dict[str, list[Any]]:
    """The result of `bulk.evaluate` for `ROWS`, as lists."""
    created, due, stopped, left, state, tier = map(list, zip(*ROWS, strict=True))
    dues = [text and at(text) for text in due]
    return {
        "opened": [at(text) for text in created],
        "closed": [text and at(text) for text in stopped],
        "tier": tier,
        "call_due": dues,
        "call_state": state,
        "call_elapsed": [
            timedelta(minutes=240 if minutes is None else 240 - min(minutes, 240))
            for minutes in left
        ],
        "call_remaining": [
            None if minutes is None else timedelta(minutes=minutes) for minutes in left
        ],
        "call_breached_at": [
            at if of_ticket == "breached" else None
            for at, of_ticket in zip(dues, state, strict=True)
        ],
    }


def in_pandas() -> pd.DataFrame:
    frame = pd.DataFrame(columns())
    for name in ("opened", "closed", "call_due", "call_breached_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True).dt.tz_convert("Asia/Shanghai")
    return frame


def tickets(met: int, missed: int, month: int, **more: str) -> list[dict[str, Any]]:
    """Rows of *met* and *missed* tickets created in a month of 2024."""
    created = datetime(2024, month, 10, tzinfo=CHINA)
    states = ["met"] * met + ["breached"] * missed
    return [
        {"created": created, "call_state": state, "call_due": created, **more} for state in states
    ]


NAMES = {"created": "opened", "stopped_at": "closed"}
FIGURES: dict[str, Callable[..., Any]] = {
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


def realistic_figures() -> Iterator[tuple[str, Callable[[str], Figure]]]:
    """A name for each figure of 3,000 random tickets, and the function that draws it."""
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


REALISTIC = {name: cache(draw) for name, draw in realistic_figures()}


# Every message ------------------------------------------------------------------------------------


def figure_texts(language: str) -> Iterator[str]:
    """The texts of figures that together contain every message, with or without fonts for them."""
    with catch_warnings(), patch.object(figures, "_print_boxes"):
        simplefilter("ignore", UserWarning)  # of missing fonts
        for figure in figures_of_every_message(language):
            yield " ".join(texts_of(figure))


def times_by(count: int) -> dict[str, Any]:
    """The times of a ticket: an hour without a group, then an hour with each of several."""
    hours = [datetime(2024, 9, 16, 9 + n, tzinfo=UTC) for n in range(count + 2)]
    log = {
        "ticket": ["A"] * (count + 2),
        "at": hours,
        "type": ["created", *["changed"] * count, "resolved"],
        "group": [None, *(f"team {n}" for n in range(count)), None],
    }
    policy = Policy(
        "desk",
        metrics={"call": {"stop": "resolved"}},
        tables={"all": [{"targets": {"call": "2 hours"}}]},
    )
    times: dict[str, Any] = bulk.time_by(policy, log, "group")
    return times


def figures_of_times(**more: Any) -> Iterator[Any]:
    """Figures of `plot.time_by`: with few groups, with many, of breaches, and of none."""
    yield plot.time_by(times_by(3), "call", **more)
    yield plot.time_by(times_by(12), "call", breaches=True, **more)
    parts = times_by(3)
    for name in ("paused", "before_change", "closed"):
        parts[name] = parts["elapsed"]
    yield plot.time_by(parts, "call", **more)
    many = {name: column * 20 for name, column in parts.items()}
    many["group"] = [f"team {n}" for n in range(len(many["group"]))]
    yield plot.time_by(many, "call", **more)
    yield plot.time_by(parts | {"cycle_state": ["met"] * 4}, "call", breaches=True, **more)
    none = [parts["elapsed"][0] * 0] * 4
    names = ("elapsed", "paused", "before_change", "closed")
    yield plot.time_by(parts | dict.fromkeys(names, none), "call", **more)


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


def figures_of_every_message(language: str) -> Iterator[Any]:
    """Figures that together contain every message."""
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
    yield from figures_of_times(**more)
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
    without_tier = answer.assign(tier=None)
    yield plot.attainment(without_tier, "call", by="tier", period=None, **more)
    yield plot.attainment(long, "call", at="opened", period="day", **more)
    for draw in FIGURES.values():
        yield draw(answer.iloc[:0], **more)
