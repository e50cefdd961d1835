"""Tables: tickets evaluated by a policy, and a log of events replayed, in the frames people have.

A table of a million tickets has five attributes and the events of three metrics, some of which have
not come; what is measured gives due, state, elapsed and the rest of `bulk.evaluate`. The log is the
real one of `examples/servicenow`, repeated under new numbers until it has a million events. All
forms of a table are measured in turn, in an order drawn anew, beside the floor of adding up three
columns of as many integers; before that, their answers are compared with each other and with those
of the single call.
"""

from __future__ import annotations

import gc
import random
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

import numpy as np

from clock_speed import example
from pages import table
from rivals import library
from slacalc import Policy, bulk
from speed import DisagreementError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

SEED = 20_261_124
ROWS = 1_000_000
SMALL = 1_000
ROUNDS = 7
_CALLS = 20  # that are measured together, over a small table
CHECKED = 200
AS_OF = "2025-01-06T09:00:00+08:00"
LOG_AS_OF = "2017-03-01T00:00:00Z"
_SECOND = 1_000_000

POLICY = Policy(
    "measured",
    calendars={
        "office": {
            "time_zone": "Asia/Shanghai",
            "week": {"mon-fri": "08:30-12:00, 13:00-17:30"},
            "holidays": "CN",
        }
    },
    attributes={
        "channel": ["mail", "telephone", "portal", "chat"],
        "severity": ["critical", "high", "normal", "low"],
        "tier": ["gold", "silver", "bronze"],
        "region": ["north", "south", "east", "west"],
        "product": {"kind": "text"},
    },
    metrics={
        "response": {"stop": "replied"},
        "arrival": {"stop": "arrived"},
        "resolution": {"stop": "resolved", "warnings": ["80 %"]},
    },
    tables={
        "terms": [
            {
                "when": {"severity": "critical", "tier": ["gold", "silver"]},
                "targets": {
                    "response": "30 working minutes",
                    "arrival": "4 working hours",
                    "resolution": {"within": "8 working hours", "limit": "16 working hours"},
                },
            },
            {
                "when": {"severity": ["critical", "high"], "channel": {"not": "mail"}},
                "targets": {
                    "response": "1 working hour",
                    "arrival": "1 working day",
                    "resolution": "2 working days",
                },
            },
            {
                "when": {"region": ["north", "south"]},
                "targets": {
                    "response": "4 working hours",
                    "arrival": "2 working days",
                    "resolution": "40 working hours",
                },
            },
            {
                "targets": {
                    "response": "8 working hours",
                    "arrival": "3 working days",
                    "resolution": "7 calendar days",
                }
            },
        ]
    },
)
METRICS = len(POLICY.metrics)
_STOPS = {"replied": 2, "arrived": 20, "resolved": 60}  # typical hours after the receipt


