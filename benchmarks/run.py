"""Measure this library beside others, and write the results into the documentation.

Run by ``make bench``; ``python benchmarks/run.py columns`` prints the tables of one part and writes
nothing. Ends with an error where another library's answers differ from ours in a
race, in which all must agree, where our own answer to a question of the comparison is wrong, or
where a session that the documentation shows goes otherwise.
"""

from __future__ import annotations

import sys
from importlib import metadata
from typing import TYPE_CHECKING

import clock_speed
import column_speed
import contract_speed
import correctness
import day_speed
import duty_speed
import goals
import memory
import pages
import scaling
import sessions
import spark_speed
import speed
import sql_speed
import startup
import stored_speed
import table_speed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from correctness import Case, Outcome
    from rivals import Contender

_REPORT_EVERY = 25
_SESSIONS = "comparison/libraries.md"


def say(text: str) -> None:
    """Print how far the run has come."""
    print(text, file=sys.stderr, flush=True)


def versions(contenders: Sequence[Contender]) -> str:
    """The libraries by name and version."""
    return ", ".join(f"{one.name} {one.version()}" for one in contenders)


def matrix(answers: dict[Case, list[Outcome]]) -> str:
    """A sign for every question and library."""
    header = ["", *(one.name for one in correctness.CONTENDERS)]
    rows = [
        [case.title, *(outcome.sign for outcome in outcomes)] for case, outcomes in answers.items()
    ]
    totals = [
        str(sum(outcomes[index].sign == "✓" for outcomes in answers.values()))
        for index in range(len(correctness.CONTENDERS))
    ]
    return pages.table(header, [*rows, [f"right, of {len(answers)}", *totals]])


def in_full(answers: dict[Case, list[Outcome]]) -> str:
    """Every question with its answer, the reason, and what each library says."""
    sections = []
    for case, outcomes in answers.items():
        right = "a refusal" if case.right is None else correctness.shown(case.right, case.desk)
        rows = [
            [contender.name, outcome.sign, outcome.text]
            for contender, outcome in zip(correctness.CONTENDERS, outcomes, strict=True)
        ]
        sections += [
            f"### {case.title}",
            case.question,
            f"Right: **{right}**.\n{case.reason}",
            pages.table(["", "", "answer"], rows),
        ]
    return "\n\n".join(sections)


def compare() -> bool:
    """Put the questions, write `comparison/answers.md`; whether all our own answers are right."""
    say("Putting questions with known answers …")
    answers = correctness.outcomes()
    whom = versions(correctness.CONTENDERS)
    pages.fill(
        "comparison/answers.md",
        {"versions": f"{whom}; {pages.machine()}.", "matrix": matrix(answers)}
        | {"cases": in_full(answers)},
    )
    wrong = [case.title for case, outcomes in answers.items() if outcomes[0].sign != "✓"]
    for title in wrong:
        say(f"Our own answer is wrong: {title}")
    return not wrong


def rehearse() -> bool:
    """Run the sessions with other libraries; whether all go as the documentation shows them."""
    say("Running the sessions of the documentation …")
    others = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "polars"))
    hours = f"opening-hours-py {metadata.version('opening-hours-py')}"
    whom = f"{versions(correctness.CONTENDERS)}, {others}, {hours}; biz 1.8.2, which was read."
    pages.fill(_SESSIONS, {"libraries": whom})
    gone = sessions.changed(_SESSIONS)
    for title in gone:
        say(f"A session of docs/{_SESSIONS} goes otherwise: {title}")
    return not gone


