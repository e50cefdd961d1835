"""The commands: ``sla_tick``, ``sla_rejudge`` and ``sla_backfill``."""
