"""``sla_rejudge`` and ``sla_backfill``, and the system checks."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from django.core import checks
from django.core.management import CommandError, call_command
from django.db import models
from django.test.utils import isolate_apps, override_settings

from slacalc.django.management.commands import sla_backfill
from slacalc.django.models import SlaNotice, SlaPolicy, SlaRecord
from slacalc.django.worker import TickResult, tick
from tests.django import project, settings
from tests.django.desk.models import Mail, Message, Ticket, TicketSla
from tests.django.test_records import at, keys, new_ticket, reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DESK = (settings.HERE / "desk.toml").read_text("utf-8")
NOW = at(3).isoformat()


@pytest.fixture
def policy(tmp_path: Path) -> Iterator[Path]:
    """The file of the policy, to be changed; `restart` has it read."""
    path = tmp_path / "desk.toml"
    path.write_text(DESK, "utf-8")
    with override_settings(SLACALC={"POLICIES": [path]}):
        yield path


def restart(policy: Path) -> Any:
    """What follows happens in another process, as it were."""
    return override_settings(SLACALC={"POLICIES": [policy]})


def stricter(policy: Path) -> None:
    """Normal tickets are to be resolved within 2 hours, not 8."""
    policy.write_text(DESK.replace('"8 hours"', '"2 hours"'), "utf-8")


def opened(**fields: Any) -> Ticket:
    ticket = new_ticket(**fields)
    with TicketSla.record(ticket, now=at(0.5)) as sla:
        sla.insert(reply(0.5))
    return ticket


def dump() -> list[Any]:
    return [[*model.objects.order_by("pk").values()] for model in (TicketSla, SlaNotice, SlaPolicy)]


# Rejudging ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
def test_open_records_stay_under_their_policy_until_they_are_rejudged(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    solved = new_ticket()  # so that tickets and records differ in their numbers
    ticket = opened()
    with TicketSla.record(solved, now=at(1)) as sla:
        sla.insert(reply(0.5))
        sla.observe(at(1), status="solved")
    stricter(policy)
    with restart(policy):
        with TicketSla.record(ticket, now=at(1.25)) as sla:
            assert not sla.clock.note
            sla.observe(at(1), priority="urgent")
            sla.observe(at(1.25), priority="normal")
        assert TicketSla.objects.get(ticket=ticket).due == at(8)

        before = dump()
        call_command("sla_rejudge", "--dry-run", "--now", NOW)
        printed = capsys.readouterr().out.splitlines()
        assert dump() == before
        record = TicketSla.objects.get(ticket=ticket)
        assert record.pk != ticket.pk
        assert printed == [
            f"desk.Ticket {ticket.pk}: resolution due 2026-05-18 19:00 → 2026-05-18 13:00; new: "
            + ", ".join(f"resolution.1.{kind}" for kind in ("warning.75 %", "due", "breached")),
            "1 of 2 records would come under another policy",
        ]

        call_command("sla_rejudge", "--now", NOW)
        assert capsys.readouterr().out.splitlines()[:1] == printed[:1]
        record.refresh_from_db()
        assert (record.due, record.is_breached) == (at(2), True)
        assert SlaPolicy.objects.count() == 2
        assert len(keys(record)) == 3
        assert tick(at(3)) == TickResult()
        assert not Mail.objects.exists()

        call_command("sla_rejudge", "--now", NOW)
        assert capsys.readouterr().out == "0 of 2 records have come under another policy\n"


@pytest.mark.usefixtures("sqlite")
def test_new_notices_of_the_past_are_sent_on_demand(policy: Path) -> None:
    opened()
    stricter(policy)
    with restart(policy):
        call_command("sla_rejudge", "--send", "--now", NOW, "--policy", "Desk", verbosity=0)
        assert tick(at(3)).sent == 3


@pytest.mark.usefixtures("sqlite")
def test_records_to_which_nothing_happens_are_counted_only(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened()
    policy.write_text(DESK.replace('"30 minutes"', '"20 minutes"'), "utf-8")
    with restart(policy):
        call_command("sla_rejudge", "--now", NOW)
    assert capsys.readouterr().out == "1 of 1 records have come under another policy\n"


@pytest.mark.parametrize("command", ["sla_tick", "sla_backfill", "sla_rejudge"])
def test_without_the_tables_commands_say_what_to_run(command: str, tmp_path: Path) -> None:
    project.connect(project.sqlite(tmp_path / "empty.sqlite3"))
    message = "^no table slacalc_slapolicy, slacalc_slanotice, desk_ticketsla: run manage.py "
    with pytest.raises(CommandError, match=message):
        call_command(command)


@pytest.mark.usefixtures("sqlite")
def test_what_had_come_under_the_former_policy_is_sent(policy: Path) -> None:
    opened()
    stricter(policy)
    with restart(policy):
        call_command("sla_rejudge", "--now", at(6.5).isoformat())
        assert sorted(SlaNotice.objects.filter(sent_at=None).values_list("key", flat=True)) == [
            "resolution.1.warning.75 %"  # of 8 hours; due and breached are those of 2 hours
        ]


@pytest.mark.usefixtures("sqlite")
def test_tickets_that_do_not_fit_do_not_stop_the_others(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = opened(priority="urgent", status="waiting")
    other = opened()
    policy.write_text(DESK.replace('"urgent"', '"high"').replace("8 hours", "9 hours"), "utf-8")
    with restart(policy):
        with pytest.raises(CommandError, match="1 of 2 records do not fit"):
            call_command("sla_rejudge", "--now", NOW)
        assert f"desk.Ticket {bad.pk}: " in (errors := capsys.readouterr().err)
        assert "'urgent' is not" in errors
        assert TicketSla.objects.get(ticket=other).due == at(9)
        with pytest.raises(CommandError, match=r"'Desks' is not a policy of the settings \(Desk\)"):
            call_command("sla_rejudge", "--policy", "Desks")


# Backfill ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
def test_tickets_of_the_past_get_records_and_nobody_is_notified(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answered, late, bad, known = new_ticket(), new_ticket(), new_ticket(priority="?"), opened()
    message = Message.objects.create(ticket=answered, at=at(0.5), by="agent")
    version = known.sla.version
    for options, done in ((["--dry-run"], "would get"), ([], "got")):
        with pytest.raises(CommandError, match="1 of 3 tickets cannot be read"):
            call_command("sla_backfill", "--now", NOW, *options)
        output = capsys.readouterr()
        assert output.out == f"2 of 3 tickets without a record {done} one\n"
        assert output.err.startswith(f"desk.Ticket {bad.pk}: ")
        assert TicketSla.objects.count() == (1 if options else 3)

    record = TicketSla.objects.get(ticket=answered)
    assert [event.key for event in record.clock.events] == [f"message-{message.pk}"]
    assert (record.due, record.ever_breached) == (at(8), False)
    assert TicketSla.objects.get(ticket=late).is_breached
    assert SlaNotice.objects.count() == 3
    assert tick(at(3)) == TickResult()
    assert tick(at(6)).sent == 3  # the warnings of the resolutions
    assert TicketSla.objects.get(ticket=known).version == version + 1


@pytest.mark.usefixtures("sqlite")
def test_a_long_backfill_says_how_far_it_has_come(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sla_backfill, "_PROGRESS", 2)
    for _ in range(5):
        new_ticket()
    call_command("sla_backfill", "--dry-run", "--now", NOW)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["2 tickets so far", "4 tickets so far"]
    assert len(lines) == 3
    call_command("sla_backfill", "--now", NOW, verbosity=0)
    assert "so far" not in capsys.readouterr().out


@pytest.mark.usefixtures("sqlite")
def test_a_history_with_a_creation_has_the_fields_of_the_opening(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from slacalc import Event

    history = [
        Event(at(-1), "created", priority="normal", status="open"),
        Event(at(1), "changed", priority="urgent"),
    ]
    monkeypatch.setattr(TicketSla, "history_of", classmethod(lambda _, __: history))
    ticket = new_ticket(priority="urgent", status="waiting")
    call_command("sla_backfill", "--now", NOW, verbosity=2)
    assert "response, breached" in capsys.readouterr().out
    clock = TicketSla.objects.get(ticket=ticket).clock
    assert (clock.opened_at, clock.ticket["priority"]) == (at(-1), "normal")
    assert clock.fields["status"] == "waiting"  # which the history does not say


# Checks ------------------------------------------------------------------------------------------


def found(*tags: str) -> list[tuple[str, str]]:
    return [(one.id or "", one.msg) for one in checks.run_checks(tags=tags or ["slacalc"])]


def test_a_good_policy_has_no_messages() -> None:
    assert found() == []
    assert found("models") == []


def test_a_policy_with_faults_is_an_error(policy: Path) -> None:
    policy.write_text(DESK.replace("stop", "stopp"), "utf-8")
    [(code, message)] = found()
    assert code == "slacalc.E002"
    assert "did you mean 'stop'" in message
    policy.unlink()
    [(code, message)] = found()
    assert code == "slacalc.E002"
    assert "desk.toml" in message


def test_what_the_linter_finds_is_a_warning(policy: Path) -> None:
    policy.write_text(DESK + '\n[[tables.all]]\ntargets = { response = "5 minutes" }\n', "utf-8")
    messages = found()
    assert {code for code, _ in messages} == {"slacalc.W001"}
    assert any("tables.all[2]" in message for _, message in messages)


@pytest.mark.parametrize("value", [{}, {"POLICIES": []}, {"POLICIES": "desk.toml"}, "desk.toml"])
def test_settings_that_name_no_files_are_an_error(value: object) -> None:
    with override_settings(SLACALC=value):
        assert [code for code, _ in found()] == ["slacalc.E001"]


@isolate_apps("tests.django.desk")
def test_a_record_without_its_methods_is_an_error() -> None:
    class Bare(SlaRecord):
        class Meta:
            app_label = "desk"

    class Whole(SlaRecord):
        ticket = models.OneToOneField(Ticket, models.CASCADE)

        class Meta:
            app_label = "desk"

        @classmethod
        def attributes_of(cls, _: Any) -> dict[str, Any]:
            return {}

        @classmethod
        def opened_at(cls, ticket: Any) -> Any:
            return ticket.created

        def send(self, notice: SlaNotice) -> None: ...

    messages = {message.id: message for message in Bare.check()}
    assert (messages["slacalc.E003"].hint or "").startswith("Define attributes_of, opened_at, send")
    assert "no OneToOneField" in messages["slacalc.E004"].msg
    assert not [one for one in Whole.check() if (one.id or "").startswith("slacalc")]


@pytest.mark.usefixtures("sqlite")
def test_the_migrations_make_the_tables_of_the_models() -> None:
    call_command("makemigrations", "slacalc", "--check", "--dry-run", verbosity=0)


def test_without_django_the_extra_is_named() -> None:
    code = "import sys; sys.modules['django'] = None; import slacalc.django"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stderr.endswith(
        "MissingExtraError: slacalc.django needs the extra `django`, but django is not installed: "
        'pip install "slacalc[django]"\n'
    )