@dataclass(frozen=True)
class Tickets:
    """Tickets as plain arrays: codes of attributes, their words, and instants in UTC."""

    codes: dict[str, NDArray[np.int32]]
    words: dict[str, list[str]]
    instants: dict[str, NDArray[np.datetime64]]

    @classmethod
    def drawn(cls, rows: int, products: int = 5) -> Tickets:
        """Over four years, one in ten events still to come; with the fixed seed."""
        draw = np.random.default_rng(SEED)
        words = {
            name: [str(value) for value in one.values] or [f"P{i}" for i in range(products)]
            for name, one in POLICY.attributes.items()
        }
        codes = {
            name: draw.integers(0, len(those), rows, dtype=np.int32)
            for name, those in words.items()
        }
        first = np.datetime64("2021-01-01T00:00", "us")
        created = first + (draw.integers(0, 4 * 365 * 86_400, rows) * _SECOND)
        instants = {"created": created}
        for name, hours in _STOPS.items():
            seconds = draw.exponential(hours * 3_600, rows).astype(np.int64)
            instants[name] = created + seconds * _SECOND
            instants[name][draw.random(rows) < 0.1] = "NaT"
        return cls(codes, words, instants)

    def one_kind(self) -> Tickets:
        """Only as many combinations as there are products: the rest follows from the product."""
        codes = {
            name: (self.codes["product"] % len(self.words[name])).astype(np.int32)
            for name in self.codes
        }
        codes["product"] = self.codes["product"]
        return Tickets(codes, self.words, self.instants)

    def combinations(self) -> int:
        """How many combinations of attributes there are."""
        whole = np.zeros(len(self.codes["product"]), np.int64)
        for name, codes in self.codes.items():
            whole = whole * len(self.words[name]) + codes
        return len(np.unique(whole))

    def arrow(self, *, as_text: bool) -> Any:
        """A PyArrow table."""
        pa = library("pyarrow")
        columns = {}
        for name, codes in self.codes.items():
            column = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(self.words[name]))
            columns[name] = column.cast(pa.string()) if as_text else column
        kind = pa.timestamp("us", "UTC")
        for name, at in self.instants.items():
            columns[name] = pa.array(at, pa.timestamp("us")).cast(kind)
        return pa.table(columns)

    def polars(self, *, as_text: bool) -> Any:
        """A Polars frame."""
        return library("polars").from_arrow(self.arrow(as_text=as_text))

    def pandas(self, *, as_text: bool) -> Any:
        """A pandas frame, with its own categories or text."""
        pd = library("pandas")
        columns: dict[str, Any] = {}
        for name, codes in self.codes.items():
            column = pd.Categorical.from_codes(codes, self.words[name])
            columns[name] = pd.Series(column).astype("str") if as_text else column
        for name, at in self.instants.items():
            columns[name] = pd.Series(at).dt.tz_localize("UTC")
        return pd.DataFrame(columns)

    def forms(self) -> dict[str, Any]:
        """The table in every form that is measured."""
        return {
            "pandas, categories": self.pandas(as_text=False),
            "pandas, text": self.pandas(as_text=True),
            "Polars, categories": self.polars(as_text=False),
            "Polars, text": self.polars(as_text=True),
            "PyArrow, dictionaries": self.arrow(as_text=False),
            "PyArrow, text": self.arrow(as_text=True),
        }


