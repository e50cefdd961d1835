"""A package of dbt around a calendar: seeds with its rows, macros that look them up, and tests.

The macros are what `slacalc.sql` writes for arguments that are placeholders, with expressions of
Jinja in their places. What `slacalc.sql` refuses in arguments, macros refuse when dbt renders them:
a column that could be one of the calendar's, and an unknown choice.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from slacalc import sql
from slacalc._sql.pieces import Piece, WorkingDate
from slacalc._time.instants import DAY, HOUR, to_utc, year_start

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slacalc._calendar.calendar import Calendar

_TABLE, _SOURCE, _INTO = "sla_table", "sla_source", "sla_into"
_EXPRESSIONS = ("duckdb", "postgres", "sqlite")
_EXAMPLES: Final = 24

# By the name of a macro: what writes it, its arguments, and the name of a new column.
_MACROS: dict[str, tuple[Callable[..., str], tuple[str, ...], str]] = {
    "elapsed": (sql.elapsed, ("start", "end"), "elapsed"),
    "add": (sql.add, ("start", "minutes"), "due"),
    "subtract": (sql.subtract, ("end", "minutes"), "latest_start"),
    "is_open": (sql.is_open, ("instant",), "is_open"),
    "next_open": (sql.next_open, ("instant",), "next_open"),
    "next_close": (sql.next_close, ("instant",), "next_close"),
    "previous_close": (sql.previous_close, ("instant",), "previous_close"),
    "count_working_days": (sql.count_working_days, ("start", "end"), "working_days"),
    "add_working_days": (sql.add_working_days, ("start", "days"), "due"),
}
_OF = ("count_working_days", "add_working_days")


def files(
    calendar: Calendar, name: str, first_year: int, last_year: int, *, dialect: str
) -> dict[str, str]:
    """The files of the package.

    Args:
        calendar: The calendar.
        name: The name of the seed, and the beginning of the names of macros.
        first_year: The first year that the table answers for.
        last_year: The last one.
        dialect: The database.

    Returns:
        Their texts, by path inside the package.
    """
    table = sql.table(calendar, first_year, last_year)
    rows_of: dict[str, Sequence[Piece | WorkingDate]] = {
        name: table.stretches,
        f"{name}_days": table.dates,
    }
    kind = sql.create(calendar, name, first_year, first_year, dialect=dialect)[0]
    number = re.sub(r".*\(bucket (.*?), begins.*", r"\1", kind)
    package = {
        "dbt_project.yml": _PROJECT.format(name=name),
        "seeds/seeds.yml": "version: 2\nseeds:\n"
        + "".join(_seed(seed, rows[0]._fields, number) for seed, rows in rows_of.items()),
        f"macros/{name}.sql": "\n".join(_macros(name, dialect)),
        f"tests/{name}_examples.sql": _examples(calendar, name, first_year, last_year, dialect),
    }
    for seed, rows in rows_of.items():
        lines = [",".join("" if v is None else str(v) for v in row) for row in rows]
        package[f"seeds/{seed}.csv"] = "\n".join([",".join(rows[0]._fields), *lines]) + "\n"
    return package


_PROJECT = """\
# Written by slacalc: working time as macros over two seeds.
name: slacalc_{name}
version: "1.0.0"
config-version: 2
profile: default
"""


def _seed(seed: str, fields: tuple[str, ...], number: str) -> str:
    """The types of a seed, and the tests of its key."""
    types = "".join(f"        {field}: {number}\n" for field in fields)
    key = "day" if fields[0] == "day" else "begins"
    return (
        f"  - name: {seed}\n    config:\n      column_types:\n{types}    columns:\n"
        f"      - name: {key}\n        data_tests: [unique, not_null]\n"
    )


def _macros(name: str, dialect: str) -> list[str]:
    """Expressions, where the database takes them, and queries."""
    own = sorted({*Piece._fields, *WorkingDate._fields})
    macros = [_CHECK.format(name=name, own=own)] if dialect in _EXPRESSIONS else []
    for verb, (_, arguments, into) in _MACROS.items():
        of = ["dates", "instants"] if verb in _OF else [""]
        more = ", of='dates'" if verb in _OF else ""
        if dialect in _EXPRESSIONS:
            texts = [_text(verb, name, each, dialect=dialect, source=None) for each in of]
            check = f"slacalc_{name}.{name}_check"
            checks = "".join(f"{{{{ {check}({argument}) }}}}" for argument in arguments)
            macros.append(_macro(f"{name}_{verb}({', '.join(arguments)}{more})", texts, checks))
        names = ", ".join(("relation", *arguments))
        texts = [_text(verb, name, each, dialect=dialect, source=_SOURCE) for each in of]
        macros.append(_macro(f"{name}_with_{verb}({names}{more}, into='{into}')", texts))
    return macros


_CHECK = """\
{{% macro {name}_check(argument) -%}}
{{%- if argument | string | replace('"', '') | trim | lower in {own} -%}}
{{{{ exceptions.raise_compiler_error(
    argument ~ " could mean a column of {name}: write its table before it, "
    ~ "as in tickets." ~ argument
) }}}}
{{%- endif -%}}
{{%- endmacro %}}
"""
_BY_KIND = """\
{{%- if of == 'dates' %}}{}{{% elif of == 'instants' %}}{}{{% else -%}}
{{{{ exceptions.raise_compiler_error("of is '" ~ of ~ "': give 'dates' or 'instants'") }}}}
{{%- endif %}}"""


def _macro(head: str, texts: list[str], checks: str = "") -> str:
    body = texts[0] if len(texts) == 1 else _BY_KIND.format(*texts)
    return f"{{% macro {head} -%}}\n{checks}{body}\n{{%- endmacro %}}\n"


def _text(verb: str, name: str, of: str, *, dialect: str, source: str | None) -> str:
    """The SQL of a macro, with Jinja in the places of its arguments."""
    write, arguments, _ = _MACROS[verb]
    options: dict[str, Any] = {"of": of} if of else {}
    marks = [f"sla_given.sla_{argument}" for argument in arguments]
    text = write(_TABLE, *marks, dialect=dialect, source=source, into=_INTO, **options)
    places = dict(zip(marks, (f"({{{{ {argument} }}}})" for argument in arguments), strict=True))
    return _in_place(text, name, places)


def _in_place(text: str, name: str, places: dict[str, str]) -> str:
    places |= {
        f"{_TABLE}_days": f"{{{{ ref('slacalc_{name}', '{name}_days') }}}}",
        _TABLE: f"{{{{ ref('slacalc_{name}', '{name}') }}}}",
        _SOURCE: "{{ relation }}",
        _INTO: "{{ into }}",
    }
    pattern = "|".join(rf"\b{re.escape(mark)}\b" for mark in places)
    return re.sub(pattern, lambda match: places[match[0]], text)


def _examples(calendar: Calendar, name: str, first_year: int, last_year: int, dialect: str) -> str:
    """A test that returns the rows whose answers are not those that are known."""
    start, end = year_start(first_year), year_start(last_year + 1)
    step = (end - start) // (_EXAMPLES + 1)
    selects = []
    for number in range(_EXAMPLES):
        begins = to_utc(start + number * step + number * HOUR)
        ends = begins + timedelta(microseconds=min(step, 9 * DAY))
        known = calendar.elapsed(begins, ends).as_timedelta() // timedelta(microseconds=1)
        source = f"SELECT {number} AS example, {known} AS expected"
        query = sql.elapsed(
            _TABLE, begins, ends, dialect=dialect, unit="microseconds", source=source, into="answer"
        )
        selects.append(_in_place(query, name, {}))
    union = "\nUNION ALL\n".join(selects)
    wrong = "WHERE answer IS NULL OR answer <> expected"
    return f"SELECT * FROM (\n{union}\n) AS examples\n{wrong}\n"  # noqa: S608 - ours
