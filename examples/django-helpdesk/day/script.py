"""A scripted day at the service desk: Friday 22 May 2026, before a long weekend, and what is left.

Agents use the pages of django-helpdesk, customers write mails. Nothing here knows of slacalc, but
for `sla_tick`, which a real desk runs every minute and the script at the instants that it names.
"""

from __future__ import annotations

import logging
from email.message import EmailMessage
from typing import Any

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from helpdesk.email import extract_email_metadata
from helpdesk.models import Queue, Ticket

from day import clock
from desk.settings import WAITING

RESOLVED = Ticket.RESOLVED_STATUS
PASSWORD = "demo"  # noqa: S105 - the example is served to this machine alone
logging.getLogger("helpdesk").setLevel(logging.CRITICAL)


def at(instant: str) -> None:
    """Go on to an instant; London is an hour ahead of UTC in May."""
    clock.stop_at(f"2026-05-{instant}+01:00")


def tick(instant: str) -> None:
    """Send what has come due."""
    at(instant)
    print(f"\n## {clock.now():%a %d} {instant[3:]}")
    call_command("sla_tick")


class Agent:
    """Somebody at the desk, who uses the pages.

    Args:
        name: The name of the user.
    """

    def __init__(self, name: str) -> None:
        self.user = User.objects.get(username=name)
        self.client = Client()
        self.client.force_login(self.user)

    def post(self, page: str, *place: object, query: str = "", **form: Any) -> None:
        """Send a form."""
        answer = self.client.post(reverse(f"helpdesk:{page}", args=place) + query, form)
        assert answer.status_code == 302, answer.content.decode()  # noqa: S101 - sent to the next page

    def open(self, title: str, priority: int, customer: str, owner: User | None = None) -> Ticket:
        """Take a call: a ticket with a priority."""
        self.post(
            "submit",
            queue=Queue.objects.get().pk,
            title=title,
            body=f"{customer} says on the phone: {title}.",
            priority=priority,
            submitter_email=customer,
            assigned_to=owner.pk if owner else "",
        )
        return Ticket.objects.latest("pk")

    def update(self, ticket: Ticket, comment: str = "", **changes: Any) -> None:
        """Answer, or change something: ``new_status``, ``priority``, ``owner``."""
        ticket.refresh_from_db()
        form = {
            "title": ticket.title,
            "queue": ticket.queue_id,
            "priority": ticket.priority,
            "owner": ticket.assigned_to_id or 0,
            "new_status": ticket.status,
            "public": "1",
            "comment": comment,
        }
        self.post("update", ticket.pk, **form | changes)


def mail(
    customer: str, subject: str, body: str, ticket: Ticket | None = None, **headers: str
) -> Ticket:
    """A mail of a customer: a new ticket, or an answer to one."""
    message = EmailMessage()
    message["From"], message["To"] = customer, "desk@example.com"
    message["Subject"] = f"Re: {ticket.ticket} {subject}" if ticket else subject
    message["Message-ID"] = f"<{clock.now():%d%H%M}@example.org>"
    for name, value in headers.items():
        message[name] = value
    message.set_content(body)
    found = extract_email_metadata(
        message.as_string(), Queue.objects.get(), logging.getLogger("helpdesk")
    )
    return Ticket.objects.get(pk=found.pk)


def play() -> None:  # noqa: PLR0915 - a day has many events
    """The day, from the first ticket to the last tick."""
    at("21T09:00")
    Queue.objects.create(
        title="Service desk",
        slug="desk",
        email_address="desk@example.com",
        allow_public_submission=True,
        allow_email_submission=True,
    )
    for name in ("ada", "ben", "temp"):
        User.objects.create_user(
            name,
            f"{name}@example.com",
            PASSWORD,
            is_staff=True,
            is_superuser=name == "ada",
            first_name=name.title(),
        )
    ada, ben = Agent("ada"), Agent("ben")

    at("21T15:00")
    confirmation = mail(
        "kim@example.org", "Order confirmations arrive twice", "Since this morning."
    )

    at("22T08:10")  # before the desk opens, but critical tickets are served day and night
    shop = ada.open("The web shop is down", 1, "lee@example.org", ada.user)
    at("22T08:20")
    ada.update(shop, "We are looking into it.")
    tick("22T08:30")
    at("22T09:00")
    backup = ben.open("The nightly backup failed", 4, "ops@example.org", ben.user)
    at("22T09:02")
    spam = mail("win@example.net", "You have won", "Click here.")
    at("22T09:05")
    ada.post("delete", spam.pk)
    at("22T09:20")
    ada.update(confirmation, "Which browser do you use?", new_status=WAITING, owner=ada.user.pk)
    at("22T09:30")
    ben.update(backup, "I shall start it again.")
    printer = mail("max@example.org", "The printer on the third floor", "It eats the paper.")
    at("22T09:50")
    ben.update(printer, "A spare part is needed.", owner=ben.user.pk)
    at("22T10:00")
    ben.post("hold", printer.pk)
    at("22T10:15")
    surname = ada.open(
        "Please change my surname", 4, "eva@example.org", User.objects.get(username="temp")
    )
    at("22T11:10")
    invoice = mail("kim@example.org", "Invoice 4711 has the wrong tax", "It should be 20 %.")
    tick("22T11:15")
    at("22T11:30")
    ada.update(invoice, "I have asked the accountants.", owner=ada.user.pk)
    at("22T11:40")
    ada.update(shop, "A certificate had expired.", new_status=RESOLVED)
    at("22T12:00")
    ben.open("A larger screen, when one is free", 5, "max@example.org")
    at("22T13:00")  # the agent leaves, and the ticket has no owner any more
    ada.update(surname, owner=0)
    User.objects.get(username="temp").delete()
    mail("lee@example.org", "down", "It is down again!", shop)
    at("22T13:50")
    ada.update(shop, "The old certificate came back from a cache.", new_status=RESOLVED)
    at("22T14:00")  # five hours have counted; a critical ticket has four
    ben.update(backup, priority=1)
    ada.update(invoice, priority=2)
    tick("22T14:05")
    at("22T14:20")  # which is not an answer of ours
    mail("eva@example.org", "surname", "Any news?", surname)
    at("22T14:40")
    ben.update(backup, "All is copied.", new_status=RESOLVED)
    at("22T15:30")
    vpn = mail(
        "zoe@example.org", "The VPN wants my password every hour", "Help!", Importance="high"
    )
    at("22T15:45")
    again = mail("zoe@example.org", "VPN again", "Is anybody there?")
    at("22T16:00")
    ada.post("merge_tickets", query=f"?tickets={vpn.pk}&tickets={again.pk}", chosen_ticket=vpn.pk)
    tick("22T16:20")
    tick("22T17:00")

    tick("26T09:00")  # Monday was a holiday
    at("26T09:15")
    ben.update(vpn, "Please try the new version.", owner=ben.user.pk)
    tick("26T09:30")
    at("26T09:40")
    mail("kim@example.org", "twice", "It is the mobile app.", confirmation)
    tick("26T10:30")
