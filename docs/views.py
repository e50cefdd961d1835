"""Write the HTML views that the guide on views shows.

``python docs/views.py`` writes ``docs/guides/views/*.html``; a test checks that the files are up to
date. All dates are in the past, so that newer releases of `holidays` change nothing.
"""

from __future__ import annotations

from pathlib import Path

from slacalc import Calendar, Event, presets

TARGET = Path(__file__).parent / "guides" / "views"


def make_views() -> dict[str, str]:
    """The views by the names of their files."""
    office = Calendar(
        "Asia/Shanghai", {"mon-fri": "08:30-12:00, 13:00-17:30"}, holidays="CN", horizon=2024
    )
    policy = presets.load("kingdee-diexun")
    ticket = {"channel": "on-site", "urgency": "standard", "tier": "gold"}
    friday = "2024-09-13T16:00:00+08:00"
    itil = presets.load("itil-standard")
    clock = itil.open({"impact": "high", "urgency": "medium"}, "2024-05-06T09:30:00+00:00")
    for event in (
        Event("2024-05-06T09:36:00+00:00", "responded", by="Anna"),
        Event("2024-05-06T11:00:00+00:00", "paused", reason="waiting for the customer"),
        Event("2024-05-07T09:30:00+00:00", "resumed"),
        Event("2024-05-07T13:15:00+00:00", "resolved"),
    ):
        clock = clock.apply(event)
    return {
        "calendar": office.to_html(2024),
        "policy": policy.to_html(),
        "policy-zh": policy.to_html(language="zh"),
        "deadlines": policy.deadlines(ticket, friday).to_html(),
        "clock": clock.to_html(),
        "trace": clock.trace().to_html(),
        "ledger": office.explain(friday, work="4h").to_html(),
    }


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, view in make_views().items():
        (TARGET / f"{name}.html").write_text(view + "\n", "utf-8")
