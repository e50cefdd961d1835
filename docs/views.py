"""Write the HTML views that the guide on views shows.

``python docs/views.py`` writes ``docs/guides/views/*.html``; a test checks that the files are up to
date. All dates are in the past, so that newer releases of `holidays` change nothing.
"""

from __future__ import annotations

from pathlib import Path

from slacalc import Calendar, Event, Policy, presets, report

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
    data = policy.to_dict() | {"name": "two-days"}
    data["tables"]["tier-promise"][2]["targets"]["arrival"] = "2 working days"
    two_days, as_of = Policy.from_dict(data), "2024-09-30T09:00:00+08:00"
    tickets = {
        "ticket": ["T-1", "T-2"],
        "created": ["2024-06-28T16:00:00+08:00", "2024-07-01T09:00:00+08:00"],
        "arrived": ["2024-07-02T15:00:00+08:00", "2024-07-02T08:45:00+08:00"],
        "channel": ["on-site", "on-site"],
        "tier": ["silver", "gold"],
    }
    return {
        "calendar": office.to_html(2024),
        "policy": policy.to_html(),
        "policy-zh": policy.to_html(language="zh"),
        "deadlines": policy.deadlines(ticket, friday).to_html(),
        "clock": clock.to_html(),
        "trace": clock.trace().to_html(),
        "ledger": office.explain(friday, work="4h").to_html(),
        "findings": presets.load("file-encryption-vip").lint().to_html(),
        "comparison": report.compare(policy, two_days, tickets, as_of).to_html(),
    }


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, view in make_views().items():
        (TARGET / f"{name}.html").write_text(view + "\n", "utf-8")
