"""What the page of a ticket shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils import timezone
from django.utils.safestring import mark_safe

from slacalc.django.admin import sla_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sla.models import TicketSla

register = template.Library()
register.filter(sla_text)


@register.filter
def picture(sla: TicketSla) -> str:
    """The life of the ticket until now."""
    now = timezone.now().replace(microsecond=0)
    return mark_safe(sla.clock.to_html(now))  # noqa: S308 - slacalc has escaped it


@register.filter
def ledgers(sla: TicketSla) -> Iterator[tuple[str, str]]:
    """Where the time went of each promise that was broken."""
    for metric, promise in sla.status().items():
        if promise.ever_breached:
            until = promise.stopped_at or timezone.now().replace(microsecond=0)
            yield metric, mark_safe(sla.clock.ledger(metric, until).to_html())  # noqa: S308 - the ledger escapes its texts
