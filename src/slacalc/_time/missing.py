"""What counts as no value in tickets, events and tables."""

from __future__ import annotations

from typing import Any


def is_missing(value: Any) -> bool:
    """Whether a value is None, or what data frames have in its place: NaN, NaT or NA."""
    try:
        return value is None or bool(value != value)  # noqa: PLR0124 - NaN and NaT differ from themselves
    except (TypeError, ValueError, ArithmeticError):  # pandas' NA, arrays, a signalling NaN
        return type(value).__name__ in ("NAType", "Decimal")
