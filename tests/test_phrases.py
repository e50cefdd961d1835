"""Errors in other languages: each message whole, in that language or in English."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import slacalc
from slacalc import Calendar, Policy, SlacalcError, bulk, contract, plot, presets, report, sql
from slacalc._i18n import LOCALES
from slacalc._phrases import MAX_COMPARISONS, Translation, book, in_language
from slacalc.adapters import generic
from slacalc.cli import commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BOOK = (LOCALES / "zh" / "errors.txt").read_text("utf-8")
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
QUOTED = re.compile(
    r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|\([^()]*\)|（[^（）]*）|\{[^{}]*\}"""
)
ENGLISH = re.compile(r"(?:[A-Za-z]{2,} +){2,}[A-Za-z]{2,}")


def phrases() -> Iterator[tuple[str, str, str]]:
    """The phrases of the book: the section, the English message and the Chinese one."""
    section = ""
    for block in re.split(r"\n{2,}", BOOK.strip()):
        if block.startswith("# "):
            section = block
            continue
        english, chinese = block.split("\n")
        yield section, english, chinese


def messages() -> Iterator[str]:
    """The messages of errors and findings in the code, with numbers in place of what differs."""
    for path in sorted(Path(slacalc.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Assign)
                and ast.unparse(node.targets[0]) in MESSAGES
                and isinstance(node.value, ast.Constant | ast.JoinedStr)
            ):
                parts = getattr(node.value, "values", [node.value])
                shown = [part.value for part in parts if isinstance(part, ast.FormattedValue)]
                if JOINED.isdisjoint(map(ast.unparse, shown)):
                    yield "".join(
                        str(part.value) if isinstance(part, ast.Constant) else "5" for part in parts
                    )


MESSAGES = ("msg", "message")
# What stands for a part of a sentence in a message; whole messages are in `RAISED`.
JOINED = {
    "' ' * bool(unit)",
    "'event' if event else 'ticket'",
    "_FORMS",
    "__name__",
    "_advice(text, str(error))",
    "choices",
    "clause",
    "collect",
    "cure",
    "describe_proposal(forms, unread)",
    "detail",
    "error",
    "error.args[0]",
    "error.format_message()",
    "fault",
    "hint",
    "how",
    "one_line(fault.where)",
    "part",
    "promised",
    "reason",
    "term",
    "text.quotes.fault",
    "there_are",
    "verb",
    "who",
    "why",
}


def test_every_phrase_is_whole() -> None:
    """Each English message stands once, and its placeholders stand in the Chinese one as well."""
    messages = [english for _, english, _ in phrases()]
    assert len(messages) == len(set(messages)) > 500
    for _, english, chinese in phrases():
        assert {*PLACEHOLDER.findall(english)} == {*PLACEHOLDER.findall(chinese)}, english
        assert len(PLACEHOLDER.findall(english)) == len({*PLACEHOLDER.findall(english)}), english
        assert not ENGLISH.search(QUOTED.sub("", PLACEHOLDER.sub("", chinese))), chinese


def test_messages_have_a_phrase() -> None:
    """A new message of an error needs its Chinese in the book."""
    known = [*messages()]
    assert len(known) > 300
    assert not [message for message in known if in_language(message, "zh") == message]


def test_no_phrase_is_taken_for_another() -> None:
    """With plain values in it, each message is translated by its own phrase."""
    for section, english, chinese in phrases():
        if section == "# Conditions":  # which are no messages
            continue
        names = PLACEHOLDER.findall(english)
        values = {name: str(number) for number, name in enumerate(names, 51)}
        values |= {name: "no period" for name in ("message", "more") if name in names}
        shown = {name: value.replace("no period", "没有期间") for name, value in values.items()}
        message, expected = fill(english, values), fill(chinese, shown)
        assert in_language(message, "zh").replace(" ", "") == expected.replace(" ", ""), english


def fill(form: str, values: dict[str, str]) -> str:
    return PLACEHOLDER.sub(lambda part: values[part[1]], form)


@pytest.mark.parametrize(
    "line",
    [
        "'a' is not b (c): d; " * 47,
        "a is not b; " * 83,
        "; " * 500,
        "".join(f"found a, expected {count} of " for count in range(40)),
    ],
)
def test_a_line_takes_few_comparisons(line: str) -> None:
    """A message takes about ten, and what is made of parts of messages is given up."""
    known = [*messages()]
    taken = [Translation(book("zh")) for _ in known]
    for translation, message in zip(taken, known, strict=True):
        assert translation.translate(message)
    assert sum(translation.comparisons for translation in taken) < 12 * len(known)
    hostile = Translation(book("zh"))
    assert hostile.translate(line[:1_000]) is None
    assert hostile.comparisons <= MAX_COMPARISONS


