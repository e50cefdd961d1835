"""The time zone database in use: the newer of the system's files and of the package `tzdata`.

`zoneinfo` reads the system's files wherever there are any, even where they are years older than
the package that this library requires, and so would get the clock changes wrong that have been
decided since. Here the releases are compared, once a process, and the newer one is read. Nothing
global changes: other users of `zoneinfo` see what they saw before.

`zone_data` names the release, `zone_info` and `pendulum_zone` read zones from it, and
`iana_name` translates the names of zones that Windows uses.
"""

from __future__ import annotations

import re
import struct
import zoneinfo
from functools import cache, lru_cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from slacalc._time.partial_imports import load_pendulum

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    import pendulum

# Names that mean another zone on another machine, or count leap seconds.
_OF_THE_MACHINE = re.compile(r"(localtime|posixrules|(right|posix)/.*)", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z][\w+-]*(/[A-Za-z][\w+-]*){0,2}", re.ASCII)
_UNKNOWN = "of unknown release"
ZoneT = TypeVar("ZoneT", bound=zoneinfo.ZoneInfo)


class ZoneData(NamedTuple):
    """A time zone database.

    Args:
        source: ``"system"`` or ``"package tzdata"``.
        release: Its release, such as ``"2026a"``.
    """

    source: str
    release: str

    def __str__(self) -> str:
        return f"{self.source} {self.release}"

    @property
    def is_packaged(self) -> bool:
        """Whether it is that of the package `tzdata`."""
        return self.source != "system"


@cache
def zone_data() -> ZoneData:
    """The database that zones are read from; decided at the first call.

    It is the system's where that is as new as the package `tzdata`, or newer; otherwise, and where
    the system's files do not name their release, the package's.
    """
    packaged = ZoneData("package tzdata", _packaged_release())
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / "UTC").is_file():  # the first folder with zones is the one that zoneinfo reads
            system = ZoneData("system", _release_in(folder))
            # Releases are a year and a letter, so the order of text is the order of time.
            return system if _UNKNOWN != system.release >= packaged.release else packaged
    return packaged


def _packaged_release() -> str:
    return str(_package().IANA_VERSION)


def _package() -> ModuleType:
    return import_module("tzdata")  # not needed until a zone is read


def _release_in(folder: Path) -> str:
    """The release of the zone files in a folder, where one of them names it."""
    for file, mark in (("tzdata.zi", "# version "), ("+VERSION", "")):
        try:
            with (folder / file).open(encoding="ascii", errors="replace") as lines:
                first = lines.readline().strip()
        except OSError:
            continue
        if first.startswith(mark):
            return first.removeprefix(mark)
    return _UNKNOWN


def zone_info(name: str) -> zoneinfo.ZoneInfo:
    """Read a zone.

    Args:
        name: Its IANA name.

    Raises:
        LookupError, ValueError, OSError: There is no such zone.
    """
    if not is_zone_name(name):
        raise zoneinfo.ZoneInfoNotFoundError(name)
    return _read(zoneinfo.ZoneInfo, name) or zoneinfo.ZoneInfo(name)


@lru_cache(maxsize=1024)
def pendulum_zone(name: str) -> pendulum.Timezone:
    """The same zone for pendulum, whose datetimes carry it. Pickles of it read the zone anew."""
    library = load_pendulum()

    def reduce(self: pendulum.Timezone) -> tuple[Callable[[str], pendulum.Timezone], tuple[str]]:
        return pendulum_zone, (self.key,)

    # Zones that were read from a file cannot be pickled unless they say how.
    kind: type[pendulum.Timezone] = type("Timezone", (library.Timezone,), {"__reduce__": reduce})
    packaged = _read(kind, name)
    own: pendulum.Timezone = library.timezone(name) if packaged is None else packaged
    return own


