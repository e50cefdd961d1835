"""The ticket list of django-helpdesk, which asks for its rows as JSON, gets the SLA of each."""

from __future__ import annotations

from typing import Any

from helpdesk.query import DATATABLES_ORDER_COLUMN_CHOICES, __Query__
from model_utils import Choices

from sla.models import TicketSla
from slacalc.django.admin import sla_text

# The column "Due Date" sorts by what the policy says.
NAMES = {"due_date": "sla__due"}
COLUMNS = Choices(
    *((place, NAMES.get(field, field)) for place, field in DATATABLES_ORDER_COLUMN_CHOICES)
)


class SlaQuery(__Query__):
    """The query of the ticket list."""

    def get_datatables_context(self, **kwargs: Any) -> dict[str, Any]:
        """The rows, each with the state of its SLA in words."""
        context = super().get_datatables_context(column_lookup=COLUMNS, **kwargs)
        keys = [row["id"] for row in context["data"]]
        records = TicketSla.objects.in_bulk(keys, field_name="ticket_id")
        for row in context["data"]:
            row["sla"] = sla_text(records.get(row["id"]))
        return context
