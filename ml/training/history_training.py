"""How the history model learns: first the stars head, then the ranking head from its biases."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import tensorflow as tf

from ml.arraytypes import BoolArray, Int64Array
from ml.baselines import Bias
from ml.data.ratings import Ratings
from ml.scoring import Progress
from ml.training.checkpoints import Arrays, Checkpoint, Saved, named
from ml.training.head_training import HeadTraining
from ml.training.history_batches import (
    BATCH_SIGNATURE,
    BatchSizes,
    HistoryBatches,
    HistoryKind,
    input_and_rest,
    leave_one_out,
)
from ml.training.history_heads import HistoryModel
from ml.training.history_model import Penalties
from ml.training.ranking_head import RankingHead
from ml.training.stars_head import StarsHead

COVERAGE, NORMAL_REACH = 0.8, 1.2816
"""A central interval that holds this share of a normal distribution reaches so many standard deviations."""
MINIMUM_DEVIATION = 0.01
"""In stars: people may all have the same average, and a model may be exact, but none may divide by zero."""


@dataclass(frozen=True)
class HeadSettings:
    """epochs: the most that are tried. epochs_unmeasured: how many there are where data is too small to tell.

    short_share: the share of histories cut to a random shorter length, so that newcomers are served too.
    longest: the most ratings of one person that enter, drawn afresh in every epoch.
    """

    embedding_dim: int
    epochs: int
    epochs_unmeasured: int
    learning_rate: float
    short_share: float
    longest: int
    penalties: Penalties


@dataclass(frozen=True)
class HistorySettings:
    """One configuration for data of every size, chosen on hold-outs of training data.

    half_life: ratings after which one weighs half in the ranking. ratings_seen: the most that a head is trained on,
    counted anew in every epoch, so that what a training costs is bounded. held_out_share, held_out_maximum: how many
    ratings measure when to stop, if they are held_out_minimum. refit_above: the share above which what was held out
    is worth training again with it.
    """

    stars: HeadSettings = HeadSettings(
        embedding_dim=64,
        epochs=30,
        epochs_unmeasured=4,
        learning_rate=1e-3,
        short_share=0.1,
        longest=200,
        penalties=Penalties(id_embeddings=0.6, history=0.003, content=0.002, biases=0.003),
    )
    ranking: HeadSettings = HeadSettings(
        embedding_dim=64,
        epochs=60,
        epochs_unmeasured=10,
        learning_rate=3e-3,
        short_share=0.4,
        longest=500,
        penalties=Penalties(id_embeddings=0.1, history=0.1, content=0.01, biases=0.0),
    )
    half_life: float = 35.0
    reviewer_ridge: float = 5.0
    movie_ridge: float = 2.0
    beta_2: float = 0.99
    patience: int = 5
    ratings_seen: int = 15_000_000
    held_out_share: float = 0.1
    held_out_minimum: int = 20
    held_out_maximum: int = 20_000
    refit_above: float = 0.02
    sizes: BatchSizes = field(default_factory=BatchSizes)

    def most_epochs(self, head: HeadSettings, n_ratings: int) -> int:
        """So many epochs may be tried: those of `head`, or what `ratings_seen` allows."""
        return min(head.epochs, -(-self.ratings_seen // max(min(n_ratings, self.sizes.epoch), 1)))


@dataclass(frozen=True)
class Trained:
    """global_mean: of the stars trained on. epochs: how many each head was trained for. deviation_scale: what
    standard deviations are multiplied with, so that intervals held what they promise on held-out ratings."""

    model: HistoryModel
    global_mean: float
    epochs: dict[str, int]
    deviation_scale: float = 1.0


@dataclass(frozen=True)
class HeldOut:
    """Masks (n_ratings,): for stars any ratings, for ranking people's last."""

    stars: BoolArray
    ranking: BoolArray


