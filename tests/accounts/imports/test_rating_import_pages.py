"""Bringing ratings: upload, look, put right, confirm; nobody else's business, and nothing twice."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.imports import views, work
from accounts.models import ImportRow, RatingImport
from catalog.aggregates import wrong_histograms
from catalog.models import Rating, Reviewer
from catalog.ratings import rate
from catalog.templatetags.films import in_words
from tests.accounts.imports.exports import IMDB, LETTERBOXD, RATINGS, archive
from tests.factories import make_movie
from tests.pages import HTMX, assert_good_page, assert_good_part, text_of

pytestmark = pytest.mark.django_db
NEW = reverse("rating-import-new")
State = ImportRow.State


@pytest.fixture
def films():
    """Of the archive, all but Moon and Good Night; Solaris twice in one year."""
    films = [make_movie(title, year, ["Drama"]) for title, year in (("Alien", 1979), ("Amélie", 2001))]
    return [*films, make_movie("Solaris", 1972), make_movie("Solaris", 1972), make_movie("Contact", 1997)]


def upload(client, name="ratings.csv", content=RATINGS, **options):
    data = content if isinstance(content, bytes) else content.encode()
    return client.post(NEW, {"files": [SimpleUploadedFile(name, data)]}, **options)


def bring(client, **given):
    """An import whose films were looked for."""
    response = upload(client, **given)
    assert response.status_code == 302
    return RatingImport.objects.latest("pk")


def address(name, run, *args):
    return reverse(f"rating-import-{name}", args=[run.pk, *args])


def stars_of(user):
    return {
        rating.movie.title: rating.half_stars
        for rating in Rating.objects.of_user(user).select_related("movie")
    }


def report(client, run):
    response = client.get(address("report", run))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


def test_from_archive_to_ratings(as_ada, ada, films):
    run = bring(as_ada, name="letterboxd.zip", content=archive(LETTERBOXD))
    assert run.is_in_review
    page = assert_good_page(as_ada.get(run.get_absolute_url()))
    assert "Rate 2 films, mark 1" in text_of(page.find(".//main"))
    assert "1 film watched without" not in text_of(page.find(".//main"))
    assert "2 films watched without a rating" in text_of(page.find(".//main"))
    assert stars_of(ada) == {}
    done = as_ada.post(address("confirm", run), follow=True)
    assert "Done" in text_of(assert_good_page(done).find(".//main"))
    assert stars_of(ada) == {"Alien": 9, "Amélie": 10}
    assert not wrong_histograms().exists()
    run.refresh_from_db()
    assert run.result == {"new": 2, "marked": 1}


def test_twice_changes_nothing_and_a_changed_rating_is_changed(as_ada, ada, films):
    for _ in range(2):
        run = bring(as_ada)
        as_ada.post(address("confirm", run))
        before = list(Rating.objects.order_by("pk").values())
    run.refresh_from_db()
    assert run.result == {"unchanged": 2}
    again = bring(as_ada)
    assert "Finish without changes" in text_of(assert_good_page(as_ada.get(again.get_absolute_url())))
    as_ada.post(address("confirm", again))
    assert list(Rating.objects.order_by("pk").values()) == before
    changed = bring(as_ada, content=RATINGS.replace("1a,4.5", "1a,2"))
    assert f"you gave it {in_words(4.5)}" in text_of(
        assert_good_page(as_ada.get(f"{changed.get_absolute_url()}?show=ready"))
    )
    as_ada.post(address("confirm", changed))
    assert stars_of(ada) == {"Alien": 4, "Amélie": 10}


def test_what_was_rated_here_later_stays(as_ada, ada, films):
    rate(Reviewer.objects.for_user(ada), films[0], 2)
    run = bring(as_ada)
    assert "rated here later" in text_of(assert_good_page(as_ada.get(f"{run.get_absolute_url()}?show=ready")))
    as_ada.post(address("confirm", run))
    assert stars_of(ada)["Alien"] == 2
    assert [line["why"] for line in report(as_ada, run) if line["title"] == "Alien"] == [
        "you rated it here later"
    ]


def test_confirming_twice_is_confirming_once(as_ada, ada, films):
    run = bring(as_ada)
    for _ in range(2):
        as_ada.post(address("confirm", run))
    assert Rating.objects.of_user(ada).count() == 2
    response = as_ada.post(address("confirm", run), follow=True)
    assert "already being written, or were" in text_of(assert_good_page(response).find(".//main"))


class TestByHand:
    @pytest.fixture
    def run(self, as_ada, films):
        return bring(as_ada, name="letterboxd.zip", content=archive(LETTERBOXD))

    def test_a_doubtful_film_is_chosen(self, as_ada, ada, run, films):
        page = assert_good_page(as_ada.get(run.get_absolute_url()))
        assert len(page.findall(".//main//button[@aria-label='Take Solaris (1972)']")) == 2
        row = run.rows.get(title="Solaris")
        back = as_ada.post(
            address("row", run, row.pk), {"movie": films[3].pk, "show": "doubtful", "page": "1"}
        )
        assert back["Location"] == f"{run.get_absolute_url()}?show=doubtful&page=1#rows"
        as_ada.post(address("confirm", run))
        assert Rating.objects.of_user(ada).get(movie=films[3]).half_stars == 7

    def test_all_suggestions_are_taken_at_once(self, as_ada, ada, run, films):
        as_ada.post(address("suggestions", run))
        as_ada.post(address("confirm", run))
        assert Rating.objects.of_user(ada).get(movie__title="Solaris").movie == films[2]

    def test_a_suggestion_of_another_year_is_left_to_the_person(self, as_ada, ada, films):
        make_movie("The Thing", 2011)
        lines = RATINGS.splitlines()[0] + "\n2024-01-05,The Thing,1982,u,5\n"
        run = bring(as_ada, content=lines)
        assert run.rows.get().state == State.DOUBTFUL
        answer = as_ada.post(address("suggestions", run), follow=True)
        assert run.rows.get().state == State.DOUBTFUL
        assert "is of another year" in text_of(assert_good_page(answer).find(".//main"))
        assert answer.request["QUERY_STRING"] == "show=doubtful"

    def test_a_film_that_was_not_found_is_searched(self, as_ada, ada, run, films):
        row = run.rows.get(title__startswith="Good Night")
        page = assert_good_page(as_ada.get(address("row", run, row.pk)))
        assert "No film here has all of these words" in text_of(page.find(".//main"))
        page = assert_good_page(as_ada.get(f"{address('row', run, row.pk)}?q=contact%00"))
        assert page.find(".//main//button[@aria-label='This film Contact (1997)']") is not None
        as_ada.post(address("row", run, row.pk), {"movie": films[4].pk})
        as_ada.post(address("confirm", run))
        assert stars_of(ada)["Contact"] == 8

    def test_a_row_is_left_out(self, as_ada, ada, run):
        as_ada.post(address("row", run, run.rows.get(title="Alien").pk), {"movie": ""})
        as_ada.post(address("confirm", run))
        assert stars_of(ada) == {"Amélie": 10}
        assert {line["title"]: line["why"] for line in report(as_ada, run)}[
            "Alien"
        ] == "left out: left out by hand"

    @pytest.mark.parametrize("movie", ["0", "x", "9" * 30, "-1", "²"])
    def test_what_is_no_film_is_refused(self, as_ada, run, movie):
        row = run.rows.get(title="Alien")
        assert_good_page(as_ada.post(address("row", run, row.pk), {"movie": movie}), 400)
        row.refresh_from_db()
        assert row.note == "title and year"

    def test_two_rows_of_one_film_are_one_rating_the_latest(self, as_ada, ada, run, films):
        for title in ("Alien", "Amélie"):
            as_ada.post(address("row", run, run.rows.get(title=title).pk), {"movie": films[4].pk})
        as_ada.post(address("confirm", run))
        assert stars_of(ada) == {"Contact": 10}
        assert run.rows.get(title="Alien").note == work.SAME_FILM

    def test_after_the_end_nothing_is_chosen_any_more(self, as_ada, run, films):
        as_ada.post(address("confirm", run))
        row = run.rows.get(title="Solaris")
        as_ada.post(address("row", run, row.pk), {"movie": films[2].pk})
        as_ada.post(address("suggestions", run))
        row.refresh_from_db()
        assert row.state == State.DOUBTFUL


def test_the_report_says_why_and_is_safe_to_open(as_ada, films):
    lines = f"{RATINGS}2024-01-05,=2+2,2001,u,3\n2024-01-05,Alien Nation,1988,u,17\n"
    run = bring(as_ada, content=lines)
    told = {line["title"]: line["why"] for line in report(as_ada, run)}
    assert told["'=2+2"] == "no film of this title"
    assert "ratings go from half a star to five" in told["Alien Nation"]
    assert "Alien" not in told
    for tab in ("doubtful", "missing", "ready", "left-out", "nonsense"):
        assert_good_page(as_ada.get(f"{run.get_absolute_url()}?show={tab}&page=zzz"))


def test_markup_in_titles_is_text(as_ada, films):
    run = bring(as_ada, content=RATINGS + '2024-01-05,"<script>alert(1)</script> A & B ""x""",2001,u,3\n')
    page = assert_good_page(as_ada.get(f"{run.get_absolute_url()}?show=missing"))
    assert 'A & B "x"' in text_of(page.find(".//main"))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("photo.csv", b"\x89PNG\0", "no text file"),
        ("a.csv", b"", "empty"),
        ("x.csv", b"a,b\n", "not known here"),
        ("a.zip", b"PK\x03\x04", "not a whole ZIP"),
    ],
)
def test_a_wrong_file_is_said_beside_its_field(as_ada, name, content, sentence):
    page = assert_good_page(upload(as_ada, name, content))
    field = page.find(".//input[@type='file']")
    assert field.get("aria-invalid") == "true"
    assert sentence in text_of(page.find(".//ul[@class='errorlist']"))
    assert not RatingImport.objects.exists()


