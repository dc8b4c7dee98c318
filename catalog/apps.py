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
        connection_created.connect(_begin_at_once)


def _keep_words(using: str, apps: Any = present, **options: Any) -> None:
    """After migrations, as long as the tables of words are there: going back, they may not be."""
    from catalog.search_words import ensure_words  # models are not there yet when apps are

    tables = {model._meta.db_table for model in apps.get_models()}
    if using == "default" and "catalog_titleword" in tables:
        ensure_words()


def _begin_at_once(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """PostgreSQL would compile searches, for 100 ms each, or start helpers for them, for 10 ms, or read all films where
    a few hundred are asked for by id: it cannot know how soon a page of films is found, and takes disks for slow to
    jump. What reads tables of millions still gets helpers.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off; SET parallel_setup_cost = 100000; SET random_page_cost = 1.1")
