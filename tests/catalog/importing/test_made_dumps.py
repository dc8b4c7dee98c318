"""Made dumps in the layout of each edition, named by nothing but their paths: what is in them arrives, either way."""

import pytest

from benchmarks.made_dump.maker import make_dump
from catalog.importing.bulk import loading
from catalog.importing.detection import detect
from catalog.importing.runs import request_import, run_import
from catalog.models import DataSet, Edition, ImportRun, Movie, Rating, Reviewer, ReviewText

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

REVIEWS = 1_500


@pytest.fixture(scope="module", params=["2014", "2018", "2023"])
def dump(request, tmp_path_factory):
    """The edition, and the paths of its metadata and reviews, whose names mislead."""
    folder = tmp_path_factory.mktemp(request.param)
    make_dump(folder, REVIEWS, layout=request.param, workers=1)
    (meta,) = folder.glob("meta_*")
    (reviews,) = set(folder.glob("*Movies_and_TV.json*")) - {meta}
    return request.param, [meta.rename(folder / "a"), reviews.rename(folder / "b.csv")]


def tables():
    ratings = Rating.objects.values_list(
        "reviewer__external_id", "edition__external_id", "half_stars", "rated_at", "digest", "superseded"
    )
    editions = Edition.objects.values_list("external_id", "title", "source_group", "price", "format", "url")
    texts = ReviewText.objects.values_list("rating__digest", "headline", "body", "helpful_votes")
    return {"ratings": sorted(ratings), "editions": sorted(editions), "texts": sorted(texts)}


def imported(paths, **options):
    found = detect(paths)
    run = request_import(found.kind, {**found.options, **options})
    run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error, run.counts["bad"]) == (ImportRun.State.SUCCEEDED, "", {})
    return run


def test_every_edition_arrives_the_same_both_ways(dump, monkeypatch):
    edition, paths = dump
    assert detect(paths).what == f"Amazon {edition} reviews, with metadata"
    run = imported(paths, with_text=True)
    expected = tables()
    assert (
        run.counts["ratings"]["read"]
        == REVIEWS
        == len(expected["ratings"]) + run.counts["ratings"]["repeated"]
    )
    assert bool(Edition.objects.exclude(source_group="").count()) == (edition == "2023")
    assert len(expected["texts"]) > REVIEWS * 0.9
    assert Movie.objects.exclude(description="").count() > 100
    assert Movie.objects.exclude(genres=None).exists() == (edition != "2014")
    assert Edition.objects.exclude(price=None).count() > 100

    for model in (Rating, Reviewer, DataSet):
        model.objects.all().delete()
    Movie.objects.update(merged_into=None)
    Movie.objects.all().delete()
    monkeypatch.setattr(loading, "LARGE_BYTES", 0)
    assert imported(paths, with_text=True).result["way"] == "at once"
    assert tables() == expected
