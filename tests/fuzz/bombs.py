"""Small inputs that cost much, or would: each stands for its kind.

A bomb makes its input, and a reader reads it and asks of the result what a program asks first. The
names begin with the reader, by which the tests choose them.
"""

from __future__ import annotations

import io
import json
import tempfile
import time
import zipfile
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import openpyxl
from click.testing import CliRunner

from slacalc import Calendar, Clock, Event, Holidays, Policy, Proof, bulk
from slacalc._phrases import in_language
from slacalc.cli import commands
from slacalc.errors import SlacalcError

if TYPE_CHECKING:
    from collections.abc import Callable

AT, LATER = "2026-05-04T10:00:00Z", "2026-05-05T11:00:00Z"
ALL = "1900-01-01..2200-12-31"
SEARCH = "RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR;BYMONTH=1,2,3;BYSETPOS=1"
HEAD = 'name = "x"\n'
CALENDAR = HEAD + '[calendars.a]\ntime_zone = "UTC"\n'
WEEK = 'week = { mon-fri = "9-17" }\n'
PROMISE = '[metrics.m]\n[[tables.t]]\ntargets = { m = "4 working hours" }\n'
OFFICE = {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}
PROMISES = {"metrics": {"m": {}}, "tables": {"t": [{"targets": {"m": "4 working hours"}}]}}

TICKETS = {
    "name": "x",
    "calendars": {"a": OFFICE},
    "attributes": {"severity": {"values": ["high", "low"], "default": "low"}},
    "metrics": {"m": {"pause": {"status": ["waiting", "holding"]}}},
    "tables": {"t": [{"targets": {"m": "4 working hours"}}]},
}


class Bomb(NamedTuple):
    """An input that costs much.

    Args:
        name: What it is, after the name of its reader.
        read: Reads it, and asks of the result what a program asks first.
        make: Makes the input.
    """

    name: str
    read: Callable[[Any], object]
    make: Callable[[], Any]


class Steps(dict[str, float]):
    """The processor time of each question, by its name, and in all."""

    total = 0.0

    def measure(self, name: str, ask: Callable[[], object]) -> Any:
        """Ask, and note how long it took; None in place of an error of ours."""
        began = time.process_time()
        try:
            with suppress(SlacalcError):
                return ask()
        finally:
            seconds = time.process_time() - began
            self[name] = max(seconds, self.get(name, 0))
            self.total += seconds
        return None


STEPS = Steps()


def ask_policy(policy: Policy) -> None:
    questions: dict[str, Callable[[], object]] = {
        "deadlines": lambda: policy.deadlines({}, AT),
        "explain": lambda: [each.explain() for each in policy.deadlines({}, AT).values()],
        "clock": lambda: ask_clock(policy.open({}, AT)),
        "lint": policy.lint,
        "fingerprint": lambda: policy.fingerprint,
        "json": policy.to_json,
        "toml": policy.to_toml,
        "html": policy.to_html,
        "repr": lambda: repr(policy),
    }
    for name, ask in questions.items():
        STEPS.measure(name, ask)


def ask_clock(clock: Clock) -> None:
    clock = clock.apply(Event("2026-05-04T11:00:00Z", "resolved"))
    clock.status(LATER)
    clock.next_change(LATER)
    clock.verify(Proof.from_dict(clock.proof(LATER).to_dict()))
    clock.to_dict()


def ask_calendar(calendar: Calendar) -> None:
    questions: dict[str, Callable[[], object]] = {
        "add": lambda: calendar.add(AT, "40h"),
        "add much": lambda: calendar.add(AT, "10000h"),
        "days": lambda: calendar.add_working_days(AT, 3),
        "explain": lambda: str(calendar.explain(AT, "2026-05-11T10:00:00Z")),
        "dates": lambda: calendar.days("2026-05-04", "2026-05-11"),
        "provisional": lambda: calendar.provisional_from,
        "html": lambda: calendar.to_html(2026),
        "copy": lambda: Calendar.from_dict(calendar.to_dict()),
    }
    for name, ask in questions.items():
        STEPS.measure(name, ask)


def read_toml(text: str) -> None:
    ask_policy(Policy.from_toml(text))


def read_json(data: Any) -> None:
    ask_policy(Policy.from_json(data if isinstance(data, str) else json.dumps(data)))


def read_calendar(data: Any) -> None:
    ask_calendar(Calendar.from_dict(data))


def read_calendars(data: Any) -> None:
    for each in data:
        read_calendar(each)


def read_holidays(data: Any) -> None:
    ask_calendar(Calendar("UTC", {"mon-fri": "9-17"}, holidays=Holidays.parse(data)))


def read_ical(text: str) -> None:
    holidays = Holidays.from_ical(text, timed="close")
    ask_calendar(Calendar("UTC", {"mon-fri": "9-17"}, holidays=holidays))


def read_clock(data: Any) -> None:
    ask_clock(Clock.from_dict(data))


def read_length(text: str) -> None:
    Calendar("UTC", "always").add(AT, text)


def read_instant(text: str) -> None:
    Calendar("UTC", "always").add(text, "1h")


def translate(text: str) -> None:
    SlacalcError(text).in_language("zh")
    in_language(text, "zh")


