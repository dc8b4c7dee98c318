"""The API as a whole: who may do what, its document, its page, and addresses that are none."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver

from moviesite import api_urls
from tests.factories import make_movie

pytestmark = pytest.mark.django_db

OK, CREATED, GONE, SIGN_IN, MAY_NOT = 200, 201, 204, 401, 405

# For each route: method -> what a stranger gets, and what Ada, Bob and the owner get.
ACCESS = {
    "": {"get": (OK, OK)},
    "v1/schema/": {"get": (OK, OK)},
    "v1/tokens/": {"get": (MAY_NOT, MAY_NOT), "post": (400, 400)},
    "v1/tokens/current/": {"delete": (SIGN_IN, SIGN_IN)},  # only a token may end itself
    "v1/movies/": {"get": (OK, OK), "post": (SIGN_IN, MAY_NOT)},
    "v1/movies/<int:movie_id>/": {"get": (OK, OK), "put": (SIGN_IN, MAY_NOT), "delete": (SIGN_IN, MAY_NOT)},
    "v1/movies/<int:movie_id>/rating/": {
        "put": (SIGN_IN, OK),
        "get": (SIGN_IN, OK),
        "post": (SIGN_IN, MAY_NOT),
        "delete": (SIGN_IN, GONE),
    },
    "v1/ratings/": {"get": (SIGN_IN, OK), "post": (SIGN_IN, MAY_NOT)},
    "v1/recommendations/": {"get": (OK, OK), "post": (SIGN_IN, MAY_NOT)},
    "v1/marks/": {"get": (SIGN_IN, OK), "post": (SIGN_IN, MAY_NOT)},
    "v1/movies/<int:movie_id>/marks/<str:kind>/": {
        "put": (SIGN_IN, OK),
        "get": (SIGN_IN, MAY_NOT),
        "delete": (SIGN_IN, GONE),
    },
    "v1/movies/<int:movie_id>/standing/": {"get": (OK, OK), "post": (SIGN_IN, MAY_NOT)},
    "v1/movies/<int:movie_id>/similar/": {"get": (OK, OK), "post": (SIGN_IN, MAY_NOT)},
}


def routes(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern) and pattern.callback is not api_urls.nothing_here:
            yield prefix + str(pattern.pattern)


def test_the_table_of_access_names_every_route():
    assert set(routes(api_urls.urlpatterns)) == set(ACCESS)


@pytest.mark.parametrize("who", ["stranger", "ada", "bob", "owner"])
@pytest.mark.parametrize("route", ACCESS)
def test_who_may_do_what(request, route, who):
    client = request.getfixturevalue(f"as_{who}")
    address = "/api/" + route.replace("<int:movie_id>", str(make_movie().pk)).replace("<str:kind>", "seen")
    for method, (stranger_gets, others_get) in ACCESS[route].items():
        response = getattr(client, method)(address, {"stars": 4}, content_type="application/json")
        assert response.status_code == (stranger_gets if who == "stranger" else others_get), method


def test_a_session_needs_its_csrf_token_to_write(ada):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada)
    address = f"/api/v1/movies/{make_movie().pk}/rating/"
    assert browser.put(address, {"stars": 4}, content_type="application/json").status_code == 403
    assert browser.delete(address).status_code == 403


class TestDocument:
    def test_it_is_valid_and_made_without_a_warning(self):
        call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())

    def test_it_names_every_resource(self, client):
        document = client.get("/api/v1/schema/", headers={"Accept": "application/json"}).json()
        parts = {"{movie_id}": "<int:movie_id>", "{kind}": "<str:kind>"}
        documented = set()
        for path in document["paths"]:
            for told, routed in parts.items():
                path = path.replace(told, routed)
            documented.add(path)
        assert documented == {f"/api/{route}" for route in ACCESS if route.startswith("v1/")} - {
            "/api/v1/schema/"
        }
        stars = document["components"]["schemas"]["Stars"]["properties"]["stars"]
        assert stars == {"type": "number", "minimum": 0.5, "maximum": 5, "multipleOf": 0.5}

    def test_its_page_runs_under_the_strict_policy_on_files_of_this_site(self, client):
        page = client.get("/api/")
        text = page.content.decode()
        assert "script-src 'self'" in page["Content-Security-Policy"]
        assert "<style" not in text
        assert "<script>" not in text
        assert "https://" not in text
        script = client.get("/api/?script=")
        assert script["Content-Type"].startswith("application/javascript")
        assert (
            "/api/v1/schema/" in script.content.decode().replace("\\u002D", "-")
            or "v1/schema" in script.content.decode()
        )


class TestAddressesThatAreNone:
    @pytest.mark.parametrize(
        "path", ["nothing", "v1/nothing/", "v1/movies/abc/", "v2/movies/", "v1/movies/1/rating/x"]
    )
    def test_404_is_json(self, client, path):
        response = client.get(f"/api/{path}")
        assert (response.status_code, response["Content-Type"]) == (404, "application/json")
        assert response.json() == {"detail": f"There is nothing at /api/{path}."}

    def test_a_forgotten_last_slash_keeps_method_and_body(self, as_ada):
        movie = make_movie()
        response = as_ada.put(
            f"/api/v1/movies/{movie.pk}/rating?x=1", json.dumps({"stars": 4}), content_type="application/json"
        )
        assert (response.status_code, response["Location"]) == (308, f"/api/v1/movies/{movie.pk}/rating/?x=1")