FINDING = re.compile(r"^(?:error|warning|notice): \S*: (.+) \[[a-z-]+\]$", re.MULTILINE)


def test_findings_in_chinese() -> None:
    """Each finding that the page on findings prints, which has all kinds of them."""
    page = Path(__file__).parents[1] / "docs" / "reference" / "findings.md"
    found = FINDING.findall(page.read_text("utf-8"))
    assert len(found) > 30
    for message in found:
        text = in_language(message, "zh")
        assert text != message
        assert not ENGLISH.search(QUOTED.sub("", text)), text


AT = "2026-05-18T09:00Z"
OFFICE = {"time_zone": "Europe/Paris", "week": {"mon-fri": "9-17"}}
CALENDAR = Calendar("Europe/Paris", {"mon-fri": "9-17"})


def desk(**parts: object) -> Policy:
    whole: dict[str, object] = {
        "calendars": {"office": OFFICE},
        "attributes": {"tier": ["gold", "silver"]},
        "metrics": {"reply": {"stop": "replied"}},
        "tables": {"all": [{"when": {"tier": "gold"}, "targets": {"reply": "1 hour"}}]},
    }
    return Policy.from_dict({"name": "desk", **whole, **parts})


def row(**values: object) -> dict[str, object]:
    return {"tables": {"all": [values]}}


RAISED: dict[str, Callable[[], object]] = {
    "week.mon-fri：'9-25' 中的 '25' 不是一天中的时刻：一天从 00:00 到 24:00；跨过午夜的班次写成 "
    '"22:00-06:00"': lambda: Calendar("Europe/Paris", {"mon-fri": "9-25"}),
    "'Europe/Pariss' 不是 IANA 时区数据库中的时区；您是否想写 'Europe/Paris' 或 ": (
        lambda: Calendar("Europe/Pariss", {"mon-fri": "9-17"})
    ),
    "自 2199-12-31T08:00:00+00:00 起的 9,000h 工作时间 超出支持的年份": lambda: Calendar(
        "UTC", "always"
    ).add("2199-12-31T08:00Z", "9000h"),
    "'itl' 不是预置策略": lambda: presets.load("itl"),
    "tables.all[0].targets.reply：'4h' 没有说明按哪种小时计：请写 \"4 working hours\"，或 "
    '"4 hours"（昼夜连续计时）': lambda: desk(**row(targets={"reply": "4h"})),
    "tables.all[0].targets.reply：'1 day' 有几种含义": (
        lambda: desk(**row(targets={"reply": "1 day"}))
    ),
    "tables.all[0].when.tier：此处为 'golden'，应为以下之一：gold, silver；您是否想写 'gold'？": (
        lambda: desk(**row(when={"tier": "golden"}, targets={"reply": "1 hour"}))
    ),
    "metrics：此处为 7，应为指标的表": lambda: desk(metrics=7),
    "这不是 TOML": lambda: Policy.from_toml("name = \n"),
    "策略中有 2 处错误：": (lambda: Policy.from_toml("name = 'x'\n[metrics]\na = 1\nb = 2\n")),
    "'replay' 不是 desk 的指标": lambda: desk().deadlines({"tier": "gold"}, "2026-05-18T09:00Z")[
        "replay"
    ],
    "'golden' 不是 tier 的取值": lambda: desk().deadlines({"tier": "golden"}, "2026-05-18T09:00Z"),
    "工单没有写明 tier，而承诺取决于它": lambda: desk().deadlines({}, "2026-05-18T09:00Z"),
    "没有时区，不能确定是哪一时刻": lambda: CALENDAR.add("2026-05-18T09:00", "4h"),
    "'4' 不是工作量，只有数字而没有单位": (lambda: CALENDAR.add("2026-05-18T09:00Z", "4")),
    "表中没有列 'created'": lambda: bulk.evaluate(desk(), {"tier": ["gold"]}, AT),
    "缺少 as_of：请给出评定时刻": lambda: report.page(desk(), {"created": ["2026-05-18T09:00Z"]}),
    "period：'2026-13' 不是期间": lambda: contract.statement(desk(), "2026-13"),
    "id：缺少该值：应为编号：数字，或不超过": (lambda: generic.read({}, {"created": "created"})),
    "dialect：'db3' 不是 SQL 方言（": lambda: sql.add("office", "created", "4h", dialect="db3"),
    "列：'creatd' 不是策略读取的列（": lambda: sql.deadlines(
        desk(), "work", dialect="duckdb", source="tickets", columns={"creatd": "opened"}
    ),
    "first_year：1800 不是 1901 到 2199 之间的年份": lambda: sql.table(CALENDAR, 1800, 1900),
    "仅靠列无法完整表达，因为策略有 coverage，取决于工单的受理时间": (
        lambda: sql.deadlines(
            desk(coverage=[{"from": "2026-01-01"}]), "work", dialect="duckdb", source="tickets"
        )
    ),
    "策略不受理（tier 为 gold 或 tier 不为 gold）且非（tier 不为 gold）的工单：sold out": (
        lambda: desk(
            refusals=[
                {
                    "when": {
                        "any": [{"tier": "gold"}, {"tier": {"not": "gold"}}],
                        "not": {"tier": {"not": "gold"}},
                    },
                    "because": "sold out",
                }
            ]
        ).deadlines({"tier": "gold"}, AT)
    ),
    "该表不是 bulk.evaluate 或 bulk.replay 的答案": (
        lambda: report.attainment({"x": [1]}, period="month")
    ),
    "list 不是表：请给出 pandas": lambda: plot.backlog([], "reply", as_of=AT),
}


