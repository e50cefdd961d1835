"""`slacalc.django` in a small help desk (`desk`), on SQLite and on a real PostgreSQL.

Django is configured once for a process, by `project`; each test gets a database of its own.
"""
