"""Which version of a policy is in force for each of many receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from slacalc._columns.kernel import MISSING
from slacalc._columns.zones import readings
from slacalc._time.instants import DAY, EPOCH_DAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._policy.data import PolicyData


def versions_of(
    policy: PolicyData, received: Integers
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The version of each receipt, as `PolicyData.version_in_force` finds it for one.

    Args:
        policy: The policy.
        received: The instants of receipt.

    Returns:
        The place of each version in ``policy.all_versions``, and whether it is in force. Where it
        is not, it has expired, or it is the first and has not taken effect yet. Missing receipts
        have the first version.
    """
    places = np.zeros(len(received), np.intp)
    in_force = np.ones(len(received), np.bool_)
    if policy.has_terms:
        known = received != MISSING
        days = readings(policy.zone, received[known]) // DAY + EPOCH_DAY
        begun = np.searchsorted(np.array(policy.first_days), days, "right") - 1
        places[known] = np.maximum(begun, 0)
        in_force[known] = (begun >= 0) & (days <= np.array(policy.last_days)[begun])
    return places, in_force
