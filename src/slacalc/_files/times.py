"""Read columns of times as instants, and write instants as text.

Text is ISO 8601, or follows a pattern of Python's `strptime`. Arrow reads most of a column at once.
Python reads what Arrow cannot read or might read differently, one text at a time: the `strptime` of
C takes 30 February for 2 March. A time without an offset is a reading of the wall clock of a zone,
by the rule of `_time.instants`: the first instant at which the clock shows it or something later. A
time that cannot be read is reported for its row, and does not affect the other rows.

Next: `writing`, which writes tables back to files.
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
_FOR_ARROW = frozenset("YmdHIMSp")  # directives that Arrow reads as Python does, some days aside
_WITH_YEAR = frozenset("YyGcx")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPILL = 3  # days by which a date such as 31 February can run over into the next month


class FileError(SlacalcError, ValueError):
    """A job cannot use a file, or an option that describes the file.

    Attributes:
        option: The command-line option that would correct it; empty string if none.
    """

    option: str = ""


class ParsedTimes(NamedTuple):
    """A column of times that was read.

    Args:
        values: The instants, in microseconds; `MISSING` where there is none. errors: By row of the
        column, why its time cannot be read. first_naive: The first row whose time has no offset
        although no zone was named; None if there
            is no such row.
    """

    values: Integers
    errors: dict[int, str]
    first_naive: int | None = None


def check_pattern(pattern: str) -> None:
    """Refuse a pattern of `strptime` that cannot be right.

    Raises:
        FileError: It is not a pattern of Python's, or has no year.
    """
    if not _WITH_YEAR & {*_directives(pattern)}:
        msg = f"{pattern!r} has no year; write a pattern such as '%d.%m.%Y %H:%M'"
        raise FileError(msg, option="--time-format")
    try:
        datetime.strptime("", pattern)  # noqa: DTZ007 - nothing is read
    except ValueError as error:
        if "directive" in str(error) or "stray" in str(error):
            msg = f"{pattern!r} is not a pattern of strptime: {error}"
            raise FileError(msg, option="--time-format") from None
    except re.error:  # from a directive that is repeated
        msg = f"{pattern!r} has the same directive twice"
        raise FileError(msg, option="--time-format") from None


def _directives(pattern: str) -> list[str]:
    """The letters after the percent signs of a pattern."""
    return re.findall(r"%(.)", pattern.replace("%%", ""))


def read_times(column: Any, zone: Zone | None, pattern: str | None) -> ParsedTimes | None:
    """Read a column of times; None if it holds something else.

    Args:
        column: An Arrow column of text, or of timestamps of any unit.
        zone: The zone of times without an offset; None if there should be none.
        pattern: The pattern of text, for `strptime`; None for ISO 8601.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    kind = array.type
    if pa.types.is_dictionary(kind):
        array, kind = array.dictionary_decode(), kind.value_type
    if pa.types.is_null(kind):
        return ParsedTimes(np.full(len(array), MISSING), {})
    if pa.types.is_timestamp(kind):
        return _read_timestamps(array, zone)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        array, kind = array.cast(pa.string()), pa.string()
    return _TextReader(array, zone, pattern).read() if pa.types.is_string(kind) else None


def _read_timestamps(array: Any, zone: Zone | None) -> ParsedTimes:
    """Read timestamps; those with a zone are instants already."""
    known = pc.is_valid(array).to_numpy(zero_copy_only=False)
    if array.type.tz is None and zone is None and known.any():
        return ParsedTimes(np.full(len(array), MISSING), {}, int(np.flatnonzero(known)[0]))
    raw = array.cast(pa.int64()).fill_null(0).to_numpy()
    errors: dict[int, str] = {}
    if array.type.unit == "ns":
        values, fractions = np.divmod(raw, 1_000)
        for row in np.flatnonzero(fractions).tolist():
            shown = np.datetime64(int(raw[row]), "ns")
            errors[row] = f"{shown} is finer than a microsecond: round it first"
    else:
        factor = {"s": SECOND, "ms": 1_000, "us": 1}[array.type.unit]
        most = (np.iinfo(np.int64).max - 1) // factor
        values = np.clip(raw, -most, most) * factor  # what is clipped is out of range in any case
    if array.type.tz is None and zone is not None:
        values = first_readings(zone, values)
    values = np.where(known, values, MISSING)
    values[[*errors]] = MISSING
    return ParsedTimes(values, errors)


