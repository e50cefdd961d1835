"""Read columns of times as instants, and write instants as text.

The forms of times are those of `time_forms`: ISO 8601, patterns of `strptime`, numbers. With a
pattern, the full form of ISO 8601 with a T is read too, in which cells of dates come. Arrow reads
most of a column at once. Python reads what Arrow cannot read or might read differently, one text at
a time: the `strptime` of C takes 30 February for 2 March. A time without an offset is a reading of
the wall clock of a zone, by the rule of `_time.instants`: the first instant at which the clock
shows it or something later. Digits after the microsecond are cut off. A time that cannot be read,
or lies outside the supported years, is reported for its row, and does not affect the other rows.

Read next: `writing`, which writes tables back to files.
"""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from slacalc._columns.kernel import MISSING
from slacalc._columns.zones import first_readings, readings
from slacalc._files.numbers import DecimalSign
from slacalc._files.time_forms import (
    EPOCH,
    FEWEST_DAYS,
    FEWEST_SECONDS,
    MISSING_TIME,
    MOST_DAYS,
    MOST_SECONDS,
    NUMBER,
    NUMBER_FORMS,
    directives_in,
    parse_length,
    parse_time,
)
from slacalc._time.instants import DAY, EARLIEST, LATEST, MICROSECOND, SECOND, horizon_error

if TYPE_CHECKING:
    from slacalc._columns.arithmetic import Integers
    from slacalc._files.time_forms import NumberForm
    from slacalc._time.instants import Zone

_DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
_WALL, _WALL_WITH_T = rf"^{_DAY}[T ]{_CLOCK}", rf"^{_DAY}T{_CLOCK}$"
_BELOW_MICROSECONDS = r"(\.\d{6})\d+"
_OFFSET = r"(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)$"
_FOR_ARROW = frozenset("YmdHIMSp")  # directives that Arrow reads as Python does, some days aside
_NO_ROWS = np.zeros(0, np.int64)
_FAR = float(1 << 60)  # microseconds, beyond all years that are supported
_SPILL = 3  # days by which a date such as 31 February can run over into the next month


class ParsedTimes(NamedTuple):
    """A column of times that was read.

    Args:
        values: The instants, in microseconds; `MISSING` where there is none.
        errors: By row of the column, why its time cannot be read.
        outside: By row, why its time, which was read, is not supported: its year.
        naive: The rows whose times have no offset although no zone was named.
    """

    values: Integers
    errors: dict[int, str]
    outside: dict[int, str]
    naive: Integers


def read_times(column: Any, zone: Zone | None, pattern: str | None) -> ParsedTimes | None:
    """Read a column of times; None if it holds something else.

    Args:
        column: An Arrow column of text or numbers, or of timestamps of any unit.
        zone: The zone of times without an offset; None if there should be none.
        pattern: The pattern of text, for `strptime`, or the name of a form of numbers; None for
            ISO 8601.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    kind = array.type
    if pa.types.is_dictionary(kind):
        array, kind = array.dictionary_decode(), kind.value_type
    if pa.types.is_null(kind):
        return _parsed(array, np.full(len(array), MISSING), {}, _NO_ROWS)
    if pa.types.is_timestamp(kind):
        return _read_timestamps(array, zone)
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if is_number or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        array, kind = array.cast(pa.string()), pa.string()
    return _TextReader(array, zone, pattern).read() if pa.types.is_string(kind) else None


def read_lengths(
    column: Any,
    unit: str,
    created: Integers,
    decimal: DecimalSign = DecimalSign(),  # noqa: B008 - never changes
) -> ParsedTimes:
    """Read a column of lengths since the creation of tickets as instants.

    Args:
        column: An Arrow column of numbers, of text such as ``2:15:00`` and ``2h 15m``, or of
            lengths.
        unit: The unit of numbers, of `LENGTH_UNITS`.
        created: When each ticket was created; `MISSING` where that is not known.
        decimal: The sign before the decimals of numbers.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    errors: dict[int, str] = {}
    if pa.types.is_duration(array.type):
        lengths = pc.fill_null(array.cast(pa.duration("us"), safe=False).cast(pa.int64()), MISSING)
        lengths = lengths.to_numpy()
    else:
        encoded = array.cast(pa.string()).dictionary_encode()
        codes = pc.fill_null(encoded.indices, -1).to_numpy()
        of_texts = np.full(len(encoded.dictionary) + 1, MISSING)  # the last is that of code -1
        wrong: dict[int, str] = {}
        for code, text in enumerate(encoded.dictionary.to_pylist()):
            try:
                of_texts[code] = parse_length(text, unit, decimal)
            except ValueError as error:
                wrong[code] = str(error)
        lengths = of_texts[codes]
        places = np.flatnonzero(np.isin(codes, [*wrong])).tolist()
        errors = {place: wrong[int(codes[place])] for place in places}
    is_known = (lengths != MISSING) & (created != MISSING)
    values = np.where(is_known, np.where(is_known, lengths, 0) + created, MISSING)
    return _parsed(array, values, errors, _NO_ROWS)


