"""`Ledger`: an account of every second between two instants.

A ledger is a tuple of rows that lie end to end, each open or closed for one reason, so the lengths
of the rows sum to the length of the whole exactly. `account` makes the rows: it walks the dates
between the instants, cuts each into open and closed pieces, and gives each piece its reason.

Read next: `calendar`. `slacalc._clock.ledger` adds what pauses took.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import attrs

from slacalc._calendar.compilation import (
    DayKind,
    closed_stretches,
    kind_of_day,
    without_terms,
    zone_of,
)
from slacalc._calendar.holidays import names_translator
from slacalc._i18n import N_, pad, width
from slacalc._time.instants import to_duration, to_instant
from slacalc._time.intervals import clip, intersect, subtract
from slacalc.errors import escape_unprintable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import pendulum

    from slacalc._calendar.compilation import CalendarLike
    from slacalc._calendar.timeline import WorkingDay
    from slacalc._i18n import Translator
    from slacalc._time.intervals import SpanList


@attrs.frozen(kw_only=True)
class LedgerRow:
    """A stretch of time that is open, or closed, for one reason.

    Args:
        start: The first instant.
        end: The first instant of the next row.
        is_open: Whether it counts as working time.
        kind: The reason. Where open: ``"open"``, ``"make-up-day"``, ``"special-hours"`` of an
            exception, or ``"added"`` by another calendar. Where closed: ``"overnight"``,
            ``"break"``, ``"weekend"``, ``"holiday"`` (also for hours that a list of
            holidays closes), ``"exception"``, ``"closure"``, or ``"removed"`` by another calendar.
            The ledger of a clock has more; see its page.
        name: The name of the holiday, make-up day, exception or closure; of dates that recur,
            without a name, what they are: ``yearly exception 24 Dec``; empty string if there is
            none.

    Example:
        >>> from slacalc import Calendar
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"}, holidays="FR")
        >>> [row] = office.explain("2026-05-01T09:00+02:00", "2026-05-01T12:00+02:00")
        >>> row.is_open, row.kind, row.name, row.length.in_hours()
        (False, 'holiday', 'Labor Day', 3)
    """

    __module__ = "slacalc"

    start: pendulum.DateTime
    end: pendulum.DateTime
    is_open: bool
    kind: str
    name: str = ""

    @property
    def length(self) -> pendulum.Duration:
        """The time that really passes from start to end."""
        return to_duration(length_of(self))


@attrs.frozen(kw_only=True)
class Ledger:
    """An account of every second between two instants, as `Calendar.explain` returns it.

    Args:
        rows: The stretches of time, end to end.
        provisional_from: The first date whose holidays are not officially published, if the account
            reaches it; otherwise None.
        language: The language in which the ledger is printed, such as ``"en"`` or ``"zh"``.

    Printed, it is a table; in a loop it gives its rows.

    Example:
        >>> from slacalc import Calendar
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-12, 13-17"})
        >>> ledger = office.explain("2026-04-29T11:00+02:00", "2026-04-29T14:00+02:00")
        >>> print(ledger)
        Wed 2026-04-29 11:00 → Wed 2026-04-29 12:00  open    1h
        Wed 2026-04-29 12:00 → Wed 2026-04-29 13:00  closed  1h  break
        Wed 2026-04-29 13:00 → Wed 2026-04-29 14:00  open    1h
        total 3h: open 2h, closed 1h (break 1h)
        >>> [row.kind for row in ledger]
        ['open', 'break', 'open']
    """

    __module__ = "slacalc"

    rows: tuple[LedgerRow, ...]
    provisional_from: date | None = None
    language: str = attrs.field(default="en", eq=False, repr=False)

    _sides: ClassVar[tuple[str, str]] = (N_("open"), N_("closed"))

    def __iter__(self) -> Iterator[LedgerRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def open(self) -> pendulum.Duration:
        """The working time, as the time that really passes."""
        return to_duration(sum(length_of(row) for row in self.rows if row.is_open))

    @property
    def closed(self) -> pendulum.Duration:
        """The time that is not working time."""
        return to_duration(sum(length_of(row) for row in self.rows if not row.is_open))

    def totals(self) -> dict[str, pendulum.Duration]:
        """The time by kind, in the order in which the kinds first occur.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-12, 13-17"})
            >>> ledger = office.explain("2026-04-29T11:00+02:00", "2026-04-29T14:00+02:00")
            >>> {kind: length.in_hours() for kind, length in ledger.totals().items()}
            {'open': 2, 'break': 1}
        """
        return {kind: to_duration(total) for kind, total in totals_of(self).items()}

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as plain dictionaries, ready for JSON or a data frame.

        Returns:
            For each row its ``start`` and ``end`` as ISO 8601 text, its length in ``seconds``, and
            ``is_open``, ``kind`` and ``name``.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-12"})
            >>> ledger = office.explain("2026-04-29T09:00+02:00", work="90m")
            >>> [(row["start"], row["seconds"], row["kind"]) for row in ledger.to_dicts()]
            [('2026-04-29T09:00:00+02:00', 5400.0, 'open')]
        """
        return [
            {
                "start": row.start.isoformat(),
                "end": row.end.isoformat(),
                "seconds": length_of(row) / 1_000_000,
                "is_open": row.is_open,
                "kind": row.kind,
                "name": row.name,
            }
            for row in self.rows
        ]

    def to_html(self, *, language: str = "") -> str:
        """Show the ledger as HTML: a strip of time, rows and totals. Notebooks display this.

        Args:
            language: The language of the text, such as ``"en"`` or ``"zh"``. Default: the one in
                which the ledger was made, which is also that of holidays' names.

        Returns:
            A fragment of HTML, without scripts or references to other files.
        """
        from slacalc._html.ledger import ledger_html  # noqa: PLC0415 - loaded when shown

        return ledger_html(self, language=language or self.language)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __str__(self) -> str:
        translate = names_translator(self.language)
        if not self.rows:
            return translate("nothing: the two instants are the same")
        # With a clock change in between, wall times alone would not add up.
        offsets = {at.utcoffset() for row in self.rows for at in (row.start, row.end)}
        offset = "%z" if len(offsets) > 1 else ""
        lines = [
            (
                translate.instant(row.start, offset),
                translate.instant(row.end, offset),
                translate(self._sides[not row.is_open]),
                translate.length(length_of(row)),
                escape_unprintable(reason_text(row, translate)),
            )
            for row in self.rows
        ]
        widths = [max(width(line[column]) for line in lines) for column in range(4)]
        text = []
        for start, end, side, length, reason in lines:
            between = f"{pad(start, widths[0])} → {pad(end, widths[1])}"
            cells = f"{pad(side, widths[2])}  {pad(length, widths[3], '>')}"
            text.append(f"{between}  {cells}  {reason}".rstrip())
        text.append(total_text(self, translate))
        if self.provisional_from:
            note = translate("provisional: holidays from {date} are not published yet")
            text.append(note.format(date=self.provisional_from))
        return "\n".join(text)


