"""Contracts: what a service provider owes beyond single tickets, to the last franc.

A policy has objectives, availability targets, duties and penalties; the functions here work out
whether they were kept, and what the customer is owed if not.
"""

from slacalc.errors import require_extra

require_extra("report", "contracts need", "narwhals", "numpy")

from slacalc._contract.availability import (
    AvailabilityReport,
    AvailabilityResult,
    Outage,
    availability,
)
from slacalc._contract.costs import CostLine, Costs
from slacalc._contract.credits import CreditItem, CreditLine, Miss, Reduction, SettledCredits
from slacalc._contract.duties import Duties, DutyPeriod, duties
from slacalc._contract.objective_counts import FaultyTicket
from slacalc._contract.objectives import (
    ObjectiveMiss,
    ObjectiveReport,
    ObjectiveResult,
    objectives,
)
from slacalc._contract.penalties import Penalties, PenaltyEvent, penalties
from slacalc._contract.statement import statement
from slacalc._contract.statement_lines import Evidence, Excluded, Statement, StatementLine
from slacalc._contract.tables import FaultyRow, UnknownName
from slacalc._policy.money import Money

__all__ = [
    "AvailabilityReport",
    "AvailabilityResult",
    "CostLine",
    "Costs",
    "CreditItem",
    "CreditLine",
    "Duties",
    "DutyPeriod",
    "Evidence",
    "Excluded",
    "FaultyRow",
    "FaultyTicket",
    "Miss",
    "Money",
    "ObjectiveMiss",
    "ObjectiveReport",
    "ObjectiveResult",
    "Outage",
    "Penalties",
    "PenaltyEvent",
    "Reduction",
    "SettledCredits",
    "Statement",
    "StatementLine",
    "UnknownName",
    "availability",
    "duties",
    "objectives",
    "penalties",
    "statement",
]