def run_command(name: str, content: str | bytes, ending: str = "csv") -> None:
    """Run a command on a file; any end is right but a traceback."""
    with tempfile.TemporaryDirectory() as folder:
        policy, file = Path(folder, "policy.json"), Path(folder, f"rows.{ending}")
        policy.write_text(json.dumps(TICKETS), "utf-8")
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        typed = [name, "-p", str(policy), "-o", str(Path(folder, "out.csv")), str(file)]
        typed += ["--as-of", LATER, "--max-errors", "1000000"]
        result = CliRunner().invoke(commands(), typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception


def evaluate_file(content: str | bytes) -> None:
    run_command("evaluate", content)


def evaluate_lines(content: str) -> None:
    run_command("evaluate", content, "jsonl")


def evaluate_workbook(rows: str) -> None:
    """A workbook whose sheet has some XML in place of rows."""
    made, packed = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(made)
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    sheet = f"{head}<sheetData>{rows}</sheetData></worksheet>"
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name.endswith("sheet1.xml") else old.read(name))
    run_command("evaluate", packed.getvalue(), "xlsx")


def sheet_row(*cells: str, number: str = "") -> str:
    texts = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells)
    return f"<row{f' r={chr(34)}{number}{chr(34)}' if number else ''}>{texts}</row>"


def replay_file(content: str | bytes) -> None:
    run_command("replay", content)


def evaluate_columns(columns: dict[str, Any]) -> None:
    bulk.evaluate(Policy.from_dict(TICKETS), columns, as_of=LATER, errors="column")


def replay_columns(columns: dict[str, Any]) -> None:
    bulk.replay(Policy.from_dict(TICKETS), columns, as_of=LATER, errors="column")


def load_all() -> None:
    """Import what a program has imported once it has worked for a while."""
    evaluate_file(f"created,severity\n{AT},high\n")
    replay_file(f"ticket,at,type\n1,{AT},created\n")
    for holidays in ("CN", "DE"):
        policy = Policy.from_toml(f"{CALENDAR}{WEEK}holidays = '{holidays}'\n{PROMISE}")
        ask_policy(policy)
        ask_calendar(policy.calendars["a"])


# Inputs ------------------------------------------------------------------------------------------


def policy(**sections: Any) -> dict[str, Any]:
    return {"name": "x", **sections}


def office(**parts: Any) -> dict[str, Any]:
    return {**OFFICE, **parts}


def stretched(**parts: Any) -> dict[str, Any]:
    """A policy with so short a promise that its explanation is not long."""
    return with_calendar(**parts) | {"tables": {"t": [{"targets": {"m": "9 working minutes"}}]}}


def with_calendar(**parts: Any) -> dict[str, Any]:
    return policy(calendars={"a": office(**parts)}, **PROMISES)


def dates(count: int, step: int = 1, first: str = "1950-01-01") -> list[str]:
    """Dates that follow one another."""
    begins = date.fromisoformat(first)
    return [str(begins + timedelta(days)) for days in range(0, count * step, step)]


def long_ranges(count: int) -> list[str]:
    """Different ranges of three centuries."""
    return [f"1900-01-01..{day}" for day in dates(count, first="2199-01-01")]


def stretches(count: int, seconds: int = 20) -> str:
    """Hours with many stretches of a second."""

    def clock(second: int) -> str:
        return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"

    starts = range(0, count * seconds, seconds)
    return ", ".join(f"{clock(start)}-{clock(start + 1)}" for start in starts)


def terms(count: int, **parts: Any) -> list[dict[str, Any]]:
    return [{"operation": "|", "calendar": office(**parts)} for _ in range(count)]


def nested(depth: int) -> dict[str, Any]:
    data = office()
    for _ in range(depth):
        data = office(terms=[{"operation": "|", "calendar": data}])
    return data


def feed(*lines: str) -> str:
    """An iCalendar file; what reads it is imported, which is no part of what a bomb costs."""
    import icalendar  # noqa: F401 - before the time is taken
    import recurring_ical_events  # noqa: F401 - before the time is taken

    return "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""])


def event(*lines: str) -> str:
    return feed("BEGIN:VEVENT", *lines, "END:VEVENT")


def events(count: int, start: str = "", end: str = "", rule: str = "") -> str:
    """Events of the dates from 1950 on; the start and the end are what follows their dates."""
    lines = []
    for day in (f"{date(1950, 1, 1) + timedelta(number):%Y%m%d}" for number in range(count)):
        lines += ["BEGIN:VEVENT", f"UID:{day}", f"SUMMARY:{day}", f"DTSTART:{day}{start}"]
        lines += [f"DTEND:{day}{end}"] if end else []
        lines += [f"RRULE:{rule}"] if rule else []
        lines.append("END:VEVENT")
    return feed(*lines)


def changed_event(count: int) -> str:
    """An event that happens daily, each time changed."""
    days = [f"{date(2000, 1, 1) + timedelta(number):%Y%m%d}" for number in range(count)]
    series = ["BEGIN:VEVENT", "UID:1", "DTSTART:20000101", f"RRULE:FREQ=DAILY;COUNT={count}"]
    lines = [*series, "END:VEVENT"]
    for day in days:
        lines += ["BEGIN:VEVENT", "UID:1", f"DTSTART:{day}", f"RECURRENCE-ID:{day}", "END:VEVENT"]
    return feed(*lines)


