"""The directive ``{due-date}``: a page part on which the start of a ticket can be dragged.

The library runs while the site is built: for each calendar it writes the ledger of one year into
the page. `_static/due-date.js` cuts pieces out of these ledgers and asks no server.
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from docutils import nodes
from docutils.parsers.rst import Directive

from slacalc import ALWAYS, Calendar
from slacalc._calendar.ledger import reason_text
from slacalc._i18n import translator
from slacalc._time.durations import to_work

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from slacalc._i18n import Translator

YEAR = 2026
TARGETS = ("30m", "1h", "2h", "4h", "8h", "16h", "24h", "40h")
NINE_TO_FIVE = {"mon-fri": "9-17"}

CALENDARS = {
    "office": Calendar("Europe/Paris", {"mon-fri": "9-12, 13-17"}, holidays="FR"),
    "make-up": Calendar("Asia/Shanghai", {"mon-fri": "08:30-12:00, 13:00-17:30"}, holidays="CN"),
    "night": Calendar("Europe/Berlin", {"daily": "22:00-06:00"}),
    "sun": Calendar("Europe/London", NINE_TO_FIVE)
    | Calendar("Asia/Singapore", NINE_TO_FIVE)
    | Calendar("America/Los_Angeles", NINE_TO_FIVE),
    "always": ALWAYS,
}
# A button for each: what it says, and the calendar, the local time and the target that it sets.
EXAMPLES = (
    ("may", "office", "2026-04-30T16:00", "4h"),
    ("golden-week", "make-up", "2026-09-30T15:00", "24h"),
    ("spring", "night", "2026-03-28T20:00", "8h"),
    ("autumn", "night", "2026-10-24T20:00", "8h"),
)

WORDS = {
    "en": {
        "office": "Office in Paris",
        "make-up": "Desk in Shanghai, with make-up days",
        "night": "Night shift in Berlin",
        "sun": "London, Singapore and Los Angeles in turn",
        "always": "Around the clock",
        "calendar": "Calendar",
        "received": "Received, in the desk's local time",
        "target": "Target",
        "may": "Before 1 May",
        "golden-week": "Before Golden Week",
        "spring": "Clocks go forward",
        "autumn": "Clocks go back",
        "start": "Start of the ticket",
        "due": "Due {instant}",
        "unknown": "This page has the year {year} alone, and the work does not fit into it from "
        "this start. The library computes with the years from 1900 to 2200.",
        "keys": "Drag the start, or click where it should be. By keyboard: left and right move it "
        "by 15 minutes (with Shift by 1), up and down by a day, Page Up and Page Down by a week.",
        "script": "This part of the page needs JavaScript.",
        "counted": "counted",
        "not-counted": "passed, not counted",
    },
    "zh": {
        "office": "巴黎办公室",
        "make-up": "上海服务台（含调休上班日）",
        "night": "柏林夜班",
        "sun": "伦敦、新加坡、洛杉矶轮班",
        "always": "全天候",
        "calendar": "日历",
        "received": "受理时间（服务台当地时间）",
        "target": "时限",
        "may": "五一前",
        "golden-week": "国庆假期前",
        "spring": "夏令时开始",
        "autumn": "夏令时结束",
        "start": "工单的开始",
        "due": "到期：{instant}",
        "unknown": "本页只有 {year} 年的数据，从这一时刻算起超出了范围。"
        "库本身可以计算 1900 年至 2200 年。",
        "keys": "拖动开始，或点击要开始的位置。用键盘：左右键移动 15 分钟"
        "（按住 Shift 移动 1 分钟），上下键移动一天，Page Up 与 Page Down 移动一周。",
        "script": "这一部分需要 JavaScript。",
        "counted": "计入",
        "not-counted": "已过去，不计入",
    },
}


TEMPLATE = """
<div class="due-date">
<div class="choices">
<label>{calendar} <select name="calendar">{calendars}</select></label>
<label>{received} <input type="datetime-local" name="start" min="{year}-01-01T00:00"
  max="{year}-12-31T23:59"></label>
