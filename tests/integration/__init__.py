"""Tests with real parts: DuckDB, Spark, a browser, the site, the examples."""
