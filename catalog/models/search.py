from typing import ClassVar

from django.db import models

from catalog.models.movies import Movie, Person


class TitleWord(models.Model):
    """A word of a movie's folded title, merged or not. The database keeps these rows itself: `catalog.search_words`."""

    word = models.CharField(max_length=300)
    movie = models.ForeignKey(
        Movie, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["word", "movie"], opclasses=["varchar_pattern_ops", "int8_ops"], name="title_words"
            )
        ]

    def __str__(self) -> str:
        return self.word


class NameWord(models.Model):
    """A word of a person's folded name, kept as those of titles are."""

    word = models.CharField(max_length=200)
    person = models.ForeignKey(
        Person, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["word", "person"], opclasses=["varchar_pattern_ops", "int8_ops"], name="name_words"
            )
        ]

    def __str__(self) -> str:
        return self.word