def train(
    ratings: Ratings,
    settings: HistorySettings,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> Trained:
    """Find on held-out ratings how many epochs are best; then train that many, from fresh weights, on all.

    checkpoint: of a training of these ratings, with these settings and this seed: it is gone on from and kept up.
    """
    training = _Training(ratings, settings, seed, progress, checkpoint)
    size = min(int(len(ratings) * settings.held_out_share), settings.held_out_maximum)
    if size < settings.held_out_minimum:
        epochs = {name: getattr(settings, name).epochs_unmeasured for name in ("stars", "ranking")}
        return training.fit(epochs)
    measured = training.search(_hold_out(ratings, size, seed))
    if size <= settings.refit_above * len(ratings):
        return measured
    return training.fit(measured.epochs, measured.deviation_scale)


def ranking_by_epochs(ratings: Ratings, settings: HistorySettings, *, seed: int = 0) -> Iterator[Trained]:
    """The ranking head alone, from the ridge biases, after each of its epochs on all ratings; for benchmarks."""
    training = _Training(ratings, settings, seed, None)
    yield from training.ranking_by_epochs()


def _hold_out(ratings: Ratings, size: int, seed: int) -> HeldOut:
    """About `size` ratings for either head: a random share of all; the last fifth of random people with two or more."""
    generator = np.random.default_rng(seed)
    stars = np.zeros(len(ratings), dtype=np.bool_)
    stars[generator.permutation(len(ratings))[:size]] = True
    counts = ratings.histories.counts
    n_last = np.where(counts > 1, np.ceil(counts * 0.2), 0).astype(np.int64)
    people = generator.permutation(ratings.n_reviewers)
    n_last[people[np.cumsum(n_last[people]) > size]] = 0
    ties = generator.permutation(len(ratings))
    order = np.lexsort((ties, ratings.timestamps, ratings.reviewer_indices))
    ranking = np.zeros(len(ratings), dtype=np.bool_)
    ranking[order] = _at_the_end(counts, n_last)
    return HeldOut(stars, ranking)


def _at_the_end(counts: Int64Array, n_last: Int64Array) -> BoolArray:
    """Of groups of `counts` entries, one after another: which are among the last `n_last` of their group."""
    ends = np.repeat(np.cumsum(counts), counts)
    within: BoolArray = ends - np.arange(len(ends)) <= np.repeat(n_last, counts)
    return within


class _Training:
    """Both heads, compiled once; each phase of `search` or `fit` starts one of them afresh.

    What a phase found is kept in `_found`, by its name, so that one that was interrupted is not done again.
    """

    def __init__(
        self,
        ratings: Ratings,
        settings: HistorySettings,
        seed: int,
        progress: Progress | None,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        self._ratings = ratings
        self._settings = settings
        self._seed = seed
        self._checkpoint = checkpoint
        scale = ratings.scale
        stars = StarsHead(
            minimum=scale.minimum, maximum=scale.maximum, **self._common("stars", settings.stars)
        )
        ranking = RankingHead(damping=settings.reviewer_ridge, **self._common("ranking", settings.ranking))
        self._model = HistoryModel(stars, ranking)
        self._heads = {
            head.name: HeadTraining(
                head,
                learning_rate=getattr(settings, head.name).learning_rate,
                beta_2=settings.beta_2,
                progress=progress,
                keep=self._keep,
            )
            for head in (stars, ranking)
        }
        self._phase = ""
        self._found: dict[str, Any] = {}
        saved = None if checkpoint is None else checkpoint.load()
        if saved is not None:
            self._take_up(saved)
            if progress is not None:
                progress("resume", 1, 1, f"going on where a training was interrupted, at {self._phase}")

    def search(self, held_out: HeldOut) -> Trained:
        """Each head as it was after its best epoch on the held-out ratings."""
        stars = self._once("stars: epochs", lambda: self._search_stars(held_out.stars))
        n_ranking = self._once("ranking: epochs", lambda: self._search_ranking(held_out.ranking))
        epochs = {"stars": stars["epochs"], "ranking": n_ranking}
        return Trained(self._model, stars["global_mean"], epochs, stars["deviation_scale"])

    def fit(self, epochs: dict[str, int], deviation_scale: float = 1.0) -> Trained:
        """On all ratings, for so many epochs."""
        global_mean = self._once("stars", lambda: self._fit_stars(epochs["stars"]))
        self._once("ranking", lambda: self._fit_ranking(epochs["ranking"]))
        return Trained(self._model, global_mean, epochs, deviation_scale)

    def ranking_by_epochs(self) -> Iterator[Trained]:
        """After each epoch; the stars head stays at its start."""
        global_mean = self._start_stars(self._ratings)
        self._start_ranking(self._ratings)
        batches = self._ranking_batches()
        for epoch in range(self._settings.ranking.epochs):
            self._heads["ranking"].fit(batches, 1)
            yield Trained(self._model, global_mean, {"stars": 0, "ranking": epoch + 1})

    def _search_stars(self, held_out: BoolArray) -> dict[str, Any]:
        trained_on = self._ratings.subset(~held_out)
        global_mean = self._start_stars(trained_on)
        batches = self._stars_batches(held_out)
        epochs = self._search("stars", batches)
        deviation_scale = self._deviation_scale(trained_on, batches)
        return {"global_mean": global_mean, "epochs": epochs, "deviation_scale": deviation_scale}

    def _search_ranking(self, held_out: BoolArray) -> int:
        self._start_ranking(self._ratings.subset(~held_out))
        return self._search("ranking", self._ranking_batches(held_out))

    def _search(self, name: str, batches: HistoryBatches) -> int:
        most = self._settings.most_epochs(getattr(self._settings, name), len(self._ratings))
        return self._heads[name].search(batches, most, self._settings.patience)

    def _fit_stars(self, epochs: int) -> float:
        global_mean = self._start_stars(self._ratings)
        self._heads["stars"].fit(self._stars_batches(), epochs)
        return global_mean

    def _fit_ranking(self, epochs: int) -> None:
        self._start_ranking(self._ratings)
        self._heads["ranking"].fit(self._ranking_batches(), epochs)

    def _once(self, phase: str, work: Callable[[], Any]) -> Any:
        """What the work of a phase returns, JSON; from a checkpoint if it was done before that."""
        if phase not in self._found:
            self._phase = phase
            self._found[phase] = work()
        return self._found[phase]

    def _keep(self, course: Callable[[], dict[str, Any]], arrays: Callable[[], Arrays]) -> None:
        """The head at work, and the stars head where the other follows it."""
        if self._checkpoint is not None:
            self._checkpoint.keep(
                lambda: {"phase": self._phase, "found": self._found, "course": course()},
                lambda: chain(arrays(), named("stars", self._model.stars.get_weights())),
            )

    def _take_up(self, saved: Saved) -> None:
        self._phase, self._found = saved.numbers["phase"], saved.numbers["found"]
        self._model.stars.set_weights(saved.arrays("stars"))
        self._heads[self._phase.partition(":")[0]].resume(saved)

    def _common(self, name: str, settings: HeadSettings) -> dict[str, Any]:
        content = self._ratings.content
        return {
            "n_movies": self._ratings.n_movies,
            "n_tokens": 0 if content is None else len(content.names),
            "embedding_dim": settings.embedding_dim,
            "penalties": settings.penalties,
            "seed": self._seed,
            "name": name,
        }

    def _start_stars(self, trained_on: Ratings) -> float:
        """At the ridge solution of the biases; returns the global mean."""
        settings = self._settings
        bias = Bias(reviewer_ridge=settings.reviewer_ridge, movie_ridge=settings.movie_ridge).fit(trained_on)
        errors = trained_on.stars - bias.predict_stars(trained_on.reviewer_indices, trained_on.movie_indices)
        known = np.bincount(trained_on.reviewer_indices, minlength=trained_on.n_reviewers) > 0
        self._heads["stars"].restart(
            (bias.global_mean + bias.movie_biases).astype(np.float32),
            average_scale=max(float(bias.reviewer_biases[known].std()), MINIMUM_DEVIATION),
            noise=max(float(errors.std()), MINIMUM_DEVIATION),
        )
        return bias.global_mean

    def _start_ranking(self, trained_on: Ratings) -> None:
        """At the log of the films' popularity; half a rating is added so that none is at minus infinity."""
        counts = np.bincount(trained_on.movie_indices, minlength=self._ratings.n_movies)
        self._heads["ranking"].restart(np.log((counts + 0.5) / len(trained_on)).astype(np.float32))
        self._model.ranking.measure_from(self._model.stars.biases.numpy())

    def _deviation_scale(self, trained_on: Ratings, batches: HistoryBatches) -> float:
        """What makes intervals around held-out ratings hold `COVERAGE` of them."""
        head, scale = self._model.stars, self._ratings.scale
        counts = np.bincount(trained_on.movie_indices, minlength=self._ratings.n_movies)
        noise = float(np.exp(2 * head.log_noise.numpy()))
        posterior = tf.function(lambda b: head.posterior(b, head.films(b)), input_signature=[BATCH_SIGNATURE])
        distances = []
        for batch in batches.validation():
            means, variances = (part.numpy() for part in posterior(batch))
            targets = batch["target_weight"] > 0
            movies = batch["candidate"][batch["column"]]
            variances = variances + noise / (self._settings.movie_ridge + counts[movies])
            errors = np.abs(scale.clip(means) - batch["stars"])
            distances.append((errors / np.sqrt(variances))[targets])
        reach = float(np.quantile(np.concatenate(distances), COVERAGE))
        return max(reach / NORMAL_REACH, MINIMUM_DEVIATION)

    def _stars_batches(self, held_out: BoolArray | None = None) -> HistoryBatches:
        settings = self._settings.stars
        kind = HistoryKind(
            leave_one_out(settings.short_share),
            settings.longest,
            predicts_input=True,
            with_catalogue=False,
            alike=True,
        )
        return self._batches(kind, held_out)

    def _ranking_batches(self, held_out: BoolArray | None = None) -> HistoryBatches:
        settings = self._settings.ranking
        kind = HistoryKind(
            input_and_rest(settings.short_share),
            settings.longest,
            predicts_input=False,
            with_catalogue=True,
            in_time=True,
            half_life=self._settings.half_life,
        )
        return self._batches(kind, held_out)

    def _batches(self, kind: HistoryKind, held_out: BoolArray | None) -> HistoryBatches:
        return HistoryBatches(
            self._ratings, kind, held_out=held_out, sizes=self._settings.sizes, seed=self._seed
        )
