"""Versions: judged, made active, rolled back, cleared away."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.conf import settings

from catalog.aggregates import recount
from catalog.models import Rating, Reviewer
from catalog.ratings import rate
from ml.artifact import ArtifactError
from recommendations import registry
from recommendations.models import ModelVersion, TrainingRun
from recommendations.registry import Verdict, activate, clear_away, judge, register
from recommendations.snapshots import new_name, take_snapshot
from tests.factories import make_movie, make_reviewers
from tests.recommendations.asking import picks_for_user
from tests.recommendations.planted import TASTES, a_manifest, plant_active, plant_artifact, tastes_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
State = ModelVersion.State

CUTOFF = datetime(2024, 1, 1, tzinfo=UTC)


def never(new, active):
    raise AssertionError("there is nothing to compare with")


class TestFirstModel:
    def test_better_than_the_baselines_serves(self, films):
        plant_artifact("v1", tastes_of(films))
        verdict = judge("v1", never)
        assert verdict.state == State.ACTIVE
        assert verdict.decision.endswith("(the first model).")

    def test_worse_than_the_baselines_does_not(self, films):
        metrics = a_manifest("v1")["metrics"] | {"ndcg_at_10": 0.01}
        plant_artifact("v1", tastes_of(films), metrics=metrics)
        verdict = judge("v1", never)
        assert verdict.state == State.REFUSED
        assert "ranks no better" in verdict.decision

    def test_what_cannot_be_opened_or_served_is_refused_with_its_sentence(self, films):
        assert "no artifact at" in judge("nowhere", never).decision
        plant_artifact("v1", tastes_of(films), kind="dot")
        verdict = judge("v1", never)
        assert verdict.state == State.REFUSED
        assert "can be served" in verdict.decision


class TestNextModel:
    """Against the active version, by a real evaluation of ratings newer than both."""

    @pytest.fixture
    def fans(self, db):
        """40 films of two tastes, and 80 people who rated 13 of one taste: 9 before the cut-off, 4 after."""
        movies = [make_movie(f"Film {i}") for i in range(40)]
        ratings, half_stars = [], np.random.default_rng(1).integers(6, 11, size=(80, 13)).tolist()
        for place, reviewer in enumerate(make_reviewers(80)):
            own = movies[:20] if place % 2 else movies[20:]
            for step in range(13):
                movie = own[(7 * place + 3 * step) % 20]
                when = CUTOFF + timedelta(days=step - 8)
                ratings.append(
                    Rating(
                        reviewer=reviewer,
                        movie=movie,
                        half_stars=half_stars[place][step],
                        rated_at=when,
                    )
                )
        Rating.objects.bulk_create(ratings)
        recount()
        return movies

    def evaluate(self, new, active):
        snapshot = take_snapshot(new_name())
        command = [sys.executable, "-m", "ml", "evaluate", new, snapshot.path, "--against", active]
        done = subprocess.run(command, capture_output=True, check=True, cwd=settings.BASE_DIR)
        return json.loads(done.stdout)

    def plant(self, version, movies, *, right):
        """Right or wrong about tastes; about stars it knows the mean alone, all that can be known."""
        alternating = {movie.pk: TASTES[place % 2] for place, movie in enumerate(movies)}
        tastes = tastes_of(movies) if right else alternating
        stars = {"stars_strength": 0.0, "global_mean": 4.0, "bias_spread": 0.0}
        return plant_artifact(version, tastes, cutoff=int(CUTOFF.timestamp()), **stars)

    def test_a_better_one_takes_over(self, fans):
        self.plant("wrong", fans, right=False)
        ModelVersion.objects.create(version="wrong", state=State.ACTIVE)
        self.plant("right", fans, right=True)
        verdict = judge("right", self.evaluate)
        assert (verdict.state, verdict.against) == (State.ACTIVE, "wrong"), verdict.decision
        assert verdict.comparison["n_test_ratings"] == 160
        assert verdict.comparison["paired"]["ndcg_difference"] > 0.1

    def test_a_worse_one_does_not(self, fans):
        self.plant("right", fans, right=True)
        ModelVersion.objects.create(version="right", state=State.ACTIVE)
        self.plant("wrong", fans, right=False)
        verdict = judge("wrong", self.evaluate)
        assert (verdict.state, verdict.against) == (State.REFUSED, "right")
        assert "version right" in verdict.decision

    def test_too_few_newer_ratings_leave_the_active_one_said_aloud(self, fans):
        self.plant("right", fans, right=True)
        ModelVersion.objects.create(version="right", state=State.ACTIVE)
        self.plant("newer", fans, right=True)
        Rating.objects.filter(rated_at__gt=CUTOFF + timedelta(days=1)).delete()
        verdict = judge("newer", self.evaluate)
        assert verdict.state == State.CANDIDATE
        assert verdict.decision.startswith("Not made active: 80 ratings by 80 people are newer")

    def test_an_active_version_of_newer_ratings_of_other_films_is_replaced(self, fans):
        """As the demo's is, whose ratings are newer than those of the data set that comes in its place."""
        others = [make_movie(f"Film of the demo {i}") for i in range(4)]
        tastes = {movie.pk: TASTES[0] for movie in others}
        plant_active("demo", tastes, cutoff=int((CUTOFF + timedelta(days=900)).timestamp()))
        self.plant("right", fans, right=True)
        verdict = judge("right", self.evaluate)
        assert (verdict.state, verdict.against) == (State.ACTIVE, "demo")
        assert verdict.decision.endswith("(version demo knows 0% of the ratings, this one 100%).")
        assert verdict.comparison["n_test_ratings"] == 0

    def test_an_active_version_that_is_gone_is_replaced(self, films):
        ModelVersion.objects.create(version="gone", state=State.ACTIVE)
        plant_artifact("v2", tastes_of(films))
        verdict = judge("v2", never)
        assert verdict.state == State.ACTIVE
        assert "version gone can no longer be opened" in verdict.decision
        register("v2", TrainingRun.objects.create(), verdict)
        assert ModelVersion.objects.active().version == "v2"


