"""What is wished of picks: made sound, kept, told, and bounded in what it costs."""

import pytest
from django.http import QueryDict

from catalog.models import Genre, Movie, Reviewer
from catalog.ratings import rate
from ml.serving import ServedModel
from recommendations import candidates, filters
from recommendations.active_model import active_model, version_folder
from recommendations.models import Mark
from recommendations.services import NOBODY, Source, Wishes, picks_for, someone_signed_in
from recommendations.wishes import choices
from tests.factories import make_movie, make_reviewers, rate_all
from tests.recommendations.planted import plant_active, tastes_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def titles(answer):
    return [pick.movie.title for pick in answer.picks]


@pytest.fixture
def ada_loves_space(ada, films, active):
    rate(Reviewer.objects.for_user(ada), films[0], 10)
    return someone_signed_in(ada)


def wishes(words):
    return Wishes.from_query(QueryDict(words))


class TestFromQuery:
    def test_all_of_them(self, films):
        made = wishes(
            "genre=romance&decade=1987&longest=90&least=5&hide_watchlist=1&adventurous=0.5&variety=high"
        )
        romance = Genre.objects.get(slug="romance")
        assert made == Wishes(romance, 1980, 90, 5, True, 0.5, "high")
        assert wishes(made.query_string.removeprefix("?")) == made

    @pytest.mark.parametrize(
        "words",
        [
            "",
            "genre=&decade=&longest=&least=&adventurous=&variety=",
            "genre=nonsense&decade=x&longest=-5&least=1.5&adventurous=nan&variety=wild&hide_watchlist=0",
            "decade=99999&longest=" + "9" * 5000 + "&least=%00&adventurous=what",
            "decade=\N{ARABIC-INDIC DIGIT ONE}990&longest=²",
        ],
    )
    def test_what_cannot_be_meant_is_nothing(self, films, words):
        assert wishes(words) == Wishes()
        assert wishes(words).query_string == ""

    def test_an_unknown_genre_is_told_and_steps_are_kept_in_bounds(self, films):
        assert wishes("genre=nonsense").unknown_genre == "nonsense"
        assert wishes("adventurous=7").adventurous == 1
        assert wishes("adventurous=-inf").adventurous == -1

    def test_it_is_told_in_words_each_with_the_way_back(self, films):
        made = wishes("genre=romance&decade=1920&longest=60")
        assert made.in_words() == "Romance film of the 1920s of at most 60 minutes"
        assert made.chips == [
            ("Romance", "?decade=1920&longest=60"),
            ("1920s", "?genre=romance&longest=60"),
            ("at most 60 minutes", "?genre=romance&decade=1920"),
        ]


class TestChoices:
    def values(self, name, words=""):
        return [value for value, _ in choices(wishes(words))[name]]

    def test_only_what_some_film_here_fulfils_is_offered(self, films):
        assert self.values("decades") == [1980]
        assert self.values("counts") == []
        assert self.values("lengths") == []
        make_movie("The General", 1926)
        Movie.objects.filter(pk=films[0].pk).update(runtime_minutes=80, ratings_08=608)
        assert self.values("decades") == [1980, 1970, 1960, 1950, 1940, 1930, 1920]
        assert self.values("counts") == [10, 100]
        assert self.values("lengths") == [90, 120, 150, 180]

    def test_what_was_wished_stays_on_the_list(self, films):
        words = "decade=1900&least=5000&longest=100"
        assert self.values("decades", words) == [1980, 1900]
        assert self.values("counts", words) == [5000]
        assert self.values("lengths", words) == [100]

    def test_an_empty_site_offers_nothing(self, db):
        assert [self.values(name) for name in ("decades", "counts", "lengths")] == [[], [], []]

    def test_in_three_queries(self, films, django_assert_num_queries):
        with django_assert_num_queries(3):  # genres, decades and lengths, the most ratings
            choices(wishes(""))


