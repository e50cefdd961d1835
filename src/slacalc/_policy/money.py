"""Money: an exact decimal amount in a currency, and the shapes of amounts and percentages.

Nothing here is ever a float. A float in a document stands for the decimal number that it shows.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import attrs

from slacalc._schema.shapes import NumberShape, OneOf, Text
from slacalc.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Sequence

_CURRENCY = "[A-Z]{3}"
_NUMBER = r"\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,4})?|\d{1,15}(?:\.\d{1,4})?"
_MONEY = re.compile(rf"({_CURRENCY}) ?({_NUMBER})|({_NUMBER}) ?({_CURRENCY})", re.ASCII)
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}\.\d{3}", re.ASCII)  # a German thousand, or three decimals
_PLAIN = re.compile(r"[+-]?\d{1,99}(?:\.\d{1,99})?(?:[Ee][+-]?\d{1,3})?", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?) ?%", re.ASCII)
_FORMS = 'an amount with its currency, such as "CNY 50" or "120.50 CHF"'

_MOST_DIGITS = 24  # before the point, and as many after it
_EXACT = Context(prec=100)  # whatever the context of the caller's own decimals is

CURRENCY = Text(
    expected='a currency by its three letters (ISO 4217), such as "CHF"',
    pattern=rf"^{_CURRENCY}$",
    max_length=3,
)


def _read_amount(amount: Decimal | int | str) -> Decimal:
    if not isinstance(amount, Decimal | int | str) or isinstance(amount, bool):
        msg = f"{amount!r} is not an exact amount: give a Decimal, such as Decimal('1200.50')"
        raise ContractError(msg, argument="amount", given=amount)
    is_number = not isinstance(amount, str) or _PLAIN.fullmatch(amount) is not None
    number = Decimal(amount if is_number else "NaN")
    if not number.is_finite():
        msg = f"{amount!r} is not an amount: give a number such as '1200.50'"
        raise ContractError(msg, argument="amount", given=amount)
    if number.adjusted() >= _MOST_DIGITS or int(number.as_tuple().exponent) < -_MOST_DIGITS:
        msg = f"{amount!r} is not an amount: at most {_MOST_DIGITS} digits before and after a point"
        raise ContractError(msg, argument="amount", given=amount)
    return number


def _read_currency(currency: str) -> str:
    if not isinstance(currency, str) or not re.fullmatch(_CURRENCY, currency):
        msg = f"{currency!r} is not a currency: give its three letters, such as 'CHF'"
        raise ContractError(msg, argument="currency", given=currency)
    return currency


@attrs.frozen(repr=False, order=False)
class Money:
    """An amount of money: an exact decimal number, in a currency.

    Args:
        amount: The number; a `Decimal`, a whole number, or text.
        currency: Three letters (ISO 4217), such as ``"CHF"``.

    Raises:
        ContractError: The number is a float or is not finite, or the currency is none.

    Example:
        >>> from slacalc.contract import Money
        >>> print(Money("1250.5", "CHF") + Money.parse("CHF 50"))
        CHF 1,300.50
    """

    __module__ = "slacalc.contract"

    amount: Decimal = attrs.field(converter=_read_amount)
    currency: str = attrs.field(converter=_read_currency)

    @classmethod
    def parse(cls, text: str) -> Money:
        """Read ``CHF 1,250.50``, ``1250.50 CHF`` or ``CNY 50``.

        Raises:
            ContractError: It is something else.
        """
        match = _MONEY.fullmatch(text.strip()) if isinstance(text, str) else None
        if match is None:
            msg = f"{text!r} is not {_FORMS}"
            raise ContractError(msg, argument="amount", given=text)
        number, currency = match[2] or match[3], match[1] or match[4]
        if _AMBIGUOUS.fullmatch(number):
            whole = number.replace(".", "")
            msg = f"{text!r} may be {number}0 or {whole} {currency}: write one of these"
            raise ContractError(msg, argument="amount", given=text)
        return cls(number.replace(",", ""), currency)

    @property
    def rounded(self) -> Money:
        """The amount rounded half up to a hundredth."""
        hundredths = self.amount.quantize(Decimal("0.01"), ROUND_HALF_UP, _EXACT)
        return Money(hundredths, self.currency)

    def __add__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        self._refuse_other(other)
        return Money(_EXACT.add(self.amount, other.amount), self.currency)

    def __sub__(self, other: Money) -> Money:
        return self + -other if isinstance(other, Money) else NotImplemented

    def __neg__(self) -> Money:
        return Money(self.amount.copy_negate(), self.currency)

    def __mul__(self, factor: int | Decimal | Fraction) -> Money:
        """The amount times an exact factor; a fraction's product is rounded to a hundredth."""
        if isinstance(factor, Fraction):
            return Money(half_up(Fraction(self.amount) * factor, 2), self.currency)
        if isinstance(factor, Decimal | int) and not isinstance(factor, bool):
            return Money(_EXACT.multiply(self.amount, factor), self.currency)
        return NotImplemented

    def __lt__(self, other: Money) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        self._refuse_other(other)
        return self.amount < other.amount

    def __le__(self, other: Money) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        self._refuse_other(other)
        return self.amount <= other.amount

    def __bool__(self) -> bool:
        return self.amount != 0

    def _refuse_other(self, other: Money) -> None:
        if self.currency != other.currency:
            msg = f"{self} and {other} are of two currencies, and no rate of exchange is known"
            raise ContractError(msg, argument="currency", given=other.currency)

    def __str__(self) -> str:
        return f"{self.currency} {self.rounded.amount:,.2f}"

    def __repr__(self) -> str:
        return f"Money({str(self.amount)!r}, {self.currency!r})"