@pytest.mark.parametrize("chinese", RAISED)
def test_errors_in_chinese(chinese: str) -> None:
    """The error as it is raised stays English; of what is asked for, nothing is left in it."""
    with pytest.raises(SlacalcError) as caught:
        RAISED[chinese]()
    error = caught.value
    assert str(error).isascii()
    assert error.in_language("en") == error.in_language("fr") == str(error)
    text = error.in_language("zh-CN")
    assert chinese in text
    assert not ENGLISH.search(QUOTED.sub("", text))


@pytest.mark.parametrize(
    "message",
    [
        "the printer is on fire",
        "tables.vip: the printer is on fire",
        "'x' is not the colour of our printer",
        "this is not TOML: the printer is on fire",
        "Error: No such command 'lint': burn `slacalc check`.",
        "found a printer on fire, expected a table of metrics",
        "'itl' is not a preset (itil); did you mean the printer on fire?",
        "",
    ],
)
def test_no_message_is_half_translated(message: str) -> None:
    """Of a message of which a part is not known, all stays English."""
    assert in_language(message, "zh") == message


def test_long_lines_stay_english() -> None:
    """Matching a line takes time by a power of its length, and a value in it may have any."""
    form = "created: {!r} is not a time in ISO 8601"
    assert "不是" in in_language(form.format("x" * 900), "zh")
    long = form.format("x, y and z is not known (a): b, c or d; " * 1_000)
    assert in_language(f"{long}\n{form.format('x')}", "zh").split("\n")[0] == long
    assert "不是" in in_language(f"{long}\n{form.format('x')}", "zh")


@pytest.mark.parametrize(
    "message",
    [
        (
            "'created' is not a column of a.csv (Ticket export, at (UTC)): if the column has "
            "another name, give --columns created=NAME"
        ),
        (
            "created: '=A2' is not a time in ISO 8601, but a formula without a value: open the "
            "file in a spreadsheet and save it"
        ),
        (
            "created: 'NULL' is not a time in ISO 8601; if it stands for a missing time, say so "
            "with --missing 'NULL'"
        ),
        "ttr: '1,234' may be 1.234 (--decimal ,) or 1234 (--decimal .) minutes",
        "cost: '1.234' may be 1234 (--decimal ,) or 1.234 (--decimal .)",
        "cost: '1.5' is not a number with --decimal ,",
        "ttr: '1,234' may be 1.234 or 1234 minutes: turn the text into a number",
        "cost: '1,234' may be 1.234 or 1234: turn the text into a number",
        (
            "a.xlsx: the sign before decimals is chosen for CSV alone: elsewhere, turn text into "
            "numbers"
        ),
        (
            "tickets.csv, row 2: created: '1700000000' milliseconds are 1970-01-20; as seconds, "
            "--time-format epoch, 2023-11-14; and none of the first 9 times can be read: "
            "try --time-format epoch"
        ),
        (
            "tickets.csv, row 2: resolved: '1h 30m' is not a time in ISO 8601; and none of the "
            "first 9 times can be read: lengths since the creation are read by "
            "--lengths resolved=UNIT"
        ),
        (
            "created: '5' is not a time in ISO 8601: some have the form of --time-format epoch and "
            "others that of --time-format '%d/%m/%Y %H:%M': write all in one form"
        ),
    ],
)
def test_faults_of_files_are_translated(message: str) -> None:
    """Also with names of columns that look like sentences."""
    translated = in_language(message, "zh")
    assert translated != message
    assert not ENGLISH.search(QUOTED.sub("", translated))


