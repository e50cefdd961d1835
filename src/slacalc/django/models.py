"""The record of a ticket, the outbox of its notices, and the policies that records are under.

A host derives its own model from `SlaRecord`, with a `OneToOneField` to its tickets, and makes the
migration. A record is written by compare and swap: an ``UPDATE`` of the version that was read. If
another writer came first, what was recorded is applied to what that one has stored. Notices are
put into the outbox in the same transaction; `worker` sends them.
"""

from __future__ import annotations

import inspect
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.apps import apps
from django.core.checks import Error
from django.db import IntegrityError, connections, models, router, transaction
from django.db.models import F, Q

from slacalc._records.lengths import wall_length
from slacalc._records.policies import open_stored
from slacalc._records.recording import Recording
from slacalc._records.rows import columns_of, outbox_of
from slacalc.django.settings import aware, only_policy, policy_store, stored
from slacalc.errors import RecordError, SlacalcError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime, timedelta

    from django.core.checks import CheckMessage
    from django.db.models import Field

    from slacalc._clock.clock import Clock
    from slacalc._clock.events import Event
    from slacalc._clock.status import Status

logger = logging.getLogger("slacalc.django")

RecordT = TypeVar("RecordT", bound="SlaRecord")

_TRIES = 5  # the second one, with a lock, succeeds as a rule


class SlaPolicy(models.Model):
    """A version of a policy that records are, or were, under."""

    fingerprint: Field[str, str] = models.CharField(max_length=64, primary_key=True)
    name: Field[str, str] = models.CharField(max_length=100)
    data: Field[Any, Any] = models.JSONField()
    first_used: Field[datetime, datetime] = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "SLA policy"
        verbose_name_plural = "SLA policies"

    def __str__(self) -> str:
        return f"{self.name} ({self.fingerprint[:8]})"


def unclaimed() -> Q:
    """The notices that wait, and that no worker is sending now."""
    return Q(sent_at=None) & (free() | ~Q(error=""))


def free() -> Q:
    """The notices that a worker may claim: new ones, and those whose lease is over."""
    return Q(claimed_until=None) | Q(claimed_until__lte=stored(aware(None)))


class SlaNotice(models.Model):
    """A notice of a record in the outbox: a warning, a due date, a limit or a breach.

    Attributes:
        key: What names it for the life of the ticket; see `Change.key`.
        sent_at: When it was sent; None if it waits.
        claimed_until: The end of the lease of the worker that sends it, or the instant of the next
            attempt if `error` is set.
        attempts: How often a worker has begun to send it.
        error: Why the last attempt failed; empty if none did.
    """

    record_model: Field[str, str] = models.CharField(max_length=100)
    record_id: Field[str, str] = models.CharField(max_length=100)
    key: Field[str, str] = models.CharField(max_length=255)
    kind: Field[str, str] = models.CharField(max_length=20)
    metric: Field[str, str] = models.CharField(max_length=100)
    cycle: Field[int, int] = models.PositiveIntegerField()
    threshold: Field[str, str] = models.CharField(max_length=255, blank=True)
    name: Field[str, str] = models.CharField(max_length=255, blank=True)
    at: Field[datetime, datetime] = models.DateTimeField()
    sent_at: Field[datetime | None, datetime | None] = models.DateTimeField(null=True, blank=True)
    claimed_until: Field[datetime | None, datetime | None] = models.DateTimeField(
        null=True, blank=True
    )
    attempts: Field[int, int] = models.PositiveIntegerField(default=0)
    error: Field[str, str] = models.TextField(blank=True)

    class Meta:
        verbose_name = "SLA notice"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["record_model", "record_id", "key"], name="slacalc_notice_once"
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["at"], condition=Q(sent_at=None), name="slacalc_notice_waits")
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.record_model} {self.record_id}"

    @property
    def record(self) -> SlaRecord | None:
        """The record that it belongs to; None if that was deleted."""
        model = apps.get_model(self.record_model)
        manager = model._base_manager.using(self._state.db)
        record = manager.filter(pk=self.record_id).first()
        return record if isinstance(record, SlaRecord) else None


