"""The settings of the help desk of these tests, here and in the processes that they start."""

from __future__ import annotations

import json
import os
from pathlib import Path

HERE = Path(__file__).parent

SECRET_KEY = "not secret"  # noqa: S105 - of a test
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "slacalc.django",
    "tests.django.desk",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = json.loads(os.environ.get("DESK_DATABASES", "{}"))
LOGGING_CONFIG = None
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ROOT_URLCONF = "tests.django.desk.urls"
SLACALC = {"POLICIES": [HERE / "desk.toml"]}
STATIC_URL = "/static/"
TIME_ZONE = "Europe/Paris"
USE_TZ = os.environ.get("DESK_USE_TZ", "1") == "1"
