"""Times in the columns of a file: read as instants, row by row, and written as text.

Text is read as ISO 8601, or as Python's `strptime` reads a pattern. Arrow reads the bulk of a
column at once; what it cannot read, or might read otherwise than Python does, Python reads, one
text after another, and has the last word: `strptime` of C takes 30 February for 2 March. A time
without an offset is a reading of the wall clock of a zone, by the rule of `_instant`: the first
instant at which the clock shows it or something later. What cannot be read is told of its row, and
loses nobody else's.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from slacalc._columns.kernel import MISSING
from slacalc._columns.zones import first_readings, readings
from slacalc._time.instants import MICROSECOND, SECOND
from slacalc.errors import SlacalcError

if TYPE_CHECKING:
    from slacalc._columns.arithmetic import Integers
    from slacalc._time.instants import Zone

_DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_WALL = rf"^{_DAY}[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{{1,6}})?)?"
_OFFSET = r"(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)$"
_WHOLE_DAY = re.compile(r"\d{4}-?(\d\d-?\d\d|W\d\d(-?\d)?)")
_TOO_FINE = re.compile(r"[.,]\d{6}\d*[1-9]")
_ARROWS = frozenset("YmdHIMSp")  # directives that Arrow reads as Python does, some days aside
_YEARS = frozenset("YyGcx")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPILL = 3  # days by which a date such as 31 February can run over into the next month


class FileError(SlacalcError, ValueError):
    """A job cannot do with a file, or with what it was told of it.

    Attributes:
        option: The option of the command line that would mend it; else the empty string.
    """

    option: str = ""


class Reading(NamedTuple):
    """A column of times.

    Args:
        values: The instants, in microseconds; `MISSING` where there is none.
        wrong: Why a row could not be read, by its place.
        naive: The place of the first time that has no offset although no zone was named; None
            where there is none.
    """

    values: Integers
    wrong: dict[int, str]
    naive: int | None = None


def check_pattern(pattern: str) -> None:
    """Refuse a pattern of `strptime` that cannot be right.

    Raises:
        FileError: Python does not know it, or it names no year.
    """
    if not _YEARS & {*_directives(pattern)}:
        msg = f"{pattern!r} names no year, as '%d.%m.%Y %H:%M' does"
        raise FileError(msg, option="--time-format")
    try:
        datetime.strptime("", pattern)  # noqa: DTZ007 - nothing is read
    except ValueError as error:
        if "directive" in str(error) or "stray" in str(error):
            msg = f"{pattern!r} is no pattern of strptime: {error}"
            raise FileError(msg, option="--time-format") from None
    except re.error:  # of a directive that stands twice
        msg = f"{pattern!r} names something twice"
        raise FileError(msg, option="--time-format") from None


def _directives(pattern: str) -> list[str]:
    """The letters of a pattern's directives."""
    return re.findall(r"%(.)", pattern.replace("%%", ""))


