"""The JSON Schemas of events, statuses, clocks and summaries, for programs that exchange them.

They describe what the methods `to_dict` return and `from_dict` reads, so that a web service can
generate models and documentation from them.
"""

from __future__ import annotations

from typing import Any

from slacalc._clock.states import STATES

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_INSTANT = {"type": "string", "format": "date-time"}
_TEXT: dict[str, Any] = {"type": "string"}


def _described(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {**schema, "description": description}


def _or_null(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {**schema, "type": [schema["type"], "null"], "description": description}


def _object(
    title: str, properties: dict[str, Any], required: list[str] | None = None, *, more: bool = False
) -> dict[str, Any]:
    """A table; all of its keys are required unless some are named."""
    return {
        "title": title,
        "type": "object",
        "properties": properties,
        "required": [*properties] if required is None else required,
        "additionalProperties": more,
    }


_SECONDS = {"type": "number"}
_COUNT = {"type": "integer"}
_FLAG = {"type": "boolean"}

_EVENT = _object(
    "Event",
    {
        "at": _described(_INSTANT, "The instant, with an offset."),
        "type": {
            "type": "string",
            "minLength": 1,
            "maxLength": 100,
            "description": "What happened: a name that the policy uses, such as resolved.",
        },
        "key": {
            "type": ["string", "integer", "null"],
            "maxLength": 200,
            "description": "What names the event where it comes from, such as the id of a message.",
        },
        "fields": {
            "type": ["object", "null"],
            "description": "Its fields; null removes a field from the ticket.",
        },
    },
    ["at", "type"],
    more=True,  # every other key is a field
)

_CYCLE = _object(
    "CycleStatus",
    {
        "metric": _described(_TEXT, "The name of the metric."),
        "cycle": _described({**_COUNT, "minimum": 1}, "Which cycle of the metric it is, from 1."),
        "state": {"enum": [*STATES], "description": "The state of the promise."},
        "is_paused": _described(_FLAG, "Whether it has started and is paused."),
        "start": _or_null(_INSTANT, "When it started."),
        "due": _or_null(_INSTANT, "The due date; null while it is paused before it."),
        "limit": _or_null(_INSTANT, "The limit, past which it is breached and not only late."),
        "due_if_resumed": _or_null(_INSTANT, "The due date if a pause ended now."),
        "stopped_at": _or_null(_INSTANT, "When it was stopped."),
        "cancelled_at": _or_null(_INSTANT, "When it was cancelled."),
        "breached_at": _or_null(_INSTANT, "The first limit that the cycle exceeded."),
        "ever_breached": _described(_FLAG, "Whether it, or an earlier cycle, was ever breached."),
        "elapsed": _or_null(_SECONDS, "The seconds that have counted so far."),
        "total": _or_null(_SECONDS, "The seconds that the target allows."),
        "remaining": _or_null(_SECONDS, "The total less the elapsed seconds."),
        "paused": {
            "type": "object",
            "additionalProperties": _SECONDS,
            "description": "The seconds for which it was paused, by reason.",
        },
        "pause_reasons": {
            "type": "array",
            "items": _TEXT,
            "description": "Why it is paused, the oldest reason first.",
        },
        "within": _or_null(_TEXT, "The target time, such as 4 working hours."),
        "table": _or_null(_TEXT, "The table of the promise."),
        "row": _or_null(_COUNT, "The place of the promise's row in its table, from 0."),
        "calendar": _or_null(_TEXT, "The target's calendar; empty for plain hours."),
        "reason": _described(_TEXT, "Why there is no due date; empty if there is one."),
        "consequence": _or_null(_TEXT, "What follows if the target is missed, by name."),
        "warnings_passed": {
            "type": "array",
            "items": _object(
                "Alarm",
                {
                    "at": _described(_INSTANT, "When it came."),
                    "threshold": _described(_TEXT, "The warning, such as 75 %."),
                    "name": _described(_TEXT, "Who is notified, or what is done."),
                },
            ),
            "description": "The warnings that have come, in order.",
        },
        "override": {
            "anyOf": [
                {"type": "null"},
                _object(
                    "DueOverride",
                    {
                        "due": _described(_INSTANT, "The due date."),
                        "limit": _or_null(_INSTANT, "The limit."),
                        "author": _described(_TEXT, "Who set it."),
                        "reason": _described(_TEXT, "Why."),
                        "at": _described(_INSTANT, "When it was set."),
                    },
                ),
            ],
            "description": "The due date that was set by hand.",
        },
        "provisional_from": _or_null(
            {"type": "string", "format": "date"},
            "The first date whose holidays are not published and on which the due date depends.",
        ),
    },
)

_STATUS = _object(
    "Status",
    {
        "policy": _described(_TEXT, "The name of the policy."),
        "as_of": _described(_INSTANT, "The instant of the status."),
        "covered": _described(_FLAG, "Whether the contract covers the ticket."),
        "coverage_note": _described(_TEXT, "What the policy says about coverage."),
        "cycles": {
            "type": "array",
            "items": _CYCLE,
            "description": "All cycles of all metrics, in order.",
        },
    },
)

_SUMMARY = _object(
    "ClockSummary",
    {
        "due": _or_null(_INSTANT, "The earliest due date of a promise that is not yet fulfilled."),
        "metric": _described(_TEXT, "The metric of that promise; empty if there is none."),
        "is_breached": _described(_FLAG, "Whether the current cycle of a metric is breached."),
        "ever_breached": _described(_FLAG, "Whether any cycle was ever breached."),
        "next_look": _or_null(_INSTANT, "The next instant at which anything will change."),
    },
)

_CLOCK = _object(
    "Clock",
    {
        "format": {"type": "integer", "minimum": 1, "description": "The format: 1."},
        "policy_name": _described(_TEXT, "The name of the policy."),
        "policy_effective_from": _or_null(
            {"type": "string", "format": "date"}, "The first day of the version of the policy."
        ),
        "policy_fingerprint": _described(_TEXT, "The SHA-256 of what the policy means."),
        "version_fingerprint": _described(_TEXT, "That of its version, if the policy has several."),
        "opened_at": _described(_INSTANT, "When the ticket came in."),
        "ticket": {"type": "object", "description": "The attributes of the ticket."},
        "events": {"type": "array", "items": _EVENT, "description": "What happened, in order."},
        "policy": {"type": "object", "description": "The version of the policy, if embedded."},
        "state": {
            "type": "object",
            "description": "What the log led to, for this version of slacalc alone.",
        },
    },
    ["format", "opened_at", "ticket", "events"],
    more=True,  # of later versions
)

SCHEMAS = {
    schema["title"]: {"$schema": _DIALECT} | schema
    for schema in (_EVENT, _STATUS, _SUMMARY, _CLOCK)
}
"""The schemas by the names of the classes."""