class TestFilters:
    def test_each_leaves_out_what_it_says(self, ada_loves_space, films):
        Movie.objects.filter(pk__in=[films[1].pk, films[5].pk]).update(runtime_minutes=80)
        Movie.objects.filter(pk=films[2].pk).update(year=1994)
        rate_all(make_reviewers(3), films[3], [8, 8, 8])

        def picked(words):
            return titles(picks_for(ada_loves_space, wishes=wishes(words)))

        assert set(picked("genre=romance")) == {film.title for film in films[4:]}
        assert picked("decade=1990") == ["Contact"]
        assert picked("longest=90") == ["Solaris", "Brief Encounter"]
        assert picked("longest=79") == []
        assert picked("least=3") == ["Gravity"]
        assert picked("genre=romance&longest=90") == ["Brief Encounter"]

    def test_the_watchlist_is_left_out_only_if_wished(self, ada, ada_loves_space, films):
        Mark.objects.create(user=ada, movie=films[1], kind=Mark.Kind.WATCHLIST)
        person = someone_signed_in(ada)
        assert titles(picks_for(person))[0] == "Solaris"
        assert "Solaris" not in titles(picks_for(person, wishes=wishes("hide_watchlist=1")))

    def test_the_average_obeys_them_too(self, films):
        rate_all(make_reviewers(2), films[6], [9, 9])
        answer = picks_for(NOBODY, wishes=wishes("genre=romance&decade=1980"))
        assert answer.source is Source.AVERAGE
        assert titles(answer)[0] == "Roman Holiday"
        assert set(titles(answer)) <= {film.title for film in films[4:]}

    def test_a_merged_film_is_judged_by_what_it_became(self, ada_loves_space, films):
        kept = make_movie("Solaris, restored", 1972, ["Drama"])
        Movie.objects.filter(pk=films[1].pk).update(merged_into=kept)
        assert titles(picks_for(ada_loves_space, wishes=wishes("genre=drama"))) == ["Solaris, restored"]
        assert "Solaris, restored" not in titles(picks_for(ada_loves_space, wishes=wishes("genre=romance")))

    def test_a_film_merged_more_than_once_is_judged_by_what_it_became(self, ada_loves_space, films):
        between, kept = make_movie("Solaris, again"), make_movie("Solaris, restored", 1972, ["Drama"])
        Movie.objects.filter(pk=films[1].pk).update(merged_into=between)
        Movie.objects.filter(pk=between.pk).update(merged_into=kept)
        assert titles(picks_for(ada_loves_space, wishes=wishes("genre=drama"))) == ["Solaris, restored"]

    def test_rare_films_are_found_however_far_down_in_a_bounded_number_of_queries(
        self, ada, films, monkeypatch, django_assert_max_num_queries
    ):
        many = [make_movie(f"Film {n}", 2000) for n in range(60)]
        rare = make_movie("The Lighthouse Keepers", 1929)
        gone = make_movie("The Lighthouse Keepers [VHS]", 1999, merged_into=rare)
        plant_active("v1", tastes_of([*films, *many]) | {gone.pk: "romance"})
        rate(Reviewer.objects.for_user(ada), films[0], 10)
        for name, size in (("CANDIDATES", 5), ("SPARE", 2), ("LARGEST_BLOCK", 20)):
            monkeypatch.setattr(candidates, name, size)
        person = someone_signed_in(ada)
        picks_for(person, n=3)

        def queries(words, n_picked):
            with django_assert_max_num_queries(18) as captured:
                assert len(picks_for(person, n=3, wishes=wishes(words)).picks) == n_picked
            return len(captured)

        assert queries("", 3) == 5  # active version; films, genres, editions; the reasons' films
        assert (
            queries("decade=2000", 3) <= 8
        )  # and the catalogue's films of the decade, merged ones, candidates
        assert queries("decade=2000", 3) == 5
        assert queries("decade=1920", 1) <= 15  # and merges, and what fills the end of the list
        assert titles(picks_for(person, n=3, wishes=wishes("decade=1920"))) == [rare.title]

    def test_what_a_filter_lets_through_is_remembered_for_a_minute_and_checked_against_today(
        self, ada_loves_space, films, monkeypatch
    ):
        solaris, contact, gravity = films[1:4]

        def asked():
            return [(pick.movie, pick.source) for pick in picks_for(ada_loves_space, wishes=of_the_70s).picks]

        of_the_70s = wishes("decade=1970")
        Movie.objects.filter(pk=solaris.pk).update(year=1972)
        assert asked() == [(solaris, Source.MODEL)]

        Movie.objects.filter(pk=solaris.pk).update(year=1982)
        Movie.objects.filter(pk=gravity.pk).update(year=1975)
        assert asked() == [(gravity, Source.MODEL)]

        Movie.objects.filter(pk=contact.pk).update(year=1976)
        assert asked() == [(gravity, Source.MODEL), (contact, Source.AVERAGE)]
        monkeypatch.setattr(filters, "SECONDS", -1.0)
        assert set(asked()) == {(gravity, Source.MODEL), (contact, Source.MODEL)}

    def test_a_film_that_is_removed_or_merged_is_gone_from_the_next_list_which_is_as_long(
        self, ada_loves_space, films
    ):
        def asked():
            return titles(picks_for(ada_loves_space, n=3))

        assert set(asked()) == {"Solaris", "Contact", "Gravity"}
        Movie.objects.filter(pk=films[1].pk).update(merged_into=films[2])
        after_merging = asked()
        assert "Solaris" not in after_merging
        assert after_merging.count("Contact") == 1
        assert len(after_merging) == 3
        films[3].delete()
        after_removal = asked()
        assert "Gravity" not in after_removal
        assert len(after_removal) == 3
        assert len(titles(picks_for(ada_loves_space))) == 5

    def test_no_more_filters_are_remembered_than_there_is_room_for(self, ada_loves_space):
        for year in range(1000, 1000 + 3 * filters.MOST_FILTERS):
            picks_for(ada_loves_space, wishes=wishes(f"longest={year}"))
        assert len(active_model().filters._made) == filters.MOST_FILTERS


