"""Histories in batches: whole people at a time, so that a history is summed once however many targets it has.

A batch is a dictionary of flat arrays: R ratings of P people, C candidate films of which U have a rating in the
batch and S stand for the catalogue, and F facts, each a token of a candidate, out of K tokens:

    person         int32 (R,)    place in the batch, 0..P-1, rising
    place          int32 (R,)    place among the person's ratings, 0, 1, 2, ...
    column         int32 (R,)    the movie's place among the candidates
    stars          float32 (R,)
    is_input       float32 (R,)  1 where the rating enters its person's history, else 0
    weight         float32 (R,)  how much it weighs there: half with every `half_life` ratings since; else 0
    target_weight  float32 (R,)  0 where the rating is not to be predicted
    candidate      int32 (C,)    movie index; the U films that the batch's people rated come first
    scored         int32 (S,)    places among the candidates: the films that stand for the catalogue
    log_count      float32 (S,)  log of how many films each of them stands for
    scored_place   int32 (R,)    the movie's place among the scored, -1 where it is not
    token          int32 (K,)    the content tokens of the candidates, each once
    fact_column    int32 (F,)    the candidate that a fact is about, rising
    fact_token     int32 (F,)    place in `token`
    fact_weight    float32 (F,)  1 / sqrt(facts of that film)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from ml.arraytypes import BoolArray, Float64Array, FloatArray, IndexArray, Int64Array
from ml.data.ratings import Content, Ratings
from ml.people import recency_weights
from ml.training.raters import Raters

Batch = dict[str, np.ndarray]
CutLengths = Callable[[Int64Array, np.random.Generator], Int64Array]
"""From the lengths of histories, (P,), how many ratings of each enter as input: between 0 and the length."""

_INTEGERS = (
    *("person", "place", "column", "candidate", "scored", "scored_place"),
    *("token", "fact_column", "fact_token"),
)
_FLOATS = ("stars", "is_input", "weight", "target_weight", "log_count", "fact_weight")
BATCH_SIGNATURE = {
    name: tf.TensorSpec((None,), dtype, name=name)
    for names, dtype in ((_INTEGERS, tf.int32), (_FLOATS, tf.float32))
    for name in names
}


@dataclass(frozen=True)
class BatchSizes:
    """ratings: aimed at in a batch; most_ratings: in one of data that is large enough for 400 of them an epoch.
    epoch: the most ratings in an epoch; of more, epochs take other people in turn until all have been there.
    full_catalogue: the largest catalogue whose films are all scored, full_scores the most people times films with which
    they are, for that is what an epoch then costs. Beyond either, `sampled_own` draws of the batch's own films,
    popular ones drawn more often and counted less, and `sampled` of all other films stand for all.
    scores: the most (person, scored film) pairs in a batch. pairs: the most pairs of ratings of one person, where
    people of like length share a batch. raters: the most ratings by which the films of a batch are told, and
    raters_measured: where held-out ratings are predicted.
    """

    ratings: int = 4096
    most_ratings: int = 16_384
    epoch: int = 2_500_000
    full_catalogue: int = 20_000
    full_scores: int = 200_000_000
    sampled_own: int = 1024
    sampled: int = 512
    scores: int = 8_000_000
    pairs: int = 4_000_000
    raters: int = 60_000
    raters_measured: int = 500_000

    def ratings_for(self, n_ratings: int) -> int:
        """At least twenty batches an epoch, so that small data gets its number of steps too."""
        most = max(self.ratings, min(n_ratings // 400, self.most_ratings))
        return int(np.clip(n_ratings // 20, 128, most))

    def samples(self, n_people: int, n_movies: int) -> bool:
        """Whether drawn films stand for the catalogue."""
        return n_movies > self.full_catalogue or n_people * n_movies > self.full_scores


@dataclass(frozen=True)
class HistoryKind:
    """What the batches of a head are like.

    cut_lengths: how much of a history is input. longest: the most of one person's ratings that enter, drawn
    afresh in every epoch. predicts_input: every rating is a target, those of the input too (the head leaves each
    one's own terms out); else the targets are what is not input, a person's weights fall with the root of their
    number, and people with a single rating are left out. with_catalogue: candidates beyond the films of the batch.
    in_time: the input is what was rated first and the targets what came after; else both are drawn at random, as
    they are among ratings of one moment. half_life: ratings until a rating's weight in the history halves; None: never.
    alike: people of like length share a batch, which is then padded little.
    """

    cut_lengths: CutLengths
    longest: int
    predicts_input: bool
    with_catalogue: bool
    in_time: bool = False
    half_life: float | None = None
    alike: bool = False


def leave_one_out(short_share: float) -> CutLengths:
    """Whole histories, each target's own terms to be taken out; a share of them cut to every shorter length."""

    def lengths_for(lengths: Int64Array, generator: np.random.Generator) -> Int64Array:
        short = generator.random(len(lengths)) < short_share
        return np.where(short, _any_length(lengths, generator), lengths)

    return lengths_for


def input_and_rest(short_share: float) -> CutLengths:
    """Half to all but one of a history as input, the rest to predict; a share cut to every shorter length."""

    def lengths_for(lengths: Int64Array, generator: np.random.Generator) -> Int64Array:
        short = generator.random(len(lengths)) < short_share
        most = np.floor(lengths * generator.uniform(0.5, 1.0, len(lengths))).astype(np.int64)
        return np.where(short, _any_length(lengths, generator), most)

    return lengths_for


class HistoryBatches:
    """Batches of one set of ratings for one head of the model; every epoch draws anew from `seed`.

    held_out: mask (n_ratings,), never in `training` and the targets of `validation`. raters: of the films, whose
    terms every batch then has as well; in training without the batch's own people, so that no rating has a part in
    its own prediction.
    """

    def __init__(
        self,
        ratings: Ratings,
        kind: HistoryKind,
        *,
        held_out: BoolArray | None = None,
        sizes: BatchSizes | None = None,
        raters: Raters | None = None,
        seed: int = 0,
    ) -> None:
        histories = ratings.histories
        self._indptr = histories.indptr
        self._movies = ratings.movie_indices[histories.rows]
        self._stars = ratings.stars[histories.rows]
        self._timestamps = ratings.timestamps[histories.rows]
        self._held_out = np.zeros(len(ratings), np.bool_) if held_out is None else held_out[histories.rows]
        self._content = ratings.content or Content.from_tokens([()] * ratings.n_movies)
        self._n_movies = ratings.n_movies
        self._kind = kind
        self._sizes = sizes or BatchSizes()
        self._is_sampled = self._sizes.samples(ratings.n_reviewers, ratings.n_movies)
        self._raters = raters
        self._seed = seed
        self._epochs = 0
        self._generator = np.random.default_rng(seed)

    @property
    def state(self) -> dict[str, Any]:
        """What the epochs to come depend on, as JSON can hold it; to be set between epochs."""
        return {"epochs": self._epochs, "generator": self._generator.bit_generator.state}

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        self._epochs = state["epochs"]
        self._generator.bit_generator.state = state["generator"]

    def training(self) -> Iterator[Batch]:
        """One epoch, people in random order; every call draws another."""
        counts = self._counts(~self._held_out)
        people = self._people_of_epoch(counts)
        for chosen in self._groups(people, np.minimum(counts[people], self._kind.longest)):
            rows, persons = gather_groups(self._indptr, chosen)
            trained = ~self._held_out[rows]
            rows, persons, places = self._in_order(rows[trained], persons[trained])
            window = self._windows(persons)[persons]
            kept = (places >= window) & (places < window + self._kind.longest)
            rows, persons, places = rows[kept], persons[kept], (places - window)[kept]
            n_inputs = self._kind.cut_lengths(np.bincount(persons), self._generator)
            is_input = places < n_inputs[persons]
            is_target = np.ones_like(is_input) if self._kind.predicts_input else ~is_input
            batch = self._batch(rows, persons, places, is_input, is_target)
            yield batch | self._terms(batch, self._sizes.raters, without=chosen)

    def validation(self) -> Iterator[Batch]:
        """The held-out ratings, predicted from the latest, or any, that are not; as many of either as `longest`.

        Every call draws the same, so that losses differ by what was learned alone.
        """
        training, self._generator = self._generator, np.random.default_rng(self._seed)
        try:
            yield from self._validation()
        finally:
            self._generator = training

    def _validation(self) -> Iterator[Batch]:
        people = np.flatnonzero(self._counts(self._held_out))
        lengths = np.minimum(self._counts(~self._held_out)[people], self._kind.longest)
        lengths += np.minimum(self._counts(self._held_out)[people], self._kind.longest)
        for chosen in self._groups(people, lengths):
            rows, persons = gather_groups(self._indptr, chosen)
            inputs = self._latest(rows, persons, ~self._held_out[rows])
            targets = self._latest(rows, persons, self._held_out[rows])
            rows, persons = (np.concatenate(parts) for parts in zip(inputs, targets, strict=True))
            order = np.argsort(persons, kind="stable")
            rows, persons = rows[order], persons[order]
            held_out = self._held_out[rows]
            batch = self._batch(rows, persons, _places(persons), ~held_out, held_out)
            yield batch | self._terms(batch, self._sizes.raters_measured)

    def _terms(self, batch: Batch, most: int, *, without: IndexArray | None = None) -> Batch:
        if self._raters is None:
            return {}
        return self._raters.terms(batch["candidate"], most, self._generator, without=without)

    def _counts(self, which: BoolArray) -> Int64Array:
        """(n_reviewers,): how many ratings everyone has of those of a mask (n_ratings,)."""
        counts = np.add.reduceat(np.append(which, 0), self._indptr[:-1], dtype=np.int64)
        counts[np.diff(self._indptr) == 0] = 0
        return counts

    def _people_of_epoch(self, counts: Int64Array) -> Int64Array:
        people = np.flatnonzero(counts >= (1 if self._kind.predicts_input else 2))
        n_parts = -(-int(np.minimum(counts[people], self._kind.longest).sum()) // self._sizes.epoch)
        if n_parts > 1:
            deal, part = divmod(self._epochs, n_parts)
            people = np.random.default_rng([self._seed, deal]).permutation(people)[part::n_parts]
        self._epochs += 1
        return self._generator.permutation(people)

    def _groups(self, people: Int64Array, counts: Int64Array) -> list[Int64Array]:
        """People split where the ratings, or the people times the candidates, fill a batch."""
        if self._kind.alike:
            return self._groups_of_alike(people, counts)
        size = self._sizes.ratings_for(len(self._stars))
        width = self._sizes.sampled + self._sizes.sampled_own if self._is_sampled else self._n_movies
        person_cost = size * width / self._sizes.scores if self._kind.with_catalogue else 1
        return _split_where_full(people, np.maximum(counts, person_cost), size)

    def _groups_of_alike(self, people: Int64Array, counts: Int64Array) -> list[Int64Array]:
        """People of like length together, the groups in random order."""
        size = self._sizes.ratings_for(len(self._stars))
        padded = 2 ** np.ceil(np.log2(np.maximum(counts, 1)))
        order = np.argsort(padded, kind="stable")
        costs = np.maximum(padded, padded**2 * (size / self._sizes.pairs))
        groups = _split_where_full(people[order], costs[order], size)
        return [groups[place] for place in self._generator.permutation(len(groups))]

    def _in_order(self, rows: Int64Array, persons: Int64Array) -> tuple[Int64Array, Int64Array, Int64Array]:
        """Rows by person in the order in which they enter, their persons and their places in it."""
        drawn = self._generator.random(len(rows))
        keys = (drawn, self._timestamps[rows], persons) if self._kind.in_time else (drawn, persons)
        order = np.lexsort(keys)
        return rows[order], persons[order], _places(persons[order])

    def _windows(self, persons: IndexArray) -> Int64Array:
        """(P,): the place with which each one's part of a history begins that is too long as a whole."""
        beyond = np.maximum(np.bincount(persons) - self._kind.longest, 0)
        return self._generator.integers(0, beyond, endpoint=True)

    def _latest(
        self, rows: Int64Array, persons: Int64Array, which: BoolArray
    ) -> tuple[Int64Array, Int64Array]:
        """The last `longest` of everyone's rows in a mask, and their persons."""
        ordered, owners, places = self._in_order(rows[which], persons[which])
        lengths = np.bincount(owners, minlength=1)
        kept = places >= lengths[owners] - self._kind.longest
        return ordered[kept], owners[kept]

    def _batch(
        self,
        rows: Int64Array,
        persons: Int64Array,
        places: Int64Array,
        is_input: BoolArray,
        is_target: BoolArray,
    ) -> Batch:
        own, columns = np.unique(self._movies[rows], return_inverse=True)
        candidates, scored, log_counts = self._candidates(own, columns)
        scored_places = np.full(len(candidates), -1)
        scored_places[scored] = np.arange(len(scored))
        facts, fact_columns = gather_groups(self._content.indptr, candidates)
        tokens, fact_tokens = np.unique(self._content.indices[facts], return_inverse=True)
        return {
            "person": persons.astype(np.int32),
            "place": places.astype(np.int32),
            "column": columns.astype(np.int32),
            "stars": self._stars[rows],
            "is_input": is_input.astype(np.float32),
            "weight": self._input_weights(persons, places, is_input),
            "target_weight": self._target_weights(persons, is_target),
            "candidate": candidates.astype(np.int32),
            "scored": scored.astype(np.int32),
            "log_count": log_counts.astype(np.float32),
            "scored_place": scored_places[columns].astype(np.int32),
            "token": tokens.astype(np.int32),
            "fact_column": fact_columns.astype(np.int32),
            "fact_token": fact_tokens.astype(np.int32),
            "fact_weight": fact_weights(fact_columns),
        }

    def _input_weights(self, persons: Int64Array, places: Int64Array, is_input: BoolArray) -> FloatArray:
        """(R,): the input comes first in each person's order, so that its last place is the latest rating."""
        n_inputs = np.bincount(persons, weights=is_input)
        since = n_inputs[persons] - 1 - places
        return (recency_weights(since, self._kind.half_life) * is_input).astype(np.float32)

    def _target_weights(self, persons: Int64Array, is_target: BoolArray) -> FloatArray:
        if self._kind.predicts_input:
            return is_target.astype(np.float32)
        n_targets = np.bincount(persons, weights=is_target)
        return (is_target / np.sqrt(np.maximum(n_targets, 1))[persons]).astype(np.float32)

    def _candidates(
        self, own: IndexArray, columns: IndexArray
    ) -> tuple[IndexArray, IndexArray, FloatArray | Float64Array]:
        """The batch's own films and others, the places of those that are scored, and the logs of their counts."""
        if not self._kind.with_catalogue:
            return own, np.arange(len(own)), np.zeros(len(own), dtype=np.float32)
        if not self._is_sampled:
            others = np.setdiff1d(np.arange(self._n_movies), own, assume_unique=True)
            n_films = len(own) + len(others)
            return np.concatenate([own, others]), np.arange(n_films), np.zeros(n_films, dtype=np.float32)
        drawn = np.unique(self._generator.integers(0, self._n_movies, self._sizes.sampled))
        others = np.setdiff1d(drawn, own, assume_unique=True)
        chosen, log_counts = self._drawn_by_popularity(columns)
        if len(others):
            each = np.log((self._n_movies - len(own)) / len(others))
            log_counts = np.append(log_counts, np.full(len(others), each))
        scored = np.append(chosen, len(own) + np.arange(len(others)))
        return np.concatenate([own, others]), scored, log_counts

    def _drawn_by_popularity(self, columns: IndexArray) -> tuple[IndexArray, FloatArray | Float64Array]:
        """Columns in proportion to their ratings in the batch, at even steps from a random start, and the logs of
        what each counts, so that a sum over them is, on average, that over all own films (Yi et al. 2019)."""
        n_ratings, n_draws = len(columns), self._sizes.sampled_own
        counts = np.bincount(columns)
        if n_ratings <= n_draws:
            return np.arange(len(counts)), np.zeros(len(counts))
        steps = (self._generator.random() + np.arange(n_draws)) * (n_ratings / n_draws)
        chosen, times = np.unique(np.sort(columns)[steps.astype(np.int64)], return_counts=True)
        return chosen, np.log(times * (n_ratings / n_draws) / counts[chosen])


def gather_groups(indptr: Int64Array, groups: IndexArray) -> tuple[Int64Array, Int64Array]:
    """Of groups stored one after another: the positions of the entries of `groups`, and each one's group as
    a place in `groups`."""
    lengths = indptr[groups + 1] - indptr[groups]
    places = np.repeat(np.arange(len(groups)), lengths)
    starts = indptr[groups] - (np.cumsum(lengths) - lengths)
    return starts[places] + np.arange(len(places)), places


def fact_weights(films: IndexArray) -> FloatArray:
    """(F,): 1 / sqrt(facts of the film), so that a film's content vector has one length however much is known
    of it. films: (F,), the film that each fact is about."""
    n_facts = np.bincount(films)
    return (1 / np.sqrt(np.maximum(n_facts, 1)))[films].astype(np.float32)


def _split_where_full(people: Int64Array, costs: FloatArray, size: int) -> list[Int64Array]:
    """People in their order, split where their costs come to another `size`."""
    batch_of = (np.cumsum(costs) // size).astype(np.int64)
    return [group for group in np.split(people, np.flatnonzero(np.diff(batch_of)) + 1) if len(group)]


def _places(persons: IndexArray) -> Int64Array:
    """(R,): 0, 1, 2, ... anew for every person. persons: rising."""
    return np.arange(len(persons)) - np.searchsorted(persons, persons)


def _any_length(lengths: Int64Array, generator: np.random.Generator) -> Int64Array:
    """0 to length - 1, as likely to fall between 1 and 2 as between 10 and 20."""
    return np.floor(np.exp(generator.uniform(0, np.log(lengths + 1)))).astype(np.int64) - 1
