"""Whatever comes in, what comes out is an answer or one of our errors, and soon."""

from __future__ import annotations

import contextlib
import datetime as dt
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc import Calendar, Holidays, Policy, SlacalcError, bulk, contract, duckdb, plot, report
from slacalc.errors import CalendarError, ClockError, PolicyError, PresetError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = st.sampled_from(
    [
        "always",
        "closed",
        "mon",
        "mon-fri",
        "9-17",
        "CN",
        "US-CA",
        "2026-12-24",
        "2026-12-24..2026-12-31",
        "hours",
        "name",
        "country",
        "dates",
        "workdays",
        "UTC",
        "Asia/Shanghai",
        "week",
        "holidays",
        "terms",
        "operation",
        "calendar",
        "|",
        "-",
        "horizon",
        "subdivision",
        "categories",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=3)
    | st.dates()
    | WORDS
)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(WORDS | SCALARS, inner, max_size=3)
    ),
    max_leaves=8,
)
TEXT = st.text(alphabet="0123456789:-, .TZhmsdu+closed", max_size=14)
OFFICE = Calendar("UTC", {"mon-fri": "9-17"})


@given(
    st.fixed_dictionaries(
        {"time_zone": st.just("UTC") | SCALARS, "week": ANYTHING},
        optional=dict.fromkeys(["holidays", "exceptions", "changes", "horizon", "terms"], ANYTHING),
    )
)
def test_any_data_is_a_calendar_or_an_error_of_ours(data: dict[str, Any]) -> None:
    """A description of any shape is refused with a message, or is a calendar that comes back."""
    calendar = None
    with contextlib.suppress(SlacalcError):
        calendar = Calendar.from_dict(data)
    if calendar is not None:
        assert Calendar.from_dict(calendar.to_dict()) == calendar
        names = {"Calendar": Calendar, "Holidays": Holidays}
        assert eval(repr(calendar), names) == calendar  # noqa: S307 - that it evaluates is the promise


@given(TEXT, TEXT)
def test_any_text_is_read_or_refused(one: str, other: str) -> None:
    """Text that looks almost right ends in an answer or in one of our errors."""
    asks: list[Any] = [
        lambda: Calendar("UTC", {"mon": one}),
        lambda: Calendar("UTC", {one: "9-17"}),
        lambda: Calendar("UTC", "always", exceptions={one: other}),
        lambda: Calendar(one, "always"),
        lambda: OFFICE.add("2026-01-01T00:00Z", one),
        lambda: OFFICE.add(one, "1h"),
        lambda: OFFICE.days(one, other),
    ]
    for ask in asks:
        with contextlib.suppress(SlacalcError):
            ask()


@given(
    st.datetimes(timezones=st.none() | st.timezones() | st.just(dt.UTC)),
    st.timedeltas(),
    st.integers(),
)
def test_any_datetime_and_length_is_computed_or_refused(
    at: dt.datetime, work: dt.timedelta, days: int
) -> None:
    """From year 1 to year 9999, with or without a zone: an answer, or one of our errors."""
    asks: list[Any] = [
        lambda: OFFICE.add(at, work),
        lambda: OFFICE.subtract(at, work),
        lambda: OFFICE.elapsed(at, "2026-01-01T00:00Z"),
        lambda: OFFICE.add_working_days(at, days),
        lambda: OFFICE.end_of_working_day(at, days),
        lambda: OFFICE.add_calendar_days(at, days),
        lambda: OFFICE.end_of_day(at, days),
        lambda: OFFICE.explain(at, work=min(work, dt.timedelta(400))),
    ]
    for ask in asks:
        with contextlib.suppress(SlacalcError):
            ask()


@pytest.mark.parametrize(
    "ask",
    [
        lambda: Calendar("Nowhere", "always"),
        lambda: Calendar("UTC", {"mon": "9"}),
        lambda: Calendar("UTC", "closed").add("2026-01-01T00:00Z", "1h"),
        lambda: OFFICE.add("2026-01-01T00:00", "1h"),
        lambda: OFFICE.add("2026-01-01T00:00Z", "1 day"),
        lambda: OFFICE.add("1800-01-01T00:00Z", "1h"),
    ],
)
def test_errors_travel_between_processes(ask: Any) -> None:
    """An error pickles with its message, its place and its facts."""
    with pytest.raises(SlacalcError) as caught:
        ask()
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert type(again) is type(caught.value)
    assert str(again) == str(caught.value)
    assert vars(again) == vars(caught.value)


