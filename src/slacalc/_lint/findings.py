"""A finding of the linter: what is odd, where it stands, and a ticket that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import attrs

from slacalc._i18n import ENGLISH
from slacalc._policy.attributes import value_text

if TYPE_CHECKING:
    import pendulum

    from slacalc._policy.attributes import Value

Severity: TypeAlias = Literal["error", "warning", "notice"]


@attrs.frozen(kw_only=True)
class Finding:
    """Something odd in a policy.

    Args:
        kind: What sort of oddity, such as ``"undercut"``.
        severity: ``"error"`` where an answer is impossible or absurd, ``"warning"`` where a promise
            is likely not what was meant, ``"notice"`` for what is good to know.
        path: Where it stands.
        message: What is odd.
        example: A ticket that shows it; empty where no ticket is needed.
        received_at: When that ticket is to be received; None where it does not matter.
    """

    kind: str
    severity: Severity
    path: str
    message: str
    example: dict[str, Value] = attrs.field(factory=dict)
    received_at: pendulum.DateTime | None = None

    def __str__(self) -> str:
        text = f"{self.severity}: {self.path}: {self.message} [{self.kind}]"
        if self.example or self.received_at:
            shown = ", ".join(f"{name} = {value_text(one)}" for name, one in self.example.items())
            shown = shown or "any ticket"
            at = f", received {ENGLISH.instant(self.received_at)}" if self.received_at else ""
            text += f"\n  for example {shown}{at}"
        return text

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain data, ready for JSON."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "path": self.path,
            "message": self.message,
            "example": dict(self.example),
            "received_at": None if self.received_at is None else self.received_at.isoformat(),
        }
