"""No text of a figure covers another, leaves it or is lost, whatever the data and the size."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from slacalc import Calendar, Event, plot
from tests.plot.figures import HELPDESK, at, collisions, needs_chinese, texts_of

if TYPE_CHECKING:
    from collections.abc import Callable


# Whole figures and parts of them; None for the size that a function chooses.
def half() -> Any:
    parts: Any = Figure(figsize=(18, 9)).subfigures(1, 2)
    return parts[0]


SIZES: dict[str, Callable[[], Any]] = {
    "own": lambda: None,
    "usual": lambda: Figure(figsize=(6.4, 4.8)),
    "large": lambda: Figure(figsize=(14, 12)),
    "half": half,
}
NAMES = {
    "short": lambda number: f"g{number}",
    "long": lambda number: f"{number} Employee and General Comments, Eastern Region",
    "Chinese": lambda number: f"{number}号信息技术服务与运行维护支持中心",
}
COUNTS = {"tiny": (1, 2), "large": (5_731, 9_999), "huge": (11_503, 13_806)}
PERIODS: dict[str, list[str]] = {
    "years": ["2023", "2024"],
    "quarters": ["2023-Q4", "2024-Q1", "2024-Q2", "2024-Q3"],
    "months": [f"2024-{month:02}" for month in range(1, 13)],
    "weeks": [f"2023-W{week}" for week in range(41, 53)] + [f"2024-W0{week}" for week in (1, 2, 3)],
    "days": [f"2024-01-{day:02}" for day in (29, 30, 31)] + ["2024-02-01", "2024-02-02"],
}
# A figure in which many panels, bars or lines have no room is not what anybody would give.
ROOMY = sorted({*SIZES} - {"usual"})
# A figure of a thousand or more without its comma; but 2024 is a year.
BARE = re.compile(r"(?<![\d,.])(?!20\d\d(?!\d))\d{4,}")


def check(figure: Any, *expected: str) -> None:
    assert collisions(figure) == []
    texts = texts_of(figure)
    assert {*expected} <= {*texts}
    assert [text for text in texts if BARE.search(text)] == []


def counted(groups: int, name: str, periods: list[str], counts: str) -> dict[str, list[Any]]:
    """A table as `report.attainment` returns it."""
    met, decided = COUNTS[counts]
    rows = [(NAMES[name](number), period) for number in range(groups) for period in periods]
    size = len(rows)
    return {
        "team": [group for group, _ in rows],
        "metric": ["call"] * size,
        "period": [period for _, period in rows],
        "met": [met] * size,
        "decided": [decided] * size,
        "attainment": [met / decided] * size,
        "low": [met / decided - 0.1] * size,
        "high": [met / decided + 0.1] * size,
        "objective": [0.9] * size,
        "budget": [-4_000 if counts == "huge" else -1] * size,
        "verdict": ["missed"] * size,
    }


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("groups", "name", "periods", "counts"),
    [
        (1, "short", "quarters", "huge"),
        (1, "short", "months", "large"),
        (2, "long", "weeks", "tiny"),
        (2, "long", "days", "huge"),
        pytest.param(12, "Chinese", "years", "huge", marks=needs_chinese),
        (12, "long", "months", "tiny"),
        (60, "short", "quarters", "huge"),
    ],
)
def test_attainment_over_time(groups: int, name: str, periods: str, counts: str, size: str) -> None:
    if size not in ROOMY and groups > 2:
        return
    table = counted(groups, name, PERIODS[periods], counts)
    figure = plot.attainment(table, "call", figure=SIZES[size](), most=12)
    met, decided = COUNTS[counts]
    labels = {
        "years": ["2023", "2024"],
        "quarters": ["Q4\n2023", "Q1\n2024", "Q2", "Q3"],
        "months": ["Jan\n2024", "Feb", "Mar", "Nov", "Dec"],
        "weeks": ["W41\n2023", "W42", "W52", "W1\n2024", "W2"],
        "days": ["29\nJan 2024", "30", "31", "1\nFeb 2024", "2"],
    }
    check(figure, f"{met:,}/{decided:,}", *labels[periods])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("groups", "name", "counts"),
    [
        (1, "short", "huge"),
        (2, "long", "tiny"),
        pytest.param(12, "Chinese", "large", marks=needs_chinese),
        (40, "long", "huge"),
    ],
)
def test_attainment_by_group(groups: int, name: str, counts: str, size: str) -> None:
    if size not in ROOMY and groups > 12:
        return
    table = counted(groups, name, ["2024"], counts) | {"period": [None] * groups}
    figure = plot.attainment(table, "call", figure=SIZES[size]())
    met, decided = COUNTS[counts]
    check(figure, f"{met:,}/{decided:,}")
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len({*names}) == groups


def spread(counts: list[int]) -> dict[str, Any]:
    """The answer for breaches at each hour of a Tuesday, as many as *counts*, and left open."""
    start = np.datetime64("2024-09-10T00:30", "us")
    hours = np.repeat(np.arange(len(counts)), counts)
    breached = start + hours.astype("timedelta64[h]")
    return {
        "created": breached - np.timedelta64(3, "h"),
        "call_due": breached,
        "call_state": np.repeat(["breached"], len(hours)),
        "call_breached_at": breached,
        "call_elapsed": np.repeat(np.timedelta64(3, "h"), len(hours)),
        "call_remaining": -(hours.astype("timedelta64[h]") * 30),
        "stopped_at": breached + hours.astype("timedelta64[h]"),
    }


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("most", [1, 5_731, 13_806])
@pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=needs_chinese)])
def test_results_of_few_and_many_tickets(language: str, most: int, size: str) -> None:
    answer = spread([most, *[max(most // 2, 1)] * 23])
    more: dict[str, Any] = {"language": language}
    desk = Calendar("UTC", {"mon-fri": "8:30-17"})
    figure = plot.breaches(answer, "call", calendar=desk, figure=SIZES[size](), **more)
    check(figure, f"{most:,}")
    for scale in ("time", "share"):
        figure = plot.margin(answer, "call", scale=scale, figure=SIZES[size](), **more)
        check(figure, f"{most:,}")
    figure = plot.backlog(answer, "call", "2024-09-10T20:00Z", figure=SIZES[size](), **more)
    check(figure)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("language", "value"),
    [("en", "waiting for somebody else"), pytest.param("zh", "等待客户回复", marks=needs_chinese)],
)
def test_tickets(language: str, value: str, size: str) -> None:
    """Names at both ends of the axis, near each other and far apart."""
    clock = HELPDESK.open({}, at("12 14:00")).insert(
        Event(at("12 14:01"), "replied", status=value),
        Event(at("12 14:02"), "changed", status="waiting", queue=value, owner=value),
        Event(at("18 10:00"), "changed", status=value, queue="first line", owner="nobody at all"),
    )
    figure = plot.ticket(clock, at("18 10:00"), language=language, figure=SIZES[size]())
    last = f"status={value}, queue=first line, owner=nobody at all"
    check(figure, f"replied, status={value}", last)


@pytest.mark.parametrize("size", ROOMY)
@pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=needs_chinese)])
def test_calendars(language: str, size: str) -> None:
    """Few special dates, many, and long names."""
    for holidays in ("CN", "DE-BY", {"2026-05-05": "The day on which everybody rests " * 3}):
        desk = Calendar("Europe/Paris", {"mon-fri": "9-17"}, holidays=holidays)
        check(plot.calendar(desk, 2026, language=language, figure=SIZES[size]()), "31")


def test_long_titles_are_broken() -> None:
    for size in SIZES.values():
        check(plot.breaches(spread([1]), "call", title="What we missed " * 20, figure=size()))
        empty = plot.breaches(spread([0]), "call", title="What we missed " * 20, figure=size())
        check(empty, "no ticket was breached")