def _read(kind: type[ZoneT], name: str) -> ZoneT | None:
    """A zone of the package `tzdata`, if that is the database in use and the system's differs."""
    file = _folder() / "zoneinfo" / name
    if not zone_data().is_packaged or not file.is_file():
        return None
    data = file.read_bytes()
    for system in (Path(folder) / name for folder in zoneinfo.TZPATH):
        if system.is_file():  # the object that programs share is worth more than one of our own
            return None if have_same_offsets(data, system.read_bytes()) else _from(kind, data, name)
    return _from(kind, data, name) if zoneinfo.TZPATH else None


def _from(kind: type[ZoneT], data: bytes, name: str) -> ZoneT:
    return kind.from_file(BytesIO(data), key=name)


def have_same_offsets(data: bytes, other: bytes) -> bool:
    """Whether two files of zones (RFC 8536) give the same offsets from UTC since 1970.

    What was before depends on how a database is built rather than on its release: some systems
    keep histories that the others leave to the neighbouring country.

    A file lists the changes of the offset up to some year, and ends with a rule for the years that
    follow. One file may list more of the changes that follow from the rule than the other.
    """
    (changes, rule), (other_changes, other_rule) = _offsets(data), _offsets(other)
    listed = min(len(changes), len(other_changes))
    return rule == other_rule and changes[:listed] == other_changes[:listed]


def _offsets(data: bytes) -> tuple[list[tuple[int, int]], bytes]:
    """The changes of an offset since 1970, as instants and new offsets, and the rule after them."""

    def counts(at: int) -> tuple[int, ...]:
        return struct.unpack(">6l", data[at + 20 : at + 44])

    ut, standard, leaps, changes, kinds, letters = counts(0)
    # The first block has 32-bit times, and a second one of the same form 64-bit times.
    at = 44 + changes * 5 + kinds * 6 + letters + leaps * 8 + standard + ut
    ut, standard, leaps, changes, kinds, letters = counts(at)
    at += 44
    instants = struct.unpack(f">{changes}q", data[at : at + 8 * changes])
    kind_of = data[at + 8 * changes : at + 9 * changes]
    at += 9 * changes
    offsets = [struct.unpack(">l", data[at + 6 * i : at + 6 * i + 4])[0] for i in range(kinds)]
    at += kinds * 6 + letters + leaps * 12 + standard + ut
    result = [(0, offsets[0])]
    for instant, kind in zip(instants, kind_of, strict=True):
        if instant <= 0:
            result = [(0, offsets[kind])]
        elif offsets[kind] != result[-1][1]:
            result.append((instant, offsets[kind]))
    return result, data[at:]


def _folder() -> Path:
    return Path(str(_package().__file__)).parent


def is_zone_name(name: str) -> bool:
    """Whether a name may be that of a zone, and means the same on every machine."""
    return bool(_NAME.fullmatch(name)) and not depends_on_machine(name)


def depends_on_machine(name: str) -> bool:
    """Whether a name means another zone on another machine, or counts leap seconds."""
    return bool(_OF_THE_MACHINE.fullmatch(name))


@cache
def zone_names() -> tuple[str, ...]:
    """The names of all zones of the package `tzdata`."""
    return tuple((_folder() / "zones").read_text("utf-8").split())


@cache
def _windows_zones() -> dict[str, str]:
    lines = Path(__file__).with_name("windows_zones.txt").read_text("utf-8").splitlines()
    pairs = (line.split(" = ") for line in lines if not line.startswith("#"))
    return {windows.casefold(): iana for windows, iana in pairs}


def iana_name(windows_name: str) -> str | None:
    """The IANA name of a time zone of Windows, such as ``"Pacific Standard Time"``.

    The table is that of the Unicode CLDR, for the territory that Windows means by default.

    Examples:
        >>> iana_name("Pacific Standard Time")
        'America/Los_Angeles'
        >>> iana_name("PST") is None
        True
    """
    return _windows_zones().get(windows_name.casefold())