def plain_numbers(column: Any, decimal: DecimalSign) -> tuple[Any, dict[int, str]]:
    """Read a column of numbers as text: with decimal points and nothing between thousands.

    Args:
        column: An Arrow column of text, which may be encoded by a dictionary.
        decimal: The sign before the decimals of its numbers.

    Returns:
        The column, and by row what is wrong with it.
    """
    column = column.cast(pa.string())
    may_differ = pc.match_substring_regex(column, r",|\..*\." if decimal.sign == "." else "[.,]")
    if not pc.any(may_differ).as_py():
        return column, {}
    encoded = pc.dictionary_encode(column.combine_chunks())
    texts, wrong = encoded.dictionary.to_pylist(), dict[int, str]()
    for code, text in enumerate(texts):
        try:
            texts[code] = decimal.plain(text)
        except ValueError as error:
            wrong[code] = str(error)
    codes = pc.fill_null(encoded.indices, -1).to_numpy()
    rows = np.flatnonzero(np.isin(codes, [*wrong])).tolist()
    errors = {row: wrong[int(codes[row])] for row in rows}
    return pa.array(texts, pa.string()).take(encoded.indices), errors


def _read_timestamps(array: Any, zone: Zone | None) -> ParsedTimes:
    """Read timestamps; those with a zone are instants already."""
    known = pc.is_valid(array).to_numpy(zero_copy_only=False)
    if array.type.tz is None and zone is None and known.any():
        return _parsed(array, np.full(len(array), MISSING), {}, np.flatnonzero(known))
    raw = array.cast(pa.int64()).fill_null(0).to_numpy()
    if array.type.unit == "ns":
        values = raw // 1_000
    else:
        factor = {"s": SECOND, "ms": 1_000, "us": 1}[array.type.unit]
        most = (np.iinfo(np.int64).max - 1) // factor
        values = np.clip(raw, -most, most) * factor  # what is clipped is out of range in any case
    if array.type.tz is None and zone is not None:
        values = _instants(zone, values)
    return _parsed(array, np.where(known, values, MISSING), {}, _NO_ROWS)


def _instants(zone: Zone, shown: Integers) -> Integers:
    """The instants of wall-clock readings; outside the supported years, some instant there."""
    first, last = EARLIEST - DAY, LATEST + DAY
    values = first_readings(zone, np.clip(shown, first, last))
    # The zone begins with the supported years, so earlier readings come out as their beginning.
    for row in np.flatnonzero(values == EARLIEST).tolist():
        if zone.reading(EARLIEST) > shown[row]:
            values[row] = EARLIEST - 1
    values = np.where(shown < first, EARLIEST - 1, values)
    return np.where(shown > last, LATEST, values)


def _parsed(array: Any, values: Integers, errors: dict[int, str], naive: Integers) -> ParsedTimes:
    """The result for a column, without the times outside the supported years."""
    is_outside = (values != MISSING) & ((values < EARLIEST) | (values >= LATEST))
    outside: dict[int, str] = {}
    for row in np.flatnonzero(is_outside).tolist():
        if pa.types.is_timestamp(array.type):
            subject, hint = shown_time(array[row]), ""
        else:
            text = array[row].as_py()
            subject = repr(text)
            hint = _as_milliseconds(text) or f"{MISSING_TIME}{text!r}"
        outside[row] = f"{horizon_error(subject)}{hint}"
    return ParsedTimes(np.where(is_outside, MISSING, values), errors, outside, naive)


