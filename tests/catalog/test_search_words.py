"""The words by which films are found: kept by the database itself, whoever writes."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from catalog.importing.bulk.tables import update
from catalog.models import Movie, NameWord, Person, TitleWord
from catalog.search_words import (
    NAMES,
    SOURCES,
    TITLES,
    drop_triggers,
    ensure_words,
    rebuild_words,
    wrong_words,
)
from tests.factories import make_movie

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def words_of(movie: Movie) -> list[str]:
    return sorted(TitleWord.objects.filter(movie=movie).values_list("word", flat=True))


def test_words_follow_a_title_through_every_way_to_write_it():
    film = make_movie("Amélie: The Film, the Film")
    assert words_of(film) == ["amelie", "film", "the"]
    film.title = "L'été, amelie"
    film.save()
    assert words_of(film) == ["amelie", "lete"]
    update(Movie, ["title", "folded_title"], [("Paris", "paris", film.pk)])
    assert words_of(film) == ["paris"]
    Movie.objects.filter(pk=film.pk).update(folded_title="")
    assert words_of(film) == []
    film.delete()
    made = Movie.objects.bulk_create(
        [Movie(title=title, folded_title=title) for title in ("one two", "two three")]
    )
    assert words_of(made[1]) == ["three", "two"]
    Movie.objects.filter(pk__in=[movie.pk for movie in made]).delete()
    assert not TitleWord.objects.exists()


def test_words_follow_a_name():
    person = Person.objects.create(name="Alfonso Cuarón")
    names = NameWord.objects.filter(person=person).order_by("word").values_list("word", flat=True)
    assert list(names) == ["alfonso", "cuaron"]
    person.name = "Jonás Cuarón"
    person.save()
    assert list(names.all()) == ["cuaron", "jonas"]
    person.delete()
    assert not NameWord.objects.exists()


def test_what_is_no_letter_does_no_harm():
    film = make_movie('Ж 中文 10,000 "quoted" back\\slash \'n 🎬')
    assert words_of(film) == sorted(["ж", "中文", "10", "000", "quoted", "back", "slash", "n"])
    assert words_of(make_movie("🎬 !!!")) == []


def test_wrong_words_are_counted_and_made_right():
    film, other = make_movie("Blade Runner"), make_movie("Alien")
    Person.objects.create(name="Ridley Scott")
    assert [wrong_words(source) for source in SOURCES] == [0, 0]
    TitleWord.objects.filter(movie=film, word="blade").delete()
    TitleWord.objects.create(movie=other, word="nonsense")
    TitleWord.objects.create(movie=other, word="alien")
    NameWord.objects.all().delete()
    assert [wrong_words(source) for source in SOURCES] == [3, 2]
    rebuild_words(TITLES)
    rebuild_words(NAMES)
    assert [wrong_words(source) for source in SOURCES] == [0, 0]
    assert words_of(film) == ["blade", "runner"]


def test_lost_triggers_come_back_with_what_they_missed():
    assert ensure_words() is False
    drop_triggers()
    film = make_movie("Blade Runner")
    assert words_of(film) == []
    assert ensure_words() is True
    assert words_of(film) == ["blade", "runner"]
    assert words_of(make_movie("Alien")) == ["alien"]


def test_the_command_tells_and_repairs(capsys):
    film = make_movie("Blade Runner")
    call_command("check_search")
    assert capsys.readouterr().out.splitlines() == [
        "0 wrong words of titles.",
        "0 wrong words of names.",
        "All is right.",
    ]
    TitleWord.objects.filter(word="blade").delete()
    with pytest.raises(CommandError, match="--repair"):
        call_command("check_search")
    assert capsys.readouterr().out.splitlines()[0] == "1 wrong word of titles."
    call_command("check_search", "--repair")
    assert capsys.readouterr().out.splitlines()[-1] == "What was wrong is right now."
    assert words_of(film) == ["blade", "runner"]
