"""Penalties: amounts that are owed for events, such as justified complaints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import attrs

from slacalc._columns.input import check_choice, read_instant
from slacalc._contract.credits import Miss, PromiseOutcome
from slacalc._contract.customers import read_tables
from slacalc._contract.periods import agreements_of, parse_period
from slacalc._contract.tables import faulty_rows
from slacalc._i18n import N_, translator
from slacalc._policy.policy import check_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    import pendulum

    from slacalc._contract.tables import FaultyRow, TableErrors, UnknownName
    from slacalc._policy.money import Money
    from slacalc._policy.policy import Policy


@attrs.frozen(kw_only=True)
class PenaltyEvent:
    """An event for which a penalty is owed.

    Args:
        customer: The name of the customer.
        penalty: The name of the penalty.
        words: What it is owed for, in words.
        at: When it happened.
        row: Its row in the log, from 0.
        amount: What is owed.
    """

    __module__ = "slacalc.contract"

    customer: Any
    penalty: str
    words: str
    at: pendulum.DateTime
    row: int
    amount: Money

    def explain(self, language: str = "en") -> str:
        """Say what is owed, and for what.

        Args:
            language: The language, such as ``"en"`` or ``"zh"``.
        """
        translate = translator(language)
        return translate(N_("{penalty}, {customer}: {amount} ({instant}, row {row})")).format(
            penalty=self.words or self.penalty,
            customer=self.customer,
            amount=self.amount,
            instant=translate.instant(self.at),
            row=self.row,
        )

    def __str__(self) -> str:
        return self.explain()

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, ready for JSON."""
        return {
            "customer": self.customer,
            "penalty": self.penalty,
            "at": self.at.isoformat(),
            "row": self.row,
            "amount": str(self.amount),
        }


class Penalties(Sequence[PenaltyEvent]):
    """The events of a period for which penalties are owed, in order of time.

    Attributes:
        errors: The faulty rows of the tables, which do not count.
        unknown: The types of events that no duty and no penalty has (`UnknownName`).
    """

    __module__ = "slacalc.contract"

    def __init__(
        self,
        owed: Sequence[PenaltyEvent],
        names: Iterable[str] = (),
        errors: tuple[FaultyRow, ...] = (),
        unknown: tuple[UnknownName, ...] = (),
    ) -> None:
        self.unknown = unknown
        self._owed, self._names, self.errors = tuple(owed), tuple(names), errors

    def __len__(self) -> int:
        return len(self._owed)

    @overload
    def __getitem__(self, place: int) -> PenaltyEvent: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[PenaltyEvent, ...]: ...
    def __getitem__(self, place: int | slice) -> Any:
        return self._owed[place]

    def __repr__(self) -> str:
        return f"Penalties({', '.join(f'{name}: {total}' for name, total in self.totals.items())})"

    @property
    def totals(self) -> dict[str, Money]:
        """By penalty, what is owed together."""
        counts = Counter(each.penalty for each in self)
        amounts = {each.penalty: each.amount for each in self}
        return {name: amount * counts[name] for name, amount in amounts.items()}

    def outcomes(self) -> dict[str, PromiseOutcome]:
        """What `credits` needs to know of each penalty."""
        misses: dict[str, list[Miss]] = {name: [] for name in self._names}
        for each in self:
            at = each.at.int_timestamp * 1_000_000 + each.at.microsecond
            misses[each.penalty].append(Miss(at, reference=f"{each.customer}, row {each.row}"))
        return {
            name: PromiseOutcome(is_missed=bool(owed), misses=tuple(owed))
            for name, owed in misses.items()
        }

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return each as plain data, ready for JSON."""
        return [each.to_dict() for each in self]


def penalties(
    policy: Policy,
    customers: Any,
    events: Any,
    period: Any,
    *,
    as_of: datetime | str | None = None,
    columns: Mapping[str, str | None] | None = None,
    naive: str | None = None,
    errors: TableErrors = "raise",
) -> Penalties:
    """Find the events of a period for which a penalty is owed.

    An event outside the contract of its customer has none.

    Args:
        policy: The policy. The penalties of the version in force on the period's first day count.
        customers: The table of customers, as for `duties`.
        events: The log of events, as for `duties`.
        period: The period, such as ``"2026-05"``.
        as_of: Later events have not happened. Default: the end of the period.
        columns: The names of the tables' columns where they differ.
        naive: The time zone of times without one.
        errors: What to do about faulty rows, as for `duties`.

    Returns:
        `Penalties`: a `PenaltyEvent` each.

    Raises:
        ColumnError: A table cannot be read.
        ContractError: The period is not one.
        NaiveDatetimeError: Times have no zone, and *naive* is not given.

    Example:
        >>> from slacalc import Policy, contract
        >>> late = {"event": "complaint", "amount": "CNY 50"}
        >>> policy = Policy("care", penalties={"complaint": late})
        >>> events = [{"customer": "acme", "at": "2026-05-04T09:00Z", "type": "complaint"}]
        >>> owed = contract.penalties(policy, [{"customer": "acme"}], events, "2026-05")
        >>> print(owed[0])
        complaint, acme: CNY 50.00 (Mon 2026-05-04 09:00, row 0)
    """
    check_policy(policy)
    check_choice(errors, "errors", ("raise", "column"))
    span = parse_period(period, policy.zone)
    last = span.ends - 1
    if as_of is not None:
        last = min(last, read_instant(as_of, "as_of", naive))
    people, log = read_tables(policy, customers, events, columns, naive)
    version = agreements_of(policy, span)
    terms = people.terms(version)
    owners = [*version.penalties.values()]
    owed: list[tuple[int, int, PenaltyEvent]] = []
    met = people.meet(version, owners) if owners else []
    for rank, (name, penalty) in enumerate(version.penalties.items()):
        places = log.meeting(penalty.event, last)
        places = places[log.at[places] >= span.starts]
        customer = log.customer[places]
        keep = met[rank][customer] & terms.cover(customer, log.at[places])
        for place in places[keep].tolist():
            event = PenaltyEvent(
                customer=people.names[int(log.customer[place])],
                penalty=name,
                words=penalty.words,
                at=policy.zone.datetime(int(log.at[place])),
                row=int(log.rows[place]),
                amount=penalty.amount,
            )
            owed.append((int(log.at[place]), rank, event))
    owed.sort(key=lambda item: (item[0], item[2].row, item[1]))
    faulty = (
        *faulty_rows(people.errors, "customers", errors),
        *faulty_rows(log.errors, "events", errors),
    )
    unknown = log.unknown_types(policy, span.starts, last)
    return Penalties([event for _, _, event in owed], version.penalties, faulty, unknown)
