"""SLA records of tickets in a Django project: models, commands, admin and system checks.

Add ``"slacalc.django"`` to ``INSTALLED_APPS``. In reading order:

- `models`: the abstract `SlaRecord`, the outbox `SlaNotice` and the policies `SlaPolicy`
- `settings`: the policies that ``settings.SLACALC`` names, and instants as Django has them
- `worker`: what ``sla_tick`` does, safe for several processes at once
- `admin`: a column and a filter for the pages of the admin
- `checks`: what ``manage.py check`` says about policies and records
- `management.commands`: ``sla_tick``, ``sla_rejudge`` and ``sla_backfill``
"""

from slacalc.errors import require_extra

require_extra("django", "slacalc.django needs", "django")
