"""Reports: how promises were kept, what another policy would have meant, and a page of both.

`attainment` counts the answers of `bulk` and compares them with objectives; `breaches` says where
the time of those went that were missed; `compare` evaluates the same tickets under two policies;
`page` shows all of it in one HTML file that can be sent to a customer.
"""

from slacalc.errors import require_extra

require_extra("report", "reports need", "narwhals", "numpy")

from slacalc._report.attainment import attainment
from slacalc._report.breach_times import breaches
from slacalc._report.comparison import Comparison, compare
from slacalc._report.objectives import share_text
from slacalc._report.page import page
from slacalc._report.ticket_attributes import with_attributes

__all__ = [
    "Comparison",
    "attainment",
    "breaches",
    "compare",
    "page",
    "share_text",
    "with_attributes",
]
