"""The lines of a statement, the evidence of each, and the statement itself as text and rows.

`statement` makes them; `statement_page` shows them as a page.
"""

from __future__ import annotations

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from slacalc._contract.tables import COUNTED, UnknownName
from slacalc._i18n import N_, NN_, pad, translator, width
from slacalc._policy.agreements import Duty, Penalty, describe_exclusion
from slacalc._threads import cached_property
from slacalc._time.durations import to_work
from slacalc._time.instants import to_instant
from slacalc.errors import UnknownMetricError, one_line, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date, datetime

    from slacalc._contract.credits import CreditLine, SettledCredits
    from slacalc._contract.periods import ContractPeriod
    from slacalc._contract.tables import FaultyRow
    from slacalc._i18n import Translator
    from slacalc._policy.money import Money
    from slacalc._policy.policy import Policy

SECTIONS = {
    "objectives": N_("Objectives"),
    "availability": N_("Availability"),
    "duties": N_("Duties"),
    "penalties": N_("Penalties"),
}
_VERDICTS = (  # translated by variables, in which the catalogue cannot find them
    N_("met"),
    N_("missed"),
    N_("too few to tell"),
    N_("not measured"),
)
STILL_OPEN = N_('still open; it counts once it is decided: give a later as_of, or count by "due"')
UNDECIDED = N_("still open; it counts once it is decided: give a later as_of")
_INSTANT = timedelta(microseconds=1)
_SHOWN = 10  # pieces of evidence in a text
_EVENTS = NN_("{count} event", "{count} events")
_DONE = NN_("{done} of {count} done in time", "{done} of {count} done in time")
MORE = NN_("… and {count} more", "… and {count} more")
_UNSETTLED = NN_(
    "Provisional: {name}, {period}: {count} ticket is still open at {instant}.",
    "Provisional: {name}, {period}: {count} tickets are still open at {instant}.",
)
_FAULTY = NN_("{count} faulty row does not count.", "{count} faulty rows do not count.")


class Evidence(NamedTuple):
    """One piece of evidence: a ticket that missed its target, an outage, a duty or an event.

    Args:
        reference: The ticket, the customer, or the rows of the table of outages.
        at: When it was due, or began; an event's instant.
        until: When it was done, or ended; None if it was not.
        length: How late it was, or its downtime; None for an event.
        claim_until: The last day on which its credit can be claimed; None without a claim window.
    """

    reference: str
    at: datetime
    until: datetime | None
    length: timedelta | None
    claim_until: date | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, ready for JSON; its length is in seconds."""
        return {
            "reference": self.reference,
            "at": self.at.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
            "seconds": None if self.length is None else self.length.total_seconds(),
            "claim_until": None if self.claim_until is None else self.claim_until.isoformat(),
        }


class Excluded(NamedTuple):
    """What does not count, and why.

    Args:
        section: The part of the policy, such as ``"objectives"``.
        name: The promise; empty string for what concerns all of the section.
        period: The period of the promise.
        what: What does not count: ``"ticket"``, ``"outage"``, ``"maintenance"``, ``"event"``,
            ``"duty"`` or ``"promise"``.
        number: How many.
        because: Why.
        given: The component or the type of events that no promise has; else an empty string.
        suggestion: A similar one that the policy has; else an empty string.
    """

    section: str
    name: str
    period: ContractPeriod
    what: str
    number: int
    because: str
    given: str = ""
    suggestion: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, ready for JSON."""
        return self._asdict() | {"period": str(self.period)}


Evidence.__module__ = Excluded.__module__ = "slacalc.contract"


