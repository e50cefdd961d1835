"""Where every second went: an account of the time between two instants.

A `Ledger` is a tuple of rows that lie end to end, each open or closed for one reason, so that the
lengths of the rows sum to the length of the whole, exactly. `account` makes it: it walks the dates
between the instants, cuts each into its open and closed pieces, and asks what kind of day it was.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import attrs

from slacalc._calendar.compilation import DayKind, kind_of_day, without_terms, zone_of
from slacalc._i18n import ENGLISH, N_, pad, translator, width
from slacalc._time.instants import to_duration, to_instant
from slacalc._time.intervals import clip, intersect, subtract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import pendulum

    from slacalc._calendar.calendar import Calendar
    from slacalc._calendar.timeline import WorkingDay
    from slacalc._i18n import Translator
    from slacalc._time.intervals import SpanList


@attrs.frozen(kw_only=True)
class LedgerRow:
    """A stretch of time that is open, or closed, for one reason.

    Args:
        start: Where it begins.
        end: Where the next one begins.
        is_open: Whether it counts as working time.
        kind: The reason. Where open: ``open``, ``make-up-day``, ``special-hours`` of an
            exception, or ``added`` by another calendar. Where closed: ``overnight``, ``break``,
            ``weekend``, ``holiday``, ``exception``, or ``removed`` by another calendar.
        name: The name of the holiday, make-up day or exception; else the empty string.
    """

    start: pendulum.DateTime
    end: pendulum.DateTime
    is_open: bool
    kind: str
    name: str = ""

    @property
    def length(self) -> pendulum.Duration:
        """The physical time from start to end."""
        return to_duration(self._microseconds)

    @property
    def _microseconds(self) -> int:
        return to_instant(self.end) - to_instant(self.start)


@attrs.frozen(kw_only=True)
class Ledger:
    """An account of every second between two instants.

    Args:
        rows: The stretches, end to end.
        provisional_from: The first date whose holidays are not officially published, where the
            account reaches it; else None.

        language: The language in which it is printed, such as ``"en"`` or ``"zh"``.

    Printed, it is a table; iterated, it gives its rows.
    """

    rows: tuple[LedgerRow, ...]
    provisional_from: date | None = None
    language: str = attrs.field(default="en", eq=False, repr=False)

    _sides: ClassVar[tuple[str, str]] = (N_("open"), N_("closed"))

    def __iter__(self) -> Iterator[LedgerRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def _sum(self, *, is_open: bool) -> pendulum.Duration:
        return to_duration(sum(row._microseconds for row in self.rows if row.is_open is is_open))

    @property
    def open(self) -> pendulum.Duration:
        """The working time."""
        return self._sum(is_open=True)

    @property
    def closed(self) -> pendulum.Duration:
        """The time that does not count."""
        return self._sum(is_open=False)

    def totals(self) -> dict[str, pendulum.Duration]:
        """The time by kind, in the order in which the kinds first occur."""
        return {kind: to_duration(total) for kind, total in self._totals().items()}

    def _totals(self) -> dict[str, int]:
        totals: dict[str, int] = {}
        for row in self.rows:
            totals[row.kind] = totals.get(row.kind, 0) + row._microseconds
        return totals

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as plain dictionaries, ready for JSON or a data frame; lengths in seconds."""
        return [
            {
                "start": row.start.isoformat(),
                "end": row.end.isoformat(),
                "seconds": row._microseconds / 1_000_000,
                "is_open": row.is_open,
                "kind": row.kind,
                "name": row.name,
            }
            for row in self.rows
        ]

    def to_html(self, *, language: str = "") -> str:
        """The ledger as HTML: a strip of time, its rows and its totals; notebooks show it so.

        Args:
            language: The language, such as ``"en"`` or ``"zh"``; left out, the one it was made in,
                which is also that of its holidays' names.
        """
        from slacalc._html.ledger import ledger_html  # noqa: PLC0415 - not needed until it is seen

        return ledger_html(self, language=language or self.language)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __str__(self) -> str:
        translate = translator(self.language)
        if not self.rows:
            return translate("nothing: the two instants are the same")
        # Where the clocks change on the way, wall times alone would not add up.
        offsets = {at.utcoffset() for row in self.rows for at in (row.start, row.end)}
        offset = "%z" if len(offsets) > 1 else ""
        lines = [
            (
                translate.instant(row.start, offset),
                translate.instant(row.end, offset),
                translate(self._sides[not row.is_open]),
                translate.length(row._microseconds),
                self._why(row, translate),
            )
            for row in self.rows
        ]
        widths = [max(width(line[column]) for line in lines) for column in range(4)]
        text = []
        for start, end, side, length, why in lines:
            between = f"{pad(start, widths[0])} → {pad(end, widths[1])}"
            cells = f"{pad(side, widths[2])}  {pad(length, widths[3], '>')}"
            text.append(f"{between}  {cells}  {why}".rstrip())
        text.append(self._total_text(translate))
        if self.provisional_from:
            note = translate("provisional: holidays from {date} are not published yet")
            text.append(note.format(date=self.provisional_from))
        return "\n".join(text)

    def _why(self, row: LedgerRow, translate: Translator) -> str:
        """The kind of a row, where its side does not say it, and its name."""
        kind = "" if row.kind == self._sides[0] else translate(row.kind)
        if not (kind and row.name):
            return kind or row.name
        return translate("{kind}: {name}").format(kind=kind, name=row.name)

    def _total_text(self, translate: Translator) -> str:
        """One line that adds up: the open kinds and the closed ones, and both together."""
        totals, parts = self._totals(), []
        for side, is_open in zip(self._sides, (True, False), strict=True):
            kinds = dict.fromkeys(row.kind for row in self.rows if row.is_open is is_open)
            if kinds:
                # A working day has not 24 hours, so working time is not told in days.
                of_side = sum(totals[kind] for kind in kinds)
                told = f"{translate(side)} {translate.length(of_side, has_days=not is_open)}"
                if [*kinds] != [side]:
                    detail = (
                        f"{translate(kind)} {translate.length(totals[kind], has_days=not is_open)}"
                        for kind in kinds
                    )
                    told = translate("{sum} ({parts})").format(
                        sum=told, parts=translate.listed(detail)
                    )
                parts.append(told)
        return translate("total {length}: {parts}").format(
            length=translate.length(sum(totals.values())), parts=translate.listed(parts)
        )


