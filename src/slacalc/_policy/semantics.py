"""Rules for borderline cases in which help-desk products differ, and the rules of each product.

The rules of this library are those in its documentation. Whoever must agree to the second with a
system that is in use needs the rules of that system. Each difference is a switch of `Semantics`,
and `PRODUCTS` has the switches of each product; guides/products.md quotes the product's own
documentation for each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import attrs

from slacalc._schema.shapes import Choice, Description, Record, Short, bind, read_by_shape, shaped

if TYPE_CHECKING:
    from collections.abc import Mapping

Repeat: TypeAlias = Literal["", "never", "next_start", "independent", "sequential"]
OnChange: TypeAlias = Literal["", "keep_elapsed", "from_change", "restart", "keep_original"]
OnReopen: TypeAlias = Literal["", "continue", "new_cycle", "final", "count_all"]
CountsFrom: TypeAlias = Literal["", "first", "last"]
Product: TypeAlias = Literal[
    "", "zammad", "zendesk", "jira", "servicenow", "glpi", "frappe", "erpnext"
]
ExactFit: TypeAlias = Literal["", "closing", "next_opening"]
AtDue: TypeAlias = Literal["", "met", "breached"]
Shown: TypeAlias = Literal["", "hidden", "kept"]
Pauses: TypeAlias = Literal["", "own_time", "wall_time"]


def one_of(words: object) -> Choice:
    """The shape of a word of a `Literal` type, except for the empty one."""
    return Choice(get_args(words)[1:])


@attrs.frozen(repr=False, field_transformer=bind)
class Semantics(Description):
    """Rules for borderline cases in which help-desk products differ.

    Args:
        like: The product whose rules hold for every switch not set here. Default: the rules of this
            library.
        exact_fit: When working time is due that ends exactly as the calendar closes: at the
            ``"closing"`` or at the ``"next_opening"``.
        at_due: What a ticket is at the very instant of its due date: ``"met"``, as it is in time,
            or ``"breached"``.
        due_while_paused: Whether a due date that a pause will move is ``"hidden"`` meanwhile, or
            ``"kept"`` as it was when the pause began.
        due_after_stop: Whether the due date of a stopped clock is ``"kept"`` or ``"hidden"``.
        pauses: Whether a pause moves a due date by the target's ``"own_time"`` that it took, such
            as working time, or by ``"wall_time"``.
        on_change: What happens to a running clock when its ticket is promised something else, for
            metrics that do not say it.
        on_change_inside: The same for metrics inside another one.
        on_reopen: How a stopped clock goes on, for metrics that do not say it.
        repeat: Whether another cycle follows a stop, for metrics that do not say it.
        counts_from: Which of several starts the time counts from, for metrics that do not say it.

    Example:
        >>> from slacalc import Semantics
        >>> Semantics("zammad").resolved.exact_fit
        'next_opening'
        >>> Semantics("zammad", exact_fit="closing").resolved.exact_fit
        'closing'
    """

    __module__ = "slacalc"

    like: Product = attrs.field(
        default="", converter=read_by_shape, metadata=shaped(one_of(Product))
    )
    exact_fit: ExactFit = attrs.field(
        default="", kw_only=True, converter=read_by_shape, metadata=shaped(one_of(ExactFit))
    )
    at_due: AtDue = attrs.field(
        default="", kw_only=True, converter=read_by_shape, metadata=shaped(one_of(AtDue))
    )
    due_while_paused: Shown = attrs.field(
        default="", kw_only=True, converter=read_by_shape, metadata=shaped(one_of(Shown))
    )
    due_after_stop: Shown = attrs.field(
        default="", kw_only=True, converter=read_by_shape, metadata=shaped(one_of(Shown))
    )
    pauses: Pauses = attrs.field(
        default="", kw_only=True, converter=read_by_shape, metadata=shaped(one_of(Pauses))
    )
    on_change: OnChange = attrs.field(
        default="", kw_only=True, converter=read_by_shape, metadata=shaped(one_of(OnChange))
    )
    on_change_inside: OnChange = attrs.field(
        default="", kw_only=True, converter=read_by_shape, metadata=shaped(one_of(OnChange))
    )
    on_reopen: OnReopen = attrs.field(
        default="", kw_only=True, converter=read_by_shape, metadata=shaped(one_of(OnReopen))
    )
    repeat: Repeat = attrs.field(
        default="", kw_only=True, converter=read_by_shape, metadata=shaped(one_of(Repeat))
    )
    counts_from: CountsFrom = attrs.field(
        default="", kw_only=True, converter=read_by_shape, metadata=shaped(one_of(CountsFrom))
    )

    @property
    def resolved(self) -> Semantics:
        """All switches: as set here, else as in the product it is like, else as in this library."""
        said = {
            part.name: getattr(self, part.name)
            for part in attrs.fields(Semantics)
            if getattr(self, part.name)
        }
        ours = dict(_OURS)
        if "on_change" in said and "on_change_inside" not in PRODUCTS.get(self.like, {}):
            ours["on_change_inside"] = said["on_change"]
        return Semantics(**{**ours, **PRODUCTS.get(self.like, {}), **said})


_OURS: Mapping[str, str] = {
    "exact_fit": "closing",
    "at_due": "met",
    "due_while_paused": "hidden",
    "due_after_stop": "kept",
    "pauses": "own_time",
    "on_change": "keep_elapsed",
    "on_change_inside": "keep_elapsed",
    "on_reopen": "continue",
    "repeat": "never",
    "counts_from": "first",
}

PRODUCTS: Mapping[str, Mapping[str, str]] = {
    "zammad": {
        "exact_fit": "next_opening",
        "due_after_stop": "hidden",
        "on_reopen": "final",
    },
    "zendesk": {"due_after_stop": "hidden"},
    "jira": {"on_reopen": "new_cycle", "repeat": "next_start"},
    "servicenow": {
        "at_due": "breached",
        "due_while_paused": "kept",
        "on_change": "restart",
        "on_change_inside": "restart",
        "on_reopen": "new_cycle",
        "repeat": "next_start",
    },
    "glpi": {
        "exact_fit": "next_opening",
        "due_while_paused": "kept",
        "on_change_inside": "from_change",
    },
    "frappe": {"due_while_paused": "kept"},
    "erpnext": {"pauses": "wall_time"},
}

SEMANTICS = Short(
    one_of(Product),
    Record(Semantics, "a table with like, exact_fit and the like"),
    f"one of {', '.join(PRODUCTS)}, or a table of switches",
)
