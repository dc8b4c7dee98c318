"""Every model by its name on the command line. Keras is imported only when one of its models is asked for."""

from importlib import import_module
from typing import cast

from ml.errors import InputError
from ml.scoring import Scorer

_PLACES = {
    "global-mean": "ml.baselines:GlobalMean",
    "median": "ml.baselines:Median",
    "movie-mean": "ml.baselines:MovieMean",
    "bias": "ml.baselines:Bias",
    "popularity": "ml.baselines:Popularity",
    "recent-popularity": "ml.baselines:RecentPopularity",
    "genre-popularity": "ml.baselines:GenrePopularity",
    "dot": "ml.training.dot:DotScorer",
    "deep": "ml.training.deep:DeepScorer",
    "factors": "ml.training.factors:FactorsScorer",
    "history": "ml.training.history:HistoryScorer",
}

MODEL_NAMES = tuple(_PLACES)


class UnknownModelError(InputError):
    """A model was asked for by a name that nothing carries."""


def check_model_name(name: str) -> str:
    if name not in _PLACES:
        raise UnknownModelError(f'There is no model "{name}"; choose from {", ".join(MODEL_NAMES)}.')
    return name


def make_scorer(name: str) -> Scorer:
    """A fresh, unfitted model with its default hyper-parameters."""
    module, _, class_name = _PLACES[check_model_name(name)].partition(":")
    # Here and not at the top: TensorFlow takes seconds and half a gigabyte that baselines must not pay.
    return cast(Scorer, getattr(import_module(module), class_name)())
