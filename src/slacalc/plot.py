"""Figures of calendars, tickets and results, drawn with matplotlib.

Each function takes an object of this library, such as a calendar, a clock or a table of
`slacalc.bulk`, and returns a `matplotlib.figure.Figure` with title, units and legend. Nothing
global is touched: no pyplot and no settings, so a server can draw in many threads; a notebook shows
the figure all the same. Tables are counted by columns, however many rows they have.

The text is English, or Chinese with ``language="zh"``; names are printed as they are in the data,
in any installed font that has their characters.
"""

from slacalc.errors import require_extra

require_extra("plot", "pictures need", "matplotlib", "narwhals", "numpy")

from slacalc._plot.attainment import attainment
from slacalc._plot.backlog import backlog
from slacalc._plot.breaches import breaches
from slacalc._plot.calendar import calendar
from slacalc._plot.margin import margin
from slacalc._plot.ticket import ticket
from slacalc._plot.times import time_by

__all__ = ["attainment", "backlog", "breaches", "calendar", "margin", "ticket", "time_by"]
