import subprocess
import sys

import pytest

from ml.models import MODEL_NAMES, UnknownModelError, make_scorer

BASELINES = (
    "global-mean",
    "median",
    "movie-mean",
    "bias",
    "popularity",
    "recent-popularity",
    "genre-popularity",
)


def test_every_name_is_offered() -> None:
    assert (*BASELINES, "dot", "deep", "factors", "history") == MODEL_NAMES


@pytest.mark.parametrize("name", BASELINES)
def test_makes_the_scorer_of_that_name(name: str) -> None:
    assert make_scorer(name).name == name


def test_an_unknown_name_is_answered_with_the_list() -> None:
    with pytest.raises(UnknownModelError, match=r'no model "svd"; choose from global-mean, .*history'):
        make_scorer("svd")


def test_baselines_and_serving_do_without_tensorflow_and_pandas() -> None:
    script = (
        "import sys; from ml.models import make_scorer; make_scorer('bias')\n"
        "import ml.serving, ml.evaluation.served, ml.data.snapshot, ml.cli.main\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('tensorflow', 'keras', 'pandas', 'django')])"
    )

    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout

    assert printed.strip() == "[]"
