"""Hypothesis strategies: policies whose metrics use every key of a clock, and logs of events.

`clock_policies` draws a scene of `strategies` and around it the plain data of a policy, with the
naive reader of the same. `event_logs` draws a ticket and what happened to it, near the edges of
the calendar and often several events at one instant. All of it lies on the grid of the scene.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.oracles.calendar import DAY, HOUR, SECOND
from tests.oracles.clock import PRODUCTS, clauses, mode, on_events, pause_clauses
from tests.oracles.policy import Reader
from tests.strategies.calendars import Scene, instants, scenes

if TYPE_CHECKING:
    from tests.oracles.clock import Event, Fields

WALK = 30 * DAY  # how far a walker looks
METRICS = ("response", "resolution", "supplier")
ATTRIBUTES: dict[str, list[Any]] = {
    "severity": ["high", "medium", "low"],
    "level": [1, 2, 3],
    "special": ["yes", "no"],
    "vip": [True, False],
    "priority": ["p1", "p2"],
    "amount": [0, 0.1, "0.10", 99.5, 100, "1e2", -3],
    "labels": [["vip"], "vip, spam", [], ["VIP", "team-a"], ("team-b",)],
    "subject": ["VIP", "VIP 1", "vip 2", "a*b", "printer"],
}
TESTS: dict[str, list[Any]] = {
    "amount": [100, ">= 100", "0.1..99.5", {"not": "< 1"}, [0.1, "> 99.5"], {"not": [0, "100"]}],
    "labels": [
        *("vip", ["spam", "team-*"], {"all": ["vip", "team-?"]}, {"none": "spam"}),
        *({"any": "VIP", "none": ["spam"]}, {"not": "vip"}),
    ],
    "subject": ["VIP*", "*1", {"not": "?ip*"}, ["printer", "a\\*b"], "VIP", {"not": ["VIP"]}],
}
"""What is asked of the attributes that list no values."""
STATUSES = ("new", "open", "waiting", "hold", "resolved", "void")
GROUPS = ("first", "second")
WEIGHTS = (1, 2, 3.5)
REASONS = ("customer", "parts")
WORDS = ("negotiated", "in order of request")


@dataclass
class Office:
    """A policy's data, the naive reader of it, and the scene that it plays in."""

    data: dict[str, Any]
    reader: Reader
    scene: Scene


@dataclass
class Log:
    """A ticket as it was at its opening, and all that happened to it since, in order of time."""

    ticket: Fields
    opened: int
    events: list[Event]


def one_in(draw: st.DrawFn, count: int) -> bool:
    """True once in so many draws; integers would be at their ends more often than that."""
    return draw(st.sampled_from(range(count))) == count - 1


# Conditions --------------------------------------------------------------------------------------

STATUS = st.sampled_from(STATUSES)
GROUP = st.sampled_from(GROUPS)
STATES = st.one_of(
    st.builds(lambda one: {"status": one}, STATUS),
    st.builds(lambda one: {"group": one}, GROUP),
    st.builds(lambda some: {"status": some}, st.lists(STATUS, min_size=1, max_size=3, unique=True)),
    st.builds(
        lambda some: {"status": {"not": some}},
        STATUS | st.lists(STATUS, min_size=2, max_size=4, unique=True),
    ),
    st.builds(lambda one, two: {"status": one, "group": two}, STATUS, GROUP),
    st.builds(lambda one, two: {"status": one, "group": {"not": two}}, STATUS, GROUP),
    st.sampled_from([{"vip": True}, {"level": [1, 2]}, {"severity": {"not": "low"}}]),
    st.sampled_from([*TESTS]).flatmap(
        lambda name: st.builds(lambda test: {name: test}, st.sampled_from(TESTS[name]))
    ),
    st.sampled_from(
        [
            {"any": [{"amount": ">= 1"}, {"status": "waiting", "group": "f*"}]},
            {"not": {"labels": "vip", "status": ["open", "new"]}},
            {"status": "?o*", "not": {"any": [{"subject": "VIP*"}, {"weight": "> 2"}]}},
            {"weight": "1..2"},
        ]
    ),
)


