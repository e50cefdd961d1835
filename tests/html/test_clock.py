"""The view of a clock, against lives of tickets worked out by hand."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from slacalc import Policy
from slacalc.errors import ClockError
from tests.html import views
from tests.html.reading import paths, rows, starts, text_of, tree

# Open 9-12 and 13-17 in Paris. From Monday 14:00: two hours, a pause until Tuesday 11:00, one hour,
# four, and one on Wednesday till 10:00, when the eight are over; a pause until 16:00, one hour, and
# on Thursday three and four: the sixteen are over at 17:00. Solved on Friday at 11:00.


def test_due_dates_of_a_life() -> None:
    """The table has due date, limit, time used and pauses."""
    (head, response, resolution) = rows(tree("clock life"))
    cells = dict(zip(head, resolution, strict=True))
    assert cells["state"] == "breached"
    assert cells["due"] == "Wed 2026-05-20 10:00"
    assert cells["limit"] == "Thu 2026-05-21 17:00"
    assert cells["used"] == "18h of 8h"
    assert cells["paused"] == "3h: status is waiting; 5h: status is vendor"
    assert cells["notes"] == "stopped Fri 2026-05-22 11:00"
    assert response[1:3] == ["met", "Mon 2026-05-18 16:00"]


def test_the_bars_of_a_life() -> None:
    """The number of open, counted and paused bars, and their places."""
    life = tree("clock life")
    response, resolution = paths(life, "open")
    assert len(starts(response)) == 1  # plain hours run day and night
    # Monday afternoon, both halves of three days, and Friday morning.
    assert len(starts(resolution)) == 8
    counted = paths(life, "counted")[1:]  # the first is that of the response
    assert [len(starts(one)) for one in counted] == [4, 3, 1]  # in time, late, breached
    (pauses,) = paths(life, "pauses")
    assert len(starts(pauses)) == 2
    # 93 hours with a fiftieth on either side; the first pause begins after 2 hours, the second
    # after 44.
    left, right = starts(pauses)
    scale = (right - left) / 42
    assert left - starts(counted[0])[0] == pytest.approx(2 * scale, abs=0.2)
    assert starts(resolution)[1] - left == pytest.approx(17 * scale, abs=0.2)  # Tuesday at nine


def test_labels_of_a_life() -> None:
    """Due date, limit, breach, stop, pauses and events have labels."""
    texts = [one.text for one in tree("clock life").iter("text")]
    for text in (
        "due Wed 20 May 10:00",
        "limit Thu 21 May 17:00",
        "breached",
        "stopped Fri 22 May 11:00",
        "pause, 19h: status is waiting",
        "assigned group=second line",
    ):
        assert text in texts


def test_labels_are_in_the_zone_of_the_axis() -> None:
    """A target in another zone is labelled in the zone of the ticks."""
    # Eight hours from 14:00 in Paris (12:00 UTC), the calendar that counts being one of UTC; the
    # metric begins an hour later, so it is due at 23:00 there and 21:00 here.
    policy = Policy(
        "zones",
        calendar="paris",
        calendars={
            "paris": {"time_zone": "Europe/Paris", "week": "always"},
            "utc": {"time_zone": "UTC", "week": "always"},
        },
        metrics={"work": {"start": "begun", "stop": "done"}},
        tables={"all": [{"targets": {"work": {"within": "8 working hours", "calendar": "utc"}}}]},
    )
    clock = policy.open({}, views.START).apply(views.after(1, "begun"))
    shown = ET.fromstring(clock.to_html())  # noqa: S314 - our own
    labels = [one.text for one in shown.iter("text")]
    assert {"due Mon 18 May 23:00", "starts Mon 18 May 15:00"} <= set(labels)
    assert (
        rows(shown)[1][2] == "Mon 2026-05-18 21:00 +0000"
    )  # its own zone, which is not that above


def test_a_paused_metric_is_due_if_resumed() -> None:
    """Paused on Monday at 16:00 with six hours left: one until 17:00, three, and two by 15:00."""
    (head, _, resolution) = rows(tree("clock paused"))
    cells = dict(zip(head, resolution, strict=True))
    assert cells["due"] == "Tue 2026-05-19 15:00 if resumed"


def test_a_clock_is_shown_as_of_any_instant() -> None:
    """Later events are not shown; instants before the opening are refused."""
    clock = views.helpdesk(*views.LIFE)
    early = clock.to_html("2026-05-18T15:30:00+02:00")
    assert "responded" in early
    assert "waiting" not in early
    assert "as of Mon 2026-05-18 15:30" in early
    with pytest.raises(ClockError):
        clock.to_html("2026-05-18T13:00:00+02:00")


def test_a_stopped_cycle_is_shown_as_of_the_instant_of_its_status() -> None:
    """Not as of its stop, two hours after the opening on Monday at 14:00."""
    clock = views.helpdesk().apply(views.after(2, "resolved"))
    status = clock.status("2026-05-19T12:00:00+02:00")
    assert status["resolution"].stopped_at is not None
    for view in (status, status["resolution"]):
        assert "as of Tue 2026-05-19 12:00" in view.to_html()


def test_what_is_not_shown_is_counted() -> None:
    """Cycles, bars, labels and events beyond the limits."""
    again, busy = text_of(tree("clock again")), text_of(tree("clock busy"))
    assert "4 earlier cycles of resolution are not shown" in again
    assert "4 more bars are not drawn" in busy  # of 28
    assert "299 events; the last 200 are listed" in busy
    assert "labels did not fit" in busy
    assert "closer together than a pixel" in text_of(tree("clock year"))


def test_the_log_shows_offsets_with_their_sign() -> None:
    """14:00 in Paris is 8:00 in New York, four hours behind UTC in May."""
    policy = Policy(
        "desk",
        calendar="office",
        calendars={"office": {"time_zone": "America/New_York", "week": "always"}},
        metrics={"work": {"stop": "done"}},
        tables={"all": [{"targets": {"work": "1 hour"}}]},
    )
    clock = policy.open({}, views.START).apply(views.after(1, "note"))
    details = ET.fromstring(clock.to_html()).find("details")  # noqa: S314 - our own
    assert details is not None
    assert rows(details)[1][:2] == ["Mon 2026-05-18 09:00 -0400", "note"]