class SlaQuerySet(models.QuerySet[Any]):
    """Records by what they said when they were written last; ``sla_tick`` keeps that up to date."""

    def due_within(self, length: timedelta | str, now: datetime | None = None) -> SlaQuerySet:
        """Those whose earliest open promise is due between now and the end of a length of time.

        Args:
            length: The length on the clock on the wall, such as ``"2h"``.
            now: The instant; default: now.

        Raises:
            WorkError: The length cannot be read, or is negative.
        """
        begin = aware(now)
        end = begin + wall_length(length)
        return self.filter(due__gte=stored(begin), due__lte=stored(end)).order_by("due")

    def overdue(self, now: datetime | None = None) -> SlaQuerySet:
        """Those whose earliest open promise was due before an instant; default: now."""
        return self.filter(due__lt=stored(aware(now))).order_by("due")

    def breached(self) -> SlaQuerySet:
        """Those with a metric that is breached, also if the ticket has been closed since."""
        return self.filter(is_breached=True)

    def ever_breached(self) -> SlaQuerySet:
        """Those with a metric of which any cycle was breached."""
        return self.filter(ever_breached=True)


class SlaRecording(Recording):
    """What is recorded of a ticket; with ``USE_TZ = False`` instants may be naive.

    Attributes:
        clock: The clock of the ticket after what was recorded.
    """

    def observe(self, at: datetime | str, /, **fields: Any) -> None:
        """Set fields of the ticket to what they are from an instant on; see `Clock.observe`."""
        super().observe(aware(at), **fields)

    def status(self, as_of: datetime | str | None = None) -> Status:
        """The status of all metrics at an instant; default: now."""
        return super().status(aware(as_of))


