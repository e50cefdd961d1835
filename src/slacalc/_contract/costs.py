"""What two policies would have cost for the same tickets: two statements, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from slacalc._contract.statement import statement
from slacalc._contract.statement_lines import amount_text
from slacalc._i18n import pad, width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slacalc._contract.periods import ContractPeriod
    from slacalc._contract.statement_lines import Statement, StatementLine
    from slacalc._policy.money import Money
    from slacalc._policy.policy import Policy


class CostLine(NamedTuple):
    """One promise in one period under two policies.

    Args:
        section: The part of the policy, such as ``"availability"``.
        name: The name of the promise.
        period: The period of the promise.
        verdict_a: The result under the first policy; None if it has no such promise.
        verdict_b: The result under the second one.
        amount_a: What is owed under the first policy, after its caps; None if there is no amount.
        amount_b: What is owed under the second one.
    """

    section: str
    name: str
    period: ContractPeriod
    verdict_a: str | None
    verdict_b: str | None
    amount_a: Money | None
    amount_b: Money | None


CostLine.__module__ = "slacalc.contract"


@attrs.frozen(kw_only=True, eq=False)
class Costs:
    """What two policies would have cost for the same tickets.

    Args:
        statements: The statement under each policy.
        lines: Their lines side by side (`CostLine`).
    """

    __module__ = "slacalc.contract"

    statements: tuple[Statement, Statement] = attrs.field(repr=False)
    lines: tuple[CostLine, ...]

    @property
    def totals(self) -> tuple[Money | None, Money | None]:
        """What is owed to the customer under each policy; None if nothing has a currency."""
        return self.statements[0].total, self.statements[1].total

    @property
    def difference(self) -> Money | None:
        """What the second policy costs more; a policy without amounts costs nothing.

        Raises:
            ContractError: The policies have different currencies.
        """
        total_a, total_b = self.totals
        if total_a is None or total_b is None:
            return total_b if total_a is None else -total_a
        return total_b - total_a

    def to_dicts(self) -> list[dict[str, Any]]:
        """The lines as plain data, ready for JSON; amounts are decimal numbers as text."""
        return [
            line._asdict()
            | {
                "period": str(line.period),
                "amount_a": amount_text(line.amount_a),
                "amount_b": amount_text(line.amount_b),
            }
            for line in self.lines
        ]

    def __str__(self) -> str:
        names = [made.policy.name for made in self.statements]
        rows = [["promise", "period", *names]]
        for line in self.lines:
            amounts = (line.amount_a, line.amount_b)
            rows.append([line.name, str(line.period), *map(_shown, amounts)])
        rows.append(["total", str(self.statements[0].period), *map(_shown, self.totals)])
        widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(pad(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )


def _shown(money: Money | None) -> str:
    return "–" if money is None else str(money)


def compare_costs(
    policies: tuple[Policy, Policy],
    columns: Sequence[Mapping[str, str | None]],
    period: Any,
    tables: Mapping[str, Any],
) -> Costs:
    """Make the statement of a period under each of two policies.

    Args:
        policies: The policies.
        columns: For each, the names of the tickets' columns where they differ.
        period: The period.
        tables: The other arguments of `statement`.
    """
    first, second = (
        statement(policy, period, columns=own, **tables)
        for policy, own in zip(policies, columns, strict=True)
    )
    sides = [{_key(line): line for line in made.lines} for made in (first, second)]
    lines = []
    for key in dict.fromkeys([*sides[0], *sides[1]]):
        of_a, of_b = (side.get(key) for side in sides)
        verdict_a, verdict_b = (None if line is None else line.verdict for line in (of_a, of_b))
        amount_a, amount_b = (None if line is None else line.credited for line in (of_a, of_b))
        lines.append(CostLine(*key[:3], verdict_a, verdict_b, amount_a, amount_b))
    return Costs(statements=(first, second), lines=tuple(lines))


def _key(line: StatementLine) -> tuple[str, str, ContractPeriod, ContractPeriod | None]:
    return line.section, line.name, line.period, line.credit.returns
