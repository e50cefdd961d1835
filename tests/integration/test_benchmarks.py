"""The benchmarks of tables measure what they say: their answers agree before anything is timed."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from slacalc import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _benchmarks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The folder can be imported from, and leaves no module behind."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(FOLDER)):
            del sys.modules[name]


def test_all_forms_of_a_table_are_due_when_the_single_call_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Answers that differ, by a minute here, stop the run."""
    import table_speed
    from speed import DisagreementError

    table_speed.check()
    plain = table_speed._plain
    monkeypatch.setattr(
        table_speed, "_plain", lambda column: [one and one + 60 for one in plain(column)]
    )
    with pytest.raises(DisagreementError, match="row 0, response"):
        table_speed.check()


def test_the_log_is_the_real_one_repeated() -> None:
    """So many whole logs as give so many events, each under numbers of its own."""
    import table_speed

    _, forms = table_speed.log(20_000)
    events = {len(form) for form in forms.values()}
    assert events == {3 * (8_225 + 1_443)}
    assert forms["Polars, text"]["ticket"].n_unique() == 3 * 1_443


def test_a_table_has_as_many_combinations_as_it_says() -> None:
    """All that is drawn, or as many as there are products."""
    import table_speed

    tickets = table_speed.Tickets.drawn(5_000, 40)
    assert tickets.one_kind().combinations() == 40
    assert tickets.combinations() > 3_000


def test_days_are_compared_before_they_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A date or a count that differs stops the run; a library that is not there is named."""
    import day_speed as module
    from speed import DisagreementError

    day_speed: Any = module  # with what it imports from the others
    monkeypatch.setattr(day_speed, "ROWS", 1_000)
    monkeypatch.setattr(day_speed, "ROUNDS", 1)
    monkeypatch.setattr(day_speed, "COLUMN_ROUNDS", 1)
    real = day_speed.library

    def library(name: str) -> object:
        if name == "QuantLib":
            raise ImportError
        return real(name)

    monkeypatch.setattr(day_speed, "library", library)
    shown = day_speed.day_table(*day_speed.measured())
    assert "not measured: QuantLib" in shown
    assert shown.count("numpy.busday_offset") == 4
    office = day_speed.office()
    fewer = dataclasses.replace(
        office, closed=frozenset(day for day in office.closed if day.year < 2022)
    )
    plain = day_speed.plain
    monkeypatch.setattr(day_speed, "office", lambda: fewer)
    monkeypatch.setattr(day_speed, "plain", lambda _: plain(office))
    with pytest.raises(DisagreementError, match="numpy"):
        day_speed.races()


def test_the_look_ups_in_c_give_our_answers_where_there_is_a_compiler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They stop at a row that the table does not cover."""
    import column_speed

    monkeypatch.setattr(column_speed, "ROWS", 1_000)
    questions, calendar = column_speed.Questions.drawn(1_000), column_speed.plain()
    if shutil.which("cc"):
        columns = column_speed._in_c(questions, calendar)
        assert list(columns) == ["add", "elapsed"]
        questions.ends[7] = "NaT"
        with pytest.raises(ValueError, match="row 7 "):
            columns["elapsed"][0].run()
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert column_speed._in_c(column_speed.Questions.drawn(1_000), calendar) == {}


def test_the_picture_and_the_tables_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From few rows; the picture is the same each time."""
    import scaling

    monkeypatch.setattr(scaling, "_LEAST", 1)
    monkeypatch.setattr(scaling, "_ROUNDS", 1)
    curves = scaling.by_rows((100, 200))
    combined = scaling.by_combinations((1, 10), rows=100)
    assert [count for count, _ in combined.values()] == [1, 10]
    pictures = [tmp_path / "one.svg", tmp_path / "two.svg"]
    for picture in pictures:
        scaling.draw(curves, combined, picture)
    assert pictures[0].read_text("utf-8") == pictures[1].read_text("utf-8")
    assert "| 100 |" in scaling.curve_table(curves)


def test_cores_are_compared_for_each_verb(monkeypatch: pytest.MonkeyPatch) -> None:
    """In turn, by threads and by processes, with the same calls."""
    import scaling

    monkeypatch.setattr(scaling, "_LEAST", 1)
    monkeypatch.setattr(scaling, "_ROUNDS", 1)
    found = scaling.by_cores(rows=100)
    assert [len(costs) for costs in found.values()] == [3] * 4
    assert all(0 < cost < 1e9 for costs in found.values() for cost in costs)
    assert scaling.core_table(found).count("\n| bulk.") == 4


def test_a_job_says_what_it_took() -> None:
    """In a process of its own, with more given back than came in."""
    import memory

    job = memory.run("arrow", 1_000)
    assert 0 < job.given < job.gave < job.peak
    assert job.seconds > 0


def test_a_job_beside_spark_says_what_it_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same tickets in each file, with the processes that it started."""
    import spark_speed as module

    spark_speed: Any = module  # with what it imports from the others
    monkeypatch.setattr(spark_speed, "OF_A_FILE", 1_000)
    spark_speed.files(tmp_path, 3_000)
    assert len({path.stat().st_ino for path in tmp_path.iterdir()}) == 1
    with subprocess.Popen(["sleep", "9"]) as child:  # noqa: S607 - wherever it is
        names = [process.name for process in spark_speed.processes()]
        child.kill()
    assert names.count("sleep") == 1
    job = spark_speed.run(spark_speed.ALONE, tmp_path)
    assert job.rows == 3_000
    assert job.jvm == 0 < job.seconds
    assert "3,000" in spark_speed.job_table([job])


