"""Loaded before Django's settings: tests never see the developer's own site or environment."""

import os
import tempfile
from pathlib import Path

_var = tempfile.TemporaryDirectory(prefix="movie-picks-tests-")
(Path(_var.name) / "static").mkdir()  # whitenoise warns without one
_READ = ("SITE_URL", "ALLOWED_HOSTS", "POSTER_HOSTS", "DEBUG", "CELERY_BROKER_URL", "EMAIL_URL", "IMPORT_DIR")
for _name in (
    *_READ,
    "REGISTRATION_OPEN",
    "NIGHTLY_RETRAIN",
    "TRAINING_MODEL",
    "RUN_STALE_SECONDS",
    "IMPORT_UPLOAD_MB",
):
    os.environ.pop(_name, None)
os.environ.update(
    SECRET_KEY="only-for-tests",
    VAR_DIR=_var.name,
    EMAIL_URL="memorymail://",
)
os.environ.setdefault("DATABASE_URL", f"sqlite:///{_var.name}/db.sqlite3")
