"""The staff pages of the facts: they open, they show no reviewer's id, and they change nothing by the back door."""

from contextlib import contextmanager

import pytest
from django.db.models.signals import pre_save
from django.urls import reverse

from catalog import tasks
from catalog.genres import get_genres
from catalog.models import DataSet, Edition, ImportRun, Movie, Rating, Reviewer
from catalog.removal import due_removals
from moviesite.web.runs import RunState
from tests.catalog.importing.builders import import_amazon, metadata, review, write_lines
from tests.factories import make_movie

pytestmark = pytest.mark.django_db

MODELS = ["movie", "dataset", "importrun", "reviewer", "rating"]


@pytest.fixture(autouse=True)
def imported(tmp_path):
    lines = [review("ASECRETID", "B1"), review("AOTHERID", "B1", 3.0), "broken"]
    meta = write_lines(tmp_path / "m.json", [metadata("B1", "<b>Alien</b> & co")])
    return import_amazon(write_lines(tmp_path / "r.json", lines), meta)


@pytest.mark.parametrize("name", MODELS)
def test_lists_and_pages_open_and_show_no_reviewers_id(as_owner, name):
    listed = as_owner.get(reverse(f"admin:catalog_{name}_changelist"))
    assert listed.status_code == 200
    row = listed.context["cl"].result_list[0]
    page = as_owner.get(reverse(f"admin:catalog_{name}_change", args=[row.pk]))
    assert page.status_code == 200
    for response in (listed, page):
        assert b"ASECRETID" not in response.content
        assert b"AOTHERID" not in response.content


@pytest.mark.parametrize("name", MODELS)
def test_nobody_else_sees_them(as_ada, as_stranger, name):
    for client in (as_ada, as_stranger):
        assert client.get(reverse(f"admin:catalog_{name}_changelist")).status_code == 302


def test_reviewers_are_not_found_by_their_id(as_owner):
    response = as_owner.get(reverse("admin:catalog_reviewer_changelist"), {"q": "ASECRETID"})
    assert len(response.context["cl"].result_list) == 2
    for lookup in ("external_id", "external_id__startswith"):
        refused = as_owner.get(reverse("admin:catalog_reviewer_changelist"), {lookup: "A"})
        assert refused.status_code == 400


@pytest.mark.parametrize("name", ["importrun", "reviewer", "rating"])
def test_what_importers_write_is_only_shown(as_owner, name):
    row = {"importrun": ImportRun, "reviewer": Reviewer, "rating": Rating}[name].objects.first()
    assert as_owner.get(reverse(f"admin:catalog_{name}_add")).status_code == 403
    assert as_owner.post(reverse(f"admin:catalog_{name}_change", args=[row.pk]), {}).status_code == 403
    assert (
        as_owner.post(reverse(f"admin:catalog_{name}_delete", args=[row.pk]), {"post": "yes"}).status_code
        == 403
    )


def test_movies_are_not_deleted(as_owner):
    movie = Movie.objects.get()
    assert (
        as_owner.post(reverse("admin:catalog_movie_delete", args=[movie.pk]), {"post": "yes"}).status_code
        == 403
    )


@contextmanager
def meanwhile(model, **values):
    """Somebody else writes these columns between the admin's reading of a row and its writing."""

    def write(instance, **_):
        model.objects.filter(pk=instance.pk).update(**values)

    pre_save.connect(write, model)
    try:
        yield
    finally:
        pre_save.disconnect(write, model)


def form_of(as_owner, movie, **changes):
    """What the movie's page would send if only this was changed in it."""
    page = as_owner.get(reverse("admin:catalog_movie_change", args=[movie.pk]))
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.initial_forms]
    fields = [field for form in forms for field in form]
    values = {field.html_name: field.value() for field in fields}
    return {name: value for name, value in {**values, **changes}.items() if value is not None}


def save(as_owner, movie, form):
    response = as_owner.post(reverse("admin:catalog_movie_change", args=[movie.pk]), form)
    assert response.status_code == 302
    movie.refresh_from_db()


