"""What help desks and trackers give out, read into the events of clocks.

Each module is a source, with pure functions over the decoded JSON of its public API: `jira`,
`zendesk`, `servicenow`, `zammad`, `glpi`, `gitlab`, `github`, and `generic` for any other. ``read``
makes a `TicketLog` of a ticket, ``check`` finds the conditions of a policy that the source never
meets, and ``cycles`` reads the product's own clocks, for `compare`.

Reading order: `core` has what all of them share, then `jira`; `labels` for trackers;
`checking` and `comparison`.
"""

from slacalc.adapters.checking import Unmet
from slacalc.adapters.comparison import Difference, ProductCycle, compare
from slacalc.adapters.core import TicketLog, read_many

__all__ = ["Difference", "ProductCycle", "TicketLog", "Unmet", "compare", "read_many"]