<label>{target} <select name="target">{targets}</select></label>
</div>
<p class="examples">{examples}</p>
<noscript><p>{script}</p></noscript>
<output></output>
<div class="sheet">
<div class="hours" aria-hidden="true">{hours}</div>
<div class="days" aria-hidden="true"></div>
<div class="end" aria-hidden="true"></div>
<div class="handle" role="slider" tabindex="0" aria-label="{start}" aria-describedby="keys"></div>
</div>
<p class="legend"><span class="open"></span> {open} <span class="open counted"></span> {counted}
<span class="closed counted"></span> {not-counted}</p>
<p class="legend" id="keys">{keys}</p>
<div class="rows"><table>
<thead><tr><th scope="col">{from}</th><th scope="col">{to}</th><th scope="col">{counts as}</th>
<th scope="col">{length}</th><th scope="col">{reason}</th></tr></thead>
<tbody></tbody>
</table></div>
<p class="total"></p>
<pre></pre>
<script type="application/json">{data}</script>
</div>
"""


class DueDate(Directive):
    """The part of a page, in the language that the directive names: ``{due-date} zh``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The markup, with the data that its script reads."""
        return [nodes.raw("", markup(self.arguments[0]), format="html")]


def markup(language: str) -> str:
    """The part of a page in a language."""
    words, translate = WORDS[language], translator(language)
    headings = ("from", "to", "counts as", "length", "reason", "open")
    data = {
        "calendars": {name: year_of(calendar, language) for name, calendar in CALENDARS.items()},
        "words": {
            "due": words["due"],
            "unknown": words["unknown"].format(year=YEAR),
            "sides": [translate("closed"), translate("open")],
            "instant": translate("{weekday} {date} {time}"),
            "weekdays": [
                translate.weekday(date(2026, 2, day)) for day in range(1, 8)
            ],  # from Sunday
            "units": [translate(unit) for unit in ("{number}d", "{number}h", "{number}m")],
            "total": translate("total {length}: {parts}"),
            "comma": translate(", "),
            "language": f", language='{language}'" if language != "en" else "",
        },
    }
    return TEMPLATE.format_map(
        words
        | {heading: translate(heading) for heading in headings}
        | {
            "year": YEAR,
            "calendars": options({name: words[name] for name in CALENDARS}),
            "targets": options({work: length_text(work, translate) for work in TARGETS}, "4h"),
            "examples": " ".join(
                f'<button type="button" data-set="{" ".join(choices)}">{words[name]}</button>'
                for name, *choices in EXAMPLES
            ),
            "hours": "".join(f"<span>{hour}</span>" for hour in range(0, 25, 6)),
            "data": json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),
        }
    )


def options(texts: dict[str, str], selected: str = "") -> str:
    """The options of a choice, by their values."""
    return "".join(
        f'<option value="{value}"{" selected" * (value == selected)}>{escape(text)}</option>'
        for value, text in texts.items()
    )


def length_text(work: str, translate: Translator) -> str:
    """A target as the language writes it."""
    return translate.length(to_work(work), has_days=False)


def year_of(calendar: Calendar, language: str) -> dict[str, Any]:
    """A year of a calendar as the script reads it; instants are minutes of UTC since 1970."""
    zone, translate = ZoneInfo(calendar.time_zone), translator(language)
    start, end = (datetime(year, 1, 1, tzinfo=zone) for year in (YEAR, YEAR + 1))
    reasons: dict[tuple[bool, str, str], int] = {}
    rows = []
    for row in calendar.explain(start, end, language=language):
        reason = (row.is_open, row.kind, reason_text(row, translate))
        length = minutes(row.end) - minutes(row.start)
        rows.append((length, reasons.setdefault(reason, len(reasons))))
    return {
        "code": repr(calendar),
        "offsets": offsets(zone, start, end),
        "start": minutes(start),
        "reasons": [*reasons],
        "rows": rows,
    }


def offsets(zone: ZoneInfo, start: datetime, end: datetime) -> list[tuple[int, int]]:
    """The offsets from UTC in minutes, each with the minute since which it holds."""
    found: list[tuple[int, int]] = []
    for since in (0, *range(minutes(start), minutes(end), 60)):
        local = datetime.fromtimestamp(max(since, minutes(start)) * 60, zone)
        offset = (local.utcoffset() or timedelta()) // timedelta(minutes=1)
        if not found or found[-1][1] != offset:
            found.append((since, offset))
    return found


def minutes(at: datetime) -> int:
    """The minutes of UTC since 1970."""
    return int(at.timestamp()) // 60


def add_files(
    app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: object
) -> None:
    """A page with the directive loads its script and its style; no other page does."""
    if '<div class="due-date">' in context.get("body", ""):
        app.add_css_file("due-date.css")
        app.add_js_file("due-date.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """What this extension adds to Sphinx."""
    app.add_directive("due-date", DueDate)
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
