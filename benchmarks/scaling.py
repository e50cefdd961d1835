"""How cost grows: with the rows, and with the distinct combinations of attributes; and on cores.

Drawn as a picture in the documentation. A row's cost falls until what a call costs by itself no
longer shows, and stays there while the rows go through the processor's cache in chunks.
"""

from __future__ import annotations

import gc
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

import column_speed
import table_speed
from pages import DOCS, table
from rivals import library
from slacalc import bulk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor
    from pathlib import Path

SIZES = (1_000, 10_000, 100_000, 1_000_000, 3_000_000, 10_000_000)
COMBINATIONS = (1, 10, 100, 1_000, 10_000, 100_000)
ROWS = 1_000_000
REPLAY = "bulk.replay, an event"
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


def _calls(rows: int) -> Iterator[tuple[str, Callable[[], Any], int]]:
    """What is measured, each with a call, and how many things that counts, by turns: for memory."""
    calendar, questions = column_speed.plain(), column_speed.Questions.drawn(rows)
    starts = questions.starts
    yield "bulk.add, a row", partial(bulk.add, calendar, starts, questions.work), rows
    yield "bulk.elapsed, a row", partial(bulk.elapsed, calendar, starts, questions.ends), rows
    del questions, starts
    tickets = table_speed.Tickets.drawn(rows).arrow(as_text=False)
    evaluate = partial(bulk.evaluate, table_speed.POLICY, tickets, table_speed.AS_OF)
    yield "bulk.evaluate, a ticket and metric", evaluate, rows * table_speed.METRICS
    del tickets, evaluate
    policy, forms = table_speed.log(rows)
    form = forms["PyArrow, text"]
    del forms
    replay = partial(bulk.replay, policy, form, table_speed.LOG_AS_OF)
    yield REPLAY, replay, len(form)


def by_rows(sizes: tuple[int, ...] = SIZES) -> dict[str, Curve]:
    """Nanoseconds a row, a ticket and metric, or an event, by the number of rows."""
    curves: dict[str, Curve] = {}
    for rows in sizes:
        for name, run, counted in _calls(rows):
            curves.setdefault(name, {})[rows] = _cost(run, counted)
    return curves


_kept: dict[str, tuple[Callable[[], Any], int]] = {}
"""The calls of a process that waits for its turn."""


def _keep(rows: int) -> None:
    for name, run, counted in _calls(rows):
        _kept[name] = run, counted
        run()


def _run(name: str, times: int) -> int:
    run, counted = _kept[name]
    for _ in range(times):
        run()
    return counted * times


def by_cores(rows: int = ROWS // 2) -> dict[str, list[float]]:
    """Nanoseconds of each thing: two equal calls in turn, in two threads, and in two processes.

    The processes have the columns already, and keep the answers.
    """
    _keep(rows)
    pools: list[Executor] = [ThreadPoolExecutor(1), ThreadPoolExecutor(2)]
    spawn = multiprocessing.get_context("spawn")
    pools.append(ProcessPoolExecutor(2, spawn, initializer=_keep, initargs=(rows,)))
    found = {}
    for name in _kept:
        begun = perf_counter_ns()
        _run(name, 1)
        times = max(1, _LEAST // (perf_counter_ns() - begun))
        best = [float("inf")] * len(pools)
        for number, pool in [*enumerate(pools)] * (_ROUNDS + 1):
            begun = perf_counter_ns()
            done = sum(pool.map(_run, [name] * 2, [times] * 2))
            best[number] = min(best[number], (perf_counter_ns() - begun) / done)
        found[name] = best
    for pool in pools:
        pool.shutdown()
    _kept.clear()
    return found


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


def core_table(found: dict[str, list[float]]) -> str:
    """What two cores bring."""
    rows = [
        [
            name,
            *(f"{cost:,.1f}" for cost in costs),
            *(f"{costs[0] / cost:.2f}" for cost in costs[1:]),
        ]
        for name, costs in found.items()
    ]
    header = ["", "in turn, ns", "two threads, ns", "two processes, ns", "threads ×", "processes ×"]
    return table(header, rows, numbers=5)
