"""Draw the pictures of the guide on plots by its own code, and those of the READMEs.

``python docs/plots.py`` runs the code blocks of ``docs/guides/plots.md`` in order. If an image
follows a block, the figure that the block made is written to the image's file, and once more on a
dark background to a file whose name ends in ``-dark``. The picture of the READMEs is composed here,
in English and in Chinese.
"""

from __future__ import annotations

import re
from doctest import DocTestParser
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from PIL import Image

from slacalc import Calendar, Event, Policy, plot, report

DOCS = Path(__file__).parent
GUIDE = DOCS / "guides" / "plots.md"
PICTURES = DOCS / "_static" / "plots"
BLOCK = re.compile(
    r"^```(?:python|text)\n(?P<code>.*?)^```$(?:\s*!\[[^]]*\]\((?P<file>[^)]+)\))?",
    re.MULTILINE | re.DOTALL,
)
DPI, COLOURS = 160, 64  # for sharp screens; few colours, to keep the files small


def draw_figures() -> dict[Path, Any]:
    """The figures by the files in which the guide shows them."""
    names: dict[str, Any] = {"plot": plot}
    figures: dict[Path, Any] = {}
    for block in BLOCK.finditer(GUIDE.read_text("utf-8")):
        examples = DocTestParser().get_examples(block["code"])
        for example in examples:
            exec(example.source, names)  # noqa: S102 - the guide's own code
        if block["file"]:
            figure = names["figure"] if examples else eval(block["code"], names)  # noqa: S307 - of our own pages
            figures[GUIDE.parent / block["file"]] = figure
    return figures


# The READMEs --------------------------------------------------------------------------------------

# The words and the office of each language.
DESKS: dict[str, dict[str, Any]] = {
    "en": {
        "zone": "Europe/Paris",
        "week": {"mon-thu": "9-12, 13-17", "fri": "9-12, 13-15"},
        "holidays": "FR",
        "waiting": "waiting for customer",
        "policy": "Helpdesk",
        "metrics": ("response", "resolution"),
        "tier": "tier",
        "tiers": ("Gold", "Silver"),
        "title": "Ticket 4711",
        "height": 5.9,  # inches of the year
    },
    "zh": {
        "zone": "Asia/Shanghai",
        "week": {"mon-fri": "9-12, 13-17"},
        "holidays": "CN",
        "waiting": "等待客户",
        "policy": "服务台",
        "metrics": ("首次响应", "解决"),
        "tier": "等级",
        "tiers": ("金牌", "银牌"),
        "title": "工单 4711",
        "height": 7.1,
    },
}
# Of tickets in January to June: met and missed.
TICKETS = (
    ((212, 9), (198, 12), (241, 8), (207, 31), (18, 2), (223, 10)),
    ((401, 88), (377, 60), (450, 41), (395, 27), (41, 9), (420, 19)),
)


def compose(language: str) -> Figure:
    """A year, the share that was met, and the life of a ticket."""
    desk = DESKS[language]
    response, resolution = desk["metrics"]
    calendar = Calendar(desk["zone"], desk["week"], holidays=desk["holidays"])
    background = plot.calendar(calendar, 2026).get_facecolor()
    whole = Figure(figsize=(10.6, desk["height"] + 4.2), facecolor=background)
    above, below = whole.subfigures(2, 1, height_ratios=[desk["height"], 4.2])
    left, right = below.subfigures(1, 2, width_ratios=[5, 5.6])
    plot.calendar(calendar, 2026, language=language, figure=above)
    tickets = [
        {"created": f"2026-{month:02}-15T12:00Z", desk["tier"]: tier, f"{resolution}_state": state}
        for tier, months in zip(desk["tiers"], TICKETS, strict=True)
        for month, counts in enumerate(months, 1)
        for state, count in zip(("met", "breached"), counts, strict=True)
        for _ in range(count)
    ]
    answer = {name: [ticket[name] for ticket in tickets] for name in tickets[0]}
    answer[f"{resolution}_due"] = answer["created"]
    table = report.attainment(
        answer, by=desk["tier"], period="month", objective="90 %", time_zone=desk["zone"]
    )
    plot.attainment(table, resolution, language=language, figure=left)
    policy = Policy.from_dict(
        {
            "name": "helpdesk",
            "title": desk["policy"],
            "calendars": {"office": calendar.to_dict()},
            "metrics": {
                response: {"stop": "replied"},
                resolution: {"stop": "resolved", "pause": {"status": desk["waiting"]}},
            },
            "tables": {
                "everyone": [
                    {"targets": {response: "2 working hours", resolution: "12 working hours"}}
                ]
            },
        }
    )
    hours = "+02:00" if language == "en" else "+08:00"
    clock = policy.open({}, f"2026-05-06T14:00:00{hours}").insert(
        Event(f"2026-05-06T15:10:00{hours}", "replied"),
        Event(f"2026-05-06T16:00:00{hours}", "changed", status=desk["waiting"]),
        Event(f"2026-05-11T11:00:00{hours}", "changed", status="open"),
        Event(f"2026-05-12T16:00:00{hours}", "resolved"),
    )
    as_of = f"2026-05-12T17:00:00{hours}"
    return plot.ticket(clock, as_of, language=language, title=desk["title"], figure=right)


def draw_all() -> dict[Path, Any]:
    """All pictures by their files."""
    composed = {PICTURES / f"overview-{language}.png": compose(language) for language in DESKS}
    return draw_figures() | composed


def main() -> None:
    """Write the files."""
    light = draw_all()
    with rc_context({"figure.facecolor": "#131416"}):  # as that of the site
        dark = {file.with_stem(f"{file.stem}-dark"): each for file, each in draw_all().items()}
    for file, figure in (light | dark).items():
        buffer = BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI)
        image = Image.open(buffer).convert("RGB").quantize(COLOURS)
        image.save(file.resolve(), "png", optimize=True)


if __name__ == "__main__":
    main()
