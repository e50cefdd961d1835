"""Zones are read from the newer of the system's database and the package's."""

from __future__ import annotations

import copy
import pickle
import struct
import zoneinfo
from importlib import resources
from typing import TYPE_CHECKING

import pytest
import tzdata  # type: ignore[import-untyped]  # it has no types
from babel.core import get_global

from slacalc import Calendar
from slacalc._time import instants, zone_data
from slacalc._time.instants import to_instant, zone
from slacalc.errors import TimeZoneError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON = "2026-07-01T12:00:00+00:00"


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A system whose only zones are UTC and a Paris that has the clock of Tokyo."""
    packaged = resources.files("tzdata").joinpath("zoneinfo")
    (tmp_path / "Europe").mkdir()
    (tmp_path / "UTC").write_bytes(packaged.joinpath("UTC").read_bytes())
    (tmp_path / "Europe/Paris").write_bytes(packaged.joinpath("Asia", "Tokyo").read_bytes())
    zone_info = zoneinfo.ZoneInfo
    caches = [zone_data.zone_data, zone_data.pendulum_zone, instants._known_zone]
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path),))
    for cache in caches:
        cache.cache_clear()
    yield tmp_path
    for cache in caches:
        cache.cache_clear()
    zone_info.clear_cache()


def release(system: Path, name: str, file: str = "tzdata.zi") -> None:
    mark = "# version " if file == "tzdata.zi" else ""
    (system / file).write_text(f"{mark}{name}\n")


@pytest.mark.parametrize("file", ["tzdata.zi", "+VERSION"])
def test_an_older_system_is_not_read(system: Path, file: str) -> None:
    """Paris has its own clock, though the old files of the system have another one."""
    release(system, "1999a", file)
    assert str(zone_data.zone_data()) == f"package tzdata {tzdata.IANA_VERSION}"
    assert (
        zone("Europe/Paris").datetime(to_instant(NOON)).isoformat() == "2026-07-01T14:00:00+02:00"
    )
    assert Calendar("Europe/Paris", {"daily": "14-15"}).is_open(NOON)


def test_a_system_that_does_not_name_its_release_is_not_read(system: Path) -> None:
    """The release of the package is known, and required to be recent."""
    assert (system / "UTC").is_file()
    assert zone_data.zone_data().source == "package tzdata"


@pytest.mark.parametrize("name", ["9999a", tzdata.IANA_VERSION])
def test_a_system_as_new_as_the_package_is_read(
    system: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `zoneinfo` itself does."""
    release(system, name)
    tried: list[str] = []
    monkeypatch.setattr(zoneinfo, "ZoneInfo", tried.append)
    zone_data.zone_info("Europe/Paris")
    assert tried == ["Europe/Paris"]
    assert str(zone_data.zone_data()) == f"system {name}"


def test_a_zone_that_only_the_system_has_is_read_there(system: Path) -> None:
    """A zone may be newer than the package, or the system's own."""
    release(system, "1999a")
    (system / "Europe/Atlantis").write_bytes((system / "UTC").read_bytes())
    zoneinfo.reset_tzpath([str(system)])
    try:
        assert zone_data.zone_info("Europe/Atlantis").key == "Europe/Atlantis"
    finally:
        zoneinfo.reset_tzpath(())


def test_answers_survive_pickle_and_copy(system: Path) -> None:
    """An answer in a zone of the package is as good as any other datetime."""
    release(system, "1999a")
    answer = zone("Europe/Paris").datetime(to_instant(NOON))
    assert repr(answer.tzinfo) == "Timezone('Europe/Paris')"
    for twin in (pickle.loads(pickle.dumps(answer)), copy.deepcopy(answer), answer.add(days=0)):  # noqa: S301 - our own
        assert twin == answer
        assert twin.isoformat() == "2026-07-01T14:00:00+02:00"


