"""For the admin: a column and a filter on the list of tickets, and the tables of this app.

A host adds `SlaAdminMixin` to the admin of its tickets, or of its records, and the names
``"sla_status"`` to ``list_display`` and `SlaListFilter` to ``list_filter``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import F

from slacalc._time.durations import length_parts
from slacalc._time.instants import MINUTE, to_instant, to_utc
from slacalc.django.models import SlaNotice, SlaPolicy, SlaQuerySet, SlaRecord, record_models
from slacalc.django.settings import aware, local_text
from slacalc.errors import RecordError, SlacalcError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest

    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = object

_UNITS = {"d": "d", "h": "h", "m": "min", "s": "s"}


def sla_text(record: SlaRecord | None, now: datetime | None = None) -> str:
    """The state of a record in a few words, such as ``due in 1 h 20 min (response)``.

    Args:
        record: The record; None gives an empty text.
        now: The instant; default: now.

    Raises:
        RecordError: It is something else, such as a ticket.
    """
    if record is None:
        return ""
    if not isinstance(record, SlaRecord):
        msg = f"{record!r} is not an SLA record: pass the record of the ticket"
        raise RecordError(msg)
    at = aware(now)
    try:
        current = [*record.status(at).values()]
    except SlacalcError as error:
        return f"cannot be read: {error}"
    running = [one for one in current if not (one.stopped_at or one.cancelled_at)]
    for status in running:
        if status.state == "breached" and status.breached_at is not None:
            return f"breached since {local_text(status.breached_at)} ({status.metric})"
    dues = [(to_instant(one.due), one.metric) for one in running if one.due is not None]
    if dues:
        due, metric = min(dues)
        left = due - to_instant(at)
        words = (
            f"overdue since {local_text(to_utc(due))}" if left < 0 else f"due in {_length(left)}"
        )
        return f"{words} ({metric})"
    reasons = [one.reason for one in running if one.is_paused] + [one.reason for one in running]
    if any(reasons):
        return next(filter(None, reasons))
    return "breached earlier" if any(one.ever_breached for one in current) else "done"


def _length(length: int) -> str:
    """A length on the clock on the wall, in whole minutes if it has any."""
    _, parts = length_parts(length - length % MINUTE if length > MINUTE else length)
    return " ".join(f"{number} {_UNITS[unit]}" for number, unit in parts)


class SlaAdminMixin(ModelAdmin):
    """The column ``sla_status`` for the admin of tickets, or of records themselves.

    Attributes:
        sla_model: The model of the records; default: the only one for these tickets.
    """

    sla_model: type[SlaRecord] | None = None

    def get_sla_model(self) -> type[SlaRecord]:
        """The model of the records.

        Raises:
            RecordError: There is none for these tickets, or there are several.
        """
        if self.sla_model is not None:
            return self.sla_model
        if issubclass(self.model, SlaRecord):
            return self.model
        models = [
            model
            for model in record_models()
            if issubclass(self.model, model.ticket_field().related_model)
        ]
        if len(models) != 1:
            msg = f"{self.model._meta.label} has {len(models)} models of SLA records: set sla_model"
            raise RecordError(msg)
        return models[0]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows, each with its record."""
        rows = super().get_queryset(request)
        if issubclass(self.model, SlaRecord):
            return rows.annotate(sla_due=F("due"))
        relation = self.get_sla_model().ticket_field().remote_field
        name = relation.get_accessor_name()
        return rows.select_related(name).annotate(sla_due=F(f"{relation.name}__due"))

    @admin.display(description="SLA", ordering="sla_due")
    def sla_status(self, row: Any) -> str:
        """The state of the record in a few words."""
        if not isinstance(row, SlaRecord):
            relation = self.get_sla_model().ticket_field().remote_field
            row = getattr(row, relation.get_accessor_name() or "", None)
        return sla_text(row)


class SlaListFilter(admin.SimpleListFilter):
    """The filter of tickets or records by their SLA; the admin needs `SlaAdminMixin`."""

    title = "SLA"
    parameter_name = "sla"

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._admin: SlaAdminMixin = arguments[-1]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:  # noqa: ARG002 - the base class has it
        """The choices."""
        return [
            ("soon", "due within 2 hours"),
            ("overdue", "overdue"),
            ("breached", "breached"),
            ("ever", "ever breached"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - the base class has it
        """The rows of the choice."""
        model = self._admin.get_sla_model()
        all_records = SlaQuerySet(model, using=queryset.db)
        if self.value() == "soon":
            records = all_records.due_within(timedelta(hours=2))
        elif self.value() == "overdue":
            records = all_records.overdue()
        elif self.value() == "breached":
            records = all_records.breached()
        elif self.value() == "ever":
            records = all_records.ever_breached()
        else:
            return queryset
        if issubclass(queryset.model, SlaRecord):
            return queryset.filter(pk__in=records.order_by().values("pk"))
        field = model.ticket_field()
        keys = records.order_by().values(field.attname)
        return queryset.filter(**{f"{field.target_field.attname}__in": keys})


class _ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # not subscriptable at run time
    """Tables that this app writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - the base class has it
        return False

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(SlaPolicy)
class SlaPolicyAdmin(_ReadOnlyAdmin):
    """The policies that records are, or were, under."""

    list_display = ("name", "fingerprint", "first_used")


@admin.register(SlaNotice)
class SlaNoticeAdmin(_ReadOnlyAdmin):
    """The outbox."""

    list_display = ("key", "record_model", "record_id", "at", "sent_at", "attempts", "error")
    list_filter = ("kind", "metric", ("sent_at", admin.EmptyFieldListFilter))
    date_hierarchy = "at"
    ordering = ("-at",)