def half_up(exact: Fraction, decimals: int) -> Decimal:
    """A fraction rounded half up, away from zero, to some decimals; exact in any context."""
    rounded = int(abs(exact) * 10**decimals + Fraction(1, 2))
    return Decimal(f"{'-' if exact < 0 else ''}{rounded}E-{decimals}")


def percent(share: Fraction, decimals: int = 1) -> str:
    """Format a share in percent, rounded half up, as every share is: ``30.8%``."""
    return f"{half_up(share * 100, decimals):f}%"


def percent_text(percent: Fraction, decimals: int = 6) -> str:
    """A percentage with the decimals that it needs, rounded half up to the most: ``12.5 %``."""
    text = f"{half_up(percent, decimals):f}"
    return f"{text.rstrip('0').rstrip('.')} %"


def percent_texts(percents: Sequence[Fraction], decimals: int) -> list[str]:
    """Percentages that stand beside one another, as `percent_text`: two that differ look different.

    Args:
        percents: The percentages.
        decimals: The most decimals, unless two of them need more to look different.
    """
    texts = [percent_text(percent, decimals) for percent in percents]
    is_clear = len({*texts}) == len({*percents})
    return texts if is_clear else percent_texts(percents, decimals + 1)


def money_text(money: Money) -> str:
    """An amount as a policy file has it: ``CNY 50``."""
    return f"{money.currency} {money.amount:f}"


MONEY = Text(
    expected=_FORMS,
    pattern=rf"^(?:{_MONEY.pattern.replace('(', '(?:').replace('(?:?:', '(?:')})$",
    max_length=40,
    parse=Money.parse,
    to_text=money_text,
    result_type=Money,
)


def _parse_percent(text: str) -> Decimal:
    match = _PERCENT.fullmatch(text)
    percent = Decimal(match[1]) if match else Decimal(-1)
    if not 0 < percent <= 100:
        msg = f"{text!r} is not a percentage above 0 and at most 100, such as 10 or '12.5 %'"
        raise ContractError(msg, argument="percent", given=text)
    return percent.normalize(_EXACT)


_PERCENT_TEXT = Text(
    expected='a percentage such as "12.5 %"',
    pattern=rf"^{_PERCENT.pattern}$",
    max_length=15,
    parse=_parse_percent,
)


class PercentShape:
    """A percentage above 0 and at most 100: a number, or text such as ``"12.5 %"``."""

    expected = 'a percentage above 0 and at most 100, such as 10 or "12.5 %"'
    _number = NumberShape(expected=expected, largest=100, decimals=6)

    def accepts(self, data: Any) -> bool:
        is_text = isinstance(data, str) and re.fullmatch(_PERCENT, data) is not None
        return is_text or self._number.accepts(data)

    def read(self, data: Any, path: Any, faults: Any) -> Any:
        if self._number.accepts(data):
            return self._number.read(data, path, faults)
        if isinstance(data, str) and self.accepts(data):
            return _PERCENT_TEXT.read(data, path, faults)
        return faults.add(path, data, self.expected)

    def write(self, value: Any) -> Any:
        return self._number.write(value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {
            "anyOf": [self._number.schema(definitions), _PERCENT_TEXT.schema(definitions)],
        }


PERCENT = PercentShape()


class _CapShape(OneOf):
    """A percentage, written with its sign, or an amount."""

    def write(self, value: Any) -> Any:
        return money_text(value) if isinstance(value, Money) else f"{value.normalize(_EXACT):f} %"


CAP = _CapShape(
    (PERCENT, MONEY),
    'a percentage of the fee, such as "25 %", or an amount, such as "CHF 500"',
    index_of=lambda value: int(isinstance(value, Money)),
)
