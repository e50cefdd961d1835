"""The page of a report: one HTML file that needs nothing but itself.

`page` collects the data (`page_data`), counts what it shows (`page_content`), arranges that in
tables (`page_layout`) with charts (`page_charts`), and fills in the template. The page runs no
script and fetches nothing, which its own security policy forbids besides; everything that comes
from tickets is escaped by the template. It follows the reader's choice of light or dark, and is
printed light.
"""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import slacalc
from slacalc._clock.audit import release
from slacalc._clock.policy_diff import describe_differences
from slacalc._columns.input import read_names
from slacalc._html.markup import replace_invalid
from slacalc._i18n import N_, translator
from slacalc._phrases import in_language
from slacalc._policy.attributes import value_text
from slacalc._policy.money import half_up, percent_text
from slacalc._policy.policy import check_policy
from slacalc._report.comparison import pair_up
from slacalc._report.objectives import share_text
from slacalc._report.page_charts import HEIGHT, LEFT, WIDTH
from slacalc._report.page_content import count_content
from slacalc._report.page_data import PageData, PageOptions
from slacalc._report.page_layout import MOST_DIFFERENCES, ComparisonTables, PageTables
from slacalc._report.row_errors import MOST_SHOWN, ErrorKinds
from slacalc._time.instants import HOUR, MINUTE
from slacalc._time.zone_data import zone_data
from slacalc.errors import require_extra

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from slacalc._i18n import Translator
    from slacalc._policy.policy import Policy
    from slacalc._report.comparison import InForce
    from slacalc._report.page_content import PageContent
    from slacalc._report.periods import Period
    from slacalc._report.row_errors import ErrorKind
    from slacalc._report.ticket_attributes import Which
    from slacalc._time.instants import Zone


def page(
    policy: Policy,
    log: Any,
    as_of: datetime | str | None = None,
    *,
    against: Policy | None = None,
    by: str | Iterable[str] | None = None,
    period: Period | None = "month",
    at: str = "created",
    time_zone: str | None = None,
    objective: float | str | Mapping[Any, Any] | None = None,
    metrics: str | Iterable[str] | None = None,
    kind: Literal["tickets", "events"] | None = None,
    in_force: InForce = "extended",
    which: Which = "last",
    columns: Mapping[str, str | None] | None = None,
    naive: str | None = None,
    confidence: float = 0.95,
    worst: int = 15,
    flips: int = 40,
    unread: Mapping[int, str] | None = None,
    title: str = "",
    language: str = "en",
) -> str:
    """Make an HTML page of how promises were kept; the page needs nothing but itself.

    It shows what was evaluated and with which data of zones and holidays, attainment by metric
    against the objectives, by attribute and over time, the worst breaches with an explanation of
    one, the tickets that cannot be evaluated and why, and, with *against*, what another policy
    would have meant. It runs no script and fetches nothing, follows the reader's choice of light or
    dark, and prints well.

    Args:
        policy: The policy.
        log: A table of tickets, as for `bulk.evaluate`; or a log of events, as for `bulk.replay`.
        as_of: The instant of evaluation. Default, for a log only: the last event of each ticket.
        against: Another policy, to compare with.
        by: Attributes, or other columns of the table of tickets, to group by. Default: up to three
            attributes that the promises depend on.
        period: As for `attainment`. None: the course over time is not shown.
        at, time_zone, objective, confidence: As for `attainment`. Instants are shown in the same
            zone as periods.
        metrics: The metrics that are shown. Default: those for which the table shows when they
            were stopped. The page names the others.
        kind, in_force, which, columns, naive: As for `compare`.
        worst: How many of the worst breaches are shown.
        flips: How many of the tickets that flip are shown.
        unread: The rows of a file that could not be read and are not in the log: what is wrong with
            each, by its number.
        title: The title. Default: that of the policy.
        language: The language, ``"en"`` or ``"zh"``.

    Returns:
        The HTML, to be written to a file in UTF-8.

    Raises:
        MissingExtraError: The extra ``report`` is not installed.
        LanguageError: The language is not known.
        ReportError: The table does not show whether any promise was kept, or lacks what is
            requested.
        ColumnError, NaiveDatetimeError: A column is missing, or its content is invalid.

    Example:
        >>> from slacalc import presets, report
        >>> tickets = {
        ...     "created": ["2024-09-13T16:00:00+08:00"] * 2,
        ...     "arrived": ["2024-09-14T10:00:00+08:00", "2024-09-19T10:00:00+08:00"],
        ...     "channel": ["on-site"] * 2,
        ...     "tier": ["gold", "silver"],
        ... }
        >>> html = report.page(presets.load("kingdee-diexun"), tickets, "2024-09-30T09:00+08:00")
        >>> html.count("<script"), "1 of 2 within target" in html
        (0, True)
    """
    check_policy(policy)
    check_policy(against, "against", or_none=True)
    options = PageOptions(
        None if by is None else tuple(read_names(by, "by")),
        period,
        at,
        time_zone,
        objective,
        None if metrics is None else tuple(read_names(metrics, "metrics")),
        kind,
        which,
        columns,
        naive,
        confidence,
        worst,
    )
    html, _ = render(
        policy,
        log,
        as_of,
        options,
        against=against,
        in_force=in_force,
        flips=flips,
        unread=unread,
        title=title,
        language=language,
    )
    return html