# Text ---------------------------------------------------------------------------------------------


class _TextReader:
    """Reads a column of text, first what Arrow can read in bulk, then the rest by Python.

    Args:
        array: The column.
        zone: The zone of times without an offset.
        pattern: The pattern, for `strptime`; None for ISO 8601.
    """

    def __init__(self, array: Any, zone: Zone | None, pattern: str | None) -> None:
        self._array, self._zone, self._pattern = array, zone, pattern
        self._values = np.full(len(array), MISSING)
        self._is_unread = pc.is_valid(array).to_numpy(zero_copy_only=False)
        self._first_naive: int | None = None

    def read(self) -> ParsedTimes:
        if self._pattern is None:
            # Arrow only saves time: Python reads the same from whatever is left.
            self._cast_by_arrow(f"{_WALL}$", pa.timestamp("us"))
            self._cast_by_arrow(_WALL + _OFFSET, pa.timestamp("us", "UTC"))
        elif _suits_arrow(self._pattern):
            self._parse_by_arrow(self._pattern)
        errors = self._parse_by_python()
        return ParsedTimes(self._values, errors, self._first_naive)

    def _store(self, rows: Any, times: Integers, *, is_wall: bool) -> None:
        """Store instants, or wall-clock readings of the zone, for some rows."""
        if is_wall and len(times):
            if self._zone is None:
                first, known = int(np.min(rows)), self._first_naive
                self._first_naive = first if known is None else min(first, known)
                times = np.full(len(times), MISSING)
            else:
                times = first_readings(self._zone, times)
        self._values[rows] = times
        self._is_unread[rows] = False

    def _cast_by_arrow(self, regex: str, kind: Any) -> None:
        """Read the usual form of ISO 8601."""
        matches = pc.fill_null(pc.match_substring_regex(self._array, regex), fill_value=False)
        rows = np.flatnonzero(matches.to_numpy(zero_copy_only=False))
        if not len(rows):
            return
        try:
            times = self._array.filter(matches).cast(kind)
        except pa.ArrowInvalid:  # one of them is a day such as 30 February; Python says which
            return
        self._store(rows, times.cast(pa.int64()).to_numpy(), is_wall=kind.tz is None)

    def _parse_by_arrow(self, pattern: str) -> None:
        """Read by a pattern that Arrow knows, except for what Arrow may have read wrongly.

        A day that its month does not have, or a second 60, comes out early in the next month or
        minute. Such times are formatted again, and left to Python if the text is not the same.
        """
        times = pc.strptime(self._array, format=pattern, unit="s", error_is_null=True)
        is_read = pc.is_valid(times)
        is_early = pc.less_equal(pc.day(times), _SPILL)
        if "S" in _directives(pattern):
            is_early = pc.or_(is_early, pc.less_equal(pc.second(times), 1))
        is_early = pc.and_(is_read, pc.fill_null(is_early, fill_value=False))
        formatted = pc.strftime(times.filter(is_early), format=pattern)
        is_same = pc.equal(formatted, self._array.filter(is_early)).to_numpy(zero_copy_only=False)
        is_right = is_read.to_numpy(zero_copy_only=False).copy()
        early = np.flatnonzero(is_early.to_numpy(zero_copy_only=False))
        is_right[early[~is_same]] = False
        rows = np.flatnonzero(is_right)
        seconds = times.cast(pa.int64()).fill_null(0).to_numpy()[rows]
        self._store(rows, seconds * SECOND, is_wall=True)

    def _parse_by_python(self) -> dict[int, str]:
        """Read what is left, each distinct text once."""
        rows = np.flatnonzero(self._is_unread)
        if not len(rows):
            return {}
        encoded = self._array.take(pa.array(rows)).dictionary_encode()
        codes = encoded.indices.to_numpy()
        texts = encoded.dictionary.to_pylist()
        times = np.full(len(texts), MISSING)
        is_wall = np.zeros(len(texts), np.bool_)
        errors: dict[int, str] = {}
        for code, text in enumerate(texts):
            try:
                time = _parse(text, self._pattern)
            except ValueError as error:
                errors[code] = str(error)
                continue
            is_wall[code] = time.tzinfo is None
            instant = time if time.tzinfo else time.replace(tzinfo=UTC)
            times[code] = (instant - _EPOCH) // MICROSECOND
        is_read = np.array([code not in errors for code in range(len(texts))], np.bool_)
        for walls in (False, True):
            chosen = is_read[codes] & (is_wall[codes] == walls)
            self._store(rows[chosen], times[codes[chosen]], is_wall=walls)
        unread = np.flatnonzero(~is_read[codes]).tolist()
        return {int(rows[place]): errors[int(codes[place])] for place in unread}


