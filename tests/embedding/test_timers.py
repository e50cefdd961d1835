"""The timers of docs/embedding/timers.md: restarts, lost rings, clocks that differ, late events.

The page itself runs in `tests/test_docs.py`; here its code gets what a page has no room for.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from celery import beat
from celery.contrib.testing.worker import start_worker
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

from slacalc import Clock, Event

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).parents[2] / "docs" / "embedding" / "timers.md"
NINE = datetime(2026, 5, 18, 9, tzinfo=UTC)
BREACH = ["resolution.1.due", "resolution.1.breached"]


def _run(namespace: dict[str, Any], heading: str) -> None:
    """Run what stands under a heading of the page."""
    sybil = Sybil(parsers=[PythonCodeBlockParser()], path=str(PAGE.parent), pattern="*.md")
    document = sybil.parse(PAGE)
    document.namespace = namespace
    lines = PAGE.read_text("utf-8").splitlines()
    first = lines.index(heading)
    end = next(n for n in range(first + 1, len(lines)) if lines[n].startswith("## "))
    for example in document.examples():
        if first < example.line <= end:
            example.evaluate()


@pytest.fixture
def host(tmp_path: Path) -> dict[str, Any]:
    """The names of the page: `tick`, `save`, `open_ticket`; with a database of its own."""
    namespace: dict[str, Any] = {}
    _run(namespace, "# Timers")
    namespace["folder"].cleanup()
    namespace["path"] = str(tmp_path / "desk.db")
    with closing(sqlite3.connect(namespace["path"])) as database:
        tables = re.search(r'executescript\("""(.*?)"""', PAGE.read_text("utf-8"), re.DOTALL)
        assert tables
        database.executescript(tables[1].replace("... ", ""))
    return namespace


def _notices(host: dict[str, Any]) -> list[str]:
    with closing(sqlite3.connect(host["path"])) as database:
        return [key for (key,) in database.execute("select key from notices order by rowid")]


def _until(done: Callable[[], object]) -> None:
    """Wait until something is so, ten seconds at most."""
    for _ in range(200):
        if done():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen")


def test_what_came_due_while_nobody_looked_is_noticed_once(host: dict[str, Any]) -> None:
    """A tick after a night finds it; the ticks after that find nothing more."""
    host["open_ticket"]("T-1", NINE)
    assert _notices(host) == []
    assert host["tick"](NINE + timedelta(hours=12)) is None
    assert host["tick"](NINE + timedelta(hours=12)) is None
    assert _notices(host) == BREACH


def test_a_ring_that_is_too_early_is_set_again(host: dict[str, Any]) -> None:
    """Nothing happens before the due date, and the microsecond after it is a look of its own."""
    host["open_ticket"]("T-1", NINE)
    due = NINE + timedelta(seconds=1)
    assert host["tick"](due - timedelta(milliseconds=3)) == due
    assert _notices(host) == []
    assert host["tick"](due) == due + timedelta(microseconds=1)
    assert _notices(host) == BREACH[:1]
    assert host["tick"](due + timedelta(microseconds=1)) is None
    assert _notices(host) == BREACH


def test_clocks_of_machines_that_differ_notify_once(host: dict[str, Any]) -> None:
    """One is an hour ahead, and one, that has been set back, comes after it."""
    host["open_ticket"]("T-1", NINE)
    for minutes in (60, 0, -60, 1):
        host["tick"](NINE + timedelta(minutes=minutes))
    assert _notices(host) == BREACH


def test_a_late_event_has_its_notices_although_a_look_has_passed_them(
    host: dict[str, Any],
) -> None:
    """The ticket was solved, and it is learned later that it came back at once."""
    host["open_ticket"]("T-1", NINE)
    later = NINE + timedelta(minutes=5)

    def record(*events: Event) -> None:
        with closing(sqlite3.connect(host["path"])) as database, database:
            (stored,) = database.execute("select clock from tickets").fetchone()
            clock = Clock.from_dict(json.loads(stored), host["policy"]).insert(*events)
            host["save"](database, "T-1", clock, later)

    record(Event(NINE + timedelta(milliseconds=500), "resolved"))
    assert host["tick"](later) is None
    assert _notices(host) == []
    record(Event(NINE + timedelta(milliseconds=600), "reopened"))
    assert _notices(host) == BREACH


def test_a_thread_goes_on_after_a_tick_that_failed_and_stops_at_once(
    host: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """It rings when it starts, so that a restart makes up for what was missed."""
    _run(host, "## A thread")  # which starts a ticker, and stops it
    calls: list[datetime] = []

    def tick(now: datetime) -> datetime | None:
        calls.append(now)
        if len(calls) == 1:
            msg = "the database is away"
            raise ConnectionError(msg)
        return None

    ticker = host["Ticker"](tick, at_most=0.2)
    ticker.start()
    _until(lambda: len(calls) >= 2)
    ticker.at_most = 60
    begun = time.monotonic()
    ticker.stop()
    assert time.monotonic() - begun < 5
    assert "the database is away" in caplog.text


def test_a_thread_rings_when_something_is_due_and_not_only_at_the_interval(
    host: dict[str, Any],
) -> None:
    """The interval is a minute, and the ticket has a second."""
    _run(host, "## A thread")
    host["open_ticket"]("T-9", datetime.now(UTC))
    ticker = host["Ticker"](host["tick"], at_most=60)
    ticker.start()
    assert host["wait_for_breach"]("T-9")
    ticker.stop()


def test_a_job_of_apscheduler_rings_although_it_is_late(host: dict[str, Any]) -> None:
    """The page starts its scheduler, and stops it; then it is paused past its next run."""
    _run(host, "## APScheduler")
    scheduler = host["BackgroundScheduler"](timezone=UTC)
    text = PAGE.read_text("utf-8")
    job = re.search(r">>> _ = (scheduler\.add_job\(.*?\n\.\.\. \))", text, re.DOTALL)
    assert job
    host["scheduler"] = scheduler
    exec(job[1].replace("\n... ", "\n"), host)  # noqa: S102 - our own page
    scheduler.start(paused=True)
    host["open_ticket"]("T-9", datetime.now(UTC))
    time.sleep(2.2)  # past the second that APScheduler waits by default
    scheduler.resume()
    assert host["wait_for_breach"]("T-9")
    scheduler.shutdown()


def test_beat_of_celery_rings_and_a_worker_looks(host: dict[str, Any]) -> None:
    """A real beat and a real worker, with a broker in memory."""
    _run(host, "## Celery")
    app = host["app"]
    assert app.conf.beat_schedule["sla"]["task"] == host["ring"].name
    app.conf.beat_schedule["sla"]["schedule"] = 0.3
    host["open_ticket"]("T-9", datetime.now(UTC))
    service = beat.EmbeddedService(
        app, thread=True, max_interval=0.1, scheduler_cls="celery.beat:Scheduler"
    )
    with start_worker(app, perform_ping_check=False):
        service.start()
        assert host["wait_for_breach"]("T-9")
        service.stop()


def test_the_recipe_for_airflow_compiles_and_looks_at_the_present() -> None:
    """It does not run: Airflow is not installed for the tests."""
    text = PAGE.read_text("utf-8")
    block = re.search(r"```\{code-block\} python\n(.*?)```", text, re.DOTALL)
    assert block
    compile(block[1], "sla.py", "exec")
    assert "tick(datetime.now(UTC))" in block[1]
    assert "logical_date" not in block[1]
