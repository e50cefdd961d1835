"""Records of tickets in the tables of SQLAlchemy, on SQLite and on a real PostgreSQL server."""