def log(events: int) -> tuple[Policy, dict[str, Any]]:
    """The policy of the example, and its log with at least so many events, in every form."""
    known = example()
    rows: list[tuple[str, Any, str, dict[str, str]]] = []
    for one in known.read_incidents():
        rows.append((one.number, one.opened_at, "created", one.ticket))
        rows += [(one.number, event.at, event.type, dict(event.fields)) for event in one.events]
    times = -(-events // len(rows))
    pa, pl = library("pyarrow"), library("polars")
    kind = pa.timestamp("us", "UTC")
    number = pa.array([row[0] for row in rows])
    again = [pa.compute.binary_join_element_wise(number, str(turn), "-") for turn in range(times)]
    columns = {
        "ticket": pa.chunked_array(again),
        "at": pa.chunked_array([pa.array([row[1] for row in rows], kind)] * times),
        "type": pa.chunked_array([pa.array([row[2] for row in rows])] * times),
    }
    for name in ("state", "priority", "group"):
        values = pa.array([row[3].get(name) for row in rows], pa.string())
        columns[name] = pa.chunked_array([values] * times)
    arrow = pa.table(columns).combine_chunks()
    forms = {"PyArrow, text": arrow, "Polars, text": pl.from_arrow(arrow)}
    forms["pandas, text"] = arrow.to_pandas()
    return known.POLICY, forms


@dataclass
class Form:
    """A form of a table, and nanoseconds of each round for each thing that counts."""

    name: str
    counted: int
    run: Callable[[], Any]
    rounds: list[float] = field(default_factory=list)

    def measure(self) -> None:
        """Once more."""
        gc.collect()
        begun = perf_counter_ns()
        self.run()
        self.rounds.append((perf_counter_ns() - begun) / self.counted)

    @property
    def fastest(self) -> float:
        """Nanoseconds in the best round."""
        return min(self.rounds)


def floor(rows: int) -> Form:
    """What it costs to add up three columns of integers."""
    draw = np.random.default_rng(SEED)
    one, two, three = (draw.integers(0, 1 << 50, rows) for _ in range(3))
    out = np.empty(rows, np.int64)

    def add_up() -> None:
        np.add(one, two, out=out)
        np.add(out, three, out=out)

    return Form("`np.add` of three columns: the floor", rows, add_up)


def check() -> None:
    """Compare the answers of the forms with each other's and with the single call's.

    Raises:
        DisagreementError: They differ.
    """
    tickets = Tickets.drawn(CHECKED)
    answers = {name: bulk.evaluate(POLICY, form, AS_OF) for name, form in tickets.forms().items()}
    dues = {
        name: {metric: _plain(answer[f"{metric}_due"]) for metric in POLICY.metrics}
        for name, answer in answers.items()
    }
    for row in range(CHECKED):
        ticket = {name: tickets.words[name][codes[row]] for name, codes in tickets.codes.items()}
        received = tickets.instants["created"][row].item().isoformat() + "+00:00"
        found = POLICY.deadlines(ticket, received)
        for metric, deadline in found.items():
            for name, of_form in dues.items():
                due = None if deadline.due is None else deadline.due.timestamp()
                if of_form[metric][row] != due:
                    msg = f"{name}, row {row}, {metric}: {of_form[metric][row]} and {due}"
                    raise DisagreementError(msg)


def _plain(column: Any) -> list[float | None]:
    """Instants as seconds."""
    if hasattr(column, "to_pylist"):
        values = column.to_pylist()
    else:
        values = [None if str(value) == "NaT" else value for value in column]
    return [None if value is None else value.timestamp() for value in values]


def measured(rows: int = ROWS, rounds: int = ROUNDS) -> tuple[list[Form], list[Form], list[Form]]:
    """All forms of tickets, of logs, and of logs by group, in rounds of one order after another."""
    check()
    tickets = Tickets.drawn(rows).forms()
    evaluated = [
        Form(name, rows * METRICS, partial(bulk.evaluate, POLICY, form, AS_OF))
        for name, form in tickets.items()
    ]
    policy, logs = log(rows)
    replayed = [
        Form(name, len(form), partial(bulk.replay, policy, form, LOG_AS_OF))
        for name, form in logs.items()
    ]
    divided = [
        Form(name, len(form), partial(bulk.time_by, policy, form, "group", LOG_AS_OF))
        for name, form in logs.items()
    ]
    evaluated.append(floor(rows))
    everything = [*evaluated, *replayed, *divided]
    shuffle = random.Random(SEED).shuffle  # noqa: S311 - an order, no secret
    for one in everything:
        one.run()
    for _ in range(rounds):
        shuffle(everything)
        for one in everything:
            one.measure()
    return evaluated, replayed, divided


def measured_small(rows: int = SMALL, rounds: int = ROUNDS) -> list[Form]:
    """Calls over few rows, most of which is what a call costs before the first one."""
    tickets = Tickets.drawn(rows)
    forms = [
        Form(f"`bulk.{verb.__name__}`, {name}", rows * METRICS * _CALLS, partial(_repeat, call))
        for name, form in tickets.forms().items()
        for verb, call in (
            (bulk.evaluate, partial(bulk.evaluate, POLICY, form, AS_OF)),
            (bulk.deadlines, partial(bulk.deadlines, POLICY, form)),
        )
    ]
    shuffle = random.Random(SEED).shuffle  # noqa: S311 - an order, no secret
    for one in forms:
        one.run()
    for _ in range(rounds):
        shuffle(forms)
        for one in forms:
            one.measure()
    return sorted(forms, key=lambda one: one.name)


def _repeat(call: Callable[[], Any]) -> None:
    for _ in range(_CALLS):
        call()


def small_table(forms: Sequence[Form]) -> str:
    """Nanoseconds of tickets in small tables, by the verb and the form of the table."""
    lines = [[one.name, f"{one.fastest:,.0f}", f"{median(one.rounds):,.0f}"] for one in forms]
    title = f"**Small tables: {SMALL:,} tickets, a ticket and metric**"
    return f"{title}\n\n" + table(["call", "best ns", "median ns"], lines, numbers=2)


def form_table(evaluated: Sequence[Form], replayed: Sequence[Form], divided: Sequence[Form]) -> str:
    """Nanoseconds of tickets and of events, by the form of the table."""
    titles = {
        f"**`bulk.evaluate`: {evaluated[-1].counted:,} tickets, a ticket and metric**": evaluated,
        f"**`bulk.replay`: {replayed[0].counted:,} events, an event**": replayed,
        f"**`bulk.time_by`, by group: {divided[0].counted:,} events, an event**": divided,
    }
    parts = []
    for title, forms in titles.items():
        rows = [[one.name, f"{one.fastest:,.1f}", f"{median(one.rounds):,.1f}"] for one in forms]
        parts += [title, table(["table", "best ns", "median ns"], rows, numbers=2)]
    return "\n\n".join(parts)