def conditions(*usual: Any) -> st.SearchStrategy[Any]:
    """One of the usual conditions, a state of the ticket, or a list of several."""
    one = st.sampled_from(usual) | st.sampled_from(usual) | STATES
    return one | one | st.lists(one, min_size=1, max_size=3)


NEVER: st.SearchStrategy[Any] = st.just([])
STARTS = conditions("created", "accepted", "assigned", {"event": "replied", "by": "customer"})
STOPS = conditions(
    *("resolved", "resolved", "solved", "closed", "responded", {"status": "resolved"}),
    *({"event": "replied", "by": "agent"}, {"event": "changed", "status": "resolved"}),
)
PAUSES = NEVER | conditions(
    *("paused", "paused", {"event": "paused", "reason": "customer"}, {"status": "waiting"}),
    *({"event": "changed", "status": "hold"}, {"event": "replied", "by": "agent"}),
)
RESUMES = conditions("resumed", {"event": "replied", "by": "customer"}, {"status": "open"})
CANCELS = NEVER | conditions("cancelled", {"status": "void"})
RESETS = NEVER | conditions("note", {"event": "assigned", "group": "second"})
REOPENS = NEVER | conditions("reopened", {"status": "open"}, {"event": "note"})
HELD_BY = STATES | st.lists(STATES, min_size=1, max_size=2)


# Targets -----------------------------------------------------------------------------------------


def builds(pattern: str, numbers: st.SearchStrategy[int]) -> st.SearchStrategy[str]:
    """Texts with a number."""
    return numbers.map(pattern.format)


QUARTERS = st.integers(1, 9).map(lambda count: count * 15)
LENGTHS = st.one_of(
    builds("{} working hours", st.integers(0, 9)),
    builds("{} working hours", st.integers(1, 4)),
    builds("{} working minutes", QUARTERS),
    builds("{} hours", st.integers(0, 40)),
    builds("{} working days", st.integers(0, 3)),
    builds("{} calendar days", st.integers(0, 3)),
    builds("end of working day + {}", st.integers(0, 2)),
    builds("end of day + {}", st.integers(0, 2)),
    st.builds(
        "{} of {}day + {}".format,
        st.sampled_from(["00:00", "02:30", "09:30", "16:00", "24:00"]),
        st.sampled_from(["working ", ""]),
        st.integers(0, 2),
    ),
    st.just("at once"),
)
WITHIN = st.one_of(
    LENGTHS,
    LENGTHS,
    st.builds("{} of {}, {}".format, st.sampled_from(["earliest", "latest"]), LENGTHS, LENGTHS),
)
PLAIN = st.one_of(  # which factors can scale
    builds("{} working hours", st.integers(0, 9)),
    builds("{} working minutes", st.integers(1, 5).map(lambda count: count * 30)),
    builds("{} hours", st.integers(0, 40)),
    st.builds(
        "{} {} days".format, st.sampled_from([0, 2, 4]), st.sampled_from(["working", "calendar"])
    ),
    st.just("at once"),
)
PLAIN_WITHIN = PLAIN | st.builds(
    "{} of {}, {}".format, st.sampled_from(["earliest", "latest"]), PLAIN, PLAIN
)
THRESHOLDS = st.one_of(
    builds("{} %", st.sampled_from([25, 50, 80, 100, 150])),
    builds("{} working minutes before", QUARTERS),
    builds("{} minutes before", QUARTERS),
    builds("{} minutes after", QUARTERS),
)
WARNINGS = st.lists(THRESHOLDS, max_size=3, unique=True)


@st.composite
def targets(draw: st.DrawFn, within: st.SearchStrategy[str] = WITHIN) -> Any:
    """What a row promises: a length, one with a limit or with warnings, or words."""
    if one_in(draw, 16):
        return {"promise": draw(st.sampled_from(WORDS))}
    target: dict[str, Any] = {"within": draw(within)}
    if one_in(draw, 3):
        target["limit"] = draw(within)
    if one_in(draw, 4):
        target["warnings"] = draw(WARNINGS)
    by_hours = "working" in target["within"] or "at once" in target["within"]
    if not by_hours and one_in(draw, 2):
        target["roll"] = draw(st.sampled_from(["following", "preceding", "modified_following"]))
    return target if len(target) > 1 else target["within"]


