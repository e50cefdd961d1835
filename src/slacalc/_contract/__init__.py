"""Contracts: objectives, availability, credits and duties, and the statement of a period.

In reading order:

- `periods`: months, quarters and other stretches of days.
- `tables`: the tables that users give, and their faulty rows.
- `results`: what was measured, by the names of promises.
- `outages`: tables of outages, and the arithmetic of the time that they cover.
- `availability`: how available services were, and why.
- `objective_counts`, `objectives`: whether enough tickets were within their targets.
- `customers`, `duty_evaluation`, `duties`: what is owed again and again, and whether
  it was done in time.
- `penalties`: events for which an amount is owed.
- `credits`: what is owed for a promise that was not kept, and its sum under the caps.
- `claims`: until which day it has to be claimed.
- `statement`, `statement_lines`, `statement_page`: all of this for one period, line by line.
- `costs`: two statements side by side.
"""
