"""The facts: data sets, movies and their editions, reviewers and their ratings, imports."""

from catalog.models.data_sets import DataSet
from catalog.models.imports import ImportRun
from catalog.models.merges import MergeDecision
from catalog.models.movies import Credit, Edition, Genre, Movie, Person
from catalog.models.ratings import Rating, Reviewer
from catalog.models.reviews import ReviewText
from catalog.models.search import NameWord, TitleWord
from catalog.models.statistics import Statistic

__all__ = [
    "Credit",
    "DataSet",
    "Edition",
    "Genre",
    "ImportRun",
    "MergeDecision",
    "Movie",
    "NameWord",
    "Person",
    "Rating",
    "ReviewText",
    "Reviewer",
    "Statistic",
    "TitleWord",
]