def sides_of(ledger: Ledger) -> tuple[str, str]:
    """What a ledger calls the time that counts, and the time that does not, in English."""
    return ledger._sides  # noqa: SLF001 - not for users, but for this package


def length_of(row: LedgerRow) -> int:
    """The length of a row in microseconds."""
    return to_instant(row.end) - to_instant(row.start)


def totals_of(ledger: Ledger) -> dict[str, int]:
    """The microseconds of each kind, in the order in which the kinds first occur."""
    totals: dict[str, int] = {}
    for row in ledger.rows:
        totals[row.kind] = totals.get(row.kind, 0) + length_of(row)
    return totals


def reason_text(row: LedgerRow, translate: Translator) -> str:
    """The kind of a row, unless it only says that the row counts or the name has it; its name."""
    kind = "" if row.kind in ("open", "running") else translate(row.kind)
    if row.kind in _NAMED_WITH_KIND and kind in row.name:
        return row.name
    if not (kind and row.name):
        return kind or row.name
    return translate("{kind}: {name}").format(kind=kind, name=row.name)


def total_text(ledger: Ledger, translate: Translator) -> str:
    """The line of totals: the sum, and for each side its own sum and those of its kinds."""
    totals, parts = totals_of(ledger), []
    for side, is_open in zip(sides_of(ledger), (True, False), strict=True):
        kinds = dict.fromkeys(row.kind for row in ledger.rows if row.is_open is is_open)
        if not kinds:
            continue
        # A working day does not have 24 hours, so working time is not given in days.
        side_total = sum(totals[kind] for kind in kinds)
        text = f"{translate(side)} {translate.length(side_total, has_days=not is_open)}"
        if [*kinds] != [side]:
            details = (
                f"{translate(kind)} {translate.length(totals[kind], has_days=not is_open)}"
                for kind in kinds
            )
            text = translate("{sum} ({parts})").format(sum=text, parts=translate.listed(details))
        parts.append(text)
    return translate("total {length}: {parts}").format(
        length=translate.length(sum(totals.values())), parts=translate.listed(parts)
    )


# Of the names that dates have which recur: "yearly exception 24 Dec".
_NAMED_WITH_KIND = ("holiday", "exception", "closure")

KINDS = (
    N_("overnight"),
    N_("break"),
    N_("weekend"),
    N_("holiday"),
    N_("exception"),
    N_("closure"),
    N_("removed"),
    N_("added"),
    N_("make-up-day"),
    N_("special-hours"),
    N_("paused"),
    N_("before-start"),
    N_("before-change"),
    N_("after-stop"),
)
"""The kinds of rows beside ``"open"``, those of a clock's ledger included, to be translated."""


_OPEN_KINDS = {"make-up-day": "make-up-day", "exception": "special-hours"}


class _Piece(NamedTuple):
    """A row to be, with its instants as integers."""

    start: int
    end: int
    is_open: bool
    kind: str
    name: str = ""


def account(calendar: CalendarLike, start: int, end: int, language: str) -> list[LedgerRow]:
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
    calendar: CalendarLike, part: tuple[int, int], day: date, own: SpanList, language: str
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
    closed = subtract(closed, own)
    for begins, ends, reason in closed_stretches(calendar, day, language):
        for piece in clip(closed, begins, ends):
            yield _Piece(*piece, is_open=False, kind=reason.kind, name=reason.name)
        closed = subtract(closed, [(begins, ends)])
    for piece in closed:
        reason = _why_closed(piece, today, hours)
        yield _Piece(*piece, is_open=False, kind=reason.kind, name=reason.name)


def _own_open_pieces(spans: SpanList, day: DayKind) -> Iterator[_Piece]:
    """Working time of the calendar itself, with the kind of the date to which it belongs."""
    kind = _OPEN_KINDS.get(day.kind, "open")
    for span in spans:
        yield _Piece(*span, is_open=True, kind=kind, name=day.name if kind != "open" else "")


def _why_closed(piece: tuple[int, int], today: DayKind, hours: WorkingDay | None) -> DayKind:
    """The reason why a date is closed for a part of it, outside its own hours."""
    if today.kind in ("weekend", "holiday", "exception"):
        return today
    if today.kind == "make-up-day" and hours is None:  # it stands in for a weekday without hours
        return DayKind("weekend")
    is_inside = hours is not None and hours.opens < piece[1] and piece[0] < hours.closes
    return DayKind("break" if is_inside else "overnight")
