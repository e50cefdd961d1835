"""How cost grows: with the rows, and with the distinct combinations of attributes.

Drawn as a picture in the documentation. A row's cost falls until what a call costs by itself no
longer shows, and stays there while the rows go through the processor's cache in chunks.
"""

from __future__ import annotations

import gc
from functools import partial
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

import column_speed
import table_speed
from pages import DOCS, table
from rivals import library
from slacalc import bulk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
COMBINATIONS = (1, 10, 100, 1_000, 10_000, 100_000)
ROWS = 1_000_000
PICTURE = DOCS / "_static" / "columns.svg"
_ROUNDS = 5
_LEAST = 20_000_000  # nanoseconds that a measurement takes, with as many calls as that needs
_INK = "#767676"  # readable on light pages and on dark ones
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")  # apart for the colour-blind too

Curve = dict[int, float]


def _cost(run: Callable[[], Any], counted: int) -> float:
    """Nanoseconds for each thing that counts, at best."""
    run()
    begun = perf_counter_ns()
    run()
    once = perf_counter_ns() - begun
    calls = max(1, _LEAST // max(once, 1))
    best = once / counted
    for _ in range(_ROUNDS if once < 2e9 else 1):
        gc.collect()
        begun = perf_counter_ns()
        for _ in range(calls):
            run()
        best = min(best, (perf_counter_ns() - begun) / calls / counted)
    return best


def by_rows(sizes: tuple[int, ...] = SIZES) -> dict[str, Curve]:
    """Nanoseconds a row, a ticket and metric, or an event, by the number of rows."""
    curves: dict[str, Curve] = {
        "bulk.add, a row": {},
        "bulk.elapsed, a row": {},
        "bulk.evaluate, a ticket and metric": {},
        "bulk.replay, an event": {},
    }
    add, elapsed, evaluate, replay = curves.values()
    calendar = column_speed.plain()
    for rows in sizes:
        questions = column_speed.Questions.drawn(rows)
        add[rows] = _cost(partial(bulk.add, calendar, questions.starts, questions.work), rows)
        elapsed[rows] = _cost(
            partial(bulk.elapsed, calendar, questions.starts, questions.ends), rows
        )
        del questions
        tickets = table_speed.Tickets.drawn(rows).arrow(as_text=False)
        evaluate[rows] = _cost(
            partial(bulk.evaluate, table_speed.POLICY, tickets, table_speed.AS_OF),
            rows * table_speed.METRICS,
        )
        del tickets
        policy, forms = table_speed.log(rows)
        form = forms["PyArrow, text"]
        del forms
        replay[rows] = _cost(partial(bulk.replay, policy, form, table_speed.LOG_AS_OF), len(form))
    return curves


def by_combinations(
    combinations: tuple[int, ...] = COMBINATIONS, rows: int = ROWS
) -> dict[int, tuple[int, float]]:
    """The distinct combinations that were drawn, and nanoseconds a ticket and metric."""
    found = {}
    for products in combinations:
        tickets = table_speed.Tickets.drawn(rows, products).one_kind()
        form = tickets.arrow(as_text=False)
        cost = _cost(
            partial(bulk.evaluate, table_speed.POLICY, form, table_speed.AS_OF),
            rows * table_speed.METRICS,
        )
        found[products] = tickets.combinations(), cost
    return found


def draw(
    curves: dict[str, Curve], combined: dict[int, tuple[int, float]], path: Path = PICTURE
) -> None:
    """Write the picture."""
    matplotlib, figures = library("matplotlib"), library("matplotlib.figure")
    style = {
        "svg.hashsalt": "slacalc",
        "font.family": "sans-serif",
        "text.color": _INK,
        "axes.labelcolor": _INK,
        "axes.edgecolor": _INK,
        "xtick.color": _INK,
        "ytick.color": _INK,
    }
    with matplotlib.rc_context(style):
        figure = figures.Figure(figsize=(9, 3.8), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        for colour, (name, curve) in zip(_COLOURS, curves.items(), strict=True):
            left.loglog(list(curve), list(curve.values()), "o-", color=colour, label=name)
        left.set_xlabel("rows in one call")
        left.set_ylabel("nanoseconds")
        left.legend(frameon=False, fontsize="small", labelcolor=_INK)
        counts, costs = zip(*combined.values(), strict=True)
        right.loglog(counts, costs, "o-", color=_COLOURS[2])
        right.set_xlabel("distinct combinations of attributes, in a million tickets")
        for axes in (left, right):
            axes.grid(color=_INK, alpha=0.25)
            axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, transparent=True, metadata={"Date": None})


def curve_table(curves: dict[str, Curve]) -> str:
    """What the picture shows by rows, as figures."""
    sizes = list(next(iter(curves.values())))
    rows = [[f"{size:,}", *(f"{curve[size]:,.1f}" for curve in curves.values())] for size in sizes]
    return table(["rows", *(f"{name}, ns" for name in curves)], rows, numbers=len(curves) + 1)


def combination_table(combined: dict[int, tuple[int, float]]) -> str:
    """What the picture shows by combinations, as figures."""
    rows = [[f"{count:,}", f"{cost:,.1f}"] for count, cost in combined.values()]
    return table(["distinct combinations", "a ticket and metric, ns"], rows, numbers=2)