def test_availability_is_that_of_the_rivals(monkeypatch: pytest.MonkeyPatch) -> None:
    """By pandas and by a loop; one that differs by a microsecond stops the run."""
    import contract_speed
    from speed import DisagreementError

    *_, floor = contract_speed.measured(rows=2_000, rounds=1)
    assert floor.counted == 2_000
    downtime = contract_speed.downtime
    monkeypatch.setattr(contract_speed, "downtime", lambda frame: downtime(frame) + 1)
    with pytest.raises(DisagreementError):
        contract_speed.measured(rows=2_000, rounds=1)


def test_duties_are_those_of_the_rival(monkeypatch: pytest.MonkeyPatch) -> None:
    """By pandas; one more period that is done stops the run."""
    import duty_speed
    from speed import DisagreementError

    monkeypatch.setattr(duty_speed, "CUSTOMERS", 50)
    assert [form.counted for form in duty_speed.measured(3_000)] == [3_000] * 3
    by_us = duty_speed.by_us
    monkeypatch.setattr(duty_speed, "by_us", lambda *tables: by_us(*tables) + 1)
    with pytest.raises(DisagreementError):
        duty_speed.measured(3_000)


def test_stored_clocks_are_compared_before_they_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """And those that are kept are measured in all their forms."""
    import stored_speed

    monkeypatch.setattr(stored_speed, "CALLS", 1)
    everything = stored_speed.measured(rounds=1)
    assert all(one.rounds for one in everything)
    assert "`apply` of it" in stored_speed.speed_table(everything)
    sizes = stored_speed.memory(clocks=100)
    assert all(3_000 < size < 12_000 for size in sizes.values())
    assert len(sizes) == 3
    read = Clock.from_dict
    wrong = stored_speed.fed(1)
    monkeypatch.setattr(
        Clock,
        "from_dict",
        lambda data, policy: read(data, policy) if "state" in data else wrong,
    )
    with pytest.raises(AssertionError, match="another one"):
        stored_speed.measured(rounds=1)


def test_calls_over_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each verb in each kind of column; a goal has the slowest of them."""
    import column_speed
    import goals

    monkeypatch.setattr(column_speed, "_FEW_ROUNDS", 1)
    calls = column_speed.few_rows()
    assert len(calls) == 7 * 7
    assert len(column_speed.few_rows_table(calls).splitlines()) == 2 + 2 + 7
    assert len(goals.few_row_goals(calls)) == 7


def test_sums_of_a_database_are_compared_before_they_are_timed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every form of a question has one answer; an hour too many stops the run."""
    import sql_speed
    from contract_speed import race_forms
    from speed import DisagreementError

    monkeypatch.setattr(sql_speed, "race_forms", partial(race_forms, rounds=1))
    forms = sql_speed.measured(500)
    assert {question: len(found) for question, found in forms.items()} == {"elapsed": 5, "add": 4}
    functions = sql_speed.functions(500)
    assert {len(found) for found in functions.values()} == {2}
    shown = sql_speed.sql_table(forms, functions)
    assert "an overlap join" in shown
    assert "`sla_add(opened, '8h')` on one thread" in shown
    wrong = sql_speed.OVERLAPS.replace("sum(work)", "sum(work) + 1")
    monkeypatch.setattr(sql_speed, "OVERLAPS", wrong)
    with pytest.raises(DisagreementError, match="an overlap join"):
        sql_speed.measured(500)