KINDS = (
    N_("overnight"),
    N_("break"),
    N_("weekend"),
    N_("holiday"),
    N_("exception"),
    N_("removed"),
    N_("added"),
    N_("make-up-day"),
    N_("special-hours"),
    N_("paused"),
    N_("before-start"),
    N_("before-change"),
    N_("after-stop"),
)
"""Why time is open or closed, beyond the plain words for it."""


def shown_at(instant: pendulum.DateTime, offset: str = "") -> str:
    """An instant in English, with its weekday, and with seconds only where it has some."""
    return ENGLISH.instant(instant, offset)


_OPEN_KINDS = {"make-up-day": "make-up-day", "exception": "special-hours"}


class _Piece(NamedTuple):
    start: int
    end: int
    is_open: bool
    kind: str
    name: str = ""


def account(calendar: Calendar, start: int, end: int, language: str) -> list[LedgerRow]:
    """The rows of a ledger between two instants, with names in a language."""
    zone = zone_of(calendar)
    own = without_terms(calendar).timeline.spans(start, end)
    pieces: list[_Piece] = []
    for day, begins, ends in zone.dates(start, end):
        pieces += sorted(_pieces_of_day(calendar, (begins, ends), day, own, language))
    merged: list[_Piece] = []
    for piece in pieces:
        if merged and merged[-1][2:] == piece[2:]:
            merged[-1] = merged[-1]._replace(end=piece.end)
        else:
            merged.append(piece)
    return [
        LedgerRow(
            start=zone.datetime(piece.start),
            end=zone.datetime(piece.end),
            is_open=piece.is_open,
            kind=piece.kind,
            name=piece.name,
        )
        for piece in merged
    ]


def _pieces_of_day(
    calendar: Calendar, part: tuple[int, int], day: date, own: SpanList, language: str
) -> Iterator[_Piece]:
    """The open and closed pieces of a date, or of a part of it, in no particular order.

    Args:
        calendar: The calendar.
        part: The first instant of the part, and the instant after the last.
        day: The date.
        own: What would be open without the other calendars of a combination.
        language: The language of names.
    """
    start, end = part
    today = kind_of_day(calendar, day, language)
    hours = calendar.timeline.working_day(day.toordinal())
    opened = calendar.timeline.spans(start, end)
    closed = subtract([part], opened)
    own = clip(own, start, end)
    for piece in subtract(opened, own):
        yield _Piece(*piece, is_open=True, kind="added")
    for piece in intersect(closed, own):
        yield _Piece(*piece, is_open=False, kind="removed")
    # What is open before today's first opening belongs to a shift that began yesterday.
    begins = min(max(hours.opens, start), end) if hours else end
    of_yesterday, of_today = clip(opened, start, begins), clip(opened, begins, end)
    if of_yesterday:
        yesterday = kind_of_day(calendar, day - timedelta(1), language)
        yield from _own_open_pieces(intersect(of_yesterday, own), yesterday)
    yield from _own_open_pieces(intersect(of_today, own), today)
    for piece in subtract(closed, own):
        reason = _why_closed(piece, today, hours)
        yield _Piece(*piece, is_open=False, kind=reason.kind, name=reason.name)


def _own_open_pieces(spans: SpanList, day: DayKind) -> Iterator[_Piece]:
    """Working time of the calendar itself, with the kind of the date to which it belongs."""
    kind = _OPEN_KINDS.get(day.kind, "open")
    for span in spans:
        yield _Piece(*span, is_open=True, kind=kind, name=day.name if kind != "open" else "")


def _why_closed(piece: tuple[int, int], today: DayKind, hours: WorkingDay | None) -> DayKind:
    """Why a date is closed for a stretch in which its own hours do not open it."""
    if today.kind in ("weekend", "holiday", "exception"):
        return today
    if today.kind == "make-up-day" and hours is None:  # for a weekday without hours
        return DayKind("weekend")
    inside = hours is not None and hours.opens < piece[1] and piece[0] < hours.closes
    return DayKind("break" if inside else "overnight")