def test_no_file_and_too_much(as_ada, monkeypatch):
    assert "Choose a file first" in text_of(assert_good_page(as_ada.post(NEW, {})).find(".//main"))
    monkeypatch.setattr(views, "MOST_BYTES", 10)
    assert "more than" in text_of(assert_good_page(upload(as_ada), 413).find(".//main"))


def test_the_upload_takes_a_token(ada):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert upload(strict).status_code == 403
    assert not RatingImport.objects.exists()


def test_only_its_person_sees_an_import(as_ada, as_bob, as_owner, as_stranger, films):
    run = bring(as_ada)
    row = run.rows.first()
    looks = [address("detail", run), address("row", run, row.pk), address("report", run)]
    acts = [address(name, run) for name in ("confirm", "suggestions", "remove")] + [
        address("row", run, row.pk)
    ]
    for client in (as_bob, as_owner):
        assert [client.get(one).status_code for one in looks] == [404] * 3
        assert [client.post(one).status_code for one in acts] == [404] * 4
    for method, addresses in ((as_stranger.get, [*looks, NEW]), (as_stranger.post, [*acts, NEW])):
        assert all(method(one)["Location"].startswith("/accounts/login/?next=") for one in addresses)
    assert [as_ada.get(one).status_code for one in acts[:3]] == [405] * 3
    assert run.rows.filter(state=State.MATCHED).count() == 2
    assert not Rating.objects.exists()
    assert text_of(assert_good_page(as_bob.get(NEW)).find(".//main")).find("Brought so far") == -1


