"""Hypothesis profiles: ``fast`` by default, ``deep`` on demand.

The fast profile draws the same examples at every run, so that a failure is of the change and not
of the day. ``HYPOTHESIS_PROFILE=deep make test`` looks for new ones, and takes its time.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
settings.register_profile(
    "fast", max_examples=20, derandomize=True, deadline=None, suppress_health_check=slow
)
settings.register_profile("deep", max_examples=500, deadline=None, suppress_health_check=slow)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))
