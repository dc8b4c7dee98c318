"""The owner's pages of trainings and versions."""

import re

import pytest
from django.contrib.auth.models import Permission

from recommendations.models import ModelVersion, TrainingRun
from tests.recommendations.planted import a_manifest, plant_artifact, tastes_of

pytestmark = pytest.mark.django_db
State = ModelVersion.State

RUNS = "/admin/recommendations/trainingrun/"
VERSIONS = "/admin/recommendations/modelversion/"


def act(client, address, action, *rows):
    return client.post(address, {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True)


@pytest.mark.parametrize("address", [RUNS, VERSIONS, f"{RUNS}retrain/"])
@pytest.mark.parametrize("who", ["stranger", "ada"])
def test_only_staff_gets_in(request, address, who):
    response = request.getfixturevalue(f"as_{who}").post(address)
    assert (response.status_code, "/admin/login/" in response["Location"]) == (302, True)
    assert TrainingRun.objects.count() == 0


def test_retraining_is_a_button_that_posts(as_owner, owner):
    page = as_owner.get(RUNS).content.decode()
    assert re.search(rf'<form method="post"\s+action="{RUNS}retrain/">', page)
    assert as_owner.get(f"{RUNS}retrain/").status_code == 405
    response = as_owner.post(f"{RUNS}retrain/", follow=True)
    run = TrainingRun.objects.get()
    assert (run.trigger, run.requested_by) == ("manual", owner)
    assert f"Training {run.pk} is queued" in response.content.decode()


def test_staff_that_may_only_look_cannot_retrain_or_activate(as_ada, ada, films):
    ada.is_staff = True
    ada.save()
    ada.user_permissions.set(
        Permission.objects.filter(codename__in=["view_trainingrun", "view_modelversion"])
    )
    assert "Retrain now" not in as_ada.get(RUNS).content.decode()
    assert as_ada.post(f"{RUNS}retrain/").status_code == 403
    plant_artifact("v1", tastes_of(films))
    version = ModelVersion.objects.create(version="v1")
    act(as_ada, VERSIONS, "make_active", version)
    version.refresh_from_db()
    assert (version.state, TrainingRun.objects.count()) == (State.CANDIDATE, 0)


def test_progress_is_shown_and_the_page_looks_again_while_something_is_under_way(as_owner):
    run = TrainingRun.objects.create(state="running", stage="fit", message="epoch 3", done=3, total=12)
    page = as_owner.get(RUNS).content.decode()
    assert '<progress value="0.25" max="1"></progress> fit 25%' in page
    assert 'hx-trigger="every 3s"' in page
    assert '<progress value="3" max="12" aria-label=' in page
    TrainingRun.objects.filter(pk=run.pk).update(state="failed", error="The disk is <full>.")
    assert as_owner.get(RUNS, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    page = as_owner.get(RUNS).content.decode()
    assert "every 3s" not in page
    assert "The disk is &lt;full&gt;." in page


def test_cancelling_what_runs_what_waits_and_what_has_ended(as_owner):
    running, waiting, ended = (TrainingRun.objects.create(state=s) for s in ("running", "queued", "failed"))
    page = act(as_owner, RUNS, "cancel", running, waiting, ended).content.decode()
    assert "2 of 3 asked to stop" in page
    states = {run.pk: (run.state, run.cancel_requested) for run in TrainingRun.objects.all()}
    assert states == {
        running.pk: ("running", True),
        waiting.pk: ("cancelled", False),
        ended.pk: ("failed", False),
    }


def test_versions_stand_beside_their_baselines(as_owner):
    ModelVersion.objects.create(version="v1", manifest=a_manifest("v1"))
    ModelVersion.objects.create(version="unjudged")
    page = as_owner.get(VERSIONS).content.decode()
    assert "0.2000 (0.1500)" in page
    assert "0.9000 (0.9500)" in page
    assert "400 ratings" in page


def test_rolling_back(as_owner, owner, active, films):
    plant_artifact("v2", tastes_of(films))
    old = ModelVersion.objects.create(version="v2", state=State.RETIRED)
    page = act(as_owner, VERSIONS, "make_active", old).content.decode()
    assert "Version v2 serves from the next request on." in page
    old.refresh_from_db()
    assert (old.state, old.activated_by) == (State.ACTIVE, owner)


def test_what_cannot_be_made_active_changes_nothing(as_owner, active):
    gone = ModelVersion.objects.create(version="gone", state=State.RETIRED)
    page = act(as_owner, VERSIONS, "make_active", gone).content.decode()
    assert "Nothing was changed. There is no artifact at" in page
    page = act(as_owner, VERSIONS, "make_active", gone, active).content.decode()
    assert "only one can be active" in page
    assert ModelVersion.objects.active() == active


def test_a_run_and_a_version_can_be_read_but_not_changed(as_owner, active):
    run = TrainingRun.objects.create()
    for address in (f"{RUNS}{run.pk}/change/", f"{VERSIONS}{active.pk}/change/"):
        page = as_owner.get(address).content.decode()
        assert 'name="_save"' not in page
        assert as_owner.post(address, {}).status_code == 403
    assert "claim" not in as_owner.get(f"{RUNS}{run.pk}/change/").content.decode().lower()