def test_an_import_is_forgotten_and_its_ratings_stay(as_ada, ada, films):
    run = bring(as_ada)
    as_ada.post(address("confirm", run))
    assert_good_page(as_ada.post(address("remove", run), follow=True))
    assert not ImportRow.objects.exists()
    assert len(stars_of(ada)) == 2


def test_the_page_looks_again_while_work_is_under_way(as_ada, films, monkeypatch):
    monkeypatch.setattr(work, "AT_ONCE", 0)
    run = bring(as_ada)
    assert (run.state, run.phase) == ("queued", "match")
    part = assert_good_part(as_ada.get(run.get_absolute_url(), **HTMX))
    assert part.find("./div[@hx-trigger='every 1s']") is not None
    work.run_rating_import(run.pk)
    looked = as_ada.get(f"{run.get_absolute_url()}?was=queued", **HTMX)
    assert assert_good_part(looked).find("./div[@hx-trigger]") is None
    assert "Ratings from Letterboxd: to be looked at." in looked["HX-Trigger"]


def test_imdb_by_ids(as_ada, ada):
    make_movie("Alien, listed otherwise", 1979, imdb_id="tt0078748")
    make_movie("Le fabuleux destin d'Amélie Poulain", 2001)
    as_ada.post(address("confirm", bring(as_ada, name="imdb.csv", content=IMDB)))
    assert stars_of(ada) == {"Alien, listed otherwise": 9, "Le fabuleux destin d'Amélie Poulain": 10}


def test_the_number_of_queries_is_constant(as_ada, ada, django_assert_num_queries):
    lines = [f"2024-01-02,Film {n},2000,u,{1 + n % 5}" for n in range(60)]
    for n in range(60):
        make_movie(f"Film {n}", 2000, ["Drama"])
    run = bring(as_ada, content="\n".join([RATINGS.split("\n")[0], *lines]))
    with django_assert_num_queries(12):
        # session, user, import, counts, ready rows, mine, page's count, rows, films with genres and people, demo?
        assert_good_page(as_ada.get(f"{run.get_absolute_url()}?show=ready"))
    with django_assert_num_queries(4):  # session, user, imports, demo?
        assert_good_page(as_ada.get(NEW))
