"""Calendars that several tests use."""

from __future__ import annotations

from slacalc import Calendar, Holidays

OFFICE = Calendar(
    time_zone="Asia/Shanghai",
    week={"mon-fri": "08:30-12:00, 13:00-17:30"},
    holidays="CN",
    exceptions={"2026-12-24": "08:30-12:00", "2026-12-31": "closed"},
)
SEASONED = Calendar(
    "Europe/Berlin",
    {"mon-fri": "9-17", "sat": "22:00-06:00"},
    holidays=[
        "DE-BY",
        Holidays(country="US", categories=["public"], horizon=2030),
        {"2026-05-04": "Founders' Day", "2026-12-27..2026-12-30": "between the years"},
        Holidays(workdays={"2026-05-09": "2026-05-04", "2026-05-10": None}),
    ],
    exceptions={
        "2026-07-01..2026-08-31": {"mon-thu": "8-14", "fri": "8-12"},
        "2026-12-24": {"hours": "9-12", "name": "Christmas Eve"},
        "2026-06-01..2026-06-02": {"hours": "closed", "name": "Inventory"},
    },
    changes={
        "2027-01-01": {"week": "always"},
        "2025-07-01": {"week": {"mon-fri": "8-16"}, "holidays": ["DE", "2025-12-24"]},
    },
    horizon=2028,
)
