from typing import Any

from django.apps import AppConfig
from django.apps import apps as present
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        post_migrate.connect(_keep_words, sender=self)
        connection_created.connect(_compile_nothing)


def _keep_words(using: str, apps: Any = present, **options: Any) -> None:
    """After migrations, as long as the tables of words are there: going back, they may not be."""
    from catalog.search_words import ensure_words  # models are not there yet when apps are

    tables = {model._meta.db_table for model in apps.get_models()}
    if using == "default" and "catalog_titleword" in tables:
        ensure_words()


def _compile_nothing(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """PostgreSQL would compile searches, for 100 ms each: it cannot know how soon a page of films is found."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")
