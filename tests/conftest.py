"""Hypothesis profiles: fast by default, deep on demand (``HYPOTHESIS_PROFILE=deep``)."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
settings.register_profile("fast", max_examples=15, deadline=None, suppress_health_check=slow)
settings.register_profile(
    "deep",
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "1500")),
    deadline=None,
    suppress_health_check=slow,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))
