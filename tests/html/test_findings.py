"""The view of findings says how many there are, where, and with which ticket."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from slacalc import Policy
from tests.html.reading import rows, text_of, tree

DESK = """
name = "desk"

[calendars.office]
time_zone = "Europe/Paris"
week = { mon-fri = "9-17" }

[attributes]
tier = ["gold", "silver"]

[metrics.reply]
stop = "replied"

[[tables.all]]
targets.reply = "2 hours"

[[tables.all]]
when = { tier = "gold" }
targets.reply = "1 hour"
"""


def view(text: str, language: str = "en") -> ET.Element:
    return ET.fromstring(Policy.from_toml(text).lint().to_html(language=language))  # noqa: S314 - ours


def test_a_finding_has_its_place_and_its_ticket() -> None:
    """The second row is never reached, as the first one matches every ticket."""
    shown = view(DESK)
    assert rows(shown) == [
        ["severity", "place", "finding", "for example"],
        [
            "warning",
            "tables.all[1]",
            "the row is never reached: all[0] comes first unreachable-row",
            "tier = gold",
        ],
    ]
    assert "Findings 1 warning" in text_of(shown)


def test_no_findings_have_no_table() -> None:
    """What was tried is said all the same."""
    shown = view(DESK.partition("\n[[tables.all]]\nwhen")[0])
    assert [*shown.iter("table")] == []
    assert "Findings none" in text_of(shown)
    assert "tried all kinds of tickets: 1 at " in text_of(shown)


def test_findings_are_translated() -> None:
    """Paths and kinds are names, and stay."""
    assert "检查结果 1 个警告" in text_of(view(DESK, "zh"))
    shown = rows(view(DESK, "zh"))
    assert shown[0] == ["严重程度", "位置", "问题", "例如"]
    assert shown[1] == [
        "警告",
        "tables.all[1]",
        "永远轮不到该行：all[0] 在前 unreachable-row",
        "tier = gold",
    ]


def test_a_sample_is_said() -> None:
    """Whoever reads it must know that more may be wrong."""
    text = text_of(tree("findings sampled"))
    assert "tried tickets with samples of a and b: 1,234 at 2 moments" in text
