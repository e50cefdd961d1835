"""The naive reader of clocks: its words, its table of semantics, and its laws."""

from __future__ import annotations

from hypothesis import given, reject, settings
from hypothesis import strategies as st

from tests.oracles.calendar import TooFarError
from tests.oracles.clock import Clocks, Hours, mode, switches
from tests.oracles.conditions import clause_words, with_kinds
from tests.strategies.calendars import instants, scenes
from tests.strategies.clocks import clock_policies, event_logs, moments_of

FEWER = settings().max_examples // 2


def test_words_of_reasons() -> None:
    """A clause says what the fields are, or what they should be."""
    clause = {"status": ["waiting", "hold"], "group": {"not": ["a", "b"]}}
    typed = with_kinds(clause, {})
    assert clause_words(typed, {"status": "hold"}) == "status is hold, group is not a or b"
    assert clause_words(typed) == "status is waiting or hold, group is not a or b"


def test_what_a_policy_says_goes_before_its_product() -> None:
    """And a product before ours; metrics inside others change as all do, unless that is said."""
    assert switches({}) == switches({"at_due": "met"})
    assert switches("zammad")["exact_fit"] == "next_opening"
    assert switches("zammad") == switches({"like": "zammad"}) | {"like": "zammad"}
    altered = switches({"like": "zammad", "exact_fit": "closing"})
    assert (altered["exact_fit"], altered["on_reopen"]) == ("closing", "final")
    for semantics, all_do, inside_do in (
        ("zammad", "keep_elapsed", "keep_elapsed"),
        ({"on_change": "restart"}, "restart", "restart"),
        ({"on_change": "restart", "on_change_inside": "keep_elapsed"}, "restart", "keep_elapsed"),
        ("servicenow", "restart", "restart"),
        ("glpi", "keep_elapsed", "from_change"),
        ({"like": "glpi", "on_change": "restart"}, "restart", "from_change"),
        ({"like": "zammad", "on_change": "restart"}, "restart", "restart"),
    ):
        found = switches(semantics)
        assert (found["on_change"], found["on_change_inside"]) == (all_do, inside_do)


@settings(max_examples=FEWER)
@given(data=st.data())
def test_stretches_measure_what_the_walker_counts(data: st.DataObject) -> None:
    scene = data.draw(scenes(step=900))
    hours, start, end = Hours(scene.walker), *sorted(data.draw(st.tuples(*[instants(scene)] * 2)))
    work = scene.walker.elapsed(start, end)
    assert hours.elapsed(start, end) == work
    if work:
        assert hours.add(start, work) == scene.walker.add(start, work)


@settings(max_examples=FEWER)
@given(data=st.data())
def test_nothing_is_counted_twice_or_lost(data: st.DataObject) -> None:
    """A cycle's life is what elapsed and what was paused, as the part that holds measures it."""
    office = data.draw(clock_policies())
    clocks = Clocks(office.reader)
    for _ in range(3):
        log = data.draw(event_logs(office))
        as_of = data.draw(moments_of(office, log))
        try:
            answers = clocks.answers(log.ticket, log.opened, log.events, as_of)
        except TooFarError:
            reject()
        for name, answer in answers.items():
            if mode(office.data, name, "on_change") == "from_change":
                continue
            if mode(office.data, name, "counts_from") == "last":
                continue
            if "until" in office.data["metrics"][name]:
                continue  # an answer does not tell when a cycle ceased to be owed
            for cycle in answer.cycles:
                end = cycle.stopped_at or cycle.cancelled_at or as_of
                if cycle.elapsed is None or cycle.start is None or cycle.start > end:
                    continue
                life = cycle.elapsed + sum(cycle.paused.values())
                work = clocks.hours.elapsed(cycle.start, end)
                assert life in (work, end - cycle.start)
