"""A function for each reader, for input of any kind: it raises what a reader must not.

A reader gives an object or raises a `SlacalcError`, and takes less than a second of processor time;
a target asks several questions.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from slacalc import Calendar, Clock, Event, Holidays, Policy, Proof
from slacalc.errors import SlacalcError

if TYPE_CHECKING:
    from collections.abc import Callable

AT = "2026-05-04T10:00:00Z"
OFFICE = Calendar("UTC", {"mon-fri": "9-17"})
_SECONDS = 3.0  # for all that a target asks, of which no question may take a second


class TooSlowError(Exception):
    """A target took far more time than its readers may."""


def _data(text: str) -> Any:
    try:
        return json.loads(text)
    except (RecursionError, ValueError) as error:  # of the parser, which is not ours
        raise json.JSONDecodeError(str(error), "", 0) from None


def policy_toml(text: str) -> None:
    _use_policy(Policy.from_toml(text + "\n"))


def policy_json(text: str) -> None:
    _use_policy(Policy.from_json("{" + text.lstrip().removeprefix("{")))


def _use_policy(policy: Policy) -> None:
    assert Policy.from_dict(policy.to_dict()) == policy
    with suppress(SlacalcError):
        policy.deadlines({}, AT)
    with suppress(SlacalcError):
        policy.open({}, AT).apply(Event(AT, "resolved")).status(AT)


def calendar(text: str) -> None:
    made = Calendar.from_dict(_data(text))
    assert Calendar.from_dict(made.to_dict()) == made
    made.add(AT, "40h")


def holidays(text: str) -> None:
    made = Holidays.parse(_data(text))
    Calendar("UTC", {"mon-fri": "9-17"}, holidays=made).add(AT, "40h")


def ical(text: str) -> None:
    Holidays.from_ical(text, timed="close")


def clock(text: str) -> None:
    made = Clock.from_dict(_data(text))
    assert Clock.from_dict(made.to_dict()).to_dict() == made.to_dict()
    made.status("2026-06-01T00:00Z")


def event(text: str) -> None:
    made = Event.from_dict(_data(text))
    assert Event.from_dict(made.to_dict()) == made


def proof(text: str) -> None:
    made = Proof.from_dict(_data(text))
    str(made.compared(made))


def texts(text: str) -> None:
    for ask in (
        lambda: OFFICE.add(AT, text),
        lambda: OFFICE.add(text, "1h"),
        lambda: OFFICE.days(text, text),
        lambda: Calendar(text, "always"),
        lambda: Calendar("UTC", {"mon": text}),
        lambda: Calendar("UTC", {text: "9-17"}),
        lambda: Calendar("UTC", "always", exceptions={text: "9-17"}),
        lambda: Calendar("UTC", "always", closures={text: "9-17"}),
        lambda: Holidays(dates=[text]),
    ):
        with suppress(SlacalcError):
            ask()


TARGETS: dict[str, Callable[[str], None]] = {
    "policy_toml": policy_toml,
    "policy_json": policy_json,
    "calendar": calendar,
    "holidays": holidays,
    "ical": ical,
    "clock": clock,
    "event": event,
    "proof": proof,
    "texts": texts,
}
JSON = frozenset({"policy_json", "calendar", "holidays", "clock", "event", "proof"})
"""The targets whose input is JSON, which is mutated by values too."""


def run(name: str, text: str) -> None:
    """Give a text to a target, and raise whatever a reader must not do with it.

    Raises:
        TooSlowError: It took more than some seconds of processor time, thrice.
    """
    for _ in range(3):  # a busy machine makes the same work take longer
        began = time.process_time()
        with suppress(SlacalcError, json.JSONDecodeError):
            TARGETS[name](text)
        if time.process_time() - began < _SECONDS:
            return
    raise TooSlowError(name)


def as_text(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)
