"""Instants at the door, and the rule for wall times."""

from __future__ import annotations

import copy
import importlib.resources
import itertools
import pickle
import struct
import zoneinfo
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc._time.instants import DAY, EPOCH_DAY, HOUR, MINUTE, SECOND, Zone, to_instant, zone
from slacalc.errors import HorizonError, InstantError, NaiveDatetimeError, TimeZoneError

NINE = datetime(2026, 11, 23, 9, tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai"))
NINE_INSTANT = 1_795_395_600 * SECOND  # date -u -d 2026-11-23T01:00:00 +%s


@pytest.mark.parametrize(
    "given_instant",
    [
        NINE,
        NINE.astimezone(UTC),
        NINE.astimezone(timezone(timedelta(hours=-3, minutes=-30))),
        pendulum.datetime(2026, 11, 23, 9, tz="Asia/Shanghai"),
        pendulum.datetime(2026, 11, 23, 1),
        pd.Timestamp("2026-11-23T09:00", tz="Asia/Shanghai"),
        "2026-11-23T09:00:00+08:00",
        "2026-11-23T09:00+08:00",
        "2026-11-23 09:00:00+08:00",
        "2026-11-23T01:00:00Z",
        "20261123T010000Z",
        "2026-11-23T01:00:00.000000000Z",
        "2026-11-22T24:00-01:00",
        "20261122T240000-0100",
    ],
)
def test_every_aware_form_is_one_instant(given_instant: Any) -> None:
    """Standard, pendulum's and pandas' datetimes and ISO 8601 text name the same instant."""
    assert to_instant(given_instant) == NINE_INSTANT


@given(
    st.datetimes(datetime(1900, 1, 2), datetime(2200, 12, 30)),
    st.integers(-24 * 3600 * 10**6 + 1, 24 * 3600 * 10**6 - 1),
)
def test_instants_are_exact(at: datetime, offset: int) -> None:
    """Every microsecond survives, under offsets of any fineness."""
    aware = at.replace(tzinfo=timezone(timedelta(microseconds=offset)))
    exact = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert to_instant(aware) == exact


@pytest.mark.parametrize(
    "naive",
    [
        datetime(2026, 11, 23, 9),
        datetime(1, 1, 1),
        datetime(2431, 6, 1),  # far enough out to come back in, were it merely shifted
        datetime(9999, 12, 31),
        "2026-11-23T09:00:00",
        "2026-11-23",
        pendulum.naive(2026, 11, 23, 9),
    ],
)
def test_naive_datetimes_are_refused(naive: Any) -> None:
    """The error shows the cure."""
    with pytest.raises(NaiveDatetimeError, match="ZoneInfo"):
        to_instant(naive)


@pytest.mark.parametrize(
    "nothing", [None, 5, 1.5, date(2026, 11, 23), pd.NaT, "yesterday", "", b"x"]
)
def test_what_is_no_instant_is_refused(nothing: Any) -> None:
    """The error holds what was given, and shows a form that is right."""
    with pytest.raises(InstantError, match="ISO 8601") as caught:
        to_instant(nothing)
    assert caught.value.given is nothing


@pytest.mark.parametrize(
    "fine", [pd.Timestamp("2026-11-23T09:00:00.000000001Z"), "2026-11-23T09:00:00.0000001Z"]
)
def test_nanoseconds_are_not_dropped(fine: Any) -> None:
    """What is finer than a microsecond is refused, not cut off."""
    with pytest.raises(InstantError, match="finer than a microsecond"):
        to_instant(fine)


@pytest.mark.parametrize(
    "text",
    ["1899-12-31T23:59:59Z", "2201-01-01T00:00:00Z", "0001-01-01T00:00Z", "9999-12-31T00:00Z"],
)
def test_far_instants_are_refused(text: str) -> None:
    """Beyond the supported years the error names the instant and the years."""
    with pytest.raises(HorizonError, match="1900 to 2200") as caught:
        to_instant(text)
    assert caught.value.horizon == (1900, 2200)
    assert caught.value.instant[:4] == text[:4]


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("Asia/Shangai", "Asia/Shanghai"),
        ("asia/shanghai", "Asia/Shanghai"),
        ("Europe/Berln", "Europe/Berlin"),
        ("", None),
        ("../etc/passwd", None),
        ("America", None),
        ("CST8", None),
        (None, None),
        (8, None),
    ],
)
def test_unknown_zones_are_refused(name: object, suggestion: str | None) -> None:
    """The error suggests the names that look alike."""
    with pytest.raises(TimeZoneError, match="not a time zone") as caught:
        zone(name)
    assert caught.value.given == name
    if suggestion:
        assert suggestion in caught.value.suggestions


def test_zones_are_shared() -> None:
    """A zone is known by its name, or by anything that bears it."""
    assert zone("Asia/Shanghai") is zone(zoneinfo.ZoneInfo("Asia/Shanghai"))
    assert zone("Asia/Shanghai") is zone(pendulum.timezone("Asia/Shanghai"))


