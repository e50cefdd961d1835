"""What threads and forks may do at the same time, and what is kept for the next call."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pkgutil
import re
import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import slacalc
from slacalc import Calendar, Holidays, Policy, bulk
from slacalc._threads import cached_property
from slacalc.errors import LanguageError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable

FORKS = 20
# A thread works without a pause, and the process forks in the midst of it; the child does the same
# work, on the very object that the thread is working on.
PROGRAM = """
import multiprocessing, os, sys, threading, time, warnings
warnings.simplefilter("ignore")  # Python warns of forks beside threads from 3.12 on
from slacalc import *
{setup}
current = next(things)
work(current)
def busy():
    global current
    for current in things:
        work(current)
threading.Thread(target=busy, daemon=True).start()
def outcome(pid):
    for _ in range(2000):
        if os.waitpid(pid, os.WNOHANG)[0]:
            return "done"
        time.sleep(0.01)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return "hung"
outcomes = []
for number in range({forks}):
    time.sleep(0.003 * (1 + number % 7))
    if number % 2:
        child = multiprocessing.get_context("fork").Process(target=work, args=(current,))
        child.start()
        child.join(20)
        outcomes.append("done" if child.exitcode == 0 else f"exit {{child.exitcode}}")
        child.kill()
    else:
        pid = os.fork()
        if not pid:
            code = 1
            try:
                work(current)
                code = 0
            finally:
                os._exit(code)
        outcomes.append(outcome(pid))
    if outcomes[-1] != "done":
        break
print(len(outcomes), set(outcomes))
sys.stdout.flush()
os._exit(0)
"""
AT = "2026-05-18T09:00:00Z"
GROWING = """
import itertools
things = (
    Calendar("Europe/Paris", {"mon-fri": f"9:00:{i % 60:02}-17:{i // 60 % 60:02}"}, holidays="FR")
    for i in itertools.count()
)
def work(calendar):
    calendar.elapsed("1950-01-01T00:00:00Z", "2150-01-01T00:00:00Z")
"""
HOLIDAYS = """
import itertools
from slacalc._calendar.holidays import _modules
things = itertools.cycle(sorted(_modules()))
def work(code):
    Calendar("UTC", {"mon-fri": "9-17"}, holidays=code).is_open("2026-05-18T09:00:00Z")
"""
POLICY = """
import itertools
rows = [{"when": {"a": i}, "targets": {"m": "1 hour"}} for i in range(300)]
things = (
    Policy("desk", attributes={"a": [*range(300)]}, metrics={"m": {}}, tables={f"t{i}": rows})
    for i in itertools.count()
)
def work(policy):
    policy.open({"a": 7}, "2026-05-18T09:00:00Z").status("2026-05-18T10:00:00Z")
"""
LANGUAGE = """
import itertools
calendar = Calendar("UTC", {"mon-fri": "9-17"}, holidays="CN")
things = (f"zh-{i}" for i in itertools.count())
def work(language):
    calendar.explain("2026-05-18T09:00:00Z", "2026-05-18T10:00:00Z", language=language)
"""
REPLAY = """
import itertools
from slacalc import bulk
pause, tables = {"state": ["x"]}, {"t": [{"targets": {"m": "1 hour"}}]}
policy = Policy("desk", metrics={"m": {"pause": pause}}, tables=tables)
things = itertools.count()
def work(number):
    log = {
        "ticket": [1, 1, 1],
        "at": [f"2026-05-18T{hour:02}:00:00Z" for hour in (9, 10, 11)],
        "type": ["created", f"event {number}", "resolved"],
        "state": [None, f"{number}", None],
    }
    bulk.replay(policy, log, "2026-05-20T00:00:00Z")
