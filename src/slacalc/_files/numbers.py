"""Read numbers as people write them: with a decimal point or comma, and thousands separated.

Which sign comes before the decimals of CSV is said by an option, or follows from the file: the
comma, if semicolons separate the fields, and the point otherwise. A number in which the other sign
could separate thousands as well, such as ``1.234`` between semicolons, is an error unless an option
says which it is. Files of other kinds have numbers of their own, which come as text with a point,
so that no option may give it another meaning.

Read next: `time_forms`, whose lengths are such numbers.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_NUMBER = re.compile(r"\s*([+-]?)(\d+(?:[.,]\d+)*)\s*")
_THOUSANDS = re.compile(r"\d+|[1-9]\d{0,2}(?:[.,]\d{3})+")


class DecimalSign(NamedTuple):
    """The sign before the decimals of numbers.

    Args:
        sign: A point or a comma.
        is_certain: Whether an option says so; else the file suggests it.
        is_option: Whether an option may say so.
    """

    sign: str = "."
    is_certain: bool = False
    is_option: bool = True

    def plain(self, text: str, unit: str = "") -> str:
        """A number with a decimal point and nothing between thousands; other texts as they are.

        Args:
            text: The text.
            unit: What the number counts, for messages.

        Raises:
            ValueError: It may be one of two numbers, or is none with the sign that is certain.
        """
        match = _NUMBER.fullmatch(text)
        if match is None:
            return text
        other = "," if self.sign == "." else "."
        usual = _number(match[2], self.sign, other)
        unusual = None if self.is_certain else _number(match[2], other, self.sign)
        if usual != unusual and unusual and usual and self.sign not in match[2]:
            options = sorted([(self.sign, usual), (other, unusual)])
            shown = " or ".join(
                f"{match[1]}{number}{f' (--decimal {sign})' * self.is_option}"
                for sign, number in options
            )
            hint = "" if self.is_option else ": turn the text into a number"
            msg = f"{text!r} may be {shown}{' ' * bool(unit)}{unit}{hint}"
            raise ValueError(msg)
        number = usual or unusual
        if number is None and self.is_certain:
            msg = f"{text!r} is not a number with --decimal {self.sign}"
            raise ValueError(msg)
        return text if number is None else f"{match[1]}{number}"


def _number(digits: str, point: str, between: str) -> str | None:
    """A number by its decimal sign and the sign between thousands; None if it is not one."""
    whole, sign, decimals = digits.partition(point)
    if not _THOUSANDS.fullmatch(whole) or (sign and not decimals.isdigit()):
        return None
    return whole.replace(between, "") + (f".{decimals}" if sign else "")
