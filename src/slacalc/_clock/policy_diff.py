"""What two policies mean differently, by the paths of the policy file, and in words.

Both policies are compared as plain data without words for readers. The parts of a list are those
of the other list with the same conditions, or from the same day on, so that a row that is inserted
is one difference, and not one for each row below it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from slacalc._policy.attribute_tests import describe_when
from slacalc._policy.attributes import key_of_value, value_text
from slacalc._policy.data import meaning_of
from slacalc._policy.policy import check_policy
from slacalc._policy.target_time import PATTERN, describe_time
from slacalc.errors import path_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slacalc._i18n import Translator
    from slacalc._policy.policy import Policy
    from slacalc._schema.faults import DocumentPath


@attrs.frozen
class PolicyDiff:
    """What two policies mean differently; `Policy.diff` returns it.

    Args:
        changes: By the path in the policy file the two values as plain data, None for one that is
            missing. Words for readers are not compared. Rows that one policy has between others
            have a difference of their own; the places of all rows are those in the other policy,
            and of rows that it lacks, those in this one.
        renamed: The metrics that say what they were called before: by the new name the former one.
            Their paths have the new name.
    """

    __module__ = "slacalc"

    changes: Mapping[str, tuple[Any, Any]]
    renamed: Mapping[str, str]

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __str__(self) -> str:
        lines = [f"metrics.{name}: formerly {old}" for name, old in self.renamed.items()]
        lines += [f"{path}: {old!r} → {new!r}" for path, (old, new) in self.changes.items()]
        return "\n".join(lines) or "no difference"


def diff(policy: Policy, other: Policy) -> PolicyDiff:
    """What another policy means differently."""
    check_policy(other, "other")
    differences, renamed = _compare(policy, other)
    changes: dict[str, tuple[Any, Any]] = {}
    for difference in differences:
        # A row that only one policy has may stand where the other has one that is new.
        pair = changes.get(path_text(difference.path), (None, None))
        old, new = (
            difference.values[side] if pair[side] is None else pair[side] for side in (0, 1)
        )
        changes[path_text(difference.path)] = old, new
    return PolicyDiff(changes, renamed)


# Plain data --------------------------------------------------------------------------------------


class _Difference(NamedTuple):
    """A place at which two policies differ.

    Args:
        paths: The path in each policy.
        values: The two values as plain data; None for one that is missing.
    """

    paths: tuple[DocumentPath, DocumentPath]
    values: tuple[Any, Any]

    @property
    def side(self) -> int:
        """The policy in which its path is shown: the other one, unless that has no such place."""
        return 0 if None in self.paths[1] else 1

    @property
    def path(self) -> DocumentPath:
        return self.paths[self.side]


def _compare(policy: Policy, other: Policy) -> tuple[list[_Difference], dict[str, str]]:
    """The differences of two policies, and the metrics that were renamed."""
    before, after = meaning_of(policy), meaning_of(other)
    renamed = {
        name: metric.formerly
        for name, metric in other.metrics.items()
        if metric.formerly and metric.formerly in policy.metrics and name not in policy.metrics
    }
    new_names = {old: name for name, old in renamed.items()}
    metrics = before.get("metrics", {})
    before |= {"metrics": {new_names.get(name, name): metrics[name] for name in metrics}}
    after.setdefault("metrics", {})
    for rows in before.get("tables", {}).values():
        for row in rows:
            targets = row.get("targets", {})
            row["targets"] = {new_names.get(name, name): one for name, one in targets.items()}
    for name in renamed:
        after["metrics"][name].pop("formerly", None)
        before["metrics"][name].pop("formerly", None)
    return [*_differences(_Difference(((), ()), (before, after)))], renamed


def _differences(pair: _Difference) -> Iterator[_Difference]:
    """The places inside a pair of values at which they differ."""
    old, new = pair.values
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            yield from _differences(_inside(pair, name, name))
    elif isinstance(old, list) and isinstance(new, list):
        for places in _matching_places(old, new):
            yield from _differences(_inside(pair, *places))
    elif key_of_value(old) != key_of_value(new):
        yield pair


def _inside(pair: _Difference, *steps: Any) -> _Difference:
    """The pair of parts at one step into each value; None if one has no such part."""
    (path_a, path_b), (old, new), (step_a, step_b) = pair.paths, pair.values, steps
    return _Difference(
        ((*path_a, step_a), (*path_b, step_b)), (_part(old, step_a), _part(new, step_b))
    )


def _part(value: Any, step: Any) -> Any:
    return value.get(step) if isinstance(value, dict) else None if step is None else value[step]


def _matching_places(old: list[Any], new: list[Any]) -> Iterator[tuple[int | None, int | None]]:
    """The places of the parts of two lists that correspond; None where one has none."""
    matcher = SequenceMatcher(None, [*map(_identity, old)], [*map(_identity, new)])
    for tag, begin_a, end_a, begin_b, end_b in matcher.get_opcodes():
        places_a, places_b = range(begin_a, end_a), range(begin_b, end_b)
        if tag == "replace" and begin_a != begin_b and not isinstance(old[begin_a], dict):
            # Words at different places have nothing to do with each other.
            yield from ((place, None) for place in places_a)
            yield from ((None, place) for place in places_b)
        else:
            yield from zip_longest(places_a, places_b)


def _identity(part: Any) -> str:
    """What a part of a list is recognized by, although more of it may differ."""
    if isinstance(part, dict):
        part = {name: part[name] for name in _IDENTITY if name in part}
    return json.dumps(part, sort_keys=True)


_LONGEST = 300  # characters of what only one policy has
_IDENTITY = ("when", "effective_from", "below", "at")


# Words -------------------------------------------------------------------------------------------


class DifferenceText(NamedTuple):
    """A difference in words.

    Args:
        place: The path in the policy file.
        where: The conditions of the row around it, and the day of the version; empty if there are
            none.
        values: What each policy has; the empty string for nothing.
    """

    place: str
    where: str
    values: tuple[str, str]


def describe_differences(
    policy: Policy, other: Policy, translate: Translator
) -> list[DifferenceText]:
    """What two policies mean differently in words, apart from their names."""
    differences, renamed = _compare(policy, other)
    return [
        *(DifferenceText(f"metrics.{name}", "", (old, name)) for name, old in renamed.items()),
        *(
            _describe(difference, (policy, other)[difference.side], translate)
            for difference in differences
            if difference.path != ("name",)
        ),
    ]


def _describe(difference: _Difference, policy: Policy, translate: Translator) -> DifferenceText:
    where = translate.listed(_where(policy, difference.path, translate))
    words = [_side_words(value, translate, said=where != "") for value in difference.values]
    if not all(words):  # what only one has may be as long as a calendar
        words = [f"{text[:_LONGEST]}…" if text[_LONGEST:] else text for text in words]
    return DifferenceText(path_text(difference.path), where, (words[0], words[1]))


def difference_sentences(policy: Policy, other: Policy, translate: Translator) -> list[str]:
    """What two policies mean differently in sentences, with the names of the policies."""
    policy_a, policy_b = policy.name, other.name
    if policy_a == policy_b:
        policy_a, policy_b = f"{policy_a} (A)", f"{policy_b} (B)"
    sentences = []
    for place, where, (value_a, value_b) in describe_differences(policy, other, translate):
        if value_a and value_b:
            form = translate("{place}: {value_a} under {policy_a}, {value_b} under {policy_b}")
        elif value_a:
            form = translate("{place}: {value_a} under {policy_a} only")
        else:
            form = translate("{place}: {value_b} under {policy_b} only")
        sentences.append(
            form.format(
                place=translate.listed(filter(None, (place, where))),
                value_a=value_a,
                value_b=value_b,
                policy_a=policy_a,
                policy_b=policy_b,
            )
        )
    return sentences


def _where(policy: Policy, path: DocumentPath, translate: Translator) -> Iterator[str]:
    """The day of the version, and the conditions of the row, in which a path is."""
    part: Any = policy
    for step, following in zip_longest(path, path[1:]):
        part = _step_into(part, step)
        if following in _SAID_WHERE:
            return  # that is the difference
        if isinstance(part, Mapping) and "effective_from" in part:
            yield translate("from {date} on").format(date=part["effective_from"])
        if when := getattr(part, "when", None):
            yield translate("where {asks}").format(asks=describe_when(when, translate))


def _step_into(part: Any, step: str | int) -> Any:
    """A part of a policy; None where plain data have a form that the policy has not."""
    if isinstance(part, Mapping):
        return part.get(step)
    if isinstance(step, str):
        return getattr(part, step, None)
    return part[step] if isinstance(part, tuple) else None


_SAID_WHERE = ("when", "effective_from")


def _side_words(value: Any, translate: Translator, *, said: bool) -> str:
    """What one policy has at a place; the empty string for nothing."""
    if value is None:
        return ""
    if said and isinstance(value, dict):
        value = {name: part for name, part in value.items() if name not in _SAID_WHERE}
    return _value_words(value, translate) or translate("none")


def _value_words(value: Any, translate: Translator) -> str:
    if isinstance(value, dict):
        return translate.listed(f"{path}: {text}" for path, text in _leaves((), value, translate))
    if isinstance(value, list):
        words = [_value_words(part, translate) for part in value]
        is_nested = any(isinstance(part, dict) for part in value)
        return translate("; ").join(words) if is_nested else translate.listed(words)
    if isinstance(value, str) and re.fullmatch(PATTERN, value):
        return describe_time(value, translate)
    return value_text(value)


def _leaves(
    path: DocumentPath, value: dict[str, Any], translate: Translator
) -> Iterator[tuple[str, str]]:
    """The values at any depth with their paths, in words; the names of targets are enough."""
    for name, part in value.items():
        inner = path if name == "targets" else (*path, name)
        if isinstance(part, dict):
            yield from _leaves(inner, part, translate)
        else:
            yield path_text(inner), _value_words(part, translate)
