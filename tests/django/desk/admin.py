"""The pages of the admin."""

from __future__ import annotations

from django.contrib import admin

from slacalc.django.admin import SlaAdminMixin, SlaListFilter
from tests.django.desk.models import Ticket, TicketSla


@admin.register(Ticket)
class TicketAdmin(SlaAdminMixin, admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    list_display = ("title", "sla_status")
    list_filter = (SlaListFilter,)
    readonly_fields = ("sla_status",)


@admin.register(TicketSla)
class TicketSlaAdmin(SlaAdminMixin, admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    list_display = ("ticket", "sla_status")
    list_filter = (SlaListFilter,)
