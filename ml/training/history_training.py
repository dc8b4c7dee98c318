"""How the history model learns: first the stars head, then the ranking head from its biases."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import tensorflow as tf

from ml.arraytypes import BoolArray, Int64Array
from ml.data.ratings import Ratings
from ml.scoring import Progress
from ml.training.calibration import UNCALIBRATED, Calibration, calibrate
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
from ml.training.raters import RATERS_SIGNATURE, Raters, rater_rows
from ml.training.stars_head import StarsHead
from ml.training.starting_biases import starting_biases

STARS_SIGNATURE = {**BATCH_SIGNATURE, **RATERS_SIGNATURE}


@dataclass(frozen=True)
class HeadSettings:
    """epochs: the most that are tried. patience: so many without a better one end the search. epochs_unmeasured: how
    many there are where data is too small to tell.

    short_share: the share of histories cut to a random shorter length, so that newcomers are served too.
    longest: the most ratings of one person that enter, drawn afresh in every epoch.
    """

    embedding_dim: int
    epochs: int
    patience: int
    epochs_unmeasured: int
    learning_rate: float
    short_share: float
    longest: int
    penalties: Penalties


@dataclass(frozen=True)
class StarsSettings(HeadSettings):
    """history_exponent, history_limit: c and L of what a history says. rater_minimum: the ratings that somebody has at
    the least who says something of films. raters_up_to: the most ratings with which people say anything of films; of
    more, a batch would hold too few of a film's to stand for all."""

    history_exponent: float
    history_limit: int
    rater_minimum: int
    raters_up_to: int


