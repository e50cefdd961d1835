"""Labels in pictures stand apart, and ticks at round wall-clock times."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc._html.svg import LANE, PictureLabel, TimeAxis, place_labels, shorten, text_width
from slacalc._i18n import translator
from slacalc._time.instants import to_instant, zone


@given(
    st.lists(
        st.builds(
            PictureLabel,
            st.floats(0, 700).map(lambda x: round(x, 1)),
            st.text("abc 中M", min_size=1, max_size=40),
            st.booleans(),
            st.integers(0, 3),
        ),
        max_size=30,
    ),
    st.integers(1, 7),
)
def test_labels_stand_apart(marks: list[PictureLabel], most: int) -> None:
    """No label overlaps another or is crossed by a leader line; those left out are counted."""
    lanes = place_labels(marks, most)
    assert len(lanes.placed) + lanes.left_out == len(marks)
    assert lanes.depth <= most
    for (one, low), (other, high) in combinations(lanes.placed, 2):
        if low == high:
            left, right = sorted((one, other), key=lambda mark: mark.x)
            assert left.x + 5 + text_width(left.text) <= right.x
    for one, lane in lanes.placed:
        for other, above in lanes.placed:
            if above < lane:
                assert not other.x + 5 <= one.x <= other.x + 5 + text_width(other.text)
    assert LANE > 11.5


def test_no_label_is_crossed_by_a_leader_line() -> None:
    """The short label on the left would fit above, but there the line of the middle one passes."""
    labels = [PictureLabel(100, "a" * 10), PictureLabel(90, "b" * 10), PictureLabel(80, "c")]
    lanes = place_labels(labels, 3)
    assert [(label.text[0], lane) for label, lane in lanes.placed] == [("a", 0), ("b", 1), ("c", 2)]


@pytest.mark.parametrize("hours", [0.02, 0.3, 1, 5, 26, 100, 400, 2000, 9000, 90_000, 1_500_000])
def test_ticks_are_round_wall_times(hours: float) -> None:
    """In order, neither too few nor too many, and round, also across a change of the clocks."""
    start = to_instant("2024-03-30T13:07:11+01:00")
    paris = zone("Europe/Paris")
    axis = TimeAxis(paris, start, start + int(hours * 3_600_000_000), 0, 600)
    ticks = axis.ticks(translator())
    assert 2 <= len(ticks) <= 10 or hours > 500_000
    assert all(one.at < other.at for one, other in pairwise(ticks))
    for tick in ticks:
        shown = paris.datetime(tick.at)
        assert shown.microsecond == 0
        if hours >= 1:
            assert shown.second == 0
        if hours >= 100:
            assert (shown.hour, shown.minute) == (0, 0)
        if hours >= 9000:
            assert shown.day == 1


def test_a_text_is_shortened_to_its_room() -> None:
    """A text that does not fit ends with an ellipsis and then fits."""
    assert shorten("short", 100) == "short"
    cut = shorten("a reason that goes on and on", 60)
    assert cut.endswith("…")
    assert text_width(cut) <= 60
