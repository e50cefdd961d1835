"""The settings of the site, in the time of the demonstration."""

from day import clock
from desk.settings import *  # noqa: F403 - settings are names

clock.install()
EMAIL_BACKEND = "day.mail.EmailBackend"
