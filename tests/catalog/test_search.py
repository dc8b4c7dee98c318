"""Finding films and people: what comes first, what is forgiven, and that no plan of the database changes the answer."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import search, search_conditions, search_people
from catalog.editions.merging import merge, split
from catalog.models import Credit, Movie, Person
from catalog.search import find_films, most_rated, movies_of, words_in
from catalog.search_conditions import decade_condition, genre_condition, person_condition, without_longer
from catalog.search_people import find_people
from catalog.search_spelling import meant_by, slips
from catalog.search_suggestions import suggest
from tests.factories import make_data_set, make_edition, make_movie, make_reviewers, rate_all

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

POPULAR = {"Alien": 6, "Aliens": 5, "The Matrix": 4, "Matrix": 1, "Star Wars": 3, "A Star Is Born": 2}


@pytest.fixture(params=["read", "looked", "swept", "many"])
def plan(request, monkeypatch):
    """With all films fetched and sorted: by ids of all conditions, or of one with a look at each film for the others,
    or as if these were enough to read all people with a word first; and walking through films as if there were too
    many.
    """
    if request.param in ("looked", "swept"):
        monkeypatch.setattr(search_conditions, "ROWS_FOR_A_LOOK", 0)
    if request.param == "swept":
        for module in (search, search_conditions):
            monkeypatch.setattr(module, "FEW_LOOKS", -1)
        monkeypatch.setattr(search, "FIRST", search.LITTLE)
    if request.param == "many":
        for module, names in (
            (search_conditions, ("FEW", "FEW_OF_SEVERAL", "FEW_OF_FILTERS")),
            (search, ("FEW",)),
            (search_people, ("FEW", "FEW_OF_SEVERAL")),
        ):
            for name in names:
                monkeypatch.setattr(module, name, 0)
    return request.param


@pytest.fixture
def films():
    """Eleven films, those in POPULAR with so many ratings."""
    years = {"Alien": 1979, "Aliens": 1986, "The Matrix": 1999, "Star Wars": 1977}
    names = [*POPULAR, "Amélie", "Alienation", "Born Free", "Schindler's List", "Не горюй"]
    genres = ["Science Fiction"]
    made = {name: make_movie(name, years.get(name, 1990), genres if name in years else []) for name in names}
    reviewers = make_reviewers(6)
    for name, n in POPULAR.items():
        rate_all(reviewers[:n], made[name], [8] * n)
    for name, people in {
        "Alien": ["Ridley Scott", "Sigourney Weaver"],
        "Aliens": ["James Cameron", "Sigourney Weaver"],
        "Star Wars": ["George Lucas"],
        "Born Free": ["George Adamson"],
        "Amélie": ["Audrey Tautou"],
    }.items():
        for person in people:
            Credit.objects.create(
                movie=made[name], person=Person.objects.get_or_create(name=person)[0], role=Credit.Role.ACTOR
            )
    return made


def found(text, *others, n=20):
    return [movie.title for movie in movies_of(find_films(words_in(text), others).best_first()[:n])]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alien", ["Alien", "Aliens", "Alienation"]),
        ("ALI", ["Alien", "Aliens", "Alienation"]),
        ("matrix", ["The Matrix", "Matrix"]),
        ("the mat", ["The Matrix", "Matrix"]),
        ("star", ["Star Wars", "A Star Is Born"]),
        ("bor", ["Born Free", "A Star Is Born"]),
        ("wars star", ["Star Wars"]),
        ("amelie", ["Amélie"]),
        ("schindlers", ["Schindler's List"]),
        ("sigourney", ["Alien", "Aliens"]),
        ("weav alie", ["Alien", "Aliens"]),
        ("george", ["Star Wars", "Born Free"]),
        ("не гор", ["Не горюй"]),
        ("ienation", []),
        ("zzzz", []),
    ],
)
def test_the_title_itself_first_then_beginnings_then_what_most_rated(films, plan, text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the alien", ["Alien", "Aliens", "Alienation"]),
        ("a matrix", ["The Matrix", "Matrix"]),
        ("the star wars", ["Star Wars"]),
        ("the star is", ["A Star Is Born"]),
        ("the sigourney weaver", ["Alien", "Aliens"]),
        ("the", ["The Matrix"]),
    ],
)
def test_an_article_in_front_need_not_be_in_the_title(films, plan, text, expected):
    assert found(text) == expected


def test_what_has_the_article_comes_before_what_has_not(films, plan):
    make_movie("The Alien Within")
    assert found("the alien") == ["The Alien Within", "Alien", "Aliens", "Alienation"]


def test_articles_that_are_words_elsewhere_are_left_out_where_little_is_found(films):
    for name in ("Die Hard", "Die Hard 2", "Live Free or Die Hard", "Hard Candy", "Das Boot"):
        make_movie(name)
    assert set(found("die hard")) == {"Die Hard", "Die Hard 2", "Live Free or Die Hard"}
    assert found("der boot") == ["Das Boot"]
    assert found("la amelie") == ["Amélie"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("matrix 1999", ["The Matrix"]),
        ("the matrix 1999", ["The Matrix"]),
        ("1977 star wars", ["Star Wars"]),
        ("ridley 1979", ["Alien"]),
        ("alien 2150", ["Alien 2150"]),
        ("alien 1990", ["Alien 1990", "Alienation"]),
        ("1990", ["Alien 1990"]),
    ],
)
def test_a_year_beside_words_is_the_films_where_no_title_holds_it(films, plan, text, expected):
    for name in ("Alien 1990", "Alien 2150"):
        make_movie(name, 2009)
    assert found(text) == expected


def test_a_title_that_holds_the_number_comes_before_films_of_that_year(films, plan):
    odyssey, other = make_movie("Odyssey", 2001), make_movie("2001: A Space Odyssey", 1968)
    rate_all(make_reviewers(3), odyssey, [8] * 3)
    assert found("odyssey 2001") == [other.title, odyssey.title]
    assert found("2001 odyssey") == [other.title, odyssey.title]


def test_a_year_alone_means_its_films_where_no_title_has_it(films):
    assert found("1979") == ["Alien"]
    assert found("1931") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amelie poulain", ["Amélie"]),
        ("matrix 1998", ["The Matrix", "Matrix"]),
        ("star is wars", ["Star Wars", "A Star Is Born"]),
        ("sigourney weaver adamson", ["Alien", "Aliens"]),
        ("amlie poulain", ["Amélie"]),
        ("amelie one two", []),
        ("zzzz qqqq", []),
    ],
)
def test_where_no_film_has_all_words_those_with_most_are_found(films, text, expected):
    assert found(text) == expected
    assert find_films(words_in(text)).is_nearest == bool(expected)


def test_years_that_no_film_has_find_nothing(films):
    found = find_films(["1901", "1902"])
    assert (list(found.best_first()[:9]), found.count(), found.is_nearest) == ([], 0, False)
    assert len(suggest("1901 1902")) == 0


def test_a_film_with_a_merged_title_stands_once_in_a_walk(films, monkeypatch):
    monkeypatch.setattr(search_conditions, "FEW_OF_SEVERAL", 0)
    film, old = make_movie("Stars Apart", 2016), make_movie("Stars Apart 2016")
    make_edition(old, "B0OLD", make_data_set())
    merge(old, film)
    ids = list(find_films(["s", "2016"]).best_first()[:9])
    assert ids == [film.pk]


def test_films_with_most_of_the_words_are_among_those_asked_for(films):
    genre = films["Alien"].genres.get()
    assert found("matrix poulain", genre_condition(genre.pk)) == ["The Matrix"]
    assert found("amelie poulain", genre_condition(genre.pk)) == []


def test_a_merged_movie_with_most_of_the_words_leads_to_what_it_has_become(films):
    old = make_movie("Facehugger [VHS]")
    make_edition(old, "B0OLD", make_data_set())
    merge(old, films["Alien"])
    assert found("facehugger poulain") == ["Alien"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("starwars", "Star Wars"),
        ("bornfree", "Born Free"),
        ("thematrix", "The Matrix"),
        ("starw", "Star Wars"),
        ("george starwars", "Star Wars"),
        ("ridleyscott", "Alien"),
        ("ali enation", "Alienation"),
        ("star wrs", "Star Wars"),
    ],
)
@pytest.mark.parametrize("plan", ["read", "looked", "swept"], indirect=True)
def test_a_space_too_few_or_too_many_is_forgiven(films, plan, text, expected):
    films = find_films(words_in(text))
    assert films.is_mended
    assert movies_of(films.best_first()[:1])[0].title == expected


def test_people_whose_names_are_written_in_one_word_are_found(films):
    ways = find_films(["ridleyscott"]).ways
    assert [person.name for person in find_people(ways, 3)] == ["Ridley Scott"]


def test_pages_of_a_list_fit_together(films, plan):
    ids = list(find_films(["a"]).best_first()[:20])
    assert len(ids) == 6
    for size in (1, 2, 3):
        listing = find_films(["a"]).best_first()
        pages = [listing[start : start + size] for start in range(0, 6, size)]
        assert [pk for page in pages for pk in page] == ids


def test_pages_behind_what_is_read_at_once_fit_too(films):
    for n in range(2 * search.FIRST):
        make_movie(f"Alien {n:02d}", 1990)
    ids = list(find_films(["alien"]).best_first()[:1000])
    assert len(set(ids)) == len(ids) == 2 * search.FIRST + 3
    listing = find_films(["alien"]).best_first()
    assert [*listing[:24], *listing[24:48], *listing[48:72]] == ids
    assert find_films(["alien"]).count() == len(ids)
    assert find_films(["amelie"]).count() == 1


@pytest.mark.parametrize(
    ("texts", "shortest"),
    [(["dar", "dark", "bar"], ("dar", "bar")), (["dark", "dar"], ("dar",)), (["star wars"], ("star wars",))],
)
def test_what_begins_with_another_is_not_asked_for(texts, shortest):
    assert without_longer(texts) == shortest


def test_filters_and_words_combine(films, plan):
    genre = films["Alien"].genres.get()
    assert found("alien", genre_condition(genre.pk)) == ["Alien", "Aliens"]
    assert found("alien", genre_condition(genre.pk), decade_condition(1980)) == ["Aliens"]
    weaver = Person.objects.get(name="Sigourney Weaver")
    assert found("a", person_condition(weaver.pk)) == ["Alien", "Aliens"]
    assert found("star", person_condition(weaver.pk)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alein", "Alien"),
        ("alienn", "Alien"),
        ("aluens", "Aliens"),
        ("amlie", "Amélie"),
        ("satr wars", "Star Wars"),
        ("schindler lisd", "Schindler's List"),
        ("sigourny", "Alien"),
        ("горюу", "Не горюй"),
    ],
)
@pytest.mark.parametrize("plan", ["read", "looked", "swept"], indirect=True)
def test_one_slip_is_forgiven(films, plan, text, expected):
    films = find_films(words_in(text))
    assert films.is_mended
    assert movies_of(films.best_first()[:1])[0].title == expected


def test_what_is_written_right_is_not_mended(films):
    make_movie("Aliena")
    assert not find_films(["aliena"]).is_mended
    assert not find_films(["amelie"]).is_mended
    assert not find_films(["sigourney", "weaver"]).is_mended
    assert not find_films(["a"]).is_mended


def test_where_one_word_is_none_that_is_there_the_others_are_no_slips(films):
    make_movie("Bornz Freez")
    assert meant_by(["born", "fred"]).ways == [("born",), ("fred", "free")]
    assert meant_by(["born", "fr"]).ways == [("born",), ("fr",)]
    assert [len(ways) > 1 for ways in meant_by(["born", "free"]).ways] == [True, True]


def test_slips_are_those_of_damerau():
    made = set(slips("ab"))
    assert {"ba", "a", "b", "xb", "ax", "xab", "axb", "abx"} <= made
    assert not {"abc1", "xy", ""} & made
    assert "де" in set(slips("дн"))


def test_short_words_stay_as_they_are(films):
    assert meant_by(["ali", "zz"]).ways == [("ali",), ("zz",)]


def test_people_exact_first_then_those_of_the_most_rated_films(films, plan):
    assert [person.name for person in find_people([("george",)], 3)] == ["George Lucas", "George Adamson"]
    assert [person.name for person in find_people([("sc",), ("rid",)], 3)] == ["Ridley Scott"]
    assert find_people([("sigourney",), ("scott",)], 3) == []
    assert len(find_people([("s",)], 1)) == 1


def test_a_merged_movie_leads_to_what_it_has_become(films):
    old = make_movie("Facehugger [VHS]")
    make_edition(old, "B0OLD", make_data_set())
    merge(old, films["Alienation"])
    merge(films["Alienation"], films["Alien"])
    assert found("facehugger") == ["Alien"]
    assert found("alienation") == ["Alien"] or found("alienation") == []
    split(Movie.objects.get(pk=old.pk))
    assert found("facehugger") == ["Facehugger [VHS]"]


def test_the_number_of_queries_does_not_grow(films, django_assert_max_num_queries):
    def queries(text):
        with CaptureQueriesContext(connection) as context:
            list(find_films(words_in(text)).best_first()[:8])
        return len(context)

    before = queries("a"), queries("al ie st")
    for n in range(30):
        make_movie(f"Alien {n} star", 1990)
    assert (queries("a"), queries("al ie st")) <= before
    assert max(before) <= 9


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("the alien", 3),  # which are in names, sizes, the best
        ("alien 1979", 4),  # and slips
        ("amelie", 4),
        ("starwars", 7),  # and of what is meant: sizes, the best
        ("amelie poulain", 7),  # in names, sizes, the best, slips, joined, sizes of titles, nearest
        ("alien amlie wars", 10),
        ("la amlie", 9),
    ],
)
def test_how_many_queries_a_search_takes_at_most(films, text, most):
    with CaptureQueriesContext(connection) as context:
        find_films(words_in(text))
    assert len(context) <= most


def test_fewer_than_three_films_are_looked_for_once(films):
    found = find_films(words_in("alienation"))
    with CaptureQueriesContext(connection) as queries:
        assert [movie.title for movie in movies_of(list(found.best_first()[:8]))] == ["Alienation"]
    assert not any("titleword" in query["sql"] for query in queries)


def test_two_frequent_words_of_a_name_need_no_walk_through_films(films, monkeypatch):
    monkeypatch.setattr(search_people, "FEW", 0)
    with CaptureQueriesContext(connection) as queries:
        find_people([("sigourney",), ("weaver",)], 3)
    assert not any("LIMIT 1000" in query["sql"] for query in queries)


def test_of_one_word_films_that_people_lead_to_come_behind_all_titles(films, monkeypatch):
    monkeypatch.setattr(search, "FEW_LOOKS", -1)
    for name in ("George Jr.", "By George", "Oh George"):
        make_movie(name, 1980)
    for first in (3, 4, 9):
        monkeypatch.setattr(search, "FIRST", first)
        assert found("george") == ["George Jr.", "By George", "Oh George", "Star Wars", "Born Free"]
        assert find_films(["george"]).count() == 5


def test_a_walk_may_end_behind_the_most_rated(films, monkeypatch):
    for name in ("FEW", "FEW_OF_SEVERAL"):
        monkeypatch.setattr(search_conditions, name, 0)
    monkeypatch.setattr(search, "FEW", 0)
    some = find_films(["a"]).best_first(among=most_rated(2))
    assert [movie.title for movie in movies_of(some[:9])][:2] == ["Alien", "Aliens"]
    assert films["A Star Is Born"].pk in some[:9]  # its title begins so
    assert len(find_films(["s"]).best_first(among=most_rated(1))[:9]) < len(
        find_films(["s"]).best_first(among=most_rated(100))[:9]
    )
