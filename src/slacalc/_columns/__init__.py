"""Columns of any library, and calendar arithmetic on NumPy arrays.

In reading order: `frames` (tables: read columns by name, add and make columns), `native` (what a
column of another library holds), `input` (a column to int64 and its type), `output` (int64 to a
column of the same type), `categories` (columns of few values to codes, and back), `arithmetic` (the
methods of `Timeline` over arrays), `kernel` (its fast look-ups), `zones` (wall-clock readings over
arrays), `expressions` (Polars expressions and single values), and `calls` (one call of a bulk
verb).
"""