@pytest.mark.parametrize(
    ("name", "known", "message"),
    [
        ("rome", ["oslo", "Roma"], "'rome' is not a city (oslo, Roma): ask; did you mean 'Roma'?"),
        ("x", [f"city {i}" for i in range(12)], "city 10, city 11): ask"),
        ("x", [f"city {i}" for i in range(13)], "city 10, city 11, …): ask"),
        (
            "city 9",
            [f"city {i}" for i in range(9)] + list("abcde"),
            "'city 9' is not a city: ask; ",
        ),
        ("x", [f"city {i}" for i in range(101)], "'x' is not a city: ask"),
        ("x", [], "'x' is not a city: ask"),
    ],
)
def test_unknown_names(name: str, known: list[str], message: str) -> None:
    """The message lists a dozen names at most, and none where it suggests some of many."""
    error = unknown_name(PresetError, "a city", name, known, hint=": ask", where="town")
    assert message in str(error)
    assert str(error).startswith("town: ")
    assert error.given == name


AT = "2026-05-04T10:00:00Z"
DESK = Policy("desk", metrics={"m": {}}, tables={"t": [{"targets": {"m": "1 hour"}}]})
TICKETS = {"created": [AT, AT]}
LOG = {"ticket": [1, 1], "at": [AT, AT], "type": ["created", "resolved"]}
ANSWER = bulk.evaluate(DESK, TICKETS, AT)
NONE_OF_OURS: list[Any] = [
    None,
    True,
    3,
    "",
    "closed",
    [],
    {},
    TICKETS,
    {"week": "always"},
    object(),
]
FIRST_ARGUMENTS: dict[str, Callable[[Any], Any]] = {
    "bulk.deadlines": lambda value: bulk.deadlines(value, TICKETS),
    "bulk.evaluate": lambda value: bulk.evaluate(value, TICKETS, AT),
    "bulk.replay": lambda value: bulk.replay(value, LOG, AT),
    "bulk.plan": bulk.plan,
    "bulk.add": lambda value: bulk.add(value, [AT], "1h"),
    "bulk.add once": lambda value: bulk.add(value, AT, "1h"),
    "bulk.count_working_days": lambda value: bulk.count_working_days(value, ["2026-05-04"], AT),
    "bulk.roll": lambda value: bulk.roll(value, "2026-05-04", "following"),
    "report.page": lambda value: report.page(value, TICKETS, AT),
    "report.compare": lambda value: report.compare(value, DESK, TICKETS, AT),
    "report.compare with": lambda value: report.compare(DESK, value, TICKETS, AT),
    "report.with_attributes": lambda value: report.with_attributes(TICKETS, value),
    "plot.calendar": lambda value: plot.calendar(value, 2026),
    "plot.ticket": lambda value: plot.ticket(value, AT),
    "contract.availability": lambda value: contract.availability(value, [], period="2026-05"),
    "contract.objectives": lambda value: contract.objectives(value, TICKETS, period="2026-05"),
    "contract.duties": lambda value: contract.duties(value, [], [], AT),
    "contract.penalties": lambda value: contract.penalties(value, [], [], "2026-05"),
    "contract.statement": lambda value: contract.statement(value, "2026-05"),
    "duckdb.register": lambda value: duckdb.register(None, value),  # type: ignore[arg-type] # unused
}
OPTIONAL_ARGUMENTS: dict[str, Callable[[Any], Any]] = {
    "report.page against": lambda value: report.page(DESK, TICKETS, AT, against=value),
    "report.attainment": lambda value: report.attainment(ANSWER, policy=value),
    "plot.attainment": lambda value: plot.attainment(ANSWER, "m", policy=value),
    "plot.backlog": lambda value: plot.backlog(ANSWER, "m", AT, calendar=value),
    "plot.breaches": lambda value: plot.breaches(ANSWER, "m", calendar=value),
}


@pytest.mark.parametrize("name", FIRST_ARGUMENTS | OPTIONAL_ARGUMENTS)
def test_what_is_no_policy_calendar_or_clock(name: str) -> None:
    """It is refused by an error that says what it was, also where arguments were swapped."""
    optional = OPTIONAL_ARGUMENTS.get(name)
    for value in NONE_OF_OURS:
        if optional is None or value is not None:
            with pytest.raises((PolicyError, CalendarError, ClockError), match="give a slacalc"):
                (optional or FIRST_ARGUMENTS[name])(value)