def measure() -> None:
    """Run the races, time the start, and write `performance.md`."""
    say("Comparing answers before timing …")
    races = speed.races()
    for done in speed.run(races):
        if done % _REPORT_EVERY == 0:
            say(f"Racing: round {done} of {speed.ROUNDS}")
    say("Starting fresh processes …")
    imports = startup.imports()
    say("Compiling calendars …")
    compilations = startup.compilations()
    say("Replaying a log …")
    real, single = clock_speed.measured()
    stored, sizes = stored_speed.measured(), stored_speed.memory()
    say("Racing over columns …")
    columns, few_rows = column_speed.measured(), column_speed.few_rows()
    say("Counting days …")
    days = day_speed.measured()
    say("Evaluating tables …")
    forms = table_speed.measured()
    small = table_speed.measured_small()
    say("Measuring availability and duties …")
    outages, visits = contract_speed.measured(), duty_speed.measured()
    say("Asking a database …")
    in_sql, of_functions = sql_speed.measured(), sql_speed.functions()
    say("Starting Spark …")
    in_spark = spark_speed.jobs()
    say("Taking stock of memory …")
    beside, jobs = memory.beside(), memory.jobs()
    say("Growing …")
    by_rows, by_combinations = scaling.by_rows(), scaling.by_combinations()
    by_cores = scaling.by_cores()
    scaling.draw(by_rows, by_combinations)
    adding, *measuring = races
    tables = [goals.race_table(adding, "slacalc")]
    tables += [goals.race_table(race, "seconds") for race in measuring]
    whom = versions(correctness.CONTENDERS)
    beneath = ", ".join(f"{name} {metadata.version(name)}" for name in ("pendulum", "holidays"))
    rounds = f"{speed.ROUNDS} rounds; {pages.machine()}; {whom}; beneath ours {beneath}."
    pages.fill(
        "performance.md",
        {
            "goals": goals.goals_table(
                [
                    *goals.call_goals(races),
                    *goals.column_goals(columns),
                    *goals.few_row_goals(few_rows),
                    *goals.function_goals(of_functions),
                    *goals.day_goals(*days[:2]),
                    *goals.table_goals(*forms),
                    *goals.small_goals(small),
                    *goals.growth_goals(by_rows[scaling.REPLAY]),
                    *goals.memory_goals(beside),
                    *goals.clock_goals(real),
                    *goals.stored_goals(stored),
                    *goals.spark_goals(in_spark),
                    *goals.fresh_goals(imports),
                    *goals.compile_goals(compilations),
                ],
                imports,
                compilations,
            ),
            "speed": "\n\n".join([rounds, *tables]),
            "columns": _column_tables(columns, few_rows),
            "days": day_speed.day_table(*days),
            "tables": "\n\n".join([table_speed.form_table(*forms), table_speed.small_table(small)]),
            "contract": contract_speed.form_table(outages, visits),
            "sql": sql_speed.sql_table(in_sql, of_functions),
            "spark": spark_speed.job_table(in_spark),
            "jobs": memory.job_table(jobs),
            "memory": memory.beside_table(beside),
            "growth": "\n\n".join(
                [scaling.curve_table(by_rows), scaling.combination_table(by_combinations)]
            ),
            "cores": scaling.core_table(by_cores),
            "clocks": "\n\n".join([clock_speed.log_table(real), clock_speed.length_table(single)]),
            "stored": "\n\n".join(
                [stored_speed.speed_table(stored), stored_speed.size_table(sizes)]
            ),
            "startup": goals.startup_table(imports, compilations),
        },
    )


def _calls() -> str:
    races = speed.races()
    list(speed.run(races))
    adding, *measuring = races
    tables = [goals.race_table(adding, "slacalc")]
    return "\n\n".join([*tables, *(goals.race_table(race, "seconds") for race in measuring)])


def _clocks() -> str:
    real, single = clock_speed.measured()
    return "\n\n".join([clock_speed.log_table(real), clock_speed.length_table(single)])


def _stored() -> str:
    speeds = stored_speed.speed_table(stored_speed.measured())
    return "\n\n".join([speeds, stored_speed.size_table(stored_speed.memory())])


def _column_tables(
    columns: dict[str, list[column_speed.Column]], few_rows: list[column_speed.Column]
) -> str:
    tables = map(column_speed.race_table, columns.values())
    return "\n\n".join([*tables, column_speed.few_rows_table(few_rows)])


def _columns() -> str:
    return _column_tables(column_speed.measured(), column_speed.few_rows())


PARTS: dict[str, Callable[[], str]] = {
    "calls": _calls,
    "clocks": _clocks,
    "stored": _stored,
    "columns": _columns,
    "days": lambda: day_speed.day_table(*day_speed.measured()),
    "tables": lambda: table_speed.form_table(*table_speed.measured()),
    "small": lambda: table_speed.small_table(table_speed.measured_small()),
    "growth": lambda: scaling.curve_table(scaling.by_rows()),
    "contract": lambda: contract_speed.form_table(contract_speed.measured(), duty_speed.measured()),
    "sql": lambda: sql_speed.sql_table(sql_speed.measured(), sql_speed.functions()),
    "spark": lambda: spark_speed.job_table(spark_speed.jobs()),
    "startup": lambda: goals.startup_table(startup.imports(), startup.compilations()),
    "cores": lambda: scaling.core_table(scaling.by_cores()),
    "memory": lambda: memory.beside_table(memory.beside()),
}


def main(parts: Sequence[str]) -> int:
    """Run everything, correctness first; or print the tables of the parts that are named."""
    unknown = set(parts) - set(PARTS)
    if unknown:
        say(f"There is no part {', '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}.")
        return 2
    for part in parts:
        print(PARTS[part](), end="\n\n")
    if parts:
        return 0
    right = compare()
    right &= rehearse()
    try:
        measure()
    except speed.DisagreementError as error:
        say(f"Answers differ where they should agree: {error}")
        return 1
    say("Written: docs/comparison, docs/performance.md")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
