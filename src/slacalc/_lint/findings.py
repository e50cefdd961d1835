"""A finding of the linter: its message, its path, and a ticket that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import attrs

from slacalc._i18n import translator
from slacalc._phrases import in_language
from slacalc._policy.attributes import plain_value, value_text
from slacalc.errors import escape_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pendulum

    from slacalc._policy.attributes import Value

Severity: TypeAlias = Literal["error", "warning", "notice"]


@attrs.frozen(kw_only=True)
class Finding:
    """Something in a policy that is valid but probably not intended.

    Args:
        kind: The kind of finding, such as ``"undercut"``.
        severity: ``"error"`` if a deadline cannot be computed or makes no sense, ``"warning"`` if
            a promise is probably not intended, ``"notice"`` for what is good to know.
        path: Where it is, such as ``tables.vip[2].targets.response``.
        message: What was found.
        example: A ticket that shows it; empty if any ticket does.
        received_at: The instant of receipt of that ticket that shows it; None if any does.
    """

    __module__ = "slacalc"

    kind: str
    severity: Severity
    path: str
    message: str
    example: dict[str, Value] = attrs.field(factory=dict)
    received_at: pendulum.DateTime | None = None

    def __str__(self) -> str:
        return self.in_language("en")

    def in_language(self, language: str) -> str:
        """Return the finding as text in a language.

        Args:
            language: The language, such as ``"zh"``.

        Raises:
            LanguageError: There is no such language.
        """
        translate = translator(language)
        text = translate("{severity}: {path}: {message} [{kind}]").format(
            severity=translate(self.severity),  # `_html.findings` marks them
            path=self.path,
            message=in_language(self.message, language),
            kind=self.kind,
        )
        if self.example or self.received_at:
            pairs = (f"{name} = {value_text(value)}" for name, value in self.example.items())
            ticket = translate.listed(pairs) or translate("any ticket")
            form, at = translate("for example {ticket}"), ""
            if self.received_at:
                form = translate("for example {ticket}, received {instant}")
                at = translate.instant(self.received_at)
            text += f"\n  {form.format(ticket=ticket, instant=at)}"
        return escape_lines(text)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain data, ready for JSON."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "path": self.path,
            "message": self.message,
            "example": {name: plain_value(value) for name, value in self.example.items()},
            "received_at": None if self.received_at is None else self.received_at.isoformat(),
        }


def counts_text(counts: Mapping[str, int], language: str) -> str:
    """How many there are of each severity: ``1 error, 2 warnings``; empty string for none."""
    parts = (f"{count} {kind}{'s' * (count > 1)}" for kind, count in counts.items())
    return translator(language).listed(in_language(part, language) for part in parts)