class SlaRecord(models.Model):
    """The SLA of one ticket as a row; derive a model from it.

    Give it a `OneToOneField` to the tickets, and the methods `attributes_of`, `opened_at` and
    `send`. `record` writes it; ``sla_tick`` looks at it when something comes due.

    Attributes:
        stored_clock: The clock as plain data; see `clock`.
        policy: The fingerprint of the version of the policy that it is under.
        due: The earliest due date of a promise that is not yet fulfilled, also one that has passed;
            None if there is none, or if all are paused.
        metric: The metric of that promise.
        is_breached: Whether a metric was breached when the record was written.
        ever_breached: Whether any cycle of a metric ever was.
        next_look: When ``sla_tick`` looks at it next; None if nothing will come by itself.
        looked_at: The instant up to which its notices are in the outbox.
        version: How often it was written.
    """

    stored_clock: Field[Any, Any] = models.JSONField(editable=False)
    policy: Field[str, str] = models.CharField(max_length=64, editable=False)
    due: Field[datetime | None, datetime | None] = models.DateTimeField(
        null=True, editable=False, db_index=True
    )
    metric: Field[str, str] = models.CharField(max_length=100, blank=True, editable=False)
    is_breached: Field[bool, bool] = models.BooleanField(default=False, editable=False)
    ever_breached: Field[bool, bool] = models.BooleanField(default=False, editable=False)
    next_look: Field[datetime | None, datetime | None] = models.DateTimeField(
        null=True, editable=False, db_index=True
    )
    looked_at: Field[datetime | None, datetime | None] = models.DateTimeField(
        null=True, editable=False
    )
    version: Field[int, int] = models.PositiveBigIntegerField(default=0, editable=False)

    objects: ClassVar[Any] = SlaQuerySet.as_manager()

    class Meta:
        abstract = True

    # What the host says --------------------------------------------------------------------------

    @classmethod
    def policy_of(cls, ticket: Any) -> str:  # noqa: ARG003 - for those that override it
        """The name of the policy that a new ticket comes under; default: the only one."""
        return only_policy().name

    @classmethod
    def attributes_of(cls, ticket: Any) -> Mapping[str, Any]:
        """The fields of a ticket that the policy knows, as they are now."""
        raise NotImplementedError(f"{cls.__name__}.attributes_of")

    @classmethod
    def opened_at(cls, ticket: Any) -> datetime:
        """When a ticket came in."""
        raise NotImplementedError(f"{cls.__name__}.opened_at")

    @classmethod
    def history_of(cls, ticket: Any) -> Iterable[Event]:  # noqa: ARG003 - for those that override it
        """What has happened to a ticket so far, for ``sla_backfill``; default: nothing.

        An event ``created`` among it has the fields with which the ticket came in; without it, it
        came in with those of `attributes_of`.
        """
        return ()

    def send(self, notice: SlaNotice) -> None:
        """Send a notice, for example by mail; ``sla_tick`` calls it, and again if it raises."""
        raise NotImplementedError(f"{type(self).__name__}.send")

    @classmethod
    def check(cls, **options: Any) -> list[CheckMessage]:
        """Say what the model lacks, beside what Django says."""
        messages = super().check(**options)
        missing = [
            name
            for name in ("attributes_of", "opened_at", "send")
            if inspect.getattr_static(cls, name) is SlaRecord.__dict__[name]
        ]
        if missing:
            hint = f"Define {', '.join(missing)}; see slacalc.django.models.SlaRecord."
            messages.append(Error("The SLA record is not complete.", hint, cls, "slacalc.E003"))
        try:
            cls.ticket_field()
        except RecordError as error:
            messages.append(Error(str(error), None, cls, "slacalc.E004"))
        return messages

    # Reading -------------------------------------------------------------------------------------

    @property
    def clock(self) -> Clock:
        """The clock, under its own policy, which may be an earlier one than that of the file.

        Raises:
            ClockError, PolicyError: It cannot be read.
        """
        cached: tuple[Any, Clock] | None = self.__dict__.get("_clock")
        if cached is None or cached[0] is not self.stored_clock:
            self.keep_clock(open_stored(policy_store(), self.stored_clock, self._stored_policy))
        clock: Clock = self.__dict__["_clock"][1]
        return clock

    def keep_clock(self, clock: Clock) -> None:
        """Remember the clock that `stored_clock` describes, so that it need not be read."""
        self.__dict__["_clock"] = self.stored_clock, clock

    def _stored_policy(self, fingerprint: str) -> Any:
        policies = SlaPolicy.objects.using(self._state.db).filter(pk=fingerprint)
        return policies.values_list("data", flat=True).first()

    def status(self, now: datetime | None = None) -> Status:
        """The status of all metrics at an instant; default: now."""
        return self.clock.status(max(aware(now), self.clock.opened_at))

    @property
    def ticket_name(self) -> str:
        """What names the ticket in the output of commands, such as ``desk.Ticket 7``."""
        field = self.ticket_field()
        return f"{field.related_model._meta.label} {getattr(self, field.attname)}"

    @property
    def notices(self) -> models.QuerySet[SlaNotice]:
        """Its notices in the outbox."""
        manager = SlaNotice.objects.using(self._state.db)
        return manager.filter(record_model=label_of(type(self)), record_id=str(self.pk))

    # Writing -------------------------------------------------------------------------------------

    @classmethod
    @contextmanager
    def record(
        cls, ticket: Any, *, now: datetime | None = None, using: str | None = None
    ) -> Iterator[SlaRecording]:
        """Record what happens to a ticket: ``with TicketSla.record(ticket) as sla: …``.

        At the end of the block, all is stored at once, with the notices that it brings about; if
        the block raises, nothing is. A ticket without a record gets one. If nothing was recorded
        and nothing is due, nothing is written.

        Args:
            ticket: The ticket, saved.
            now: The instant up to which notices have come; default: now.
            using: The database; default: the one that Django's routers name.

        Raises:
            RecordError: The ticket is not saved, or the record cannot be written.
        """
        using = using or router.db_for_write(cls, instance=ticket)
        record = record_of(cls, ticket, using)
        recording = SlaRecording(record.clock)
        yield recording
        record = store(record, recording, now, using=using, ticket=ticket)
        setattr(record, cls.ticket_field().name, ticket)  # also what the ticket has cached

    @classmethod
    def observe(
        cls,
        ticket: Any,
        *,
        update_fields: Iterable[str] | None = None,
        now: datetime | None = None,
    ) -> None:
        """Take over the fields of a ticket that was saved, for ``post_save``.

        What slacalc refuses, such as a value that the policy does not know, is logged by the logger
        ``slacalc.django`` and not raised, so that the ticket is saved in any case. The next save
        takes over the fields again.

        Args:
            ticket: The ticket, saved.
            update_fields: What ``post_save`` says. If only some fields were saved, those of the
                row count, not those of the object.
            now: The instant; default: now.
        """
        row = ticket
        if update_fields is not None:
            row = type(ticket)._base_manager.using(ticket._state.db).get(pk=ticket.pk)
            relation = cls.ticket_field().remote_field
            if relation.is_cached(ticket):
                relation.delete_cached_value(ticket)
        with _log_errors(ticket), cls.record(row, now=now) as sla:
            sla.observe(aware(now), **cls.attributes_of(row))

    @classmethod
    def insert(cls, ticket: Any, *events: Event, now: datetime | None = None) -> None:
        """Add events of a ticket, each once if it has a key; like `observe`, it logs errors.

        Args:
            ticket: The ticket, saved.
            *events: The events, in any order.
            now: The instant up to which notices have come; default: now.
        """
        with _log_errors(ticket), cls.record(ticket, now=now) as sla:
            sla.insert(*events)

    @classmethod
    def ticket_field(cls) -> models.OneToOneField[Any, Any]:
        """The field that names the ticket: the first `OneToOneField`.

        Raises:
            RecordError: There is none.
        """
        for field in cls._meta.concrete_fields:
            if isinstance(field, models.OneToOneField) and not field.remote_field.parent_link:
                return field
        raise RecordError(f"{cls.__name__} has no OneToOneField to the tickets")