def test_what_was_given_is_not_translated() -> None:
    """Neither what is quoted, nor names, even if they look like messages."""
    given = "'is missing: expected a list of rows'"
    assert in_language(f"a.b: found {given}, expected a list of rows", "zh") == (
        f"a.b：此处为 {given}，应为行的列表"
    )


POLICY = """
name = "desk"
[metrics.reply]
stop = "replied"
[[tables.all]]
targets = { reply = "4h" }
"""


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("check bad.toml", "bad.toml:6:13: error: tables.all[0].targets.reply：'4h' 没有说明"),
        ("check none.toml", "错误：'none.toml' 不是文件，也不是预置策略"),
        ("deadline -p itil-standard", "错误：缺少选项 '--at'。"),
        ("deadline -p itil-standard --at soon", "错误：'--at' 的值无效：'soon' 无法读作时刻"),
        ("evaluate no.csv -p itil-standard -o out.csv", "错误：[Errno 2] 没有这个文件或目录"),
        ("nothing", "错误：没有命令 'nothing'。"),
        ("presets none", "用法：slacalc presets [OPTIONS] [NAME]"),
    ],
)
def test_the_command_line_speaks_the_language_of_the_locale(
    typed: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or that of ``--language``; usage included."""
    monkeypatch.chdir(tmp_path)
    Path("bad.toml").write_text(POLICY)
    for variable, language in (("LANG", "zh_CN.UTF-8"), ("LC_ALL", "zh_TW"), ("LANG", "C.UTF-8")):
        env = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "", variable: language}
        done = CliRunner().invoke(commands(), typed.split(), env=env)
        assert done.exit_code != 0
        assert (shown in done.output) == (variable != "LANG" or language != "C.UTF-8")
        assert ("rror:" in done.output) == ("check bad" in typed or "C.UTF" in language)


def test_the_language_of_errors_can_be_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has precedence over the locale, and one that is not known is refused with the known."""
    monkeypatch.chdir(tmp_path)
    Path("bad.toml").write_text(POLICY)
    run = CliRunner().invoke
    chinese = run(commands(), ["check", "bad.toml", "--language", "zh"], env={"LC_ALL": "C"})
    assert "没有说明按哪种小时计" in chinese.output
    english = run(commands(), ["check", "bad.toml", "--language", "en"], env={"LC_ALL": "zh_CN"})
    assert "does not say which hours count" in english.output
    refused = run(commands(), ["check", "bad.toml", "--language", "xx"], env={"LC_ALL": "C"})
    assert "'xx' is not a language of this text (en, zh)" in refused.output
    for command in ("check", "explain"):
        assert re.search(
            r"--language.*en or zh", run(commands(), [command, "--help"]).output, re.DOTALL
        )


def test_pages_show_errors_in_their_language(tmp_path: Path) -> None:
    """Why tickets of a report cannot be evaluated, and why rows of a statement do not count."""
    tickets = {
        "created": ["2026-05-18T09:00Z", "2026-05-19T09:00Z"],
        "replied": ["2026-05-18T09:30Z", None],
        "tier": ["gold", "golden"],
    }
    page = report.page(desk(), tickets, "2026-06-01T00:00Z", language="zh")
    assert "不是 tier 的取值（gold, silver）" in page
    made = contract.statement(
        desk(availability={"web": "99 %"}),
        "2026-05",
        outages=[{"start": "2026-05-18T09:00Z", "end": "2026-05-17T09:00Z"}],
        errors="column",
    )
    target = tmp_path / "may.html"
    made.to_html(target, language="zh")
    assert "早于开始时间" in target.read_text("utf-8")