RECEIPTS = ("open", "closed", "before 12:00", ["after 09:30", "before 16:00"], ["friday", "open"])


@st.composite
def whens(draw: st.DrawFn, depth: int = 0) -> dict[str, Any]:
    """What a row asks of a ticket."""
    when: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from([*ATTRIBUTES]), max_size=2, unique=True)):
        if name in TESTS:
            when[name] = draw(st.sampled_from(TESTS[name]))
            continue
        value = st.sampled_from(ATTRIBUTES[name])
        several = st.lists(value, min_size=1, max_size=2, unique=True)
        when[name] = draw(value | several | st.fixed_dictionaries({"not": value}))
    if depth < 2 and one_in(draw, 6):
        inner = whens(depth + 1).filter(bool)
        if draw(st.booleans()):
            when["any"] = draw(st.lists(inner, min_size=1, max_size=2))
        else:
            when["not"] = draw(inner)
    if one_in(draw, 8):
        when["received"] = draw(st.sampled_from(RECEIPTS))
    return when


@st.composite
def adjustments(draw: st.DrawFn, names: list[str]) -> list[dict[str, Any]]:
    """One or two, which keep lengths on the grid together."""
    return [
        {
            "when": draw(whens()),
            "scale": draw(st.dictionaries(st.sampled_from(names), factor, min_size=1)),
        }
        for factor in (st.sampled_from([0.5, 2, 3]), st.sampled_from([2, 3]))[
            : draw(st.integers(1, 2))
        ]
    ]


# Policies ----------------------------------------------------------------------------------------


MODES = ("repeat", "on_change", "on_reopen")
REPEATS = st.sampled_from(["next_start", "independent", "sequential", "never"])
CHANGES = st.sampled_from(["keep_elapsed", "from_change", "restart", "keep_original"])
REOPENINGS = st.sampled_from(["continue", "new_cycle", "final", "count_all"])
STARTED = st.sampled_from(["last", "last", "first"])
SWITCHES: dict[str, st.SearchStrategy[str]] = {
    "exact_fit": st.sampled_from(["next_opening", "next_opening", "closing"]),
    "at_due": st.sampled_from(["breached", "breached", "met"]),
    "due_while_paused": st.sampled_from(["kept", "kept", "hidden"]),
    "due_after_stop": st.sampled_from(["hidden", "hidden", "kept"]),
    "pauses": st.sampled_from(["wall_time", "wall_time", "own_time"]),
    "on_change": CHANGES,
    "on_change_inside": CHANGES,
    "on_reopen": REOPENINGS,
    "repeat": REPEATS,
    "counts_from": STARTED,
}


CHOICES = (
    {"field": "special", "yes": "always", "no": "office"},
    {"field": "severity", "high": "always", "low": "early", "default": "office"},
    {"field": "level", "1": "early", "default": "office"},
    {"field": "priority", "p1": "always", "p2": "early"},
    {"field": "vip", "true": "early", "false": "office"},
)


@st.composite
def metrics(draw: st.DrawFn, before: list[str]) -> dict[str, Any]:
    """A metric that uses some of the keys; it may lean on those that stand before it."""
    optional: dict[str, st.SearchStrategy[Any]] = {
        "start": STARTS,
        "pause": PAUSES,
        "resume": RESUMES,
        "cancel": CANCELS,
        "reset": RESETS,
        "reopen": REOPENS,
        "held_by": HELD_BY,
        "repeat": REPEATS,
        "on_change": CHANGES,
        "on_reopen": REOPENINGS,
        "counts_from": STARTED,
        "warnings": WARNINGS,
    }
    metric = {
        key: draw(strategy)
        for key, strategy in optional.items()
        if one_in(draw, 2 if key in MODES else 4)
    }
    if not one_in(draw, 8):
        metric["stop"] = draw(STOPS)
    if before and one_in(draw, 3):
        metric["inside"] = draw(st.sampled_from(before))
        if draw(st.booleans()):
            metric.pop("stop", None)
    if before and one_in(draw, 5):
        some = st.lists(st.sampled_from(before), min_size=1, max_size=2, unique=True)
        metric["starts_after"] = draw(some)
    return metric