@attrs.frozen(kw_only=True, eq=False)
class StatementLine:
    """One promise in one of its periods: how it was kept, and what is owed for it.

    Args:
        section: The part of the policy: ``"objectives"``, ``"availability"``, ``"duties"`` or
            ``"penalties"``.
        name: The name of the promise.
        period: The period of the promise, which ends in that of the statement.
        verdict: ``"met"``, ``"missed"``, ``"too few to tell"`` or ``"not measured"``.
        is_final: Whether nothing can change any more.
        credit: How the amount comes about.
        credited: The amount after the caps of the contract; None if there is no amount.
        because: Why it is not measured; empty string if it is.
        result: The figures: an `ObjectiveResult` or an `AvailabilityResult`; of duties, how many
            were done in time, and how many were due; of a penalty, 0 and the number of events.
            None for what is not measured.
        find_evidence: Returns the tickets, outages, duties or events.
    """

    __module__ = "slacalc.contract"

    section: str
    name: str
    period: ContractPeriod
    verdict: str
    is_final: bool
    credit: CreditLine
    credited: Money | None = None
    because: str = ""
    result: Any = attrs.field(default=None)
    find_evidence: Callable[[], Iterable[Evidence]] = attrs.field(default=tuple)

    @cached_property
    def evidence(self) -> tuple[Evidence, ...]:
        """The tickets, outages, duties or events of the line (`Evidence`)."""
        return tuple(self.find_evidence())

    def __repr__(self) -> str:
        return f"<StatementLine {self.name}, {self.period}: {self.verdict}, {self.amount}>"

    @property
    def promise(self) -> Any:
        """The promise, as the policy has it."""
        return self.credit.promise

    @property
    def title(self) -> str:
        """What is promised, in the policy's words; without any, its name.

        Of a credit that is returned, also the period of that credit.
        """
        return self.title_text()

    @property
    def figure(self) -> str:
        """The figure, such as ``99.29 %`` or ``7h 30m``; empty string if there is none."""
        return self.figure_text()

    @property
    def target(self) -> str:
        """What was promised, such as ``99.5 %`` or ``95 % within 8 working hours``."""
        return self.target_text()

    @property
    def amount(self) -> Money | None:
        """What is owed before the caps of the contract; negative if a credit is returned.

        None if it is not known since it was not measured, or if nothing has a currency.
        """
        return None if self.because else self.credit.amount

    @property
    def claim_until(self) -> date | None:
        """The last day on which it can be claimed as a whole; None if it need not be claimed."""
        return self.credit.claim_until

    def title_text(self, *, language: str = "en") -> str:
        """The title in a language."""
        name = one_line(getattr(self.promise, "words", "") or self.name)
        if self.credit.returns is None:
            return name
        form = translator(language)(N_("{name}, credit of {period}"))
        return form.format(name=name, period=self.credit.returns)

    def figure_text(self, *, language: str = "en") -> str:
        """The figure in a language."""
        translate = translator(language)
        if self.because or self.credit.returns is not None:
            return ""
        if self.section == "objectives":
            text: str = self.result.figure_text(language=language)
            return text
        if self.section == "availability":
            return self.result.text or translate("not measured")
        done, count = self.result
        if self.section == "duties":
            return translate.plural(*_DONE, count).format(done=done, count=count)
        return translate.plural(*_EVENTS, count).format(count=count)

    def target_text(self, *, language: str = "en") -> str:
        """What was promised, in a language."""
        if self.section == "objectives" and self.result is not None:
            text: str = self.result.target_text(language=language)
            return text
        if isinstance(self.promise, Penalty):
            return str(self.promise.amount)
        if isinstance(self.promise, Duty):
            return ""
        return getattr(self.promise, "target", "") or self.promise.share

    def explain(self, *, language: str = "en") -> str:
        """Show how the figure and the amount come about, in sentences.

        Args:
            language: The language, such as ``"en"`` or ``"zh"``.
        """
        return "\n".join(_explain(self, translator(language)))

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, ready for JSON; amounts are decimal numbers as text."""
        claim, returns = self.claim_until, self.credit.returns
        return {
            "section": self.section,
            "name": self.name,
            "period": str(self.period),
            "figure": self.figure,
            "target": self.target,
            "verdict": self.verdict,
            "is_final": self.is_final,
            "amount": amount_text(self.amount),
            "credited": amount_text(self.credited),
            "currency": "" if self.credited is None else self.credited.currency,
            "points": f"{self.credit.points:f}",
            "claim_until": None if claim is None else claim.isoformat(),
            "returns": None if returns is None else str(returns),
            "because": self.because,
            "explanation": self.explain(),
            "evidence": [piece.to_dict() for piece in self.evidence],
        }


def amount_text(money: Money | None) -> str | None:
    """An amount as a decimal number; None if there is none."""
    return None if money is None else f"{money.rounded.amount:f}"


def _explain(line: StatementLine, translate: Translator) -> Iterator[str]:
    language = translate.language
    if line.because:
        form = translate(N_("{name}, {period}: not measured, since {because}."))
        yield form.format(
            name=one_line(line.name), period=line.period, because=translate(line.because)
        )
        return
    if line.credit.returns is not None:
        yield line.credit.explain(language=language)
        return
    if line.section == "objectives":
        yield line.result.explain(language=language)
    elif line.section == "availability":
        yield line.result.explain(language)
    else:
        form = translate(N_("{name}, {period}: {figure}."))
        yield form.format(
            name=line.title,
            period=line.period,
            figure=line.figure_text(language=language),
        )
    if line.section != "availability":  # whose own explanation lists the outages
        yield from _evidence_lines(line, translate)
    if getattr(line.promise, "credits", ()) or isinstance(line.promise, Penalty):
        yield line.credit.explain(language=language)
    if line.credited is not None and line.credited != line.amount:
        form = translate(N_("After the caps of the contract: {amount}."))
        yield form.format(amount=line.credited)
    if line.claim_until is not None:
        yield translate(N_("To be claimed by {day}.")).format(day=line.claim_until)


def _evidence_lines(line: StatementLine, translate: Translator) -> Iterator[str]:
    evidence = line.evidence
    for piece in evidence[:_SHOWN]:
        yield "- " + evidence_text(line, piece, translate)
    if len(evidence) > _SHOWN:
        count = len(evidence) - _SHOWN
        yield "- " + translate.plural(*MORE, count).format(count=f"{count:,}")


def due_text(line: StatementLine, piece: Evidence, translate: Translator) -> str:
    """When it was due: of a duty that is due by the end of a day, that day."""
    last = piece.at - _INSTANT
    if line.section == "duties" and last.date() != piece.at.date():
        return last.date().isoformat()
    return translate.instant(piece.at)


def late_text(line: StatementLine, piece: Evidence, translate: Translator) -> str:
    """How late it was, of duties in days; empty string for what was not done and not yet late."""
    if not piece.length:
        return ""
    return translate.length(to_work(piece.length), has_days=line.section == "duties")


def evidence_text(line: StatementLine, piece: Evidence, translate: Translator) -> str:
    """A piece of evidence in words."""
    name, at = one_line(piece.reference), due_text(line, piece, translate)
    if piece.length is None:
        return f"{name}: {at}"
    late = late_text(line, piece, translate) or translate.length(0)
    if piece.until is None and not piece.length:
        return translate(N_("{name}: due {due}, not done")).format(name=name, due=at)
    if piece.until is None:
        form = translate(N_("{name}: due {due}, not done; {late} late"))
        return form.format(name=name, due=at, late=late)
    form = translate(N_("{name}: due {due}, done {done}; {late} late"))
    return form.format(name=name, due=at, done=translate.instant(piece.until), late=late)


# The statement ------------------------------------------------------------------------------------

_CSV = (
    "section", "name", "period", "figure", "target", "verdict", "is_final", "amount", "credited",
    "currency", "claim_until", "returns", "evidence", "explanation",
)  # fmt: skip
COLUMNS = (
    (N_("promise"), ""),
    (N_("period"), ""),
    (N_("result"), "number"),
    (N_("promised"), "number"),
    (N_("verdict"), ""),
    (N_("amount"), "number"),
    (N_("after caps"), "number"),
    (N_("claim until"), ""),
)
_AFTER_CAPS = 6  # shown where a cap reduced something


@attrs.frozen(kw_only=True, eq=False)
class Statement:
    """What was promised in a period, how it was kept, and what the customer is owed.

    Args:
        policy: The version of the policy whose settlement counts.
        period: The period.
        as_of: The instant up to which everything counts.
        fee: The fee of the period; None if it is not known.
        lines: One for each promise and each of its periods that ends in this one (`StatementLine`).
        totals: The sums, and what the caps of the contract took away.
        excluded: What does not count, and why (`Excluded`).
        errors: The faulty rows of the tables, which do not count.
    """

    __module__ = "slacalc.contract"

    policy: Policy = attrs.field(repr=False)
    period: ContractPeriod
    as_of: datetime
    fee: Money | None
    lines: tuple[StatementLine, ...] = attrs.field(repr=False)
    totals: SettledCredits = attrs.field(repr=False)
    excluded: tuple[Excluded, ...] = attrs.field(repr=False)
    errors: tuple[FaultyRow, ...] = attrs.field(repr=False)

    @property
    def total(self) -> Money | None:
        """What the customer is owed; None if nothing has a currency."""
        return self.totals.total

    @property
    def is_provisional(self) -> bool:
        """Whether the period goes on after the instant of evaluation, or a promise may change.

        A promise may change after its period while tickets of the period are open.
        """
        return to_instant(self.as_of) < self.period.ends or bool(_unsettled(self))

    @property
    def is_kept(self) -> bool:
        """Whether no promise was missed."""
        return all(line.verdict != "missed" for line in self.lines)

    def __repr__(self) -> str:
        return f"<Statement of {self.policy.name}, {self.period}: {self.total}>"

    def __iter__(self) -> Iterator[StatementLine]:
        return iter(self.lines)

    def __getitem__(self, name: str) -> StatementLine:
        """The first line of a promise.

        Raises:
            UnknownMetricError: No line is of a promise with this name.
        """
        for line in self.lines:
            if line.name == name:
                return line
        known = [line.name for line in self.lines]
        raise unknown_name(UnknownMetricError, "a promise of the statement", name, known)

    def to_dicts(self) -> list[dict[str, Any]]:
        """The lines as plain data, ready for JSON; see `StatementLine.to_dict`."""
        return [line.to_dict() for line in self.lines]

    def to_dict(self) -> dict[str, Any]:
        """The statement as plain data, ready for JSON; amounts are decimal numbers as text."""
        totals = self.totals
        currency = "" if totals.total is None else totals.total.currency
        return {
            "policy": self.policy.name,
            "period": str(self.period),
            "as_of": self.as_of.isoformat(),
            "is_provisional": self.is_provisional,
            "currency": currency or ("" if self.fee is None else self.fee.currency),
            "fee": amount_text(self.fee),
            "lines": self.to_dicts(),
            "subtotal": amount_text(totals.subtotal),
            "reductions": [
                {
                    "by": reduction.by,
                    "limit": amount_text(reduction.limit),
                    "before": amount_text(reduction.before),
                    "explanation": reduction.explain(),
                }
                for reduction in totals.reductions
            ],
            "returned": amount_text(totals.returned),
            "total": amount_text(totals.total),
            "points": f"{totals.points:f}",
            "excluded": [item.to_dict() for item in self.excluded],
            "errors": [error._asdict() for error in self.errors],
        }

    def to_csv(self, path: str | Path | None = None) -> str:
        """Return the lines as CSV, with the total in the last row.

        Texts that a spreadsheet would run as a formula begin with an apostrophe.

        Args:
            path: A file to which it is written as well, in UTF-8.
        """
        out = StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(_CSV)
        for row in self.to_dicts():
            row["evidence"] = "; ".join(piece["reference"] for piece in row["evidence"])
            writer.writerow([_cell(row[name]) for name in _CSV])
        total, currency = self.totals.total, self.to_dict()["currency"]
        ends = {
            "section": "total",
            "period": str(self.period),
            "is_final": not self.is_provisional,
            "amount": amount_text(self.totals.subtotal),
            "credited": amount_text(total),
            "currency": currency,
            "explanation": " ".join(reduction.explain() for reduction in self.totals.reductions),
        }
        writer.writerow([_cell(ends.get(name, "")) for name in _CSV])
        return _write(out.getvalue(), path)

    def columns(self, translate: Translator) -> list[tuple[str, str]]:
        """The headings of the columns, each with its kind."""
        return [(translate(name), kind) for name, kind in self._shown(COLUMNS)]

    def _shown(self, cells: Sequence[Any]) -> list[Any]:
        """The cells of a row, without the amount after caps if these reduced nothing."""
        is_shown = bool(self.totals.reductions)
        return [cell for place, cell in enumerate(cells) if is_shown or place != _AFTER_CAPS]

    def rows(self, translate: Translator) -> list[list[str]]:
        """The cells of the lines, for tables."""
        return [*map(self._shown, self._cells(translate))]

    def _cells(self, translate: Translator) -> list[list[str]]:
        return [
            [
                line.title_text(language=translate.language),
                str(line.period),
                line.figure_text(language=translate.language),
                line.target_text(language=translate.language),
                translate(line.verdict),
                "" if line.amount is None else str(line.amount),
                "" if line.credited is None else str(line.credited),
                "" if line.claim_until is None else str(line.claim_until),
            ]
            for line in self.lines
        ]

    def notes(self, translate: Translator) -> list[str]:
        """What is said below the lines: caps, the total, what does not count."""
        return [*_totals(self, translate), *_omissions(self, translate)]

    def to_text(self, *, language: str = "en") -> str:
        """Return the lines as a table, with what is said below them.

        Args:
            language: The language, such as ``"en"`` or ``"zh"``.
        """
        translate = translator(language)
        heading = f"{one_line(self.policy.title or self.policy.name)}, {self.period}"
        rows = [[name for name, _ in self.columns(translate)], *self.rows(translate)]
        widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(pad(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join([heading, *lines, *self.notes(translate)])

    def __str__(self) -> str:
        return self.to_text()

    def explain(self, *, language: str = "en") -> str:
        """Show how each figure and each amount come about.

        Args:
            language: The language, such as ``"en"`` or ``"zh"``.
        """
        translate = translator(language)
        parts = [line.explain(language=language) for line in self.lines]
        return "\n\n".join([*parts, "\n".join(self.notes(translate))])

    def to_html(
        self, path: str | Path | None = None, *, language: str = "en", whole_page: bool = True
    ) -> str:
        """Return the statement as an HTML page that needs nothing but itself.

        Args:
            path: A file to which it is written as well, in UTF-8.
            language: The language, ``"en"`` or ``"zh"``.
            whole_page: Whether it is a page; otherwise the lines and notes, to stand on a page of
                others. Notebooks show these.

        Raises:
            MissingExtraError: The extra ``report`` is not installed, which a page needs.
        """
        from slacalc._contract.statement_page import (  # noqa: PLC0415 - it needs this
            statement_page,
            statement_view,
        )

        make = statement_page if whole_page else statement_view
        return _write(make(self, language), path)

    def _repr_html_(self) -> str:
        return self.to_html(whole_page=False)


def _write(text: str, path: str | Path | None) -> str:
    if path is not None:
        Path(path).write_text(text, encoding="utf-8", newline="")
    return text


def _cell(value: Any) -> Any:
    """A cell of CSV; see the option ``--spreadsheet-safe``."""
    if value is None:
        return ""
    is_text = isinstance(value, str) and not _is_number(value)
    return f"'{value}" if is_text and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except ArithmeticError:
        return False


def _totals(statement: Statement, translate: Translator) -> Iterator[str]:
    totals, language = statement.totals, translate.language
    if totals.subtotal is not None:
        yield translate(N_("Credits: {amount}")).format(amount=totals.subtotal)
    for reduction in totals.reductions:
        yield reduction.explain(language=language)
    if totals.returned:
        yield translate(N_("Earned back: {amount}")).format(amount=totals.returned)
    if totals.total is not None:
        form = translate(
            N_("To be returned by the customer: {amount}")
            if totals.total.amount < 0
            else N_("Owed to the customer: {amount}")
        )
        yield form.format(amount=-totals.total if totals.total.amount < 0 else totals.total)
    instant = translate.instant(statement.as_of)
    if to_instant(statement.as_of) < statement.period.ends:
        form = translate(N_("Provisional: the period goes on after {instant}."))
        yield form.format(instant=instant)
    for line in _unsettled(statement):
        count = line.result.open
        yield translate.plural(*_UNSETTLED, count).format(
            name=line.title, period=line.period, count=f"{count:,}", instant=instant
        )


def _unsettled(statement: Statement) -> list[StatementLine]:
    """The lines of periods that are over, of which tickets are still open."""
    return [
        line
        for line in statement.lines
        if line.section == "objectives"
        and not (line.because or line.is_final or line.credit.returns)
        and to_instant(statement.as_of) >= line.period.ends
    ]


def _omissions(statement: Statement, translate: Translator) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for line in statement.lines:
        if line.because:
            reasons.setdefault(line.because, []).append(line.title)
    for because, names in reasons.items():
        form = translate(N_("Not measured, since {because}: {names}."))
        yield form.format(because=translate(because), names=translate.listed(names))
    results = {(line.name, line.period): line.result for line in statement.lines}
    for item in statement.excluded:
        because = translate(item.because)
        if item.section == "objectives" and (result := results.get((item.name, item.period))):
            because = describe_exclusion(result.objective, item.because, translate)
        yield excluded_text(item, because, translate)
    if statement.errors:
        count = len(statement.errors)
        yield translate.plural(*_FAULTY, count).format(count=f"{count:,}")


def excluded_text(item: Excluded, because: str, translate: Translator) -> str:
    """What does not count, in words."""
    if item.what == "promise":
        form = translate(N_("{name}, {period}: not part of this statement ({because})."))
        return form.format(name=one_line(item.name), period=item.period, because=because)
    counted = translate.plural(*COUNTED[item.what], item.number).format(count=f"{item.number:,}")
    if item.given:
        unknown = UnknownName(item.what, item.given, item.number, item.suggestion)
        because = one_line(unknown.reason(translate))
    form = translate(N_("{name}: {count} not counted ({because})."))
    name = one_line(item.name) or translate(SECTIONS[item.section])
    return form.format(name=name, count=counted, because=because)