def reading(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return (date(year, month, day).toordinal() - EPOCH_DAY) * DAY + hour * HOUR + minute * MINUTE


@pytest.mark.parametrize(
    ("name", "wall", "instant"),
    [
        # Berlin, 31 March 2024: 02:00-03:00 does not exist; the change is at 01:00 UTC.
        ("Europe/Berlin", (2024, 3, 31, 1, 59), "2024-03-31T00:59Z"),
        ("Europe/Berlin", (2024, 3, 31, 2, 0), "2024-03-31T01:00Z"),
        ("Europe/Berlin", (2024, 3, 31, 2, 59), "2024-03-31T01:00Z"),
        ("Europe/Berlin", (2024, 3, 31, 3, 1), "2024-03-31T01:01Z"),
        # Berlin, 27 October 2024: 02:00-03:00 comes twice; the first begins at 00:00 UTC.
        ("Europe/Berlin", (2024, 10, 27, 2, 0), "2024-10-27T00:00Z"),
        ("Europe/Berlin", (2024, 10, 27, 2, 30), "2024-10-27T00:30Z"),
        ("Europe/Berlin", (2024, 10, 27, 3, 0), "2024-10-27T02:00Z"),
        # Lord Howe, 7 April 2024: back half an hour at 02:00 (+11), 15:00 UTC on the 6th.
        ("Australia/Lord_Howe", (2024, 4, 7, 1, 45), "2024-04-06T14:45Z"),
        ("Australia/Lord_Howe", (2024, 4, 7, 2, 0), "2024-04-06T15:30Z"),
        # Apia skips 30 December 2011: from 24:00 on the 29th (-10) to 00:00 on the 31st (+14).
        ("Pacific/Apia", (2011, 12, 30, 12, 0), "2011-12-30T10:00Z"),
        ("Pacific/Apia", (2011, 12, 31, 0, 0), "2011-12-30T10:00Z"),
        # Cairo, 26 April 2024: midnight does not exist; the change is at 22:00 UTC.
        ("Africa/Cairo", (2024, 4, 26, 0, 0), "2024-04-25T22:00Z"),
        # Santiago, 8 September 2024: midnight does not exist; the change is at 04:00 UTC.
        ("America/Santiago", (2024, 9, 8, 0, 0), "2024-09-08T04:00Z"),
        # The same in 2019, where a stretch of 2**41 microseconds ends at the reading 00:46.
        ("America/Santiago", (2019, 9, 8, 0, 30), "2019-09-08T04:00Z"),
    ],
)
def test_the_rule_for_wall_times(name: str, wall: tuple[int, ...], instant: str) -> None:
    """A wall time is the first instant at which the clock shows it or something later."""
    assert zone(name).first_reading(reading(*wall)) == to_instant(instant)


def test_the_copy_of_a_zone_is_the_zone() -> None:
    """Also where it was read from the package `tzdata`; a process has each zone once."""
    berlin = zone("Europe/Berlin")
    assert pickle.loads(pickle.dumps(berlin)) is berlin  # noqa: S301 - our own
    assert copy.deepcopy(berlin) is berlin


@given(
    st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"]),
    st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1)),
)
def test_readings_are_those_of_zoneinfo(name: str, at: datetime) -> None:
    """Our segments read every instant as zoneinfo does, and so do the datetimes that go out."""
    instant = to_instant(at.replace(tzinfo=UTC))
    expected = at.replace(tzinfo=UTC).astimezone(zoneinfo.ZoneInfo(name))
    answer = zone(name).datetime(instant)
    assert isinstance(answer, pendulum.DateTime)
    assert answer.replace(tzinfo=None) == expected.replace(tzinfo=None)
    assert answer.fold == expected.fold
    assert to_instant(answer) == instant
    assert zone(name).date(instant) == expected.date()
    midnight = (expected.date().toordinal() - EPOCH_DAY) * DAY
    assert zone(name).reading(instant) - midnight == (
        timedelta(
            hours=expected.hour,
            minutes=expected.minute,
            seconds=expected.second,
            microseconds=expected.microsecond,
        )
        // timedelta(microseconds=1)
    )


def _file_of(name: str) -> bytes:
    """The file of the package tzdata, which zoneinfo reads here."""
    return importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


def _transitions(name: str) -> list[int]:
    """The instants, in seconds, at which a zone's offset changes, read from its file (RFC 8536).

    A file may end early, with a rule for the years that follow.
    """
    data = _file_of(name)

    def header(at: int) -> tuple[int, ...]:
        return struct.unpack(">6l", data[at + 20 : at + 44])

    ut, std, leap, times, types, chars = header(0)
    at = 44 + times * 5 + types * 6 + chars + leap * 8 + std + ut  # the block of 32-bit times
    _, _, _, times, types, _ = header(at)
    at += 44
    moments = struct.unpack(f">{times}q", data[at : at + 8 * times])
    kinds = data[at + 8 * times : at + 9 * times]
    at += 9 * times
    offsets = [struct.unpack(">l", data[at + 6 * i : at + 6 * i + 4])[0] for i in range(types)]
    found, before = [], offsets[0]
    for moment, kind in zip(moments, kinds, strict=True):
        if offsets[kind] != before:
            found.append(moment)
        before = offsets[kind]
    return found


def test_no_zone_changes_twice_within_the_step_of_sampling() -> None:
    """Sampling offsets every few days misses no change of any zone of the database."""
    names = sorted(zoneinfo.available_timezones() - {"localtime"})
    assert len(names) > 400
    since = to_instant("1900-01-01T00:00Z") // SECOND
    for name in names:
        moments = [moment for moment in _transitions(name) if moment >= since]
        gaps = [after - before for before, after in itertools.pairwise(moments)]
        assert min(gaps, default=Zone._SAMPLE_SECONDS * 2) > Zone._SAMPLE_SECONDS, name


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "Africa/Casablanca", "Pacific/Apia", "Asia/Shanghai"]
)
def test_every_change_is_found(name: str) -> None:
    """The segments of a zone begin exactly where its file says that its offset changes."""
    first = to_instant("1901-01-01T00:00Z")
    listed = [at for at in _transitions(name) if at > first // SECOND]
    found = [start // SECOND for start, _ in zone(name).segments(first, listed[-1] * SECOND)[1:]]
    found = [change for change in found if change <= listed[-1]]  # later ones follow from a rule
    assert len(listed) >= 3
    assert found == listed
