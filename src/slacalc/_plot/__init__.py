"""Figures of calendars, tickets and results of `slacalc.bulk`, drawn with matplotlib.

In reading order, shared by all: `palette` (colours, light and dark), `figure` (canvas, titles,
legends, fonts), `time_axis` (ticks and texts of dates) and `data` (the columns of one metric). Then
one module for each function of `slacalc.plot`: `calendar`, `ticket`, `attainment`, `margin`,
`breaches`, `backlog` and `times` (`time_by`).
"""