class TestDials:
    def test_adventurous_goes_to_little_known_films_and_scores_stay_the_models(self, ada, films):
        plant_active("v1", tastes_of(films), unrated=[films[1].pk, films[3].pk])
        rate(Reviewer.objects.for_user(ada), films[0], 10)
        person = someone_signed_in(ada)
        familiar, as_learned, bold = (
            picks_for(person, wishes=wishes(f"adventurous={step}&variety=off")) for step in (-1, 0, 1)
        )
        assert titles(familiar)[0] == "Contact"
        assert titles(as_learned)[:3] == ["Solaris", "Contact", "Gravity"]
        assert titles(bold)[:2] == ["Solaris", "Gravity"]
        scores = {pick.movie: pick.score for pick in as_learned.picks}
        assert {pick.movie: pick.score for pick in bold.picks} == scores

    def test_no_more_than_two_of_a_series_unless_variety_is_off(self, ada, films):
        series = [make_movie(f"Star Trek {n}: The Film", 1980 + n) for n in range(2, 7)]
        plant_active("v1", {movie.pk: "space" for movie in [*series, films[0]]} | {films[7].pk: "romance"})
        rate(Reviewer.objects.for_user(ada), films[0], 10)
        person = someone_signed_in(ada)
        varied = [title for title in titles(picks_for(person, n=4)) if title.startswith("Star Trek")]
        assert varied == ["Star Trek 2: The Film", "Star Trek 3: The Film"]
        off = titles(picks_for(person, n=4, wishes=wishes("variety=off")))
        assert off == [movie.title for movie in series[:4]]

    @pytest.mark.parametrize("words", ["", "variety=high&adventurous=1", "variety=off&adventurous=-1"])
    def test_a_score_is_its_base_and_its_shares_whatever_the_dials(self, ada_loves_space, films, words):
        served = ServedModel.open(version_folder("v1"))
        person = served.person([(films[0].pk, 5.0)])
        for pick in picks_for(ada_loves_space, wishes=wishes(words)).picks:
            row = served.vocabulary.indices([pick.movie.pk])
            total = served.ranking_base(person)[row[0]] + served.ranking_shares(person, row).sum()
            assert pick.score == pytest.approx(total, abs=1e-4)