@st.composite
def caps(draw: st.DrawFn) -> dict[str, Any]:
    """One to three caps on pauses."""
    lengths = st.sampled_from(
        ["30 minutes", "1 hour", "90 working minutes", "3 working hours", "1 working day"]
    )
    every = {"at_most": lengths, "times": st.integers(1, 3), "in_all": lengths}
    keys = draw(st.lists(st.sampled_from([*every]), min_size=1, max_size=3, unique=True))
    return {key: draw(every[key]) for key in keys}


def add_caps(draw: st.DrawFn, data: dict[str, Any]) -> None:
    """Give the pauses of some metrics caps; not of those inside others, or with sequences."""
    metrics = data["metrics"]
    around = {metric.get("inside") for metric in metrics.values()}
    for name, metric in metrics.items():
        is_alone = "inside" not in metric and name not in around
        can_be_capped = is_alone and mode(data, name, "repeat") != "sequential"
        if metric.get("pause") and can_be_capped and one_in(draw, 2):
            metric["pause"] = {"when": metric["pause"]} | draw(caps())


@st.composite
def semantics(draw: st.DrawFn) -> str | dict[str, str]:
    """A product's name, or one to three switches and at times the product that they alter."""
    product = st.sampled_from([*PRODUCTS])
    if one_in(draw, 3):
        return draw(product)
    names = draw(st.lists(st.sampled_from([*SWITCHES]), min_size=1, max_size=3, unique=True))
    own = {name: draw(SWITCHES[name]) for name in names}
    return {"like": draw(product)} | own if one_in(draw, 3) else own


@st.composite
def preconditions(draw: st.DrawFn, names: list[str]) -> dict[str, Any]:
    """Up to two things that must be so, each for all metrics or for some."""
    found: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(["access", "parts"]), max_size=2, unique=True)):
        found[name] = {
            "words": f"{name} is there",
            "pause": draw(conditions("paused", {"status": "hold"}, {"event": "note"})),
        }
        if draw(st.booleans()):
            some = st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)
            found[name]["metrics"] = draw(some)
    return found


@st.composite
def attributes(draw: st.DrawFn) -> dict[str, Any]:
    """Attributes that no ticket must have, one of them derived from two others."""
    return {
        "severity": {"values": ATTRIBUTES["severity"], "default": "low"},
        "level": {"values": ATTRIBUTES["level"], "optional": True},
        "special": {"values": ATTRIBUTES["special"], "default": "no"},
        "vip": {"values": ATTRIBUTES["vip"], "default": False},
        "amount": {"kind": "number", "default": 0},
        "labels": {"kind": "tags", "default": [], "fold_case": draw(st.booleans())},
        "subject": {"kind": "text", "optional": True, "fold_case": draw(st.booleans())},
        "priority": {
            "values": ATTRIBUTES["priority"],
            "by": ["severity", "special"],
            "matrix": {
                one: {two: draw(st.sampled_from(["p1", "p2"])) for two in ATTRIBUTES["special"]}
                for one in ATTRIBUTES["severity"]
            },
        },
    }


def add_untils(draw: st.DrawFn, data: dict[str, Any]) -> None:
    """Have some repeating metrics be owed only until another one has stopped."""
    for name in data["metrics"]:
        others = [
            other
            for other in data["metrics"]
            if mode(data, other, "repeat") in ("never", "next_start")
            and other != name
            and not leads_to(data, other, name)
        ]
        if others and mode(data, name, "repeat") != "never" and one_in(draw, 2):
            data["metrics"][name]["until"] = draw(st.sampled_from(others))


def leads_to(data: dict[str, Any], name: str, goal: str) -> bool:
    """Whether a metric is owed until another one, or until one that is owed until that."""
    other = data["metrics"][name].get("until")
    return other is not None and (other == goal or leads_to(data, other, goal))