def read_times(column: Any, zone: Zone | None, pattern: str | None) -> Reading | None:
    """A column of times; None where it holds something else.

    Args:
        column: A column of Arrow: text, or timestamps of any unit.
        zone: The zone of times without an offset.
        pattern: How text is written, for `strptime`; None for ISO 8601.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    kind = array.type
    if pa.types.is_dictionary(kind):
        array, kind = array.dictionary_decode(), kind.value_type
    if pa.types.is_null(kind):
        return Reading(np.full(len(array), MISSING), {})
    if pa.types.is_timestamp(kind):
        return _stamps(array, zone)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        array, kind = array.cast(pa.string()), pa.string()
    return _texts(array, zone, pattern) if pa.types.is_string(kind) else None


def _stamps(array: Any, zone: Zone | None) -> Reading:
    """Timestamps, which are instants already where they have a zone."""
    known = pc.is_valid(array).to_numpy(zero_copy_only=False)
    if array.type.tz is None and zone is None and known.any():
        return Reading(np.full(len(array), MISSING), {}, int(np.flatnonzero(known)[0]))
    raw = array.cast(pa.int64()).fill_null(0).to_numpy()
    wrong: dict[int, str] = {}
    if array.type.unit == "ns":
        values, rest = np.divmod(raw, 1_000)
        for place in np.flatnonzero(rest).tolist():
            shown = np.datetime64(int(raw[place]), "ns")
            wrong[place] = f"{shown} is finer than a microsecond: round it first"
    else:
        factor = {"s": SECOND, "ms": 1_000, "us": 1}[array.type.unit]
        most = (np.iinfo(np.int64).max - 1) // factor
        values = np.clip(raw, -most, most) * factor  # what is cut off is beyond all years anyway
    if array.type.tz is None and zone is not None:
        values = first_readings(zone, values)
    values = np.where(known, values, MISSING)
    values[[*wrong]] = MISSING
    return Reading(values, wrong)


# Text ---------------------------------------------------------------------------------------------


class _Texts:
    """A column of text while it is read."""

    def __init__(self, array: Any, zone: Zone | None, pattern: str | None) -> None:
        self._array, self._zone, self._pattern = array, zone, pattern
        self._values = np.full(len(array), MISSING)
        self._left = pc.is_valid(array).to_numpy(zero_copy_only=False)
        self._naive: int | None = None

    def read(self) -> Reading:
        """Read it all."""
        if self._pattern is None:
            self._by_cast(f"{_WALL}$", pa.timestamp("us"))
            self._by_cast(_WALL + _OFFSET, pa.timestamp("us", "UTC"))
        elif _is_arrows(self._pattern):
            self._by_arrow(self._pattern)
        wrong = self._by_python()
        return Reading(self._values, wrong, self._naive)

    def _put(self, places: Any, shown: Integers, *, is_wall: bool) -> None:
        """Take down readings of a clock, or instants."""
        if is_wall and len(shown):
            if self._zone is None:
                first = int(np.min(places))
                self._naive = first if self._naive is None else min(first, self._naive)
                shown = np.full(len(shown), MISSING)
            else:
                shown = first_readings(self._zone, shown)
        self._values[places] = shown
        self._left[places] = False

    def _by_cast(self, pattern: str, kind: Any) -> None:
        """Read ISO 8601 as most people write it."""
        fits = pc.fill_null(pc.match_substring_regex(self._array, pattern), fill_value=False)
        places = np.flatnonzero(fits.to_numpy(zero_copy_only=False))
        if not len(places):
            return
        try:
            found = self._array.filter(fits).cast(kind)
        except pa.ArrowInvalid:  # such as 30 February; Python says which
            return
        self._put(places, found.cast(pa.int64()).to_numpy(), is_wall=kind.tz is None)

    def _by_arrow(self, pattern: str) -> None:
        """Read times by a pattern of what Arrow knows."""
        found = pc.strptime(self._array, format=pattern, unit="s", error_is_null=True)
        sound = pc.is_valid(found)
        # A day that its month does not have, or a second 60, comes out as something early.
        odd = pc.less_equal(pc.day(found), _SPILL)
        if "S" in _directives(pattern):
            odd = pc.or_(odd, pc.less_equal(pc.second(found), 1))
        odd = pc.and_(sound, pc.fill_null(odd, fill_value=False))
        same = pc.equal(pc.strftime(found.filter(odd), format=pattern), self._array.filter(odd))
        sure = sound.to_numpy(zero_copy_only=False).copy()
        doubtful = np.flatnonzero(odd.to_numpy(zero_copy_only=False))
        sure[doubtful[~same.to_numpy(zero_copy_only=False)]] = False
        places = np.flatnonzero(sure)
        shown = found.cast(pa.int64()).fill_null(0).to_numpy()[places] * SECOND
        self._put(places, shown, is_wall=True)

    def _by_python(self) -> dict[int, str]:
        """Read what is left, each text once."""
        places = np.flatnonzero(self._left)
        if not len(places):
            return {}
        coded = self._array.take(pa.array(places)).dictionary_encode()
        codes = coded.indices.to_numpy()
        texts = coded.dictionary.to_pylist()
        shown = np.full(len(texts), MISSING)
        is_wall = np.zeros(len(texts), np.bool_)
        why: dict[int, str] = {}
        for code, text in enumerate(texts):
            try:
                at = _one(text, self._pattern)
            except ValueError as error:
                why[code] = str(error)
                continue
            is_wall[code] = at.tzinfo is None
            shown[code] = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // MICROSECOND
        good = np.array([code not in why for code in range(len(texts))], np.bool_)
        for walls in (False, True):
            some = good[codes] & (is_wall[codes] == walls)
            self._put(places[some], shown[codes[some]], is_wall=walls)
        bad = np.flatnonzero(~good[codes])
        return {int(places[one]): why[int(codes[one])] for one in bad.tolist()}


def _texts(array: Any, zone: Zone | None, pattern: str | None) -> Reading:
    return _Texts(array, zone, pattern).read()


def _is_arrows(pattern: str) -> bool:
    """Whether Arrow can read times by a pattern."""
    found = _directives(pattern)
    if len({*found}) != len(found) or not {*found} <= _ARROWS or "%%" in pattern:
        return False
    return {*"YmdM"} <= {*found} and ("H" in found) != ({*"Ip"} <= {*found})


def _one(text: str, pattern: str | None) -> datetime:
    """One time, with an offset or without.

    Raises:
        ValueError: It cannot be read; the message says why.
    """
    if pattern is not None:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is put to it later
        except ValueError:
            msg = f"{text!r} is no time as {pattern!r} has it"
            raise ValueError(msg) from None
    if _WHOLE_DAY.fullmatch(text.strip()):
        msg = f"{text!r} is a whole day, and no instant; say so with --time-format if it counts"
        raise ValueError(f"{msg} from its first moment on, as in --time-format %Y-%m-%d")
    if _TOO_FINE.search(text):
        msg = f"{text!r} is finer than a microsecond: round it first"
        raise ValueError(msg)
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        why = f": {error}"
        if "isoformat" in str(error):
            why = "; say how times are written, with --time-format"
        msg = f"{text!r} is no time in ISO 8601{why}"
        raise ValueError(msg) from None


# Back ---------------------------------------------------------------------------------------------


def time_texts(values: Integers, zone: Zone) -> Any:
    """Instants as text: ISO 8601 with the offset of a zone.

    Args:
        values: The instants; `MISSING` where there is none.
        zone: The zone.

    Returns:
        An array of Arrow.
    """
    missing = values == MISSING
    instants = np.where(missing, 0, values)
    walls = readings(zone, instants)
    offsets, codes = np.unique((walls - instants) // SECOND, return_inverse=True)
    seconds, fractions = np.divmod(walls, SECOND)
    shown = pa.array(seconds).cast(pa.timestamp("s")).cast(pa.string())
    parts = [pc.binary_replace_slice(shown, 10, 11, "T")]
    if fractions.any():
        told = pa.array(fractions).cast(pa.string())
        padded = pc.binary_join_element_wise(".", pc.utf8_lpad(told, 6, "0"), "")
        parts.append(pc.if_else(pa.array(fractions == 0), "", padded))
    known = pa.array([_offset_text(one) for one in offsets.tolist()], pa.string())
    parts.append(known.take(pa.array(codes.reshape(-1))))
    texts = pc.binary_join_element_wise(*parts, "")
    return pc.if_else(pa.array(missing), None, texts) if missing.any() else texts


def _offset_text(seconds: int) -> str:
    """An offset as ISO 8601 has it; with seconds where it has some, as Python does."""
    minutes, rest = divmod(abs(seconds), 60)
    more = f":{rest:02}" if rest else ""
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}{more}"
