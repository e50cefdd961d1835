"""The admin of tickets has a column and a filter for the SLA."""

from django.contrib import admin
from helpdesk.admin import TicketAdmin
from helpdesk.models import Ticket

from slacalc.django.admin import SlaAdminMixin, SlaListFilter

admin.site.unregister(Ticket)


@admin.register(Ticket)
class SlaTicketAdmin(SlaAdminMixin, TicketAdmin):
    """The admin of django-helpdesk, and the SLA."""

    list_display = ("title", "sla_status", *TicketAdmin.list_display[1:])
    list_filter = (SlaListFilter, *TicketAdmin.list_filter)