def add_calendars(draw: st.DrawFn, data: dict[str, Any]) -> None:
    """Add two calendars to a policy, one of which the ticket chooses for all metrics or for one."""
    data["calendars"] |= {
        "always": {"time_zone": "Asia/Tokyo", "week": "always"},
        "early": {"time_zone": "UTC", "week": {"mon-sat": "06:00-11:15"}},
    }
    choice = draw(st.sampled_from(CHOICES))
    if one_in(draw, 3):
        data["calendar"] = "office"
        data["metrics"][draw(st.sampled_from([*data["metrics"]]))]["calendar"] = choice
    else:
        data["calendar"] = choice


def add_fields(draw: st.DrawFn, data: dict[str, Any]) -> None:
    """Declare all fields that events set at times, so that none is refused."""
    if one_in(draw, 3):
        text = {"kind": "text"}  # of which conditions may have patterns
        data["fields"] = {"status": text, "group": text, "weight": {"kind": "number"}}


@st.composite
def clock_policies(
    draw: st.DrawFn, *, step: int = 900, terms: int = 1, choices: bool = False
) -> Office:
    """A policy of one calendar with one to three metrics and one or two tables.

    Args:
        draw: Hypothesis's own.
        step: The grid in seconds; 60 and 900 are quick enough.
        terms: How many other calendars may be combined with the first.
        choices: Whether tickets may choose another calendar, which the naive reader cannot follow.
    """
    scene = draw(scenes(step=step, terms=terms))
    scene.walker.patience = WALK // scene.walker.step
    names = list(METRICS[: draw(st.integers(1, 3))])
    found = {name: draw(metrics(names[:index])) for index, name in enumerate(names)}
    for name in names:  # `resume` is refused if no event begins a pause
        own = found[name].get("pause", "paused")
        if not on_events(own) or not on_events(pause_clauses({"metrics": found}, name)):
            found[name].pop("resume", None)
    is_adjusted = one_in(draw, 4)
    target = targets(PLAIN_WITHIN if is_adjusted else WITHIN)
    promises = st.dictionaries(st.sampled_from(names), target, min_size=1)
    rows = st.fixed_dictionaries({"when": whens(), "targets": promises})
    tables = {
        name: draw(st.lists(rows, min_size=1, max_size=3))
        for name in ("one", "two")[: draw(st.integers(1, 2))]
    }
    if not one_in(draw, 5):  # most policies promise something to all
        tables["one"].append({"targets": {name: draw(target) for name in names}})
    data: dict[str, Any] = {
        "name": "random",
        "calendars": {"office": scene.calendar.to_dict()},
        "attributes": draw(attributes()),
        "metrics": found,
        "tables": tables,
    }
    if is_adjusted:
        data["adjustments"] = draw(adjustments(names))
    if choices and one_in(draw, 2):
        add_calendars(draw, data)
    if one_in(draw, 3):
        data["semantics"] = draw(semantics())
    if draw(st.booleans()):
        data["warnings"] = draw(WARNINGS)
    add_untils(draw, data)
    if one_in(draw, 3):
        data["preconditions"] = draw(preconditions(names))
    if one_in(draw, 16):
        data["coverage"] = [{"when": {"received": draw(st.sampled_from(["open", "closed"]))}}]
    add_caps(draw, data)
    add_fields(draw, data)
    return Office(data, Reader(data, scene.walker, set()), scene)


# Logs --------------------------------------------------------------------------------------------


def values(name: str) -> st.SearchStrategy[Any]:
    """Values of a field; those of attributes at times as text."""
    own = {"status": STATUSES, "group": GROUPS, "weight": WEIGHTS}
    known: dict[str, Any] = {**own, **ATTRIBUTES}
    value = st.sampled_from([*known[name]])
    if name in ("labels", "weight"):
        return value
    return value | value.map(lambda one: str(one).lower())


