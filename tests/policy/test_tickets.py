"""Receipts, and tickets that lack attributes."""

from __future__ import annotations

from datetime import datetime

import pytest

from slacalc import Attribute, Calendar
from slacalc.errors import TicketError
from tests.policy.desk import PARIS, policy, resolution, row


@pytest.mark.parametrize(
    ("received", "at", "words"),
    [
        ("working-day", "2024-05-03 20:00", "working-day closed"),
        ("weekend", "2024-05-04 12:00", "weekend closed"),
        ("holiday", "2024-05-01 12:00", "holiday closed"),
        ("working-day", "2024-05-02 12:00", "working-day open"),
        ("an exception that opens", "2024-05-11 10:00", "working-day open"),
        ("an exception that closes", "2024-05-07 10:00", "holiday closed"),
        ("a make-up day", "2024-05-12 10:00", "working-day open"),
    ],
)
def test_the_moment_of_receipt(received: str, at: str, words: str) -> None:
    """A date is a working day, a weekend or a holiday; the instant is open or closed."""
    del received
    office = Calendar(
        "Europe/Paris",
        {"mon-fri": "9-17"},
        holidays={"dates": ["2024-05-01"], "workdays": ["2024-05-12"]},
        exceptions={"2024-05-11": "10-12", "2024-05-07": "closed"},
    )
    instant = datetime.fromisoformat(at).replace(tzinfo=PARIS)
    for word in ("working-day", "weekend", "holiday", "open", "closed"):
        for test, meets in (
            (word, word in words.split()),
            ({"not": word}, word not in words.split()),
        ):
            desk = policy(row("1 hour", received=test), calendars={"office": office})
            assert bool(resolution(desk, at=instant).due) is meets, test


def test_an_attribute_that_the_ticket_lacks() -> None:
    """It is an error only if the answer depends on it; a default or `optional` avoids that."""
    desk = policy(row("1 hour", severity="high", kind="fire"), row("2 hours"))
    assert resolution(desk, {"kind": "flood"}).within == "2 hours"  # no fire, however severe
    with pytest.raises(TicketError, match="does not say its severity.*high, medium, low") as caught:
        resolution(desk, {"kind": "fire"})
    assert (caught.value.attribute, caught.value.given) == ("severity", None)
    values = ["high", "medium", "low"]
    for attribute, within in (
        (Attribute(values, default="high"), "1 hour"),
        (Attribute(values, optional=True), "2 hours"),
    ):
        parts = {"attributes": {"severity": attribute, "kind": {"kind": "text"}}}
        desk = policy(row("1 hour", severity="high", kind="fire"), row("2 hours"), **parts)
        for missing in ({}, {"severity": None}, {"severity": float("nan")}):
            assert resolution(desk, {"kind": "fire"} | missing).within == within
