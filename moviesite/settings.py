"""The site's one settings file. It fails closed: without configuration nothing is opened or shown.

Environment (all optional for `make run`, which keeps what it makes in `var/`):

SECRET_KEY          signing key; else read from the file var/secret_key. No default.
DEBUG               off. Turn on for development only.
SITE_URL            http://127.0.0.1:8000, with `make run` its PORT. Where people reach the site. With https, cookies
                    are Secure and HSTS is on.
ALLOWED_HOSTS       more host names, by comma, besides SITE_URL's and this machine's own.
DATABASE_URL        SQLite in var/db.sqlite3; postgres://user@host:port/name for PostgreSQL.
CELERY_BROKER_URL   a folder in var/ ("folder://"); redis://... or amqp://... for sites of more than one machine.
VAR_DIR             var/ in the checkout. Everything the project writes.
IMPORT_DIR          var/import. The folder on this machine from which the staff pages import; nothing outside it.
IMPORT_UPLOAD_MB    4096. How many megabytes may be uploaded for an import.
POSTER_HOSTS        none. Hosts, by comma, from which imported poster images may be shown (https only).
REGISTRATION_OPEN   on. Whether strangers may sign up.
BACKUP_DAYS         unknown. How many days you keep backups of the site, for the receipts of deleted accounts.
EMAIL_URL           consolemail:// (mail is printed); smtp://user:password@host:port to send it.
NIGHTLY_RETRAIN     03:30. When the model is retrained, in UTC; empty for never.
TRAINING_MODEL      history. Which model the site trains.
RUN_STALE_SECONDS   30. After how long without a sign of life a run counts as abandoned and is taken up anew.

`make run` reads PORT, BIND, WEB_WORKERS and DEMO besides: moviesite/run.py says how.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF

from moviesite.web.env import (
    BASE_DIR,
    read_days,
    read_megabytes,
    read_seconds,
    read_secret,
    read_time_of_day,
    read_var_dir,
)

env = environ.Env()
VAR_DIR = read_var_dir()

# Who we are, and to whom
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = read_secret(env.str("SECRET_KEY", ""), VAR_DIR / "secret_key")
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
_site = urlsplit(SITE_URL)
IS_HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = [
    *{_site.hostname or "127.0.0.1", "127.0.0.1", "localhost", "[::1]"},
    *env.list("ALLOWED_HOSTS", default=[]),
]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
POSTER_HOSTS: list[str] = env.list("POSTER_HOSTS", default=[])
REGISTRATION_OPEN = env.bool("REGISTRATION_OPEN", True)
BACKUP_DAYS = read_days("BACKUP_DAYS", env.str("BACKUP_DAYS", ""))

SESSION_ENGINE = "moviesite.web.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *(f"https://{host}" for host in POSTER_HOSTS)],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

INSTALLED_APPS = [
    "moviesite",
    "accounts",
    "recommendations",
    "catalog",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "csp",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "moviesite.web.same_person.SamePersonMiddleware",
    "moviesite.web.sign_in.SignInMiddleware",
    "moviesite.web.timezones.TimeZoneMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "moviesite.urls"
WSGI_APPLICATION = "moviesite.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "catalog.context_processors.made_data",
            ],
        },
    },
]

# Where things are kept
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL")
    if env.str("DATABASE_URL", "")
    else {"ENGINE": "django.db.backends.sqlite3", "NAME": str(VAR_DIR / "db.sqlite3")}
}
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}  # a file, as the site's own is
    DATABASES["default"]["OPTIONS"] = {
        # A writer queues for the lock before it reads, instead of failing when it turns to write.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SNAPSHOTS_DIR = VAR_DIR / "snapshots"
MODELS_DIR = VAR_DIR / "models"
IMPORT_REPORTS_DIR = VAR_DIR / "imports"
IMPORT_DIR = Path(env.str("IMPORT_DIR", "") or VAR_DIR / "import").resolve()
UPLOADS_DIR = VAR_DIR / "uploads"
IMPORT_UPLOAD_BYTES = read_megabytes("IMPORT_UPLOAD_MB", env.str("IMPORT_UPLOAD_MB", "4096"))

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "media"},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# Accounts
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_UNIQUE_EMAIL = True
# Nobody learns whether an address has an account, not by signing up either.
ACCOUNT_PREVENT_ENUMERATION = "strict"
# The password once more before an address or a second factor changes.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Movie Picks"
MFA_TOTP_TOLERANCE = 1  # a clock may be half a minute off
# With https, the server in front says against whose limits an attempt counts.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if IS_HTTPS else 0
ACCOUNT_USERNAME_MIN_LENGTH = 2
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
vars().update(env.email_url("EMAIL_URL", "consolemail://"))

# Limits of how often something may be tried, ours and allauth's, and nothing else.
CACHES = {
    "default": {
        "BACKEND": "accounts.limits.LimitCache",
        "LOCATION": "accounts_limitentry",
        "OPTIONS": {"MAX_ENTRIES": 1_000},  # from here on each new one clears what has expired, and only that
    }
}

# REST
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "moviesite.web.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_RATES": {"sign-in": "10/min"},
    "NUM_PROXIES": ALLAUTH_TRUSTED_PROXY_COUNT,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Movie picks",
    "DESCRIPTION": "Films, ratings in half stars, and personal picks that say why.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# Work in the background
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "") or "folder://localhost"
if CELERY_BROKER_URL.startswith("folder:"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {"folder": str(VAR_DIR / "broker")}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "recommendations.tasks.run_training": {"queue": "training"},
    "catalog.tasks.run_import": {"queue": "imports"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # LOGGING below holds for workers too
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # state is in the database; nobody would read the answers
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
RUN_STALE_SECONDS = read_seconds("RUN_STALE_SECONDS", env.str("RUN_STALE_SECONDS", "30"))
_sweep_every = RUN_STALE_SECONDS / 2
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep": {
        "task": "moviesite.tasks.sweep_runs",
        "schedule": _sweep_every,
        "options": {"expires": _sweep_every},
    },
    "remove-old-uploads": {
        "task": "catalog.tasks.remove_old_uploads",
        "schedule": crontab(hour=4, minute=45),
    },
    "remove-old-rating-imports": {
        "task": "accounts.tasks.remove_old_imports",
        "schedule": crontab(hour=4, minute=30),
    },
    "clear-expired": {"task": "moviesite.tasks.clear_expired", "schedule": crontab(hour=4, minute=15)},
    "refresh-statistics": {
        "task": "catalog.tasks.refresh_statistics",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},
    },
    "check-ratings": {
        "task": "catalog.tasks.check_ratings",
        "schedule": crontab(hour=5, minute=15, day_of_week="sunday"),
    },
}
NIGHTLY_RETRAIN = read_time_of_day("NIGHTLY_RETRAIN", env.str("NIGHTLY_RETRAIN", "03:30"))
if NIGHTLY_RETRAIN:
    CELERY_BEAT_SCHEDULE["nightly-retrain"] = {
        "task": "recommendations.tasks.request_nightly_training",
        "schedule": crontab(hour=NIGHTLY_RETRAIN.hour, minute=NIGHTLY_RETRAIN.minute),
    }
TRAINING_MODEL = env.str("TRAINING_MODEL", "history")

# Language, time, words in the log
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # Every message received and done: a sweep is one each quarter of a minute.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
