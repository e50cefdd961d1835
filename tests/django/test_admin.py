"""The pages of the admin: what the column says, and what the filter and the order select."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.test.utils import override_settings

from slacalc import Event
from slacalc.django.admin import SlaAdminMixin, sla_text
from slacalc.errors import RecordError
from tests.django import settings
from tests.django.desk.models import Ticket, TicketSla
from tests.django.test_records import at, new_ticket, reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def rows(database: dict[str, Any]) -> Callable[[str], list[str]]:
    """The rows of a list in the admin, as text."""
    assert database
    client = Client()
    client.force_login(User.objects.create_superuser("kim"))

    def read(address: str) -> list[str]:
        page = client.get(f"/admin/{address}")
        assert page.status_code == 200, page.headers
        table = page.content.decode().partition('id="result_list"')[2].partition("</table>")[0]
        cells = [
            re.findall(r"<t[dh] class=\"field[^>]*>(.*?)</t[dh]>", row)
            for row in table.split("<tr>")
        ]
        return [" | ".join(re.sub("<[^>]*>", "", cell) for cell in row) for row in cells if row]

    return read


@pytest.fixture
def tickets() -> None:
    """Tickets around the present, since the pages show what is now."""
    now = datetime.now(UTC)
    for title, hours in (("new", 0.1), ("old", 2), ("answered", 7), ("paused", 1)):
        ticket = new_ticket(title=title, created=now - timedelta(hours=hours))
        with TicketSla.record(ticket) as sla:
            if title in ("answered", "paused"):
                sla.insert(Event(ticket.created, "replied", by="agent"))
            if title == "paused":
                sla.observe(ticket.created + timedelta(minutes=6), status="waiting")
    new_ticket(title="without")


def first_words(rows: list[str]) -> list[str]:
    return [row.partition(" | ")[0] for row in rows]


@pytest.mark.usefixtures("database", "tickets")
def test_the_column_says_what_is_now(rows: Callable[[str], list[str]]) -> None:
    listed = dict(row.split(" | ") for row in rows("desk/ticket/"))
    assert re.fullmatch(r"due in 5[34] min \(response\)", listed["new"])
    assert re.fullmatch(r"due in (59 min|1 h) \(resolution\)", listed["answered"])
    assert re.fullmatch(r"breached since \d{4}-\d\d-\d\d \d\d:\d\d \(response\)", listed["old"])
    assert listed["paused"] == "paused: status is waiting"
    assert listed["without"] == "-"


@pytest.mark.usefixtures("database", "tickets")
@pytest.mark.parametrize("page", ["ticket", "ticketsla"])
def test_the_filter_and_the_order(page: str, rows: Callable[[str], list[str]]) -> None:
    by_due = first_words(rows(f"desk/{page}/?o=2"))
    assert [title for title in by_due if title in ("old", "new", "answered")] in (
        ["old", "new", "answered"],
        ["old", "answered", "new"],  # in the same minute
    )
    assert first_words(rows(f"desk/{page}/?sla=overdue")) == ["old"]
    assert first_words(rows(f"desk/{page}/?sla=breached")) == ["old"]
    assert first_words(rows(f"desk/{page}/?sla=ever")) == ["old"]
    assert sorted(first_words(rows(f"desk/{page}/?sla=soon"))) == ["answered", "new"]


@pytest.mark.usefixtures("database", "tickets")
def test_the_tables_of_the_app_are_shown_and_cannot_be_changed(
    rows: Callable[[str], list[str]],
) -> None:
    assert rows("slacalc/slapolicy/")[0].startswith("Desk | ")
    assert len(rows("slacalc/slanotice/?sent_at__isempty=1")) == 4
    client = Client()
    client.force_login(User.objects.get())
    assert client.get("/admin/slacalc/slapolicy/add/").status_code == 403
    ticket = Ticket.objects.get(title="new")
    assert "due in" in client.get(f"/admin/desk/ticket/{ticket.pk}/change/").content.decode()


@pytest.mark.usefixtures("sqlite")
def test_the_words_of_the_column(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sla_text(None) == ""
    ticket = new_ticket()
    with pytest.raises(RecordError, match="is not an SLA record: pass the record of the ticket"):
        sla_text(ticket)  # type: ignore[arg-type]  # wrong on purpose
    with TicketSla.record(ticket, now=at(0)):
        pass

    def words(hours: float) -> str:
        return sla_text(TicketSla.objects.get(), at(hours))

    assert words(0.7505) == "due in 14 min (response)"
    assert words(1 - 0.25 / 60) == "due in 15 s (response)"
    assert words(1) == "due in 0 s (response)"
    assert words(1.5) == "breached since 2026-05-18 12:00 (response)"  # in Paris
    with TicketSla.record(ticket, now=at(2)) as sla:
        sla.insert(reply(2))
    assert words(2) == "due in 6 h (resolution)"
    monkeypatch.setattr("django.utils.timezone.now", lambda: at(3))
    assert sla_text(TicketSla.objects.get()) == "due in 5 h (resolution)"
    with TicketSla.record(ticket, now=at(3)) as sla:
        sla.observe(at(3), status="solved")
    assert words(3) == "breached earlier"
    other = new_ticket()
    with TicketSla.record(other, now=at(1)) as sla:
        sla.insert(reply(0.5))
        sla.observe(at(1), status="solved")
    assert sla_text(other.sla, at(1)) == "done"
    TicketSla.objects.update(stored_clock={})
    assert sla_text(TicketSla.objects.first()).startswith("cannot be read: ")


@pytest.mark.usefixtures("sqlite")
def test_what_has_not_begun_is_not_done(tmp_path: Path) -> None:
    text = (settings.HERE / "desk.toml").read_text("utf-8")
    visit = '[metrics.visit]\nstart = "agreed"\nstop = "visited"\n'
    (tmp_path / "desk.toml").write_text(text.replace("[metrics.resp", f"{visit}[metrics.resp"))
    with override_settings(SLACALC={"POLICIES": [tmp_path / "desk.toml"]}):
        ticket = new_ticket()
        with TicketSla.record(ticket, now=at(1)) as sla:
            sla.insert(reply(0.5))
            sla.observe(at(1), status="solved")
        assert sla_text(ticket.sla, at(1)) == "not begun: starts at agreed"


def test_a_mixin_needs_one_model_of_records() -> None:
    class UserAdmin(SlaAdminMixin, admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
        pass

    users = UserAdmin(User, admin.site)
    with pytest.raises(RecordError, match=r"auth\.User has 0 models of SLA records"):
        users.get_sla_model()
    users.sla_model = TicketSla
    assert users.get_sla_model() is TicketSla