# Writing -----------------------------------------------------------------------------------------


@contextmanager
def _log_errors(ticket: Any) -> Iterator[None]:
    """Log what slacalc refuses, also on entering a block within, and go on after the block."""
    try:
        yield
    except SlacalcError:
        logger.exception("%s %s is not recorded", ticket._meta.label, ticket.pk)


def record_of(model: type[RecordT], ticket: Any, using: str, *, lock: bool = False) -> RecordT:
    """The record of a ticket; a new one, not yet stored, if it has none.

    Args:
        model: The model of the record.
        ticket: The ticket.
        using: The database.
        lock: Whether other writers are to wait for the end of the transaction.
    """
    field = model.ticket_field()
    key = getattr(ticket, field.target_field.attname)
    if key is None:
        raise RecordError(f"{ticket!r} is not saved: save it before its record")
    rows = model._base_manager.using(using).filter(**{field.name: key})
    record: RecordT | None = (_locked(rows) if lock else rows).first()
    if record is None:
        record = model(**{field.attname: key})
        record.keep_clock(opened_clock(model, ticket))
    return record


def opened_clock(model: type[SlaRecord], ticket: Any) -> Clock:
    """The clock of a ticket as it comes in, under the current policy of its name."""
    policy = policy_store().current(model.policy_of(ticket))
    return policy.open(model.attributes_of(ticket), aware(model.opened_at(ticket)))


def store(
    record: RecordT,
    recording: Recording,
    now: datetime | None = None,
    *,
    using: str,
    ticket: Any = None,
    send_past: bool = True,
) -> RecordT:
    """Write what was recorded, and the notices up to an instant, in one transaction.

    Args:
        record: The record as it was read.
        recording: The recording, which began with the clock of that record.
        now: The instant; default: now.
        using: The database.
        ticket: The ticket, if it may have no record yet.
        send_past: Whether new notices are to be sent; otherwise they count as sent.

    Returns:
        The record as it is stored now.
    """
    at, clock = aware(now), recording.clock
    for attempt in range(_TRIES):
        try:
            with transaction.atomic(using):
                if attempt:  # another writer came first: what was recorded comes after theirs
                    record = _read_again(record, ticket, using)
                    clock = recording.apply_to(record.clock)
                if _is_up_to_date(record, clock, at):
                    return record
                looked_at = record.looked_at and aware(record.looked_at)
                since = recording.complete_until(looked_at)
                if _write(record, clock, at, using):
                    _fill_outbox(record, clock, at, since, using, send_past=send_past)
                    return record
        except IntegrityError:  # two writers made the record of a ticket at once
            if attempt:
                raise
    raise RecordError(f"{record._meta.label} {record.pk}: others write it again and again")


