"""The web process answers with a real model and stays small: no learning library, not even indirectly."""

import json
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
KEPT_OUT = {"tensorflow", "keras", "keras_rs", "torch", "jax", "pandas", "scipy", "sklearn"}

SCRIPT = """
import gc, json, sys
from moviesite.wsgi import application

before_any_request = {
    "views": {"catalog.api.views", "recommendations.views"} <= set(sys.modules),
    "frozen": gc.get_freeze_count() > 100_000,
}
from django.core.management import call_command
from django.test import Client

call_command("migrate", verbosity=0)
from django.contrib.auth.models import User
from catalog.models import Reviewer
from catalog.ratings import rate
from tests.factories import make_movie
from tests.recommendations.planted import plant_active, tastes_of

films = [make_movie(f"Film {i}") for i in range(8)]
plant_active("v1", tastes_of(films))
ada = User.objects.create_user("ada")
rate(Reviewer.objects.for_user(ada), films[0], 10)
client = Client(headers={"host": "127.0.0.1"})
client.force_login(ada)
answer = client.get("/api/v1/recommendations/").json()
similar = client.get(f"/api/v1/movies/{films[0].pk}/similar/").json()
print(json.dumps({
    "sources": [answer["source"], similar["source"]],
    **before_any_request,
    "modules": sorted({name.partition(".")[0] for name in sys.modules}),
}))
"""


def test_picks_from_a_model_load_no_learning_library(tmp_path):
    """And what web workers can share is there, out of the garbage collector's reach, before they are forked."""
    environment = {
        **os.environ,
        "SECRET_KEY": "only-for-tests",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
    }
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["sources"] == ["model", "model"]
    assert seen["views"]
    assert seen["frozen"]
    assert "numpy" in seen["modules"]
    assert not KEPT_OUT & set(seen["modules"])
