"""Memory: of a bulk call beside its input and output, and of a job of ten million tickets.

The first is what `tracemalloc` sees of NumPy's arrays in the second call of a kind, the tables
being made, less what the call returns. The second is a process of its own for each form of table,
and what the system says it had at most.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tracemalloc
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import column_speed
from pages import table
from slacalc import bulk
from table_speed import AS_OF, METRICS, POLICY, Tickets

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 10_000_000
SIZES = (1_000_000, 10_000_000)
FORMS = ("pandas", "polars", "arrow")
LIMIT = 4_000_000
_KIBIBYTES = 1024 if sys.platform != "darwin" else 1


class Job(NamedTuple):
    """A job of many tickets.

    Args:
        form: The library of the table.
        rows: The tickets.
        given: Bytes of the table that came in.
        gave: Bytes of the table that came out, which has the columns of the other.
        seconds: How long `bulk.evaluate` took.
        before: Bytes that the process had at most before it.
        peak: Bytes that it had at most in the end.
    """

    form: str
    rows: int
    given: int
    gave: int
    seconds: float
    before: int
    peak: int


def beside() -> dict[str, dict[int, int]]:
    """Bytes of a call beside what it is given and what it gives, by verb and rows."""
    calendar = column_speed.plain()
    found: dict[str, dict[int, int]] = {"bulk.add": {}, "bulk.elapsed": {}}
    for rows in SIZES:
        questions = column_speed.Questions.drawn(rows)
        calls: dict[str, Callable[[], Any]] = {
            "bulk.add": partial(bulk.add, calendar, questions.starts, questions.work),
            "bulk.elapsed": partial(bulk.elapsed, calendar, questions.starts, questions.ends),
        }
        for verb, call in calls.items():
            call()
            tracemalloc.start()
            answer = call()
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            found[verb][rows] = most - np.asarray(answer).nbytes
    return found


def _most() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIBIBYTES


def _size(form: Any) -> int:
    if hasattr(form, "memory_usage"):  # pandas
        return int(form.memory_usage(deep=True).sum())
    return int(form.estimated_size() if hasattr(form, "estimated_size") else form.nbytes)


def run(form: str, rows: int) -> Job:
    """Do the job in this process."""
    made = getattr(Tickets.drawn(rows), form)(as_text=False)
    given, before = _size(made), _most()
    begun = perf_counter()
    evaluated = bulk.evaluate(POLICY, made, AS_OF)
    seconds = perf_counter() - begun
    return Job(form, rows, given, _size(evaluated), seconds, before, _most())


def alone(program: str, *arguments: str) -> Any:
    """What one of our programs prints as JSON, in a process of its own."""
    command = [sys.executable, program, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - our own program
    return json.loads(done.stdout)


def jobs(rows: int = ROWS) -> list[Job]:
    """The job in a process for each form."""
    return [Job(*alone(__file__, form, str(rows))) for form in FORMS]


def job_table(found: list[Job]) -> str:
    """Seconds and gigabytes of each job."""
    rows = [
        [
            job.form,
            f"{job.rows:,}",
            f"{job.seconds:.1f}",
            f"{job.seconds / job.rows / METRICS * 1e9:,.0f}",
            *(f"{size / 1e9:.2f}" for size in (job.given, job.gave, job.before, job.peak)),
        ]
        for job in found
    ]
    header = ["table", "tickets", "s", "ns a ticket and metric", "GB in", "GB out"]
    return table([*header, "GB before, at most", "GB, at most"], rows, numbers=7)


def beside_table(found: dict[str, dict[int, int]]) -> str:
    """Megabytes of a call beside what it is given and what it gives."""
    rows = [
        [f"`{verb}`", *(f"{size / 1e6:.2f}" for size in sizes.values())]
        for verb, sizes in found.items()
    ]
    return table(["MB beside input and output", *(f"{size:,} rows" for size in SIZES)], rows)


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]))))
