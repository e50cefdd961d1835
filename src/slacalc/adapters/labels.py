"""Labels of an issue as they come and go; one such as ``scope::value`` is the value of a field.

The labels at the opening are those that have no event and are there today, and those whose first
event takes them away. So a label that is added twice counts from the first time, and one that is
taken away and was never added was there from the start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slacalc.adapters.core import LogBuilder

OWN_FIELDS = ("labels", "state", "assignee")
"""The fields of issues that no label sets."""


def at_opening(today: Iterable[str], changes: Iterable[tuple[str, bool]]) -> dict[str, None]:
    """The members of a group before some changes, in order.

    Args:
        today: Its members after the changes.
        changes: Who was changed, and whether it was added, in order.
    """
    first: dict[str, bool] = {}
    for name, is_added in changes:
        first.setdefault(name, is_added)
    return {name: None for name in (*today, *first) if not first.get(name, False)}


class Labels:
    """The labels of an issue.

    Args:
        builder: What collects their changes.
        today: The labels of today.
        changes: The labels that were changed, and whether they were added, in order.
        separators: What stands between scope and value.
    """

    def __init__(
        self,
        builder: LogBuilder,
        today: Iterable[str],
        changes: Iterable[tuple[str, bool]],
        separators: tuple[str, ...],
    ) -> None:
        self._builder, self._separators = builder, separators
        self._labels = at_opening(today, changes)
        for field, value in self._fields().items():
            builder.has(field, value)

    def change(self, at: int, key: Any, label: str, *, is_added: bool) -> None:
        """Note that a label was added or taken away; call it in the order of the changes."""
        before = self._fields()
        if is_added:
            self._labels[label] = None
        else:
            self._labels.pop(label, None)
        after = self._fields()
        for field in before | after:
            if before.get(field) != after.get(field):
                self._builder.change(at, key, field, before.get(field), after.get(field))

    def _fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = {"labels": sorted(self._labels)}
        for label in sorted(self._labels):
            for separator in self._separators:
                scope, _, value = map(str.strip, label.rpartition(separator))
                if scope and value and scope not in OWN_FIELDS:
                    fields[scope] = value
                    break
        return fields
