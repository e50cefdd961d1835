"""What messages, ledgers and pages repeat of their input: it is printable, and cut to a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from slacalc import Calendar, Clock, Event, Holidays, Policy, SlacalcError, bulk, presets, report
from slacalc.errors import Fault, PolicyError, one_line
from tests.cli.program import DESK

if TYPE_CHECKING:
    from collections.abc import Callable

EVIL = "evil\x1b[2J\x9b\u202e\udcff\n"
LONG = "long " * 20_000 + EVIL
WORD = "x" * 100_000
AT = "2024-05-03T16:00+02:00"
DESK_POLICY = Policy.from_toml(DESK)
CLOCK = DESK_POLICY.open({"severity": "high"}, AT)
OFFICE = {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}


def document(**parts: Any) -> Policy:
    return Policy.from_dict(DESK_POLICY.to_dict() | parts)


DOORS: list[Callable[[str], object]] = [
    lambda text: Calendar(text, "always"),
    lambda text: Calendar("UTC", {text: "9-17"}),
    lambda text: Calendar("UTC", {"mon": text}),
    lambda text: Calendar("UTC", "always", holidays=text),
    lambda text: Calendar("UTC", "always", exceptions={text: "closed"}),
    lambda text: Calendar("UTC", "always", exceptions={"2024-01-01": text}),
    Calendar("UTC", "always").is_open,
    lambda text: Calendar("UTC", "always").add(AT, text),
    lambda text: Calendar.from_dict({text: 1}),
    lambda text: Calendar.from_dict(OFFICE | {"week": {"mon": [text]}}),
    lambda text: Calendar.from_dict(OFFICE | {"holidays": {"dates": [text]}}),
    lambda text: Holidays(country="DE", subdivision=text),
    lambda text: Holidays(dates=[text]),
    lambda text: Policy.from_toml(f"{text} ="),
    lambda text: Policy.from_toml(f"name = '''{text}"),
    lambda text: Policy.from_json("{" + text),
    lambda text: Policy.from_json("\n" + text),
    lambda text: Policy.from_dict({text: {text: text}}),
    lambda text: document(**{text: 1}),
    lambda text: document(name=text + "\n."),
    lambda text: document(metrics={text: {"stop": text}}),
    lambda text: document(metrics={"response": {"stop": {text: text}}}),
    lambda text: document(tables={text: [{"targets": {text: text}}]}),
    lambda text: document(tables={"a": [{"when": {text: text}, "targets": {"visit": "1 hour"}}]}),
    lambda text: document(attributes={text: [text, text]}),
    lambda text: document(calendars={text: {text: text}}),
    lambda text: DESK_POLICY.deadlines({"severity": text}, AT),
    lambda text: DESK_POLICY.deadlines({text: text, "severity": "low"}, text),
    lambda text: DESK_POLICY.deadlines({"severity": "low"}, AT, since={text: AT}),
    lambda text: DESK_POLICY.deadlines({"severity": "low"}, AT)[text],
    lambda text: CLOCK.apply(Event(AT, "responded", **{text: {1}})),
    lambda text: CLOCK.apply(Event("2024-05-01T16:00+02:00", text)),
    lambda text: CLOCK.apply(Event(AT, "overridden", metric=text, due=AT, author="a", reason="b")),
    lambda text: CLOCK.ledger(text, AT),
    CLOCK.status,
    lambda text: Clock.from_dict({text: text}),
    lambda text: Clock.from_dict(CLOCK.to_dict() | {"ticket": {"severity": text}}),
    lambda text: Clock.from_dict(CLOCK.to_dict() | {"events": [{"at": text, "type": text}]}),
    lambda text: bulk.evaluate(DESK_POLICY, {text: [1]}, AT),
    lambda text: bulk.evaluate(DESK_POLICY, {"created": [text]}, AT),
    lambda text: bulk.evaluate(DESK_POLICY, {"created": [AT], "severity": [text]}, AT),
    lambda text: bulk.evaluate(DESK_POLICY, {"created": [AT]}, AT, columns={text: text}),
    lambda text: bulk.replay(DESK_POLICY, {"ticket": [text], "at": [AT], "type": [text]}),
    lambda text: bulk.add(Calendar("UTC", "always"), [text], "1h"),
    lambda text: report.page(DESK_POLICY, {"created": [AT], "severity": ["low"]}, AT, by=text),
    presets.load,
]


def error_of(door: Callable[[str], object], text: str) -> SlacalcError | None:
    """The error, if the text is one."""
    try:
        door(text)
    except SlacalcError as error:
        return error
    return None


@pytest.mark.parametrize("text", [EVIL, LONG, WORD], ids=["evil", "long", "word"])
@pytest.mark.parametrize("door", DOORS, ids=range(len(DOORS)))
def test_an_error_repeats_a_line_of_its_input(door: Callable[[str], object], text: str) -> None:
    """Without anything that controls a terminal, whoever raised the error."""
    error = error_of(door, text)
    lines = str(error).split("\n")
    assert all(line.isprintable() for line in lines)
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 1_300
    if isinstance(error, PolicyError):
        assert all(len(fault.message) <= 700 for fault in error.faults)


def test_errors_of_rows_repeat_a_line_of_their_input() -> None:
    """In the columns of `bulk` too."""
    tickets = {"created": [AT, LONG, AT], "severity": [LONG, "low", WORD]}
    answers = bulk.evaluate(DESK_POLICY, tickets, AT, errors="column")
    assert all(message.isprintable() for message in answers["error"])
    assert all(len(message) < 700 for message in answers["error"])
    log = {"ticket": ["1"], "at": [AT], "type": ["created"], "severity": [LONG]}
    [*messages] = bulk.replay(DESK_POLICY, log, errors="column")["error"]
    assert all(message is None or len(message) < 700 for message in messages)
    assert any(messages)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain, \u4e2d\u6587 and \U0001f600", "plain, \u4e2d\u6587 and \U0001f600"),
        ("a\tb\nc\x00\x7f\x85", r"a\tb\nc\x00\x7f\x85"),
        ("\u202e\u2066\ud800", r"\u202e\u2066\ud800"),
        ("x" * 249, "x" * 249),
        ("x" * 251, "x" * 248 + "…"),
        (f"{'a b ' * 30!r} of it", f"'{'a b ' * 29}a…' of it"),
        (f'"{"it" + chr(39) + "s " * 90}" of it', f'"it{chr(39)}{"s " * 57}…" of it'),
        ("the policy's long " + "long " * 50 + "users' way", None),
    ],
)
def test_one_line(text: str, line: str | None) -> None:
    """What is short and printable stays; an apostrophe does not begin a quotation."""
    assert one_line(text) == (text if line is None else line)
    assert one_line(one_line(text)) == one_line(text)


def test_the_middle_of_a_long_message_is_left_out() -> None:
    """What was wrong is at its beginning, and what would be right at its end."""
    line = one_line("first " + "word " * 1_000 + "last")
    assert line.startswith("first word word")
    assert line.endswith("word last")
    assert len(line) == 600
    for hostile in ("'" * 10**6, "\\'" * 10**6, "'x " * 10**6, '"\\' * 10**6):
        assert len(one_line(hostile)) <= 600


def test_faults_of_one_policy_are_lines() -> None:
    """Each on its own, and no more than fifty."""
    fault = Fault(("a\nb",), "c\nd")
    assert str(fault) == r"a\nb: c\nd"
    error = PolicyError.of([fault] * 100)
    assert len(str(error).split("\n")) == 52
    assert str(error).count(r"a\nb: c\nd") == 50


def test_what_is_printed_of_names_is_escaped() -> None:
    """Ledgers, explanations, states and findings; data keep every character."""
    name = "Feast\x1b[2J"
    calendar = Calendar(
        "UTC", {"mon-fri": "9-17"}, exceptions={"2024-05-06": {"hours": "closed", "name": name}}
    )
    ledger = calendar.explain("2024-05-03T16:00Z", "2024-05-07T10:00Z")
    assert r"exception: Feast\x1b[2J" in str(ledger)
    assert [row.name for row in ledger if row.name] == [name]
    assert "\ufffd" in ledger.to_html()
    policy = Policy.from_toml(DESK.replace('"30 minutes"', '{ promise = "\\u001b[2J" }'))
    deadlines = policy.deadlines({"severity": "high"}, AT)
    status = policy.open({"severity": "high"}, AT).status(AT)
    for text in (str(deadlines), str(deadlines.explain()), str(status)):
        assert r"\x1b[2J" in text
        assert all(line.isprintable() for line in text.split("\n"))


def test_a_page_has_no_characters_that_no_page_may_have() -> None:
    """From titles, columns, values and messages about rows."""
    tickets = {
        "created": [AT] * 2,
        "severity": ["low"] * 2,
        "resolved": [AT, None],
        "ticket": [EVIL, "b"],
        EVIL: [EVIL, "x"],
    }
    html = report.page(
        DESK_POLICY, tickets, "2024-05-30T16:00+02:00", by=EVIL, title=EVIL, unread={2: EVIL}
    )
    assert html.encode()
    assert not {*html} & {*map(chr, (*range(9), 11, 12, *range(14, 32), *range(127, 160)))}
    assert html.count("evil\ufffd[2J") >= 4
