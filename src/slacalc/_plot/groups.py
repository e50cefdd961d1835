"""Shares of tickets as a picture needs them: which chart, and which place in it.

They are read back from the table of `report.attainment`, so that a picture shows what was counted,
be it by the picture's own question or by somebody's before. Periods are put at even distances, also
those in which nothing happened.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import numpy as np

from slacalc._cli.year import short_month
from slacalc._clock.status import unknown_metric
from slacalc._columns.frames import Sheet
from slacalc._plot.figure import tidy
from slacalc._plot.time_axis import month_text
from slacalc._report.attainment import COUNTED, JUDGED
from slacalc._report.periods import first_day, numbers_of
from slacalc._time.instants import DAY, EPOCH_DAY
from slacalc.errors import ColumnError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slacalc._i18n import Translator
    from slacalc._report.periods import Period

_MOST_BARS = 48
_NEEDED = ("metric", "met", "decided", "attainment", "low", "high")
_FORM = re.compile(r"(\d{4})(?:-(?:(\d\d)(?:-(\d\d))?|W(\d\d)|Q([1-4])))?")


class Share(NamedTuple):
    """A group in a period: a row of `report.attainment`."""

    group: tuple[Any, ...]
    period: str | None
    met: int
    decided: int
    share: float
    low: float
    high: float
    objective: float | None
    verdict: str


class Panel(NamedTuple):
    """A chart: its group, what it is called, and its shares by their places."""

    group: tuple[Any, ...]
    name: str
    shares: dict[int, Share]


# Reading ------------------------------------------------------------------------------------------


def is_counted(answer: Any) -> bool:
    """Whether a table is what `report.attainment` returned."""
    return all(name in Sheet(answer, None, ()).names for name in _NEEDED)


def read_shares(table: Any, metric: str, names: list[str] | None) -> tuple[list[Share], list[str]]:
    """The rows of a metric, and the columns that tell its groups apart."""
    sheet = Sheet(table, None, ())
    counted = {"metric", "period", *COUNTED, *JUDGED}
    groups = [name for name in sheet.names if name not in counted]
    if names is None:
        names = groups
    elif {*names} != {*groups}:
        wrong = next((name for name in names if name not in groups), "")
        clause, _ = did_you_mean(wrong, groups)
        msg = (
            f"by={names!r}, but the table was counted by {groups!r}{clause}: count anew with "
            "report.attainment, or leave by out"
        )
        raise ColumnError(msg, column=wrong, given=groups)
    columns = [_listed(sheet, name) for name in names]
    size = len(_listed(sheet, "metric"))
    optional = {
        name: _listed(sheet, name) if name in sheet else [None] * size
        for name in ("period", "objective", "verdict")
    }
    of_metric, met, decided, share, low, high = (_listed(sheet, name) for name in _NEEDED)
    found = [
        Share(
            tuple(column[row] for column in columns),
            optional["period"][row],
            int(met[row]),
            int(decided[row]),
            float("nan") if share[row] is None else float(share[row]),
            float("nan") if low[row] is None else float(low[row]),
            float("nan") if high[row] is None else float(high[row]),
            _number(optional["objective"][row]),
            optional["verdict"][row] or "",
        )
        for row in range(size)
        if of_metric[row] == metric
    ]
    if not found and size:
        known = dict.fromkeys(one for one in of_metric if isinstance(one, str))
        raise unknown_metric(metric, known, "the table")
    return found, names


def _listed(sheet: Sheet, name: str) -> list[Any]:
    """A column as a list; nothing where it is missing."""
    column = sheet.column(name)
    if isinstance(column, (list, tuple)):
        values = list(column)
    elif isinstance(column, np.ndarray):
        values = column.tolist()
    else:
        values = nw.from_native(column, series_only=True).to_list()
    return [None if one is None or one != one else one for one in values]  # noqa: PLR0124 - NaN


def _number(given: Any) -> float | None:
    return None if given is None else float(given)


# Arranging ----------------------------------------------------------------------------------------


class Label(NamedTuple):
    """What stands below a bar: in short, and in full where a new year begins."""

    short: str
    full: str


def arranged(
    shares: Sequence[Share], names: Sequence[str], most: int, translate: Translator
) -> tuple[list[Panel], list[Label], list[str]]:
    """The panels, what stands below their bars, and notes of what is left out."""
    notes = []
    dated = [one for one in shares if one.period is not None]
    if dated:
        undated = sum(one.decided for one in shares) - sum(one.decided for one in dated)
        if undated:
            notes.append(
                translate("{count} of no period are left out").format(count=f"{undated:,}")
            )
        places, labels, cut = _periods(dated, translate)
        if cut:
            notes.append(translate("shown: the latest {count} periods").format(count=len(labels)))
        split, shares = len(names), [one for one in dated if one.period in places]
        spots = [places[one.period] for one in shares if one.period is not None]
    else:
        split = max(len(names) - 1, 0)
        values = list(dict.fromkeys(one.group[split:] for one in shares))
        if len(values) > _MOST_BARS:
            values = _largest(shares, split)
            note = translate("shown: the {most} largest of {count}")
            count = len({one.group[split:] for one in shares})
            notes.append(note.format(most=len(values), count=count))
            shares = [one for one in shares if one.group[split:] in values]
        spots = [values.index(one.group[split:]) for one in shares]
        texts = [
            _group_text(value, translate, 34) if value else translate("all") for value in values
        ]
        labels = [Label(text, text) for text in texts]
    panels: dict[tuple[Any, ...], Panel] = {}
    for one, spot in zip(shares, spots, strict=True):
        group = one.group[:split]
        panel = panels.setdefault(group, Panel(group, _group_text(group, translate), {}))
        panel.shares[spot] = one
    kept = sorted(panels.values(), key=_size, reverse=True)[:most]
    if len(kept) < len(panels):
        note = translate("shown: the {most} largest of {count} groups")
        notes.append(note.format(most=most, count=len(panels)))
    return [one for one in panels.values() if any(one is other for other in kept)], labels, notes


def _largest(shares: Sequence[Share], split: int) -> list[tuple[Any, ...]]:
    """The values with the most tickets, as many as there is room for, in their order."""
    sizes: Counter[tuple[Any, ...]] = Counter()
    for one in shares:
        sizes[one.group[split:]] += one.decided
    kept = {value for value, _ in sizes.most_common(_MOST_BARS)}
    return [value for value in sizes if value in kept]


def _size(panel: Panel) -> int:
    return sum(one.decided for one in panel.shares.values())


def _group_text(group: Sequence[Any], translate: Translator, most: int = 24) -> str:
    return " · ".join(translate("(none)") if one is None else tidy(one, most) for one in group)


def _periods(
    shares: Sequence[Share], translate: Translator
) -> tuple[dict[str, int], list[Label], bool]:
    """The places of periods without gaps, their labels, and whether older ones are cut off."""
    days = {one.period: _first_day(one.period) for one in shares if one.period is not None}
    kind = next(iter(days.values()))[1]
    numbers = {text: _number_of(day, kind) for text, (day, _) in days.items()}
    first, last = min(numbers.values()), max(numbers.values())
    cut = last - first >= _MOST_BARS
    first = max(first, last - _MOST_BARS + 1)
    places = {text: one - first for text, one in numbers.items() if one >= first}
    labels = [_label(first_day(one, kind), kind, translate) for one in range(first, last + 1)]
    return places, labels, cut


def _number_of(day: date, kind: Period) -> int:
    reading = (day.toordinal() - EPOCH_DAY) * DAY
    return int(numbers_of(np.array([reading]), kind)[0])


def _first_day(text: str) -> tuple[date, Period]:
    """The first day of a period that is told as `report.attainment` tells it, and its kind.

    Raises:
        ColumnError: It is none.
    """
    match = _FORM.fullmatch(str(text))
    if match is None:
        msg = f"period {text!r} is none of 2024, 2024-Q3, 2024-09, 2024-W37 and 2024-09-13"
        raise ColumnError(msg, column="period", given=text)
    year, month, day, week, quarter = match.groups()
    if week:
        return date.fromisocalendar(int(year), int(week), 1), "week"
    if quarter:
        return date(int(year), int(quarter) * 3 - 2, 1), "quarter"
    found = date(int(year), int(month or 1), int(day or 1))
    return found, "day" if day else "month" if month else "year"


def _label(day: date, kind: Period, translate: Translator) -> Label:
    if kind == "year":
        return Label(str(day.year), str(day.year))
    if kind == "week":
        year, week, _ = day.isocalendar()
        return Label(f"W{week}", f"W{week}\n{year}")
    if kind == "day":
        return Label(str(day.day), f"{day.day}\n{month_text(day.year, day.month, translate)}")
    short = short_month(day.month, translate) if kind == "month" else f"Q{day.month // 3 + 1}"
    return Label(short, f"{short}\n{day.year}")
