"""The demo agrees with the City of Boston's own due dates, which we did not write."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

DEMO = Path(__file__).parent.parent / "examples" / "boston-311" / "demo.py"


@pytest.fixture(scope="module")
def demo() -> Any:
    spec = importlib.util.spec_from_file_location("boston_311_demo", DEMO)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_due_dates_agree_with_the_citys(demo: Any) -> None:
    """Opened outside hours: 98 % to the second; inside: 97 % within the rounding; every flag."""
    cases = list(demo.read_cases())
    assert len(cases) == 11_926
    tallies, total = demo.compare(cases)
    assert set(tallies) == demo.TYPES
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
