"""The demos: the City of Boston's own due dates, and the log of a ServiceNow instance."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def loaded(path: Path) -> Any:
    """An example as a module."""
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def demo() -> Any:
    return loaded(EXAMPLES / "boston-311" / "demo.py")


@pytest.fixture(scope="module")
def incidents() -> Any:
    return loaded(EXAMPLES / "servicenow" / "replay.py")


def test_due_dates_agree_with_the_citys(demo: Any) -> None:
    """Opened outside hours: 98 % to the second; inside: 97 % within the rounding; every flag."""
    cases = list(demo.read_cases())
    assert len(cases) == 11_926
    by_type, total = demo.compare(cases)
    assert set(by_type) == demo.TYPES
    assert total.outside > 1_900
    assert total.inside > 3_000
    assert total.outside_exact >= 0.98 * total.outside
    assert total.inside_close >= 0.97 * total.inside
    flagged, agreed = demo.compare_flags(cases)
    assert flagged > 10_000
    assert agreed == flagged


def test_the_table_is_printed(demo: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The main job ends well, and shows a row for each type."""
    assert demo.main() == 0
    printed = capsys.readouterr().out
    assert "Graffiti Removal" in printed
    assert "all types but the dim ones" in printed


def test_the_log_of_the_incidents_is_replayed_whole(incidents: Any) -> None:
    """Every row is an event of its incident, and irregular rows are listed with their lines."""
    read = list(incidents.read_incidents())
    assert len(read) == 1_443
    assert sum(len(incident.events) for incident in read) == 8_225
    irregular = [(line, one.number) for one in read for line, _ in one.irregular]
    assert irregular[0] == (17, "INC0000131")  # updated two hours before it was opened
    outcomes = incidents.evaluate(read)
    assert {name: one.incidents for name, one in outcomes.items()} == {
        "1 - Critical": 12,
        "2 - High": 26,
        "3 - Moderate": 1_359,
        "4 - Low": 46,
    }
    for outcome in outcomes.values():
        assert sum(outcome.states.values()) == outcome.incidents
    # counted in the log with another program
    assert sum(one.reopened for one in outcomes.values()) == 17
    assert sum(one.changed for one in outcomes.values()) == 23


def test_one_incident_by_hand(incidents: Any) -> None:
    """INC0000131: opened on Monday 29 February 2016 at 9:41, waiting for the user from 9:45 on.

    It is resolved on Thursday 3 March at 9:27. Its first row is older than its opening, and is
    moved to it. Priority 3 is promised 3 working days of a desk that is open from 8 to 18.
    """
    incident = next(one for one in incidents.read_incidents() if one.number == "INC0000131")
    status = incident.clock().status("2016-03-31T00:00:00Z")["resolution"]
    assert status.state == "met"
    assert status.elapsed.in_minutes() == 4
    # Monday 8 h 15 min, two whole days of 10 h, and 1 h 27 min on Thursday
    assert status.paused["state is Awaiting User Info"].in_minutes() == 29 * 60 + 42


def test_the_outcome_is_printed(incidents: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A row for each priority, and the irregular rows of the log."""
    assert incidents.main() == 0
    printed = capsys.readouterr().out
    assert "8,225 events of 1,443 incidents" in printed
    assert "line 17, INC0000131" in printed