"""


@pytest.mark.skipif(not hasattr(os, "register_at_fork"), reason="this system cannot fork")
@pytest.mark.parametrize(
    "setup",
    [GROWING, HOLIDAYS, POLICY, LANGUAGE, REPLAY],
    ids=[
        "a timeline grows",
        "holidays are imported",
        "compiled",
        "language",
        "an automaton learns",
    ],
)
def test_a_child_never_waits_for_a_thread_that_it_does_not_have(setup: str) -> None:
    program = PROGRAM.format(setup=setup, forks=FORKS)
    result = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.stdout == f"{FORKS} {{'done'}}\n", result.stderr


BESIDE_OURS = re.compile(r"functools import.*cached_property|threading\.R?Lock|threading import")


class Meeting:
    """A property that is only ever complete if two objects compute theirs at the same time."""

    def __init__(self, barrier: Barrier) -> None:
        self._barrier = barrier

    @cached_property
    def place(self) -> int:
        """Zero or one."""
        return self._barrier.wait(timeout=5)


def test_cached_properties_hold_no_lock() -> None:
    """Up to Python 3.11, those of the standard library do: one for all objects of a class."""
    meetings = [Meeting(barrier := Barrier(2)), Meeting(barrier)]
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lambda meeting: meeting.place, meetings)) == [0, 1]
    assert meetings[0].place is meetings[0].place
    sources = Path(slacalc.__file__).parent.rglob("*.py")
    users = [path.name for path in sources if BESIDE_OURS.search(path.read_text("utf-8"))]
    assert users == ["_threads.py"]


# Caches -------------------------------------------------------------------------------------------


def caches() -> list[Any]:
    """Every function of the package that keeps answers."""
    with contextlib.suppress(ModuleNotFoundError):  # models need settings to be imported
        importlib.import_module("tests.django.project").configure()
    for _, name, _ in pkgutil.walk_packages(slacalc.__path__, "slacalc."):
        if name != "slacalc.__main__":
            with contextlib.suppress(MissingExtraError):
                importlib.import_module(name)
    return [
        value
        for value in gc.get_objects()
        if isinstance(value, lru_cache_type) and value.__module__.startswith("slacalc")
    ]


lru_cache_type = type(cache(print))


def test_only_what_has_few_answers_is_kept_without_bound() -> None:
    """A new name here is a decision: its function has no argument, or one from a short list."""
    endless = {each.__qualname__ for each in caches() if each.cache_info().maxsize is None}
    assert endless == {
        "_epoch",
        "_list_new_fonts",
        "_fields_by_key",
        "_fields_with_factories",
        "_languages_of_names",
        "_last_special_year",
        "_load",
        "_modules",
        "_releases",
        "_windows_zones",
        "load_pendulum",
        "zone_data",
        "zone_names",
    }


OFFICE = Calendar("UTC", {"mon-fri": "9-17"}, holidays="CN")
TARGETS = {"t": [{"targets": {"m": "1 hour"}}]}
DESK = Policy("desk", metrics={"m": {"pause": {"reason": ["x"]}}}, tables=TARGETS)
TITLED = {"t": [{"when": {"title": "printer"}, "targets": {"m": "1 hour"}}]}
TITLES = {"title": {"kind": "text"}}
WORDS = Policy("words", attributes=TITLES, metrics={"m": {}}, tables=TITLED)
MEGABYTE = 1_000_000


def feed_language(number: int) -> None:
    with pytest.raises(LanguageError):
        OFFICE.explain(AT, AT, language=f"zh-{number}-{'x' * MEGABYTE}")


def feed_length(number: int) -> None:
    OFFICE.add(AT, " " * MEGABYTE + f"{number} minutes")


def feed_zone(number: int) -> None:
    zone = (
        f"BEGIN:VTIMEZONE\nTZID:Desk {number}\nCOMMENT:{'x' * MEGABYTE}\nBEGIN:STANDARD\n"
        "DTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nEND:STANDARD\n"
        "END:VTIMEZONE\n"
    )
    event = (
        f"BEGIN:VEVENT\nUID:1\nSUMMARY:Party\nDTSTART;TZID=Desk {number}:20260518T120000\n"
        "DURATION:PT1H\nEND:VEVENT\n"
    )
    Holidays.from_ical(f"BEGIN:VCALENDAR\nVERSION:2.0\n{zone}{event}END:VCALENDAR\n", timed="close")


def feed_log(number: int) -> None:
    log = {"ticket": [1, 1], "at": [AT, AT], "type": ["created", "paused"], "reason": [None, ""]}
    log["reason"] = [None, f"{number}" * (MEGABYTE // 4)]
    bulk.replay(DESK, log, AT)


def feed_ticket(number: int) -> None:
    WORDS.deadlines({"title": f"{number}" * (MEGABYTE // 4)}, AT)


def feed_holder(number: int) -> None:
    log = {"ticket": [1, 1], "at": pd.to_datetime([AT, "2026-05-18T10:00:00Z"])}
    more = {"type": ["created", "changed"], "holder": [f"{number}" * (MEGABYTE // 4)] * 2}
    bulk.time_by(DESK, pd.DataFrame(log | more), "holder")


@pytest.mark.parametrize(
    "feed", [feed_language, feed_length, feed_zone, feed_log, feed_ticket, feed_holder]
)
def test_what_is_kept_is_bounded(
    feed: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A megabyte at a time that a process has never seen before; a few of them are kept."""
    monkeypatch.setattr("slacalc._bulk.automaton._MAX_CODES", 20)
    feed(0)
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(1, 101):
            feed(number)
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 20 * MEGABYTE
