"""Spark on two cores of this machine: tickets evaluated by Python workers, and SQL in the JVM.

Each job is a process of its own. It reads files of a million tickets, those of `table_speed`, and
throws its answer away; before that it does the same with one of the files, since start-up does not
count. Processor time and memory are those that Linux notes of the JVM and of the workers.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from memory import alone
from pages import table
from rivals import library
from slacalc import bulk
from speed import DisagreementError
from table_speed import AS_OF, POLICY, Tickets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROWS = 2_000_000
OF_A_FILE = 1_000_000
FIRST_YEAR, LAST_YEAR = 2020, 2026
CALENDAR = POLICY.calendars["office"]
ALONE = "`bulk.evaluate` of one process, three metrics"
EVALUATE = "`spark.evaluate`, three metrics"
ELAPSED = "`bulk.elapsed` in `mapInArrow`", "`sql.elapsed`, joins in the JVM"
FLOORS = "`mapInArrow` that does nothing", "Spark reads"
_TICK = 1 / os.sysconf("SC_CLK_TCK")


class Job(NamedTuple):
    """A job of many tickets.

    Args:
        name: What is done.
        rows: The tickets.
        seconds: How long it took.
        processor: The seconds of processor time of all processes.
        jvm: Bytes that the JVM had at most.
        python: Bytes that the Python processes had at most, each at its own time.
    """

    name: str
    rows: int
    seconds: float
    processor: float
    jvm: int
    python: int


class Process(NamedTuple):
    """What Linux notes of a process: its name, processor time in seconds and most bytes."""

    name: str
    processor: float
    peak: int


def processes() -> list[Process]:
    """This process and those that it started, and those that they did."""
    found, notes = {os.getpid()}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        name, _, fields = path.read_text("utf-8").partition("(")[2].rpartition(") ")
        notes[int(path.parent.name)] = name, fields.split()
    while more := {pid for pid, (_, fields) in notes.items() if int(fields[1]) in found} - found:
        found |= more
    return [
        Process(notes[pid][0], sum(map(int, notes[pid][1][11:13])) * _TICK, _peak(pid))
        for pid in found
    ]


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    noted = status.partition("VmHWM:")[2].split()  # which a process that has ended lacks
    return int(noted[0]) * 1024 if noted else 0


def files(folder: Path, rows: int) -> None:
    """Write the tickets, in whole files: the same million over and over."""
    path = folder / "0.parquet"
    tickets = Tickets.drawn(OF_A_FILE).arrow(as_text=True)
    library("pyarrow.parquet").write_table(tickets, path)
    for number in range(1, rows // OF_A_FILE):
        path.with_stem(str(number)).hardlink_to(path)


def _pass_on(batches: Iterator[Any]) -> Iterator[Any]:
    yield from batches


def _elapsed(batches: Iterator[Any]) -> Iterator[Any]:
    for batch in batches:
        work = bulk.elapsed(CALENDAR, batch["created"], batch["resolved"])
        yield batch.append_column("elapsed", work.cast("int64"))


def evaluate(paths: Iterable[Path]) -> None:
    """Evaluate files in one process, without Spark, one after another."""
    for path in paths:
        bulk.evaluate(POLICY, library("pyarrow.parquet").read_table(path), AS_OF)


class Cluster:
    """Spark with two workers in this process's own JVM, and a calendar's table in it."""

    def __init__(self) -> None:
        os.environ["PYSPARK_PYTHON"] = sys.executable
        build = library("pyspark.sql").SparkSession.builder.master("local[2]")
        settings = {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "2g",
            "spark.log.level": "ERROR",
            "spark.sql.session.timeZone": "UTC",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }
        self.session = build.config(map=settings).getOrCreate()
        sql, functions = library("slacalc.sql"), library("pyspark.sql.functions")
        rows = sql.table(CALENDAR, FIRST_YEAR, LAST_YEAR)
        for name, arrow in rows.to_arrow("office").items():
            functions.broadcast(self.session.createDataFrame(arrow)).createOrReplaceTempView(name)
        elapsed = partial(sql.elapsed, "office", "created", "resolved", dialect="spark")
        self.elapsed = elapsed(unit="microseconds", source="tickets")

    def frames(self) -> dict[str, Callable[[Any], Any]]:
        """What is measured, as DataFrames made of one of tickets."""
        types, spark = library("pyspark.sql.types"), library("slacalc.spark")

        def by_sql(tickets: Any) -> Any:
            tickets.createOrReplaceTempView("tickets")
            return self.session.sql(self.elapsed)

        def by_arrow(tickets: Any) -> Any:
            kept = types.StructType([*tickets.schema.fields])
            return tickets.mapInArrow(_elapsed, kept.add("elapsed", types.LongType()))

        return {
            EVALUATE: lambda tickets: spark.evaluate(POLICY, tickets, AS_OF),
            ELAPSED[0]: by_arrow,
            ELAPSED[1]: by_sql,
            FLOORS[0]: lambda tickets: tickets.mapInArrow(_pass_on, tickets.schema),
            FLOORS[1]: lambda tickets: tickets,
        }

    def run(self, name: str, paths: list[Path]) -> None:
        """Make a DataFrame of files, and throw it away."""
        tickets = self.session.read.parquet(*map(str, paths))
        self.frames()[name](tickets).write.format("noop").mode("overwrite").save()

    def check(self, path: Path) -> None:
        """Compare the working time by SQL with that by Arrow.

        Raises:
            DisagreementError: They differ.
        """
        frames, tickets = self.frames(), self.session.read.parquet(str(path))
        sums = {form: frames[form](tickets).agg({"elapsed": "sum"}).collect() for form in ELAPSED}
        if len(set(map(str, sums.values()))) > 1:
            raise DisagreementError(str(sums))


def run(name: str, folder: Path) -> Job:
    """Do a job in this process, with all files of a folder."""
    paths = sorted(folder.iterdir())
    with ExitStack() as stack:
        if name == ALONE:
            work: Callable[[list[Path]], None] = evaluate
        else:
            cluster = Cluster()
            stack.callback(cluster.session.stop)
            cluster.check(paths[0])
            work = partial(cluster.run, name)
        work(paths[:1])
        before, begun = processes(), perf_counter()
        work(paths)
        seconds, after = perf_counter() - begun, processes()
    jvm = [process for process in after if process.name == "java"]
    used = [sum(process.processor for process in those) for those in (before, after)]
    peaks = [sum(process.peak for process in those) for those in (jvm, after)]
    rows = len(paths) * OF_A_FILE
    return Job(name, rows, seconds, used[1] - used[0], peaks[0], peaks[1] - peaks[0])


def jobs(rows: int = ROWS) -> list[Job]:
    """Each job in a process; none where there is no Java, or no Linux."""
    if shutil.which("java") is None or not Path("/proc/self/status").exists():
        return []
    names = (ALONE, EVALUATE, *ELAPSED, *FLOORS)
    with TemporaryDirectory() as folder:
        files(Path(folder), rows)
        return [Job(*alone(__file__, name, folder)) for name in names]


def job_table(found: list[Job]) -> str:
    """Seconds, tickets for each second of a processor, and gigabytes of each job."""
    rows = [
        [
            job.name,
            f"{job.rows:,}",
            f"{job.seconds:.1f}",
            f"{job.processor:.1f}",
            f"{job.rows / job.processor:,.0f}",
            f"{job.jvm / 1e9:.2f}",
            f"{job.python / 1e9:.2f}",
        ]
        for job in found
    ]
    header = ["", "tickets", "s", "s of processors", "tickets a second of a processor"]
    return table([*header, "GB of the JVM, at most", "GB of Python, at most"], rows, numbers=6)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(run(sys.argv[1], Path(sys.argv[2]))))
    else:
        print(job_table(jobs(*map(int, sys.argv[1:]))))