class TestRegister:
    @pytest.fixture
    def run(self, db):
        return TrainingRun.objects.create(model_name="history")

    def test_the_new_one_serves_and_the_old_one_retires(self, active, films, run):
        plant_artifact("v2", tastes_of(films))
        new = register("v2", run, Verdict(State.ACTIVE, "Better.", against="v1"))
        active.refresh_from_db()
        assert (new.state, active.state) == (State.ACTIVE, State.RETIRED)
        assert new.manifest["metrics"]["ndcg_at_10"] == 0.20
        assert new.activated_at is not None

    def test_a_refused_one_is_kept_with_its_reason(self, active, films, run):
        plant_artifact("v2", tastes_of(films))
        new = register("v2", run, Verdict(State.REFUSED, "Worse.", against="v1"))
        assert (new.state, new.decision) == (State.REFUSED, "Worse.")
        assert ModelVersion.objects.active() == active

    def test_one_judged_against_a_version_no_longer_active_waits(self, active, films, run):
        plant_artifact("v2", tastes_of(films))
        new = register("v2", run, Verdict(State.ACTIVE, "Better.", against="v0"))
        assert new.state == State.CANDIDATE
        assert "while this one was judged" in new.decision
        assert ModelVersion.objects.active() == active


class TestRollingBack:
    def test_gives_equal_lists_to_the_last_bit(self, active, films, ada, owner):
        reviewer = Reviewer.objects.for_user(ada)
        rate(reviewer, films[0], 9)
        rate(reviewer, films[5], 3)
        before = picks_for_user(ada)
        other = plant_active("v2", tastes_of(films[::-1]), strength=0.5)
        between = picks_for_user(ada)
        activate(active, by=owner)
        after = picks_for_user(ada)
        assert (between.model_version, after.model_version) == ("v2", "v1")
        assert between.picks != before.picks
        assert after.picks == before.picks
        other.refresh_from_db()
        active.refresh_from_db()
        assert (other.state, active.state, active.activated_by) == (State.RETIRED, State.ACTIVE, owner)
        assert active.decision.startswith("Made active by hand.")

    def test_a_version_whose_folder_is_gone_changes_nothing(self, active):
        old = ModelVersion.objects.create(version="old", state=State.RETIRED)
        with pytest.raises(ArtifactError, match="no artifact"):
            activate(old)
        assert ModelVersion.objects.active() == active


class TestClearingAway:
    def folders(self, parent):
        return sorted(path.name for path in parent.iterdir())

    def test_the_last_versions_and_the_active_one_stay(self, settings):
        names = [f"20240501T12000{i}Z-abcdef" for i in range(8)]
        for place, name in enumerate(names):
            (settings.MODELS_DIR / name).mkdir(parents=True)
            ModelVersion.objects.create(version=name, state=State.RETIRED if place else State.ACTIVE)
        clear_away()
        assert self.folders(settings.MODELS_DIR) == [names[0], *names[-registry.VERSIONS_KEPT :]]

    def test_what_killed_trainings_left_goes_and_what_is_not_ours_stays(self, settings):
        for name in ("20240501T120000Z-abcdef", ".20240501T120000Z-abcdef.writing-12345678", "by-hand"):
            (settings.MODELS_DIR / name).mkdir(parents=True)
        clear_away()
        assert self.folders(settings.MODELS_DIR) == ["by-hand"]

    def test_one_snapshot_stays_beside_the_next(self, settings):
        names = [f"20240501T12000{i}Z-abcdef" for i in range(3)]
        for name in names:
            (settings.SNAPSHOTS_DIR / name).mkdir(parents=True)
        clear_away()
        assert self.folders(settings.SNAPSHOTS_DIR) == names[-1:]

    def test_without_any_folder_there_is_nothing_to_do(self, settings):
        clear_away()
        assert not settings.MODELS_DIR.exists()