def tzif(changes: list[tuple[int, int]], rule: bytes, before: int = 0) -> bytes:
    """A file of a zone with these changes, as RFC 8536 has it."""
    offsets = sorted({before, *(offset for _, offset in changes)}, key=lambda one: one != before)
    head = b"TZif2" + bytes(15)
    first = head + struct.pack(">6l", 0, 0, 0, 0, 1, 4) + bytes(6) + b"ABC\0"
    second = head + struct.pack(">6l", 0, 0, 0, len(changes), len(offsets), 4)
    second += b"".join(struct.pack(">q", at) for at, _ in changes)
    second += bytes(offsets.index(offset) for _, offset in changes)
    second += b"".join(struct.pack(">lBB", offset, 0, 0) for offset in offsets) + b"ABC\0"
    return first + second + rule


@pytest.mark.parametrize(
    ("changes", "rule", "same"),
    [
        ([(100, 3600), (200, 7200)], b"R", True),
        ([(100, 3600)], b"R", True),  # the rule gives the change that is not listed
        ([(100, 3600), (200, 7200)], b"S", False),
        ([(100, 3600), (201, 7200)], b"R", False),
        ([(100, 3600), (200, 5400)], b"R", False),
        ([(-50, 1800), (-10, 0), (100, 3600), (200, 7200)], b"R", True),  # before 1970
        ([(-50, 1800), (100, 3600), (200, 7200)], b"R", False),  # another offset as 1970 begins
        ([(50, 0), (100, 3600), (200, 7200)], b"R", True),  # a change that changes no offset
    ],
)
def test_files_with_the_same_offsets(
    changes: list[tuple[int, int]], rule: bytes, *, same: bool
) -> None:
    """Offsets since 1970 and the rule after the listed changes count, and nothing else."""
    ours = tzif([(100, 3600), (200, 7200)], b"R")
    assert zone_data.have_same_offsets(ours, tzif(changes, rule)) is same
    assert zone_data.have_same_offsets(tzif(changes, rule), ours) is same


def test_the_shared_object_is_used_where_the_system_is_right(system: Path) -> None:
    """An old file without a difference does no harm, and datetimes of users are read quicker."""
    release(system, "1999a")
    zoneinfo.reset_tzpath([str(system)])
    try:
        assert zone_data.zone_info("UTC") is zoneinfo.ZoneInfo("UTC")
        assert zone_data.zone_info("Europe/Paris") is not zoneinfo.ZoneInfo("Europe/Paris")
    finally:
        zoneinfo.reset_tzpath(())


def test_names_of_windows_are_translated() -> None:
    """The table is that of the Unicode CLDR, which Babel brings as well."""
    table = get_global("windows_zone_mapping")
    assert {name: zone_data.iana_name(name) for name in table} == dict(table)
    assert set(zone_data._windows_zones().values()) <= set(zone_data.zone_names())
    with pytest.raises(TimeZoneError, match="its IANA name is 'America/Los_Angeles'") as caught:
        Calendar("Pacific Standard Time", "always")
    assert caught.value.suggestions == ["America/Los_Angeles"]


@pytest.mark.parametrize(
    ("name", "suggestions"),
    [
        ("Europe/Pariss", ["Europe/Paris", "Europe/Warsaw"]),
        ("Paris", ["Europe/Paris"]),
        ("New York", ["America/New_York"]),
        ("PST", []),  # it names several zones, and resembles more
        ("China Standard Zeit", []),
        ("Mountain Time", []),
        ("localtime", []),
        ("posixrules", []),
        ("right/UTC", []),
        ("posix/Europe/Paris", []),
        ("/etc/localtime", []),
        ("../UTC", []),
        ("Europe/", []),
        ("", []),
        ("a/" * 400 + "b", []),
        ("x" * 100_000, []),
    ],
)
def test_names_that_are_not_zones(name: str, suggestions: list[str]) -> None:
    """A name is proposed only where it is likely meant, and a long one does no harm."""
    with pytest.raises(TimeZoneError) as caught:
        zone(name)
    assert caught.value.suggestions == suggestions
    assert caught.value.given == name
    assert len(str(caught.value)) < 250