def wide(count: int, name: str = "c", start: str = "created") -> str:
    """A file of so many columns, and of two rows."""
    names, cells = values(count, name), ",".join(["x"] * count)
    first = f"1,{AT},created" if "," in start else AT
    return f"{start},{','.join(names)}\n{first},{cells}\n{first},{cells}\n"


def log(count: int, kind: str = "x", ticket: str = "1") -> str:
    """A file of events."""
    begun = [f"{ticket.format(number)},{AT},created\n" for number in range(count)]
    lines = [f"{ticket.format(number)},{LATER},{kind.format(number)}\n" for number in range(count)]
    return "".join(["ticket,at,type\n", *(begun if "{" in ticket else begun[:1]), *lines])


def life(count: int, **columns: list[str]) -> dict[str, Any]:
    """The events of one ticket, a second apart."""
    at = [
        f"2026-05-04T{number // 3600 + 10:02}:{number // 60 % 60:02}:{number % 60:02}Z"
        for number in range(count)
    ]
    return {"ticket": ["1"] * count, "at": at, "type": ["created"] + ["x"] * (count - 1), **columns}


def countries(count: int) -> list[str]:
    import holidays

    return sorted(holidays.list_supported_countries(include_aliases=False))[:count]


def metrics(count: int, **parts: Any) -> dict[str, Any]:
    return {f"m{number}": {"stop": "x", **parts} for number in range(count)}


def chain(count: int) -> dict[str, Any]:
    data = metrics(count)
    for number in range(1, count):
        data[f"m{number}"]["inside"] = f"m{number - 1}"
    return data


def rows(count: int, **when: Any) -> dict[str, Any]:
    return {"t": [{"when": when, "targets": {"m": "4 hours"}}] * count}


def values(count: int, prefix: str = "v") -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


def rows_by_value(form: str, count: int) -> dict[str, Any]:
    names = values(count)
    tests = [{"a": form.format(name)} for name in names]
    return {"t": [{"when": test, "targets": {"m": "4 hours"}} for test in tests]}


def stored_clock(**parts: Any) -> dict[str, Any]:
    data = Policy.from_toml(f"{CALENDAR}{WEEK}{PROMISE}").open({}, AT).to_dict()
    return data | parts


def misspelt(count: int, prefix: str) -> dict[str, Any]:
    names: dict[str, Any] = {f"{prefix}{number}": {} for number in range(count)}
    wrong = [{"targets": {f"{prefix[1:]}x{number}": "4 hours"}} for number in range(count)]
    return policy(metrics=names, tables={"t": wrong})


def nested_list(depth: int) -> Any:
    data: Any = []
    for _ in range(depth):
        data = [data]
    return data


def nested_table(depth: int) -> Any:
    data: Any = {}
    for _ in range(depth):
        data = {"x": data}
    return data


