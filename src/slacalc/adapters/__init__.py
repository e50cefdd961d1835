"""What help desks and trackers give out, read into the events of clocks.

Each module is a source, with pure functions over the decoded JSON of its public API: `jira`,
`zendesk`, `servicenow`, `zammad`, `glpi`, `gitlab`, `github`, and `generic` for any other. ``read``
makes a `TicketLog` of a ticket, ``check`` finds the conditions of a policy that the source never
meets, and ``cycles`` reads the product's own clocks, for `compare`.

Read `jira` first, then `slacalc._adapters`, which has what all of them share.
"""

from slacalc._adapters.checking import Unmet
from slacalc._adapters.comparison import Difference, ProductCycle, compare
from slacalc._adapters.ticket_logs import TicketLog, read_many

__all__ = ["Difference", "ProductCycle", "TicketLog", "Unmet", "compare", "read_many"]
