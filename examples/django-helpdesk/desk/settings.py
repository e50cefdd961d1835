"""A small site with django-helpdesk. The lines about slacalc are at the end."""

import os
from pathlib import Path

HERE = Path(__file__).parents[1]
BUILD = Path(os.environ.get("HELPDESK_BUILD", HERE.parents[1] / "build" / "helpdesk"))

DEBUG = True  # serves the style sheets; loopback only
SECRET_KEY = "only-for-the-example"  # noqa: S105 - nothing is secret here
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
ROOT_URLCONF = "desk.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BUILD / "desk.sqlite3"}}
if postgresql := os.environ.get("HELPDESK_POSTGRESQL"):  # postgresql://user@127.0.0.1:5432/desk
    from urllib.parse import urlsplit

    place = urlsplit(postgresql)
    DATABASES["default"] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": place.path.strip("/"),
        "USER": place.username or "",
        "PASSWORD": place.password or "",
        "HOST": place.hostname or "",
        "PORT": str(place.port or ""),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = BUILD / "mail"
DEFAULT_FROM_EMAIL = "desk@example.com"
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
STATIC_URL = "static/"
MEDIA_ROOT = BUILD / "media"
MEDIA_URL = "media/"
LOGIN_URL = "helpdesk:login"
LOGIN_REDIRECT_URL = "helpdesk:list"
SITE_ID = 1

INSTALLED_APPS = [
    "sla",  # before helpdesk, whose templates it extends
    "helpdesk",
    "rest_framework",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

HELPDESK_TEAMS_MODE_ENABLED = False
HELPDESK_ENABLE_TIME_SPENT_ON_TICKET = False
HELPDESK_REDIRECT_TO_LOGIN_BY_DEFAULT = True
WAITING = 6  # beside the five statuses that django-helpdesk has: we wait for the customer
HELPDESK_TICKET_STATUS_CHOICES = [
    (1, "Open"),
    (2, "Reopened"),
    (3, "Resolved"),
    (4, "Closed"),
    (5, "Duplicate"),
    (WAITING, "Waiting for the customer"),
]
HELPDESK_TICKET_OPEN_STATUSES = (1, 2, WAITING)
HELPDESK_TICKET_STATUS_CHOICES_FLOW = {
    1: (1, WAITING, 3, 4, 5),
    2: (2, WAITING, 3, 4, 5),
    3: (2, 3, 4),
    4: (2, 4),
    5: (2, 5),
    WAITING: (1, WAITING, 3, 4, 5),
}
HELPDESK_TICKET_STATUS_CSS_CLASSES = {
    1: "danger",
    2: "warning",
    3: "success",
    4: "success",
    5: "secondary",
    WAITING: "info",
}
HELPDESK_EMAIL_REOPEN_STATUSES = (3, 4, WAITING)  # a mail of the customer reopens the ticket

# What slacalc needs.
INSTALLED_APPS += ["slacalc.django"]
SLACALC = {"POLICIES": [HERE / "sla" / "policy.toml"]}


def HELPDESK_QUERY_CLASS() -> type:  # noqa: N802 - the name is django-helpdesk's
    """The ticket list has a column for the SLA."""
    from sla.ticket_list import SlaQuery  # noqa: PLC0415 - models are loaded now

    return SlaQuery