def test_saving_a_film_undoes_nothing_that_was_written_meanwhile(as_owner):
    movie, other = Movie.objects.get(), make_movie("Aliens", 1986)
    edited, form = movie.updated_at, form_of(as_owner, movie, title="Élan")
    with meanwhile(Movie, ratings_02=5, merged_into=other, description="Of the import"):
        save(as_owner, movie, form)
    assert (movie.title, movie.folded_title) == ("Élan", "elan")
    assert (movie.ratings_02, movie.merged_into, movie.description) == (5, other, "Of the import")
    assert movie.updated_at > edited


def test_genres_alone_are_saved_too(as_owner):
    movie, genre = Movie.objects.get(), get_genres()["Horror"]
    save(as_owner, movie, form_of(as_owner, movie, genres=[genre.pk]))
    assert list(movie.genres.all()) == [genre]


def test_saving_an_edition_leaves_it_where_it_was_merged_to_meanwhile(as_owner):
    movie, other = Movie.objects.get(), make_movie("Aliens", 1986)
    form = {**form_of(as_owner, movie), "editions-0-format": "Blu-ray"}
    with meanwhile(Edition, movie=other, home=movie):
        save(as_owner, movie, form)
    edition = Edition.objects.get()
    assert (edition.format, edition.movie, edition.home) == ("Blu-ray", other, movie)


def test_a_film_is_added_with_all_that_belongs_to_it(as_owner):
    form = {"title": "Été 85", "year": "2020"}
    for prefix in ("credits", "editions"):
        form |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    assert as_owner.post(reverse("admin:catalog_movie_add"), form).status_code == 302
    movie = Movie.objects.get(year=2020)
    assert (movie.title, movie.folded_title, movie.rating_count) == ("Été 85", "ete 85", 0)


def test_a_run_shows_what_it_did(as_owner, imported):
    page = as_owner.get(reverse("admin:catalog_importrun_change", args=[imported.pk])).content.decode()
    assert "2 new, 0 changed, 0 unchanged" in page
    assert "not JSON: 1" in page


def test_a_running_import_shows_its_progress_and_is_stopped(as_owner, imported):
    run = ImportRun.objects.create(
        data_set=imported.data_set,
        source="amazon",
        state=RunState.RUNNING,
        stage="loading the reviews",
        done=1,
        total=4,
    )
    url = reverse("admin:catalog_importrun_changelist")
    assert "loading the reviews: 25%" in as_owner.get(url).content.decode()
    answer = as_owner.post(url, {"action": "cancel", "_selected_action": [run.pk, imported.pk]}, follow=True)
    assert "Asked 1 to stop" in answer.content.decode()
    run.refresh_from_db()
    assert run.cancel_requested


@pytest.fixture
def tasks_run_at_once(monkeypatch):
    monkeypatch.setattr(tasks.remove_data_set, "delay", tasks.remove_data_set)


def test_a_data_set_is_removed_after_a_page_that_says_what_goes(
    as_owner, imported, tasks_run_at_once, django_capture_on_commit_callbacks
):
    url = reverse("admin:catalog_dataset_changelist")
    choice = {"action": "delete_selected", "_selected_action": [imported.data_set.pk]}
    asked = as_owner.post(url, choice).content.decode()
    assert "2 reviewers with all their ratings, 1 editions" in asked
    assert DataSet.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        done = as_owner.post(url, {**choice, "post": "yes"}, follow=True)
    assert "Removed in the background" in done.content.decode()
    assert not DataSet.objects.exists()
    assert not Movie.objects.exists()


def test_the_button_on_its_page_does_the_same(
    as_owner, imported, tasks_run_at_once, django_capture_on_commit_callbacks
):
    url = reverse("admin:catalog_dataset_delete", args=[imported.data_set.pk])
    assert "and the movies that nobody else has" in as_owner.get(url).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        as_owner.post(url, {"post": "yes"})
    assert not DataSet.objects.exists()


def test_without_a_queue_a_removal_waits_for_the_sweeper(
    as_owner, imported, monkeypatch, django_capture_on_commit_callbacks
):
    def refuse(_):
        raise OSError("no broker")

    monkeypatch.setattr(tasks.remove_data_set, "delay", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        as_owner.post(reverse("admin:catalog_dataset_delete", args=[imported.data_set.pk]), {"post": "yes"})
    assert due_removals() == [imported.data_set.pk]
