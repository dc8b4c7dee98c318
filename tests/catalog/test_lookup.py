"""Which film is meant: by ids, by title and year, or one of a few that it may be."""

import pytest

from catalog import lookup
from catalog.lookup import Wanted, find_movies, variants
from tests.factories import make_data_set, make_edition, make_movie, make_reviewers, rate_all

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def find(*titles, **wanted):
    return find_movies([Wanted(titles, **wanted)])[0]


class TestByIds:
    def test_the_ids_of_others_need_no_title(self):
        alien = make_movie("Alien", imdb_id="tt0078748", tmdb_id=348)
        make_edition(alien, "1214", make_data_set("MovieLens", "movielens"))
        for clue in ({"imdb_id": "tt0078748"}, {"tmdb_id": 348}, {"movielens_id": "1214"}):
            found = find("Something else", **clue)
            assert found.movie_id == alien.pk
            assert found.how.startswith("by ")

    def test_the_ids_of_the_100k_data_set_are_its_own(self):
        make_edition(make_movie("Toy Story"), "1214", make_data_set("MovieLens 100K", "movielens"))
        assert find(movielens_id="1214").movie_id is None

    def test_an_id_of_two_films_is_doubtful(self):
        two = [make_movie(title, imdb_id="tt0078748") for title in ("Alien", "Alien again")]
        assert find("Alien", imdb_id="tt0078748").candidates == tuple(movie.pk for movie in two)

    def test_our_own_id_is_believed_only_beside_its_title(self):
        alien, solaris = make_movie("Alien"), make_movie("Solaris", 1972)
        assert find("Alien", year=1979, movie_id=alien.pk).how == "by this site’s id"
        assert find("Solaris", year=1972, movie_id=alien.pk).movie_id == solaris.pk
        assert find("Alien", year=1986, movie_id=alien.pk).movie_id is None

    def test_a_merged_film_is_the_one_it_became(self):
        alien = make_movie("Alien")
        merged = make_movie("Alien: The 8th Passenger", imdb_id="tt0078748", merged_into=alien)
        assert find("x", imdb_id="tt0078748").movie_id == alien.pk
        assert find("Alien", movie_id=merged.pk, year=1979).movie_id == alien.pk
        assert find("Alien: The 8th Passenger", year=1979).movie_id == alien.pk


class TestByTitle:
    @pytest.mark.parametrize(
        ("here", "there"),
        [
            ("Alien", "ALIEN"),
            ("Amélie", "Amelie"),
            ("The Matrix", "Matrix, The"),
            ("Matrix", "The Matrix"),
            ("Good Night, and Good Luck.", "Good Night and Good Luck"),
            ("Schindler's List", "Schindlers List"),
            ("Se7en (a.k.a. Seven)", "Se7en"),
            ("Se7en (a.k.a. Seven)", "Seven"),
            ("The City of Lost Children (La Cité des enfants perdus)", "The City of Lost Children"),
            ("Rocky II", "Rocky 2"),
        ],
    )
    def test_however_it_is_written(self, here, there):
        movie = make_movie(here)
        assert find(there, year=1979).movie_id == movie.pk

    def test_the_year_tells_films_of_one_title_apart(self):
        old, new = make_movie("Solaris", 1972), make_movie("Solaris", 2002)
        assert find("Solaris", year=2002).movie_id == new.pk
        beside = find("Solaris", year=1973)
        assert (beside.movie_id, beside.how) == (old.pk, "title, and a year beside")
        unsure = find("Solaris", year=1990)
        assert (unsure.movie_id, set(unsure.candidates)) == (None, {old.pk, new.pk})

    def test_the_exact_year_outdoes_one_beside(self):
        make_movie("Twins", 2001)
        twins = make_movie("Twins", 2002)
        assert find("Twins", year=2002).movie_id == twins.pk

    def test_without_a_year_it_is_only_suggested(self):
        movie = make_movie("Alien", None)
        assert find("Alien", year=1979).candidates == (movie.pk,)
        assert find("Alien").candidates == (movie.pk,)

    def test_two_of_one_title_and_year(self):
        two = {make_movie("Alien").pk, make_movie("Alien").pk}
        assert set(find("Alien", year=1979).candidates) == two

    def test_another_title_of_the_file_will_do(self):
        movie = make_movie("Le fabuleux destin d'Amélie Poulain", 2001)
        assert find("Amelie", "Le fabuleux destin d'Amélie Poulain", year=2001).movie_id == movie.pk


class TestAlike:
    def test_like_titles_are_suggested_best_first(self):
        longer = make_movie("Star Wars: Episode IV - A New Hope", 1977)
        other = make_movie("Star Crash", 1978)
        found = find("Star Wars", year=1977)
        assert (found.movie_id, found.candidates[0], found.how) == (None, longer.pk, "a title like it")
        assert other.pk not in found.candidates

    def test_a_like_title_of_another_time_is_not(self):
        make_movie("Star Wars: Episode IV - A New Hope", 1977)
        found = find("Star Wars", year=2015)
        assert (found.candidates, found.how) == ((), "no film of this title")

    def test_of_very_many_films_with_its_words_only_the_most_rated_are_compared(self, monkeypatch):
        monkeypatch.setattr(lookup, "MOST_READ", 1)
        make_movie("Star Knowt", 1977)
        known = make_movie("Star Known", 1977)
        rate_all(make_reviewers(1), known, [8])
        assert find("Star Knows", year=1977).candidates == find("Star Knows").candidates == (known.pk,)

    def test_the_rarest_word_comes_first_and_other_years_take_no_room(self, monkeypatch):
        monkeypatch.setattr(lookup, "MOST_READ", 1)
        for n in range(10):
            make_movie(f"Star {n}", 1977)
            make_movie(f"Trek {n}", 1990 + 2 * n)
        film = make_movie("Star Trek: The Motion Picture", 1979)
        assert find("Star Trek", year=1979).candidates == (film.pk,)

    def test_nothing_is_like_nothing(self):
        make_movie("The")
        for titles in ((), ("",), ("???",), ("the end",), (" \t",)):
            assert find_movies([Wanted(titles, 1979)])[0].candidates == ()


def test_answers_stand_in_the_order_of_questions_and_queries_are_few(django_assert_max_num_queries):
    movies = [make_movie(f"Number {n}", 2000) for n in range(40)]
    wanted = [Wanted((movie.title,), 2000) for movie in reversed(movies)] + [
        Wanted((f"The Number {n} Again",), 2000) for n in range(40)
    ]
    with django_assert_max_num_queries(10):
        found = find_movies(wanted)
    assert [answer.movie_id for answer in found[:40]] == [movie.pk for movie in reversed(movies)]
    assert [answer.candidates[0] for answer in found[40:]] == [movie.pk for movie in movies]


def test_variants_are_folded_with_their_article_where_people_put_it():
    assert {"the matrix", "matrix", "matrix the"} <= variants("Matrix, The")
    assert variants("???") == set()