def _read_again(record: RecordT, ticket: Any, using: str) -> RecordT:
    if ticket is not None:
        return record_of(type(record), ticket, using, lock=True)
    rows = type(record)._base_manager.using(using).filter(pk=record.pk)
    again: RecordT | None = _locked(rows).first()
    if again is None:
        raise RecordError(f"{record._meta.label} {record.pk} was deleted")
    return again


def _locked(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Rows that other writers cannot write until the end of the transaction."""
    if connections[rows.db].features.has_select_for_update:
        return rows.select_for_update()
    rows.update(version=F("version"))  # SQLite waits for its file only if it begins with a write
    return rows


def _is_up_to_date(record: SlaRecord, clock: Clock, now: datetime) -> bool:
    is_due = record.next_look is not None and aware(record.next_look) <= now
    return not record._state.adding and clock is record.clock and not is_due


def _write(record: SlaRecord, clock: Clock, now: datetime, using: str) -> bool:
    """Insert the row, or update it if it still has the version that was read."""
    columns = columns_of(clock, now)
    columns |= {name: stored(columns[name]) for name in ("due", "next_look", "looked_at")}
    columns |= {"stored_clock": clock.to_dict(embed_policy=False), "version": record.version + 1}
    former = record.policy
    if not record._state.adding:
        rows = type(record)._base_manager.using(using)
        if not rows.filter(pk=record.pk, version=record.version).update(**columns):
            return False
    for name, value in columns.items():
        setattr(record, name, value)
    if record._state.adding:
        record.save(using=using, force_insert=True)
    record.keep_clock(clock)
    if record.policy != former:
        SlaPolicy.objects.using(using).get_or_create(
            fingerprint=record.policy,
            defaults={"name": clock.policy.name, "data": clock.policy.to_dict()},
        )
    return True


def _fill_outbox(
    record: SlaRecord,
    clock: Clock,
    now: datetime,
    since: datetime | None,
    using: str,
    *,
    send_past: bool,
) -> None:
    """Add the notices that have come, and withdraw those that hold no longer."""
    sent = dict(record.notices.using(using).values_list("key", "sent_at"))
    waiting = [key for key, at in sent.items() if at is None]
    outbox = outbox_of(clock, now, sent, waiting, since)
    if outbox.withdrawn:
        record.notices.using(using).filter(unclaimed(), key__in=outbox.withdrawn).delete()
    SlaNotice.objects.using(using).bulk_create(
        SlaNotice(
            record_model=label_of(type(record)),
            record_id=str(record.pk),
            key=notice.key,
            kind=notice.kind,
            metric=notice.metric,
            cycle=notice.cycle,
            threshold=notice.threshold,
            name=notice.name,
            at=stored(notice.at),
            sent_at=None if send_past else stored(now),
        )
        for notice in outbox.new
    )


# All records -------------------------------------------------------------------------------------


def record_models() -> list[type[SlaRecord]]:
    """The models of this project that derive from `SlaRecord`."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, SlaRecord) and not model._meta.proxy
    ]


def label_of(model: type[SlaRecord]) -> str:
    """What the outbox calls a model; a proxy is called like the model whose table it has."""
    return (model._meta.concrete_model or model)._meta.label_lower


def records(using: str) -> Iterator[SlaRecord]:
    """All records of this project; each is read when it is its turn."""
    for model in record_models():
        rows = model._base_manager.using(using)
        for key in [*rows.order_by("pk").values_list("pk", flat=True)]:
            yield from rows.filter(pk=key)


def delete_notices(instance: SlaRecord, using: str, **_: Any) -> None:
    """Delete the notices of a record that is deleted, also together with its ticket."""
    instance.notices.using(using).delete()
