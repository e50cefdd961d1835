"""A moment of fuzzing, the same one each time; ``make fuzz`` goes on for longer."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.fuzz.mutate import mutants, seeds
from tests.fuzz.targets import TARGETS, TooSlowError, run


@pytest.mark.parametrize("target", TARGETS)
def test_any_input_is_read_or_refused(target: str) -> None:
    """What a target is given ends in an object or in an error of ours."""
    for text in islice(mutants(target, 20260504), 150):
        run(target, text)


@pytest.mark.parametrize("target", sorted(set(TARGETS) - {"texts"}))
def test_each_seed_is_read(target: str) -> None:
    """Mutants of a text that is refused at once would try little."""
    for text in seeds(target):
        TARGETS[target](text)


NOTHING: dict[str, None] = {}


def test_a_reader_that_stalls_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a target must not do is raised."""
    monkeypatch.setattr("tests.fuzz.targets._SECONDS", 0)
    with pytest.raises(TooSlowError):
        run("texts", "9-17")
    monkeypatch.setitem(TARGETS, "texts", lambda text: NOTHING[text])
    with pytest.raises(KeyError):
        run("texts", "9-17")