def _suits_arrow(pattern: str) -> bool:
    """Whether Arrow can read times by a pattern."""
    directives = _directives(pattern)
    distinct = {*directives}
    if len(distinct) != len(directives) or not distinct <= _FOR_ARROW or "%%" in pattern:
        return False
    return {*"YmdM"} <= distinct and ("H" in distinct) != ({*"Ip"} <= distinct)


def _parse(text: str, pattern: str | None) -> datetime:
    """Parse one time, with an offset or without.

    Raises:
        ValueError: It cannot be read; the message says why.
    """
    if pattern is not None:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is applied later
        except ValueError:
            msg = f"{text!r} is not a time in the form {pattern!r}"
            raise ValueError(msg) from None
    if _WHOLE_DAY.fullmatch(text.strip()):
        msg = f"{text!r} is a whole day, not an instant; if it stands for the first moment of the"
        raise ValueError(f"{msg} day, say so with --time-format %Y-%m-%d")
    if _TOO_FINE.search(text):
        msg = f"{text!r} is finer than a microsecond: round it first"
        raise ValueError(msg)
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        reason = f": {error}"
        if "isoformat" in str(error):
            reason = "; describe the form of times with --time-format"
        msg = f"{text!r} is not a time in ISO 8601{reason}"
        raise ValueError(msg) from None


# Formatting ---------------------------------------------------------------------------------------


def time_texts(values: Integers, zone: Zone) -> Any:
    """Format instants as ISO 8601 with the offset of a zone.

    Args:
        values: The instants; `MISSING` where there is none.
        zone: The zone.

    Returns:
        An Arrow array of text.
    """
    missing = values == MISSING
    instants = np.where(missing, 0, values)
    walls = readings(zone, instants)
    offsets, codes = np.unique((walls - instants) // SECOND, return_inverse=True)
    seconds, fractions = np.divmod(walls, SECOND)
    to_second = pa.array(seconds).cast(pa.timestamp("s")).cast(pa.string())
    parts = [pc.binary_replace_slice(to_second, 10, 11, "T")]
    if fractions.any():
        digits = pc.utf8_lpad(pa.array(fractions).cast(pa.string()), 6, "0")
        padded = pc.binary_join_element_wise(".", digits, "")
        parts.append(pc.if_else(pa.array(fractions == 0), "", padded))
    known = pa.array([_offset_text(offset) for offset in offsets.tolist()], pa.string())
    parts.append(known.take(pa.array(codes.reshape(-1))))
    texts = pc.binary_join_element_wise(*parts, "")
    return pc.if_else(pa.array(missing), None, texts) if missing.any() else texts


def _offset_text(seconds: int) -> str:
    """An offset in ISO 8601; like Python's, with seconds if it has any."""
    minutes, second = divmod(abs(seconds), 60)
    more = f":{second:02}" if second else ""
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}{more}"