def _as_milliseconds(text: str) -> str:
    """What a number that cannot be a time is as milliseconds; empty if not of our days."""
    if not re.fullmatch(NUMBER, text):
        return ""
    seconds = float(text.strip().replace(",", ".")) / 1_000
    if not FEWEST_SECONDS <= seconds < MOST_SECONDS:
        return ""
    day = (EPOCH + timedelta(seconds=seconds)).date()
    return f"; as milliseconds, --time-format epoch-ms, it is {day}"


def shown_time(scalar: Any) -> str:
    """A value of a column of times as text, for messages; of any year."""
    if pa.types.is_timestamp(scalar.type):
        return str(np.datetime64(scalar.value, scalar.type.unit))
    return str(scalar.as_py())


# Text ---------------------------------------------------------------------------------------------


class _TextReader:
    """Reads a column of text, first what Arrow can read in bulk, then the rest by Python.

    Args:
        array: The column.
        zone: The zone of times without an offset.
        pattern: The pattern, for `strptime`, or the name of a form of numbers; None for ISO 8601.
    """

    def __init__(self, array: Any, zone: Zone | None, pattern: str | None) -> None:
        self._array, self._zone, self._pattern = array, zone, pattern
        self._values = np.full(len(array), MISSING)
        self._is_unread = pc.is_valid(array).to_numpy(zero_copy_only=False)
        self._naive: list[Integers] = []

    def read(self) -> ParsedTimes:
        # Arrow only saves time: Python reads the same from whatever is left.
        if self._pattern in NUMBER_FORMS:
            self._read_numbers(NUMBER_FORMS[self._pattern])
        if self._pattern is None or self._pattern in NUMBER_FORMS:
            texts = self._array
            if pc.any(pc.match_substring_regex(texts, _BELOW_MICROSECONDS)).as_py():
                texts = pc.replace_substring_regex(texts, _BELOW_MICROSECONDS, r"\1")
            self._cast_by_arrow(texts, f"{_WALL}$", pa.timestamp("us"))
            self._cast_by_arrow(texts, _WALL + _OFFSET, pa.timestamp("us", "UTC"))
        elif _suits_arrow(self._pattern):
            self._parse_by_arrow(self._array, self._pattern, is_wall=True)
        elif self._pattern.endswith("%Z") and _suits_arrow(self._pattern[:-2].rstrip()):
            rest = self._pattern[:-2].rstrip()
            suffix = ("" if self._pattern == f"{rest}%Z" else r"\s+") + "(UTC|GMT|Z)$"
            is_utc = pc.match_substring_regex(self._array, suffix)
            texts = pc.replace_substring_regex(self._array, suffix, "")
            self._parse_by_arrow(pc.if_else(is_utc, texts, None), rest, is_wall=False)
        if self._pattern is not None:
            self._cast_by_arrow(self._array, _WALL_WITH_T, pa.timestamp("us"))
        errors = self._parse_by_python()
        naive = np.sort(np.concatenate([_NO_ROWS, *self._naive]))
        return _parsed(self._array, self._values, errors, naive)

    def _store(self, rows: Any, times: Integers, *, is_wall: bool) -> None:
        """Store instants, or wall-clock readings of the zone, for some rows."""
        if is_wall and len(times):
            if self._zone is None:
                self._naive.append(rows)
                times = np.full(len(times), MISSING)
            else:
                times = _instants(self._zone, times)
        self._values[rows] = times
        self._is_unread[rows] = False

    def _unread(self, texts: Any, regex: str) -> tuple[Any, Integers]:
        """Which texts of a form are not read yet: as a mask, and as rows."""
        matches = pc.fill_null(pc.match_substring_regex(texts, regex), fill_value=False)
        matches = matches.to_numpy(zero_copy_only=False) & self._is_unread
        return pa.array(matches), np.flatnonzero(matches)

    def _read_numbers(self, form: NumberForm) -> None:
        matches, rows = self._unread(self._array, NUMBER)
        texts = pc.replace_substring(pc.utf8_trim_whitespace(self._array.filter(matches)), ",", ".")
        numbers = pc.replace_substring_regex(texts, r"^\+", "").cast(pa.float64()).to_numpy()
        # What may be days or seconds, or missing, is left to Python, which says so.
        is_clear = np.full(len(numbers), form.origin != 0)
        is_clear |= (numbers != 0) & ((numbers < FEWEST_DAYS) | (numbers >= MOST_DAYS))
        if form == NUMBER_FORMS["epoch-ms"]:
            is_clear &= (numbers < FEWEST_SECONDS) | (numbers >= MOST_SECONDS)
        numbers, rows = numbers[is_clear], rows[is_clear]
        counts = np.rint(np.clip(numbers * (form.unit / form.precision), -_FAR, _FAR))
        times = np.clip(counts * form.precision + form.origin, -_FAR, _FAR).astype(np.int64)
        self._store(rows, times, is_wall=form.is_wall)

    def _cast_by_arrow(self, texts: Any, regex: str, kind: Any) -> None:
        """Read the usual form of ISO 8601."""
        matches, rows = self._unread(texts, regex)
        if not len(rows):
            return
        try:
            times = texts.filter(matches).cast(kind)
        except pa.ArrowInvalid:  # one of them is a day such as 30 February; Python says which
            return
        self._store(rows, times.cast(pa.int64()).to_numpy(), is_wall=kind.tz is None)

    def _parse_by_arrow(self, texts: Any, pattern: str, *, is_wall: bool) -> None:
        """Read by a pattern that Arrow knows, except for what Arrow may have read wrongly.

        A day that its month does not have, or a second 60, comes out early in the next month or
        minute. Such times are formatted again, and left to Python if the text is not the same.
        """
        times = pc.strptime(texts, format=pattern, unit="s", error_is_null=True)
        is_read = pc.is_valid(times)
        is_early = pc.less_equal(pc.day(times), _SPILL)
        if "S" in directives_in(pattern):
            is_early = pc.or_(is_early, pc.less_equal(pc.second(times), 1))
        is_early = pc.and_(is_read, pc.fill_null(is_early, fill_value=False))
        formatted = pc.strftime(times.filter(is_early), format=pattern)
        is_same = pc.equal(formatted, texts.filter(is_early)).to_numpy(zero_copy_only=False)
        is_right = is_read.to_numpy(zero_copy_only=False).copy()
        early = np.flatnonzero(is_early.to_numpy(zero_copy_only=False))
        is_right[early[~is_same]] = False
        rows = np.flatnonzero(is_right)
        seconds = times.cast(pa.int64()).fill_null(0).to_numpy()[rows]
        self._store(rows, seconds * SECOND, is_wall=is_wall)

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
                time = parse_time(text, self._pattern)
            except ValueError as error:
                errors[code] = str(error)
                continue
            is_wall[code] = time.tzinfo is None
            instant = time if time.tzinfo else time.replace(tzinfo=UTC)
            times[code] = (instant - EPOCH) // MICROSECOND
        is_read = np.array([code not in errors for code in range(len(texts))], np.bool_)
        for walls in (False, True):
            chosen = is_read[codes] & (is_wall[codes] == walls)
            self._store(rows[chosen], times[codes[chosen]], is_wall=walls)
        unread = np.flatnonzero(~is_read[codes]).tolist()
        return {int(rows[place]): errors[int(codes[place])] for place in unread}


def _suits_arrow(pattern: str) -> bool:
    """Whether Arrow can read times by a pattern."""
    directives = directives_in(pattern)
    distinct = {*directives}
    if len(distinct) != len(directives) or not distinct <= _FOR_ARROW or "%%" in pattern:
        return False
    return {*"YmdM"} <= distinct and ("H" in distinct) != ({*"Ip"} <= distinct)


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
