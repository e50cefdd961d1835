"""Reports: how well promises were kept, what another policy would have meant, and a page of both.

`attainment` counts the answers of `bulk` against objectives; `compare` judges the tickets of the
past by two policies; `page` tells all of it in one HTML file that can be sent to a customer.
"""

try:
    import narwhals  # noqa: F401 - to tell what to install
    import numpy as np  # noqa: F401 - likewise
except ImportError as error:
    from slacalc.errors import MissingExtraError

    _install = 'pip install "slacalc[report]"'
    _msg = f"reports need NumPy and Narwhals: {_install}"
    raise MissingExtraError(_msg, extra="report", install=_install) from error

from slacalc._attainment import attainment
from slacalc._compare import Comparison, compare
from slacalc._page import page
from slacalc._traits import with_attributes

__all__ = ["Comparison", "attainment", "compare", "page", "with_attributes"]
