"""What a merge costs on SQLite goes with what it moves: no statement of it goes through all ratings."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.editions.merging import merge, split
from catalog.models import Reviewer
from catalog.ratings import rate
from tests.catalog.editions.conftest import film, reviewed

pytestmark = pytest.mark.django_db


def test_no_statement_goes_through_all_ratings(ada):
    if connection.vendor != "sqlite":
        pytest.skip("the plans are SQLite's")
    names = [f"r{n}" for n in range(60)]
    films = [film(f"Film {n}", f"A{n}") for n in range(30)]
    for n in range(30):
        reviewed(f"A{n}", [(name, 1 + n % 10, 1 + n % 28) for name in names[n : n + 20]])
    rate(Reviewer.objects.for_user(ada), films[1], 9)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(
        connection,
    ) as captured:
        merge(films[1], films[0])
        split(films[1])
    statements = [query["sql"] for query in captured if "catalog_rating" in query["sql"]]
    assert len(statements) >= 10
    for statement in statements:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            plan = " | ".join(row[3] for row in cursor.fetchall())
        assert "SCAN catalog_rating" not in plan, (statement, plan)
        assert "BLOOM" not in plan, (statement, plan)