@st.composite
def fields(draw: st.DrawFn, *, most: int = 2, unset: bool = True) -> Fields:
    """Some fields of a ticket, at times None."""
    names = st.sampled_from(["status", "status", "group", "weight", *ATTRIBUTES])
    return {
        name: None if unset and one_in(draw, 10) else draw(values(name))
        for name in draw(st.lists(names, max_size=most, unique=True))
    }


REASON = st.fixed_dictionaries({}, optional={"reason": st.sampled_from(REASONS)})
KINDS: dict[str, st.SearchStrategy[Fields]] = {
    "created": fields(most=1),
    "changed": fields(),
    "accepted": st.just({}),
    "responded": st.just({}),
    "replied": st.fixed_dictionaries({"by": st.sampled_from(["agent", "customer"])}),
    "assigned": st.fixed_dictionaries({"group": GROUP}),
    "paused": REASON,
    "resumed": REASON,
    "resolved": st.just({}) | st.fixed_dictionaries({"status": st.just("resolved")}),
    "solved": st.just({}),
    "reopened": st.just({}) | st.fixed_dictionaries({"status": st.just("open")}),
    "closed": st.just({}),
    "cancelled": st.just({}),
    "note": st.just({}) | fields(most=1, unset=False),
}
OFTEN = ("changed", "changed", "changed", "paused", "resumed", "resolved", "reopened", "replied")


def on_grid(scene: Scene) -> st.SearchStrategy[int]:
    """Instants near the marks of a scene, put on its grid."""
    return instants(scene).map(scene.walker.cell)


@st.composite
def overrides(draw: st.DrawFn, office: Office) -> Fields:
    """What fixes the due of a metric by hand, or lifts that."""
    due = draw(st.none() | on_grid(office.scene) | on_grid(office.scene))
    override: Fields = {
        "metric": draw(st.sampled_from([*office.data["metrics"]])),
        "due": due,
        "author": "somebody",
        "reason": "agreed",
    }
    if due is not None and draw(st.booleans()):
        override["limit"] = due + draw(st.integers(0, 8)) * HOUR
    return override


def heard(data: dict[str, Any]) -> list[str]:
    """The types of events that the metrics of a policy ask for."""
    return [
        clause["event"]
        for metric in data["metrics"].values()
        for key in ("start", "stop", "pause", "resume", "cancel", "reset", "reopen")
        for clause in clauses(metric.get(key, []))
        if "event" in clause
    ]


@st.composite
def event_logs(draw: st.DrawFn, office: Office, *, most: int = 12) -> Log:
    """A ticket and up to so many events, many of them at instants that they share."""
    scene = office.scene
    opened = draw(on_grid(scene)) - draw(st.integers(0, 2)) * DAY
    later = st.integers(0, 4 * DAY // scene.walker.step)
    near = on_grid(scene).map(lambda at: max(at, opened))
    instant = near | near | later.map(lambda cells: opened + cells * scene.walker.step)
    known = draw(st.lists(instant, min_size=1, max_size=5))
    count = draw(st.integers(0, most))  # a list by itself would mostly be short
    moment = st.sampled_from(known) | instant
    kinds = [*OFTEN, *KINDS, "overridden", *heard(office.data) * 3]
    events: list[Event] = []
    for at in sorted(draw(st.lists(moment, min_size=count, max_size=count))):
        kind = draw(st.sampled_from(kinds))
        said = overrides(office) if kind == "overridden" else KINDS[kind]
        events.append((at, kind, draw(said)))
    return Log(draw(fields(most=4, unset=False)), opened, events)


def moments_of(office: Office, log: Log) -> st.SearchStrategy[int]:
    """Instants to ask about: those of events and edges, a microsecond beside them, and later."""
    scene = office.scene
    known = [log.opened, *(at for at, _, _ in log.events)]
    beside = st.sampled_from((0, 0, 0, 1, -1, SECOND, scene.walker.step, HOUR))
    moment = st.sampled_from(known) | instants(scene)
    later = st.integers(0, 6 * DAY // scene.walker.step)
    return st.one_of(
        st.builds(lambda at, more: max(log.opened, at + more), moment, beside),
        later.map(lambda cells: log.opened + cells * scene.walker.step),
    )
