"""My taste: what gets more and less stars from me than usual, and than from everybody."""

import pytest
from django.urls import reverse

from accounts.my_charts import signed
from accounts.taste import DAMPING, FEWEST_RATINGS, taste_of
from catalog.models import Credit, Person, Rating, Reviewer
from catalog.ratings import rate
from tests.factories import make_movie, make_reviewers, rate_all
from tests.pages import assert_good_page, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
URL = reverse("taste")


@pytest.fixture
def rated(ada):
    """Ada's ten films: six of science fiction with five stars, four romances with two. Ridley made three of the six;
    everybody gives all of them three stars."""
    ridley = Person.objects.create(name="Ridley Scott")
    reviewers, me = make_reviewers(6), Reviewer.objects.for_user(ada)
    movies = []
    for n in range(FEWEST_RATINGS):
        space = n < 6
        movie = make_movie(f"Film {n}", 1979 if n < 5 else 1984, ["Science Fiction" if space else "Romance"])
        rate_all(reviewers, movie, [6] * 6)
        if n < 3:
            Credit.objects.create(movie=movie, person=ridley, role=Credit.Role.DIRECTOR)
        rate(me, movie, 10 if space else 4)
        movies.append(movie)
    return movies


def test_differences_are_damped_means(ada, rated):
    taste = taste_of(ada)
    mean = (6 * 5 + 4 * 2) / 10
    assert (taste.films, taste.mean) == (10, pytest.approx(mean))
    space, romance = taste.genres
    assert (space.name, space.films, space.mean) == ("Science Fiction", 6, 5.0)
    assert space.difference == pytest.approx(6 * (5 - mean) / (6 + DAMPING))
    assert space.from_everyone == pytest.approx(6 * (5 - 3) / (6 + DAMPING))
    assert romance.difference == pytest.approx(4 * (2 - mean) / (4 + DAMPING))
    assert romance.from_everyone == pytest.approx(4 * (2 - 3) / (4 + DAMPING))


def test_decades_stand_in_order_and_people_by_what_they_did(ada, rated):
    taste = taste_of(ada)
    assert [(group.name, group.films) for group in taste.decades] == [("1970s", 5), ("1980s", 5)]
    [(role, [ridley])] = taste.people.items()
    assert (role, ridley.name, ridley.films) == ("director", "Ridley Scott", 3)
    assert ridley.difference == pytest.approx(3 * (5 - taste.mean) / (3 + DAMPING))


def test_films_liked_more_and_less_than_by_everybody(ada, rated):
    taste = taste_of(ada)
    assert [(one.rating.movie.title, one.stars) for one in taste.liked_more][:2] == [
        ("Film 0", 2.0),
        ("Film 1", 2.0),
    ]
    assert {one.stars for one in taste.liked_less} == {-1.0}
    assert len(taste.liked_less) == 4


def test_one_film_is_no_genre_and_few_others_are_not_everybody(ada, rated):
    me = Reviewer.objects.for_user(ada)
    for n in range(3):
        rate(me, make_movie(f"Western {n}", 1960, ["Western"]), 10)
    rate(me, make_movie("Musical", 1960, ["Musical"]), 10)
    western = next(group for group in taste_of(ada).genres if group.name == "Western")
    assert (western.films, western.from_everyone) == (3, None)
    assert "Musical" not in {group.name for group in taste_of(ada).genres}


def test_the_page_says_it_in_words_charts_and_tables(as_ada, rated):
    page = assert_good_page(as_ada.get(URL))
    words = text_of(page.find(".//main")).replace("\xa0", " ")
    assert "Science Fiction: 0.8 stars above your average." in words
    assert "Romance: 1.0 stars below it." in words
    headings = [text_of(heading) for heading in page.findall(".//figure//h2")]
    assert headings == ["Genres", "Decades", "Directors", "You and everyone, by genre"]
    assert len(page.findall(".//figure//table")) == 4
    assert "You 5 stars, everyone 3.3" in words


def test_too_few_ratings_lead_on(as_ada, ada, rated):
    Rating.objects.of_user(ada).filter(movie=rated[0]).delete()
    page = assert_good_page(as_ada.get(URL))
    assert "Not enough to go by" in text_of(page.find(".//main"))
    assert page.find(".//a[@class='button']") is not None


def test_nobody_else_sees_it(as_bob, rated):
    assert "Science Fiction" not in as_bob.get(URL).content.decode()


def test_the_number_of_queries_is_constant(as_ada, ada, rated, django_assert_num_queries):
    # session, user, mean, genres, years, people, films above and below with genres, demo?
    with django_assert_num_queries(11):
        as_ada.get(URL)
    me = Reviewer.objects.for_user(ada)
    for n in range(12):
        movie = make_movie(f"More {n}", 1900 + 10 * n, [f"Genre {n % 5}", "Drama"])
        person = Person.objects.get_or_create(name=f"Person {n % 4}")[0]
        Credit.objects.create(movie=movie, person=person, role=Credit.Role.ACTOR)
        rate(me, movie, 1 + n % 10)
    with django_assert_num_queries(11):
        as_ada.get(URL)


def test_signs_are_those_of_print():
    assert [signed(stars) for stars in (0.31, -0.28, 0.04, -0.04)] == ["+0.3", "−0.3", "0.0", "0.0"]