BOMBS = [
    # TOML
    Bomb(
        "toml: ranges of all time",
        read_toml,
        lambda: f"{CALENDAR}{WEEK}holidays = {[ALL] * 100}\n{PROMISE}",
    ),
    Bomb(
        "toml: calendars with ranges",
        read_toml,
        lambda: (
            HEAD
            + "".join(
                f"[calendars.c{n}]\ntime_zone='UTC'\nweek='always'\nholidays='{ALL}'\n"
                for n in range(400)
            )
        ),
    ),
    Bomb("toml: one range of all time", read_toml, lambda: f"{CALENDAR}{WEEK}holidays='{ALL}'\n"),
    Bomb("toml: open quotes", read_toml, lambda: HEAD + 'a = "' + '\\"' * 250_000),
    Bomb("toml: open quotes in lines", read_toml, lambda: HEAD + 'a = "\n' * 100_000),
    Bomb("toml: open long quotes", read_toml, lambda: HEAD + 'a = """' + '\\"' * 250_000),
    Bomb("toml: quotes in quotes", read_toml, lambda: HEAD + "a = " + "'\"" * 250_000),
    Bomb("toml: dots", read_toml, lambda: HEAD + "a" + ". " * 250_000),
    Bomb("toml: dots and spaces", read_toml, lambda: HEAD + ("." + " " * 300) * 1_500),
    Bomb(
        "toml: deep keys",
        read_toml,
        lambda: HEAD + "".join(f"{'a.' * 30}k{n} = 1\n" for n in range(7_000)),
    ),
    Bomb(
        "toml: deep headers",
        read_toml,
        lambda: HEAD + "".join(f"[[{'a.' * 30}k]]\n" for _ in range(7_000)),
    ),
    Bomb(
        "toml: nested lists",
        read_toml,
        lambda: HEAD + "".join(f"a{n} = {'[' * 38}{']' * 38}\n" for n in range(6_000)),
    ),
    Bomb(
        "toml: many faults on late lines",
        read_toml,
        lambda: HEAD + "\n" * 300_000 + "".join(f"k{n} = 1\n" for n in range(10_000)),
    ),
    Bomb(
        "toml: spaces in weekdays",
        read_toml,
        lambda: f"{CALENDAR}week = {{ 'mon{' ' * 400_000}fri' = '9-17' }}\n",
    ),
    Bomb(
        "toml: spaces in hours",
        read_toml,
        lambda: f"{CALENDAR}week = {{ mon = '9{' ' * 400_000}17' }}\n",
    ),
    Bomb(
        "toml: weekdays without end",
        read_toml,
        lambda: f"{CALENDAR}week = {{ '{'mon-sun,' * 50_000}mon' = '9-17' }}\n",
    ),
    Bomb(
        "toml: shifts without end",
        read_toml,
        lambda: f"{CALENDAR}week = {{ mon = '{'9-17,' * 80_000}9-17' }}\n",
    ),
    Bomb(
        "toml: an exception with spaces",
        read_toml,
        lambda: f"{CALENDAR}{WEEK}exceptions = {{ '2026-01-01{' ' * 400_000}x' = '9-17' }}\n",
    ),
    # JSON, and what a policy may say
    Bomb("json: open quotes", read_json, lambda: '{"a": "' + '\\"' * 250_000),
    Bomb(
        "json: keys twice",
        read_json,
        lambda: '{"a": 1' + "".join(f', "k{n}": 1, "k{n}": 1' for n in range(18_000)) + "}",
    ),
    Bomb("json: long numbers", read_json, lambda: f'{{"a": [{",".join(["9" * 4_000] * 120)}]}}'),
    Bomb("json: 100 terms", read_json, lambda: with_calendar(terms=terms(100))),
    Bomb("json: 199 terms", read_json, lambda: with_calendar(terms=terms(199))),
    Bomb("json: 800 terms", read_json, lambda: with_calendar(terms=terms(800))),
    Bomb("json: 6000 terms", read_json, lambda: with_calendar(terms=terms(6_000))),
    Bomb(
        "json: terms with many stretches",
        read_json,
        lambda: with_calendar(terms=terms(3, week={"daily": stretches(60)})),
    ),
    Bomb("json: a chain of 1000 inside", read_json, lambda: policy(metrics=chain(1_000))),
    Bomb("json: a chain of 9000 inside", read_json, lambda: policy(metrics=chain(9_000))),
    Bomb(
        "json: a ring of inside",
        read_json,
        lambda: policy(metrics=chain(999) | {"m0": {"inside": "m998"}}),
    ),
    Bomb(
        "json: 500 versions",
        read_json,
        lambda: policy(
            metrics={"m": {}},
            tables=rows(9),
            versions=[{"effective_from": day} for day in dates(500)],
        ),
    ),
    Bomb(
        "json: 12000 versions",
        read_json,
        lambda: policy(versions=[{"effective_from": day} for day in dates(12_000)]),
    ),
    Bomb(
        "json: versions of many rows",
        read_json,
        lambda: policy(
            attributes={"a": ["x", "y"]},
            metrics={"m": {}},
            tables=rows(2_000, a="x"),
            versions=[
                {"effective_from": day, "attributes": {"a": ["x", "y", "z"]}} for day in dates(500)
            ],
        ),
    ),
    Bomb(
        "json: versions that add tables",
        read_json,
        lambda: policy(
            metrics={"m": {}},
            versions=[
                {"effective_from": day, "tables": {day: [{"targets": {"m": "4 hours"}}]}}
                for day in dates(500)
            ],
        ),
    ),
    Bomb(
        "json: 200 stretches a day",
        read_json,
        lambda: stretched(week={"daily": stretches(200)}),
    ),
    Bomb(
        "json: 20000 stretches a day",
        read_json,
        lambda: with_calendar(week={"daily": stretches(20_000, 4)}),
    ),
    Bomb(
        "json: exceptions with many stretches",
        read_json,
        lambda: stretched(exceptions={ALL: stretches(200)}),
    ),
    Bomb("json: misspelt, 200 long", read_json, lambda: misspelt(200, "m" * 90)),
    Bomb("json: misspelt, 1000 long", read_json, lambda: misspelt(1_000, "m" * 90)),
    Bomb("json: misspelt, varied", read_json, lambda: misspelt(1_000, "abcdefghij" * 9)),
    Bomb(
        "json: misspelt values",
        read_json,
        lambda: policy(
            attributes={"a": values(1_200, "m" * 190)},
            metrics={"m": {}},
            tables={"t": [{"when": {"a": "m" * 189 + f"x{n}"}} for n in range(1_000)]},
        ),
    ),
    Bomb(
        "json: unknown keys", read_json, lambda: policy(**{f"titel{n}": 1 for n in range(20_000)})
    ),
    Bomb(
        "json: an attribute with 40000 values",
        read_json,
        lambda: policy(attributes={"a": values(40_000)}, metrics={"m": {}}, tables=rows(1, a="v7")),
    ),
    Bomb(
        "json: values and rows",
        read_json,
        lambda: policy(
            attributes={"a": values(15_000)}, metrics={"m": {}}, tables=rows_by_value("{}", 5_000)
        ),
    ),
    Bomb(
        "json: ranks and rows",
        read_json,
        lambda: policy(
            attributes={"a": values(15_000)},
            metrics={"m": {}},
            tables=rows_by_value(">= {}", 5_000),
        ),
    ),
    Bomb(
        "json: a row with all values",
        read_json,
        lambda: policy(
            attributes={"a": values(20_000)}, metrics={"m": {}}, tables=rows(1, a=values(20_000))
        ),
    ),
    Bomb(
        "json: many attributes",
        read_json,
        lambda: policy(
            attributes={v: ["x", "y"] for v in values(1_000)},
            metrics={"m": {}},
            tables=rows(1, **dict.fromkeys(values(1_000), "x")),
        ),
    ),
    Bomb(
        "json: a row for each attribute",
        read_json,
        lambda: policy(
            attributes={v: ["x", "y"] for v in values(1_000)},
            metrics={"m": {}},
            tables={"t": [{"when": {v: "x"}, "targets": {"m": "4 hours"}} for v in values(1_000)]},
        ),
    ),
    Bomb(
        "json: the largest matrix",
        read_json,
        lambda: policy(
            attributes={
                "p": values(100),
                "q": values(100),
                "r": {
                    "values": ["x"],
                    "by": ["p", "q"],
                    "matrix": dict.fromkeys(values(100), dict.fromkeys(values(100), "x")),
                },
            }
        ),
    ),
    Bomb("json: many rows", read_json, lambda: policy(metrics={"m": {}}, tables=rows(9_000))),
    Bomb("json: empty rows", read_json, lambda: policy(tables={"t": [{}] * 100_000})),
    Bomb(
        "json: tables and metrics",
        read_json,
        lambda: policy(
            metrics=metrics(100),
            tables={v: [{"targets": dict.fromkeys(metrics(100), "4 hours")}] for v in values(200)},
        ),
    ),
    Bomb(
        "json: many metrics",
        read_json,
        lambda: policy(
            metrics=metrics(1_000),
            tables={"t": [{"targets": dict.fromkeys(metrics(1_000), "4 hours")}]},
        ),
    ),
    Bomb(
        "json: many warnings",
        read_json,
        lambda: policy(warnings=[f"{n % 999} %" for n in range(40_000)]),
    ),
    Bomb(
        "json: warnings and metrics",
        read_json,
        lambda: policy(
            warnings=[f"{n} %" for n in range(50)],
            metrics=metrics(300),
            tables={"t": [{"targets": dict.fromkeys(metrics(300), "4 hours")}]},
        ),
    ),
    Bomb(
        "json: starts after all others",
        read_json,
        lambda: policy(metrics={v: {"starts_after": values(200)} for v in values(200, "n")}),
    ),
    Bomb(
        "json: preconditions and metrics",
        read_json,
        lambda: policy(
            metrics=metrics(300),
            preconditions={v: {"words": "x", "pause": "y"} for v in values(300)},
        ),
    ),
    Bomb(
        "json: a long condition",
        read_json,
        lambda: policy(metrics={"m": {"stop": [{"f": [v, "y"]} for v in values(20_000)]}}),
    ),
    Bomb(
        "json: alternatives of alternatives",
        read_json,
        lambda: policy(
            attributes={v: ["x", "y"] for v in values(30)},
            metrics={"m": {}},
            tables=rows(1, any=[{"any": [{v: "x"} for v in values(30)]} for _ in range(30)]),
        ),
    ),
    Bomb(
        "json: patterns",
        read_json,
        lambda: policy(
            attributes={"a": {"kind": "text"}},
            metrics={"m": {}},
            tables=rows(2_000, a="*a" * 90 + "*b"),
        ),
    ),
    Bomb(
        "json: many calendars",
        read_json,
        lambda: policy(
            calendars={
                v: {"time_zone": "UTC", "week": {"mon": f"9-{10 + n // 60}:{n % 60:02}"}}
                for n, v in enumerate(values(500))
            },
            calendar="v0",
            metrics={"m": {}},
            tables={
                v: [{"targets": {"m": {"within": "4 working hours", "calendar": v}}}]
                for v in values(200)
            },
        ),
    ),
    Bomb(
        "json: calendars of countries",
        read_json,
        lambda: policy(
            calendars={code: office(holidays=code) for code in countries(60)},
            calendar="AD",
            metrics={"m": {}},
            tables={
                code: [{"targets": {"m": {"within": "4 working hours", "calendar": code}}}]
                for code in countries(60)
            },
        ),
    ),
    Bomb("json: one country 5000 times", read_json, lambda: with_calendar(holidays=["CN"] * 5_000)),
    Bomb(
        "json: unknown countries",
        read_json,
        lambda: policy(calendars=dict.fromkeys(values(500), office(holidays=values(20, "C")))),
    ),
    Bomb(
        "json: unknown zones",
        read_json,
        lambda: policy(
            calendars={
                v: {"time_zone": f"Asia/Shangha{v}" + "x" * 50, "week": "always"}
                for v in values(500)
            }
        ),
    ),
    Bomb(
        "json: a zone of 400 parts",
        read_json,
        lambda: policy(calendars={"a": {"time_zone": "a/" * 400, "week": "always"}}),
    ),
    Bomb(
        "json: many exceptions",
        read_json,
        lambda: with_calendar(exceptions=dict.fromkeys(dates(20_000), "9-12")),
    ),
    Bomb(
        "json: many closures",
        read_json,
        lambda: with_calendar(closures=dict.fromkeys(dates(20_000), "9-12")),
    ),
    Bomb(
        "json: long closures",
        read_json,
        lambda: with_calendar(closures=dict.fromkeys(long_ranges(300), "9-12")),
    ),
    Bomb(
        "json: many changes",
        read_json,
        lambda: with_calendar(changes={day: {"week": {"mon": "9-12"}} for day in dates(9_000)}),
    ),
    Bomb(
        "json: changes of holidays",
        read_json,
        lambda: with_calendar(changes={day: {"holidays": [day]} for day in dates(1_000, 5)}),
    ),
    Bomb(
        "json: changes and dates that look at working days",
        read_json,
        lambda: with_calendar(
            exceptions={"last working day of month": "9-12"},
            changes={day: {"week": {"mon": "9-12"}} for day in dates(9_000)},
        ),
    ),
    Bomb("json: many lists", read_json, lambda: with_calendar(holidays=dates(1_000, 7))),
    Bomb("json: too many lists", read_json, lambda: with_calendar(holidays=dates(30_000))),
    Bomb(
        "json: many holidays",
        read_json,
        lambda: with_calendar(holidays=dict.fromkeys(dates(25_000), "x")),
    ),
    Bomb(
        "json: many closed hours",
        read_json,
        lambda: with_calendar(holidays={"closed_hours": dict.fromkeys(dates(20_000), "9-12")}),
    ),
    Bomb(
        "json: closed hours of one date",
        read_json,
        lambda: with_calendar(holidays=[{"closed_hours": {"2026-05-04": "9-12"}}] * 1_000),
    ),
    Bomb(
        "json: unknown categories",
        read_json,
        lambda: with_calendar(holidays={"country": "CN", "categories": values(30_000)}),
    ),
    Bomb(
        "json: long targets",
        read_json,
        lambda: policy(
            metrics={"m": {}},
            tables={
                "t": [
                    {"targets": {"m": "the later of " + "1 hour and " * 15 + f"{n} hours"}}
                    for n in range(2_000)
                ]
            },
        ),
    ),
    Bomb("json: a long name", read_json, lambda: policy(metrics={"m" * 500_000: {}})),
    Bomb("json: a long warning", read_json, lambda: policy(warnings=["x " * 250_000])),
    Bomb(
        "json: hardly open",
        read_json,
        lambda: with_calendar(week="closed", exceptions={"2200-12-31": "9-10"}),
    ),
    # Calendars
    Bomb("calendar: ranges of all time", read_calendar, lambda: office(holidays=[ALL] * 100)),
    Bomb("calendar: 200 nested terms", read_calendar, lambda: nested(200)),
    Bomb("calendar: 5 nested terms", read_calendar, lambda: nested(5)),
    Bomb("calendar: 900 nested terms", read_calendar, lambda: nested(900)),
    Bomb(
        "calendar: doubled again and again",
        lambda calendar: [calendar := calendar | calendar for _ in range(40)],
        lambda: Calendar("UTC", {"mon": "9-17"}),
    ),
    Bomb(
        "calendar: 200 stretches a day",
        read_calendar,
        lambda: office(week={"daily": stretches(200)}),
    ),
    Bomb(
        "calendar: 5 stretches a day",
        read_calendar,
        lambda: office(week={"daily": stretches(5, 7_200)}),
    ),
    Bomb(
        "calendar: always less a country",
        lambda _: (
            Calendar("Asia/Shanghai", "always")
            - Calendar("Asia/Shanghai", {"mon-fri": "9-17"}, holidays="CN")
        ).add(AT, "4h"),
        lambda: None,
    ),
    Bomb(
        "calendar: a country less always",
        lambda _: (
            Calendar("Asia/Shanghai", {"mon-fri": "9-17"}, holidays="US")
            - Calendar("Asia/Shanghai", "always")
        ).add(AT, "4h"),
        lambda: None,
    ),
    Bomb(
        "calendar: 30 years with 1000 changes",
        lambda data: Calendar.from_dict(data).explain("1996-01-01T00:00Z", "2026-01-01T00:00Z"),
        lambda: office(
            changes={
                day: {"week": {"mon-fri": f"9-{10 + n % 7}"}}
                for n, day in enumerate(dates(1_000, 10, "1996-01-02"))
            }
        ),
    ),
    Bomb(
        "calendar: equal lists of all dates",
        read_calendars,
        lambda: [office(holidays=ALL, week=week) for week in ("always", {"mon": "9-17"})],
    ),
    Bomb(
        "calendar: dates",
        lambda data: ask_calendar(Calendar.dates(*data, time_zone="UTC")),
        lambda: long_ranges(300) * 20,
    ),
    # Lists of holidays
    Bomb("holidays: ranges", read_holidays, lambda: dict.fromkeys(long_ranges(300), "x")),
    Bomb(
        "holidays: closed hours",
        read_holidays,
        lambda: {"closed_hours": dict.fromkeys(long_ranges(50), "9-10")},
    ),
    Bomb(
        "holidays: dates without end",
        lambda endless: Holidays(dates=endless),
        lambda: iter(lambda: "2026-01-01", ""),
    ),
    Bomb(
        "holidays: rules",
        read_holidays,
        lambda: {f"{n} days before easter": "x" for n in range(99)},
    ),
    # iCalendar files
    Bomb(
        "ical: a rule for each day",
        read_ical,
        lambda: event("SUMMARY:x", "DTSTART:19000101", "RRULE:FREQ=DAILY"),
    ),
    Bomb(
        "ical: rules of seconds",
        read_ical,
        lambda: event("SUMMARY:x", "DTSTART:19000101T000000", "RRULE:FREQ=SECONDLY"),
    ),
    Bomb(
        "ical: centuries",
        read_ical,
        lambda: feed(*["BEGIN:VEVENT", "DTSTART:20000101", "DTEND:21000101", "END:VEVENT"] * 1_000),
    ),
    Bomb(
        "ical: rules that search",
        read_ical,
        lambda: feed(*["BEGIN:VEVENT", "DTSTART:19000101", SEARCH, "END:VEVENT"] * 500),
    ),
    Bomb("ical: parameters", read_ical, lambda: event("DTSTART" + ";A=b" * 100_000)),
    Bomb("ical: quotes", read_ical, lambda: event('DTSTART;A="' + '""' * 100_000)),
    Bomb("ical: folded lines", read_ical, lambda: event("SUMMARY:x", *[" y"] * 100_000)),
    Bomb("ical: nested components", read_ical, lambda: feed(*["BEGIN:X"] * 100_000)),
    Bomb(
        "ical: dates of one event",
        read_ical,
        lambda: event("DTSTART:20260101", "RDATE:" + ",".join(["20260101"] * 50_000)),
    ),
    Bomb("ical: events", read_ical, lambda: events(10_000)),
    Bomb("ical: events of three hours", read_ical, lambda: events(10_000, "T100000", "T130000")),
    Bomb("ical: events that recur", read_ical, lambda: events(7_900, rule="FREQ=DAILY;COUNT=3")),
    Bomb("ical: a rule in vain", read_ical, lambda: events(10_000, rule="FREQ=YEARLY")),
    Bomb("ical: an event that is changed", read_ical, lambda: changed_event(8_000)),
    Bomb("ical: lines of an event", read_ical, lambda: event(*["SUMMARY:b"] * 350_000)),
    Bomb("ical: lines to be left out", read_ical, lambda: event(*["A:b"] * 790_000)),
    Bomb("ical: more bytes than are read", read_ical, lambda: event(*["A:b"] * 2_000_000)),
    Bomb("ical: more events than are read", read_ical, lambda: events(40_000)),
    # Files of tickets and of events
    Bomb("evaluate: columns", evaluate_file, lambda: wide(10_000)),
    Bomb("evaluate: columns that resemble", evaluate_file, lambda: wide(10_000, "severitx")),
    Bomb("evaluate: a heading", evaluate_file, lambda: f"created,{'x' * 2_000_000}\n{AT},1\n"),
    Bomb("evaluate: a cell", evaluate_file, lambda: f"created,x\n{AT},{'x' * 2_000_000}\n"),
    Bomb("evaluate: an open quote", evaluate_file, lambda: f'created\n"{AT}\n' + "x\n" * 200_000),
    Bomb("evaluate: quotes", evaluate_file, lambda: "created,x\n" + f'{AT},""""\n' * 20_000),
    Bomb("evaluate: quotes in vain", evaluate_file, lambda: "created\n" + '"' * 1_000_000),
    Bomb("evaluate: delimiters", evaluate_file, lambda: f"created\n{AT}{',' * 1_000_000}\n"),
    Bomb("evaluate: no rows", evaluate_file, lambda: "created\n" + "\n" * 200_000),
    Bomb("evaluate: faulty rows", evaluate_file, lambda: "created\n" + "x\n" * 20_000),
    Bomb("evaluate: short rows", evaluate_file, lambda: "created,x\n" + "x\n" * 20_000),
    Bomb("evaluate: no text", evaluate_file, lambda: b"created\n" + b"\xff\x00\n" * 100_000),
    Bomb("evaluate: formulas", evaluate_file, lambda: f"created,x\n{AT}" + ",=1+1\n" * 20_000),
    Bomb("evaluate: deep JSON", evaluate_lines, lambda: f'{{"a": {"[" * 1_000_000}'),
    Bomb("evaluate: JSON in JSON", evaluate_lines, lambda: '{"a":' * 500 + "1" + "}" * 500),
    Bomb("evaluate: a long number", evaluate_lines, lambda: f'{{"created": {"9" * 2_000_000}}}'),
    Bomb(
        "evaluate: keys of JSON",
        evaluate_lines,
        lambda: "\n".join(f'{{"created": "{AT}", "k{row}": 1}}' for row in range(3_000)),
    ),
    Bomb(
        "evaluate: empty cells",
        evaluate_workbook,
        lambda: sheet_row("created", "x") + f"<row>{'<c/>' * 16_384}</row>" * 10,
    ),
    Bomb(
        "evaluate: a far row",
        evaluate_workbook,
        lambda: sheet_row("created") + sheet_row(AT, number="99999999999"),
    ),
    Bomb(
        "evaluate: a sheet that unpacks",
        evaluate_workbook,
        lambda: sheet_row("created") + "<row/>" * 10_000_000,
    ),
    Bomb("replay: a long life", replay_file, lambda: log(20_000)),
    Bomb("replay: types", replay_file, lambda: log(20_000, "{0}")),
    Bomb("replay: tickets", replay_file, lambda: log(10_000, ticket="{0}")),
    Bomb("replay: columns", replay_file, lambda: wide(10_000, start="ticket,at,type")),
    # Columns
    Bomb(
        "bulk: values that are not known",
        evaluate_columns,
        lambda: {"created": [AT] * 20_000, "severity": values(20_000)},
    ),
    Bomb("bulk: instants that are none", evaluate_columns, lambda: {"created": values(20_000)}),
    Bomb(
        "bulk: instants of all kinds",
        evaluate_columns,
        lambda: {"created": [None, 1, float("nan"), AT, "", [], date(1, 1, 1)] * 5_000},
    ),
    Bomb(
        "bulk: fields",
        evaluate_columns,
        lambda: {"created": [AT], **{name: ["x"] for name in values(10_000)}},
    ),
    Bomb(
        "bulk: fields that resemble",
        evaluate_columns,
        lambda: {"created": [AT], **{name: ["x"] for name in values(10_000, "severity")}},
    ),
    Bomb(
        "bulk: deep values",
        evaluate_columns,
        lambda: {"created": [AT], "severity": [nested_list(400)]},
    ),
    Bomb("bulk: a long life", replay_columns, lambda: life(20_000)),
    Bomb("bulk: types", replay_columns, lambda: life(10_000, type=values(10_000))),
    Bomb("bulk: fields of events", replay_columns, lambda: life(20_000, status=values(20_000))),
    Bomb("bulk: pauses", replay_columns, lambda: life(10_000, status=["waiting", "open"] * 5_000)),
    # Clocks and their parts
    Bomb(
        "clock: a deep field",
        read_clock,
        lambda: stored_clock(events=[{"at": AT, "type": "x", "f": nested_list(400)}]),
    ),
    Bomb(
        "clock: many events",
        read_clock,
        lambda: stored_clock(events=[{"at": LATER, "type": "x"}] * 5_000),
    ),
    Bomb(
        "clock: many fields",
        read_clock,
        lambda: stored_clock(ticket=dict.fromkeys(values(50_000), "x")),
    ),
    Bomb(
        "clock: a policy of ranges",
        read_clock,
        lambda: stored_clock(policy=with_calendar(holidays=[ALL] * 100)),
    ),
    Bomb("event: a long type", Event.from_dict, lambda: {"at": AT, "type": "x" * 1_000_000}),
    Bomb(
        "event: a deep field",
        Event.from_dict,
        lambda: {"at": AT, "type": "x", "fields": {"f": nested_list(400)}},
    ),
    Bomb(
        "event: many fields",
        Event.from_dict,
        lambda: {"at": AT, "type": "x", **dict.fromkeys(values(50_000), 1)},
    ),
    Bomb(
        "proof: deep facts",
        lambda data: Proof.from_dict(data).compared(Proof.from_dict(data)),
        lambda: {
            "as_of": AT,
            "facts": {"calendars_until": AT, "x": nested_table(400)},
            "answers": [{"metric": "m", "cycle": 1}] * 10_000,
        },
    ),
    # Contracts
    Bomb(
        "json: maintenance by many rules",
        read_json,
        lambda: policy(
            calendars={"office": OFFICE},
            availability={
                f"a{target}": {
                    "target": "99 %",
                    "period": "day",
                    "maintenance": {f"every {n} days from 1950-01-01": "2-6" for n in range(2, 30)},
                }
                for target in range(300)
            },
        ),
    ),
    Bomb(
        "json: maintenance on many dates",
        read_json,
        lambda: policy(
            availability={
                "a": {"target": "99 %", "maintenance": dict.fromkeys(dates(20_000), "2-6")}
            }
        ),
    ),
    Bomb(
        "json: many credits",
        read_json,
        lambda: policy(
            availability={
                f"a{target}": {
                    "target": "99 %",
                    "cap": "5 %",
                    "credits": [{"below": f"{n}.5 %", "percent": n + 1} for n in range(99)],
                }
                for target in range(120)
            }
        ),
    ),
    Bomb(
        "json: a percentage of digits",
        read_json,
        lambda: policy(settlement={"at_risk": "1" * 400_000 + " %"}),
    ),
    Bomb(
        "json: an amount of digits",
        read_json,
        lambda: policy(settlement={"cap": "CHF " + "1," * 200_000}),
    ),
    # Texts
    Bomb("text: a long length", read_length, lambda: "1h" * 500_000),
    Bomb("text: a length of digits", read_length, lambda: "9" * 500_000 + "h"),
    Bomb("text: a length of spaces", read_length, lambda: "1" + " " * 500_000 + "h"),
    Bomb(
        "text: an instant of digits",
        read_instant,
        lambda: f"{AT[:-1]}.{'0' * 500_000}Z",
    ),
    Bomb("text: an instant of dots", read_instant, lambda: ".000000" * 100_000),
    Bomb(
        "text: a message of messages",
        translate,
        lambda: "\n".join(f"'a{n}' is not b (c): d; " * 47 for n in range(40)),
    ),
    Bomb("text: a message of quotes", translate, lambda: "\n".join(["'\"`" * 300] * 1_000)),
    Bomb("text: a long zone", lambda text: Calendar(text, "always"), lambda: "A" * 500_000),
]
