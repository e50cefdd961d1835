"""Hypothesis profiles: ``fast`` by default, ``deep`` on demand.

The fast profile draws the same examples at every run, so that a failure is of the change and not
of the day. ``HYPOTHESIS_PROFILE=deep make test`` looks for new ones, and takes its time.
"""

from __future__ import annotations

import os
import zoneinfo
from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.postgres"]

# The oracles read zones through zoneinfo alone, and so from the package tzdata on every machine.
zoneinfo.reset_tzpath(())

slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
settings.register_profile(
    "fast", max_examples=20, derandomize=True, deadline=None, suppress_health_check=slow
)
settings.register_profile(
    "few", max_examples=4, derandomize=True, deadline=None, suppress_health_check=slow
)
settings.register_profile("deep", max_examples=500, deadline=None, suppress_health_check=slow)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say in one line which tests were skipped, and why."""
    reasons = Counter(
        str(report.longrepr[2]).removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", ())
    )
    if reasons:
        listed = "; ".join(f"{count}: {reason}" for reason, count in reasons.most_common())
        terminalreporter.write_line(f"skipped {listed}")