def render(
    policy: Policy,
    log: Any,
    as_of: datetime | str | None,
    options: PageOptions,
    *,
    against: Policy | None = None,
    in_force: InForce = "extended",
    flips: int = 40,
    unread: Mapping[int, str] | None = None,
    title: str = "",
    language: str = "en",
) -> tuple[str, PageContent]:
    """Make a page, as `page` does, and return what it shows besides."""
    translate = translator(language)
    template = _template(translate)
    data = PageData(policy, log, as_of, options)
    content = count_content(data, language)
    comparison, differences = None, []
    if against is not None:
        policies, kind = (policy, against), data.table.kind
        pairs = pair_up(
            policies, log, as_of, kind, in_force, options.read_options, evaluated=data.table
        )
        comparison = ComparisonTables(pairs, data.metrics, data.by, options.confidence, flips)
        differences = describe_differences(policy, against, translate)
    text: str = template.render(
        data=data,
        content=content,
        tables=PageTables(content, options.period),
        comparison=comparison,
        differences=differences,
        most_differences=MOST_DIFFERENCES,
        policy=policy,
        options=options,
        in_force=in_force,
        unread=len(unread or {}),
        unread_kinds=_kinds(unread or {}),
        title=title,
        language=language.replace("_", "-"),  # as HTML spells it
        version=slacalc.__version__,
        zone_data=str(zone_data()),
        holidays_release=release("holidays"),
        instant=_instant_format(data.zone),
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
    )
    return replace_invalid(text), content


def _kinds(unread: Mapping[int, str]) -> list[ErrorKind]:
    kinds = ErrorKinds()
    kinds.add(sorted(unread.items()))
    return kinds.frequent()[:MOST_SHOWN]


# The template -------------------------------------------------------------------------------------


@lru_cache(maxsize=4)  # to compile the template takes as long as all the rest of a page
def _template(translate: Translator) -> Any:
    """The template of the page, with filters for a language.

    Raises:
        MissingExtraError: The extra ``report`` is not installed.
    """
    require_extra("report", "the page of a report needs", "jinja2")
    import jinja2  # noqa: PLC0415 - an extra

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("slacalc._report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )

    def share(value: float | None, objective: float | None = None) -> str:
        return translate(share_text(value, objective))

    environment.filters |= {
        "share": share,
        "goal": goal_text,
        "points": points_text,
        "number": lambda number: f"{number:,}",
        "hours": lambda length: hours_text(length, translate),
        "value": value_shown,
        "said": lambda message: in_language(message, translate.language),
    }
    environment.tests["missing"] = lambda value: value is None
    markup: Any = jinja2.utils.markupsafe.Markup  # type: ignore[attr-defined] # jinja2 imports markupsafe
    environment.globals["translate"] = lambda message, **values: markup(translate(message)).format(
        **values
    )
    environment.globals["words"] = translate
    return environment.get_template("report.html")


# The template translates states by variables, in which the catalogue cannot find them.
_STATES = (
    N_("not covered"),
    N_("no target"),
    N_("not started"),
    N_("running"),
    N_("paused"),
    N_("met"),
    N_("late"),
    N_("breached"),
    N_("cancelled"),
    N_("not owed"),
)


def goal_text(share: float) -> str:
    """A round share, such as an objective, in percent without trailing zeros."""
    return percent_text(Fraction(str(share)) * 100, 3).replace(" ", "")


def points_text(difference: float | None) -> str:
    """A difference of shares in percentage points, with its sign."""
    if difference is None:
        return "–"
    points = half_up(Fraction(str(difference)) * 100, 1)
    return f"{points:+}".replace("-", "−") if points else "±0"


def hours_text(microseconds: int, translate: Translator) -> str:
    """A length in hours and minutes; from 100 hours on without minutes."""
    minutes = round(microseconds / MINUTE)
    hours, rest = divmod(minutes, HOUR // MINUTE)
    if not hours:
        return translate("{minutes} min").format(minutes=rest)
    if not rest or hours >= 100:
        return translate("{hours} h").format(hours=f"{hours:,}")
    return translate("{hours} h {minutes} min").format(hours=hours, minutes=f"{rest:02}")


def value_shown(value: Any) -> str:
    """A value of a ticket, for people."""
    if value is None:
        return "–"
    if isinstance(value, float) and value.is_integer():  # a column of integers with gaps
        value = int(value)
    if isinstance(value, (datetime, date)):
        return str(value)
    return value_text(value)


def _instant_format(zone: Zone) -> Callable[[int | None], str]:
    def show(at: int | None) -> str:
        return "–" if at is None else f"{zone.datetime(at):%Y-%m-%d %H:%M}"

    return show