@dataclass(frozen=True)
class HistorySettings:
    """One configuration for data of every size, chosen on hold-outs of training data.

    half_life: ratings after which one weighs half in the ranking. ranking_damping: films that say nothing, which
    everybody has there in addition, so that few films say less. damping: ratings that everybody has in addition, as
    expected, where the ranking compares stars with a person's average. movie_ridge: the same of films, where it is said
    how sure their base is. ratings_seen: the most that a head is trained on,
    counted anew in every epoch, so that what a training costs is bounded. held_out_share, held_out_maximum: how many
    ratings measure when to stop, if they are held_out_minimum. refit_above: the share above which what was held out
    is worth training again with it.
    """

    stars: StarsSettings = StarsSettings(
        embedding_dim=64,
        epochs=30,
        patience=5,
        epochs_unmeasured=4,
        learning_rate=5e-4,
        short_share=0.1,
        longest=200,
        penalties=Penalties(
            id_embeddings=0.6, history=0.003, residuals=0.1, content=0.002, biases=0.003, raters=0.3
        ),
        history_exponent=0.2,
        history_limit=200,
        rater_minimum=5,
        raters_up_to=1_000_000,
    )
    ranking: HeadSettings = HeadSettings(
        embedding_dim=64,
        epochs=60,
        patience=10,
        epochs_unmeasured=10,
        learning_rate=5e-3,
        short_share=0.4,
        longest=500,
        penalties=Penalties(id_embeddings=0.1, history=0.1, residuals=0.1, content=0.01, biases=0.0),
    )
    half_life: float = 35.0
    ranking_damping: float = 3.0
    damping: float = 5.0
    movie_ridge: float = 2.0
    beta_2: float = 0.99
    ratings_seen: int = 15_000_000
    held_out_share: float = 0.1
    held_out_minimum: int = 20
    held_out_maximum: int = 20_000
    refit_above: float = 0.05
    sizes: BatchSizes = field(default_factory=BatchSizes)

    def most_epochs(self, head: HeadSettings, n_ratings: int) -> int:
        """So many epochs may be tried: those of `head`, or what `ratings_seen` allows."""
        return min(head.epochs, -(-self.ratings_seen // max(min(n_ratings, self.sizes.epoch), 1)))


@dataclass(frozen=True)
class Trained:
    """global_mean: of the stars trained on. raters: those by whom films were told. epochs: how many each head was
    trained for."""

    model: HistoryModel
    global_mean: float
    raters: Raters
    epochs: dict[str, int]
    calibration: Calibration = UNCALIBRATED


@dataclass(frozen=True)
class HeldOut:
    """Masks (n_ratings,): for stars half of some people's ratings, for ranking people's last."""

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
    return training.fit(measured.epochs, measured.calibration)


def ranking_by_epochs(ratings: Ratings, settings: HistorySettings, *, seed: int = 0) -> Iterator[Trained]:
    """The ranking head alone, from the ridge biases, after each of its epochs on all ratings; for benchmarks."""
    training = _Training(ratings, settings, seed, None)
    yield from training.ranking_by_epochs()


def _hold_out(ratings: Ratings, size: int, seed: int) -> HeldOut:
    """At most `size` ratings for either head, of random people: for stars any half of theirs, for ranking the last
    fifth of those with two or more. Both rounded up."""
    generator = np.random.default_rng(seed)
    counts = ratings.histories.counts
    people, ties = (generator.permutation(n) for n in (ratings.n_reviewers, len(ratings)))
    masks = []
    for share, times, least in ((0.5, ties, 1), (0.2, ratings.timestamps, 2)):
        n_last = np.where(counts >= least, np.ceil(counts * share), 0).astype(np.int64)
        n_last = np.minimum(n_last, size)
        n_last[people[np.cumsum(n_last[people]) > size]] = 0
        order = np.lexsort((ties, times, ratings.reviewer_indices))
        mask = np.zeros(len(ratings), dtype=np.bool_)
        mask[order] = _at_the_end(counts, n_last)
        masks.append(mask)
    return HeldOut(*masks)


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
        few = len(ratings) <= settings.stars.raters_up_to
        self._rater_rows = rater_rows(ratings, settings.stars.rater_minimum if few else len(ratings) + 1)
        stars = StarsHead(**self._common("stars", settings.stars), **self._of_stars(settings.stars))
        ranking = RankingHead(
            damping=settings.damping,
            history_damping=settings.ranking_damping,
            **self._common("ranking", settings.ranking),
        )
        self._model = HistoryModel(stars, ranking)
        self._heads = {
            head.name: HeadTraining(
                head,
                signature,
                learning_rate=getattr(settings, head.name).learning_rate,
                beta_2=settings.beta_2,
                progress=progress,
                keep=self._keep,
            )
            for head, signature in ((stars, STARS_SIGNATURE), (ranking, BATCH_SIGNATURE))
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
        raters = self._raters(self._ratings.subset(~held_out.stars))
        return Trained(self._model, stars["global_mean"], raters, epochs, Calibration(**stars["calibration"]))

    def fit(self, epochs: dict[str, int], calibration: Calibration = UNCALIBRATED) -> Trained:
        """On all ratings, for so many epochs."""
        global_mean = self._once("stars", lambda: self._fit_stars(epochs["stars"]))
        self._once("ranking", lambda: self._fit_ranking(epochs["ranking"]))
        return Trained(self._model, global_mean, self._raters(self._ratings), epochs, calibration)

    def ranking_by_epochs(self) -> Iterator[Trained]:
        """After each epoch; the stars head stays at its start."""
        global_mean = self._start_stars(self._ratings)
        self._start_ranking(self._ratings)
        batches, raters = self._ranking_batches(), self._raters(self._ratings)
        for epoch in range(self._settings.ranking.epochs):
            self._heads["ranking"].fit(batches, 1)
            yield Trained(self._model, global_mean, raters, {"stars": 0, "ranking": epoch + 1})

    def _search_stars(self, held_out: BoolArray) -> dict[str, Any]:
        trained_on = self._ratings.subset(~held_out)
        global_mean = self._start_stars(trained_on)
        batches = self._stars_batches(trained_on, held_out)
        epochs = self._search("stars", batches)
        calibration = asdict(self._calibration(trained_on, batches))
        return {"global_mean": global_mean, "epochs": epochs, "calibration": calibration}

    def _search_ranking(self, held_out: BoolArray) -> int:
        self._start_ranking(self._ratings.subset(~held_out))
        return self._search("ranking", self._ranking_batches(held_out))

    def _search(self, name: str, batches: HistoryBatches) -> int:
        settings = getattr(self._settings, name)
        most = self._settings.most_epochs(settings, len(self._ratings))
        return self._heads[name].search(batches, most, settings.patience)

    def _fit_stars(self, epochs: int) -> float:
        global_mean = self._start_stars(self._ratings)
        self._heads["stars"].fit(self._stars_batches(self._ratings), epochs)
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

    def _of_stars(self, settings: StarsSettings) -> dict[str, Any]:
        return {
            "minimum": self._ratings.scale.minimum,
            "maximum": self._ratings.scale.maximum,
            "n_raters": int(self._rater_rows.max(initial=-1)) + 1,
            "history_exponent": settings.history_exponent,
            "history_limit": settings.history_limit,
        }

    def _raters(self, trained_on: Ratings) -> Raters:
        """The same every time, so that a checkpoint needs not hold them."""
        return Raters(trained_on, self._rater_rows, seed=self._seed)

    def _start_stars(self, trained_on: Ratings) -> float:
        """Where averages and counts lead to; returns the global mean."""
        start = starting_biases(trained_on)
        average_scale = np.sqrt(start.variances.reviewers)
        self._heads["stars"].restart(
            start.movies.astype(np.float32),
            prior_averages=start.by_length / average_scale,
            average_scale=average_scale,
            noise=np.sqrt(start.variances.noise),
        )
        return start.global_mean

    def _start_ranking(self, trained_on: Ratings) -> None:
        """At the log of the films' popularity; half a rating is added so that none is at minus infinity."""
        counts = np.bincount(trained_on.movie_indices, minlength=self._ratings.n_movies)
        self._heads["ranking"].restart(np.log((counts + 0.5) / len(trained_on)).astype(np.float32))
        self._model.ranking.measure_from(self._model.stars.biases.numpy())

    def _calibration(self, trained_on: Ratings, batches: HistoryBatches) -> Calibration:
        """What makes of the head's Gaussians what is served, by the held-out ratings."""
        head = self._model.stars
        counts = np.bincount(trained_on.movie_indices, minlength=self._ratings.n_movies)
        noise = float(np.exp(2 * head.log_noise.numpy()))
        posterior = tf.function(lambda b: head.posterior(b, head.films(b)), input_signature=[STARS_SIGNATURE])
        found = []
        for batch in batches.validation():
            means, variances = (part.numpy() for part in posterior(batch))
            targets = batch["target_weight"] > 0
            movies = batch["candidate"][batch["column"]]
            variances = variances + noise / (self._settings.movie_ridge + counts[movies])
            found.append(np.stack([batch["stars"], means, np.sqrt(variances)])[:, targets])
        stars, means, deviations = np.concatenate(found, axis=1)
        return calibrate(stars, means, deviations, self._ratings.scale)

    def _stars_batches(self, trained_on: Ratings, held_out: BoolArray | None = None) -> HistoryBatches:
        settings = self._settings.stars
        kind = HistoryKind(
            leave_one_out(settings.short_share),
            settings.longest,
            predicts_input=True,
            with_catalogue=False,
            alike=True,
        )
        return self._batches(kind, held_out, self._raters(trained_on))

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

    def _batches(
        self, kind: HistoryKind, held_out: BoolArray | None, raters: Raters | None = None
    ) -> HistoryBatches:
        sizes = self._settings.sizes
        return HistoryBatches(
            self._ratings, kind, held_out=held_out, sizes=sizes, raters=raters, seed=self._seed
        )
