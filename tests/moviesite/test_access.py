"""Who may see what: every address, asked by the whole cast. A new address fails here until it has a line."""

from dataclasses import dataclass

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import URLResolver, get_resolver

from accounts.deletion import delete_account
from accounts.models import ImportRow, RatingImport
from catalog.models import DataSet, ImportRun, Reviewer
from catalog.ratings import rate
from catalog.statistics.stored import refresh_statistics
from moviesite.web.runs import RunState
from tests.factories import make_data_set, make_movie

pytestmark = pytest.mark.django_db

OK, ELSEWHERE, MISSING, NOT_SO, PERSON = 200, 302, 404, 405, "sign in"

EVERYBODY = (OK, OK, OK, OK)
PEOPLE = (PERSON, OK, OK, OK)
STAFF = (PERSON, MISSING, MISSING, OK)  # nobody else learns that there is something
ADA_ALONE = (PERSON, OK, MISSING, MISSING)
POST_ALONE = (NOT_SO,) * 4
SIGNED_OUT_ALONE = (OK, ELSEWHERE, ELSEWHERE, ELSEWHERE)

ACCESS = {
    # What GET answers to a stranger, to Ada (whose things these are), to Bob and to the owner.
    "": EVERYBODY,
    "health/": EVERYBODY,
    "robots.txt": EVERYBODY,
    "how-it-works/": EVERYBODY,
    "movies/": EVERYBODY,
    "movies/suggestions/": (ELSEWHERE,) * 4,
    "movies/<int:movie_id>/": (301,) * 4,
    "movies/<int:movie_id>/<slug:slug>/": EVERYBODY,
    "movies/<int:movie_id>/rating/": POST_ALONE,
    "movies/<int:movie_id>/reviews/": EVERYBODY,
    "movies/<int:movie_id>/similar/": EVERYBODY,
    "movies/<int:movie_id>/prediction/": EVERYBODY,
    "movies/<int:movie_id>/why/": EVERYBODY,
    "movies/<int:movie_id>/standing/": EVERYBODY,
    "movies/<int:movie_id>/marks/<slug:kind>/": POST_ALONE,
    "watchlist/": EVERYBODY,  # a visitor's is in their session
    "hidden-films/": EVERYBODY,
    "quiz/": EVERYBODY,
    "picks/": EVERYBODY,
    "picks/list/": EVERYBODY,
    "data/": EVERYBODY,
    "data/<slug:name>.csv": EVERYBODY,
    "ratings/": EVERYBODY,  # each their own
    "because/": EVERYBODY,
    "taste/": PEOPLE,
    "ratings/compared/": EVERYBODY,
    "ratings/conflicts/": POST_ALONE,
    "ratings/track-record/": PEOPLE,
    "ratings/second-look/": PEOPLE,
    "ratings/second-look/settle/": POST_ALONE,
    "account/": PEOPLE,
    "account/learning/": (PERSON, NOT_SO, NOT_SO, NOT_SO),
    "account/sign-out-everywhere/": (PERSON, NOT_SO, NOT_SO, NOT_SO),
    "account/all.json": PEOPLE,
    "account/<slug:name>.csv": PEOPLE,
    "account/delete/": PEOPLE,
    "account/deleted/<str:token>/": EVERYBODY,  # whoever has the receipt: it names nobody
    "account/import/": PEOPLE,
    "account/import/<int:import_id>/": ADA_ALONE,
    "account/import/<int:import_id>/rows/<int:row_id>/": ADA_ALONE,
    "account/import/<int:import_id>/suggestions/": POST_ALONE,
    "account/import/<int:import_id>/confirm/": POST_ALONE,
    "account/import/<int:import_id>/remove/": POST_ALONE,
    "account/import/<int:import_id>/not-taken.csv": ADA_ALONE,
    "imports/": STAFF,
    "imports/new/": STAFF,
    "imports/<int:run_id>/": STAFF,
    "imports/<int:run_id>/pause/": POST_ALONE,
    "imports/<int:run_id>/resume/": POST_ALONE,
    "imports/<int:run_id>/cancel/": POST_ALONE,
    "imports/<int:run_id>/repeat/": POST_ALONE,
    "imports/<int:run_id>/bad-lines.csv": (PERSON, MISSING, MISSING, MISSING),  # it has none
    "imports/data-sets/": STAFF,
    "imports/data-sets/<int:data_set_id>/remove/": STAFF,
    "accounts/login/": SIGNED_OUT_ALONE,
    "accounts/signup/": SIGNED_OUT_ALONE,
    "accounts/logout/": (ELSEWHERE, OK, OK, OK),
    "accounts/inactive/": EVERYBODY,
    "accounts/reauthenticate/": PEOPLE,
    "accounts/email/": PEOPLE,
    "accounts/confirm-email/": EVERYBODY,
    "accounts/password/change/": PEOPLE,
    "accounts/password/set/": (PERSON, ELSEWHERE, ELSEWHERE, ELSEWHERE),  # they have one
    "accounts/password/reset/": EVERYBODY,
    "accounts/password/reset/done/": EVERYBODY,
    "accounts/password/reset/key/done/": EVERYBODY,
    "accounts/login/code/confirm/": (ELSEWHERE,) * 4,
    "accounts/^confirm-email/(?P<key>[-:\\w]+)/$": EVERYBODY,
    "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": EVERYBODY,
    "accounts/2fa/": PEOPLE,
    "accounts/2fa/authenticate/": (ELSEWHERE,) * 4,
    "accounts/2fa/reauthenticate/": (PERSON, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "accounts/2fa/totp/activate/": (PERSON, ELSEWHERE, ELSEWHERE, ELSEWHERE),  # the password once more
    "accounts/2fa/totp/deactivate/": (PERSON, MISSING, MISSING, MISSING),
    "accounts/2fa/recovery-codes/": (PERSON, MISSING, MISSING, MISSING),
    "accounts/2fa/recovery-codes/generate/": (PERSON, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "accounts/2fa/recovery-codes/download/": (PERSON, MISSING, MISSING, MISSING),
    "accounts/sessions/": PEOPLE,
}

NOT_FOR_BOB = {
    # What POST answers to him; to a stranger it says to sign in.
    "account/import/<int:import_id>/": NOT_SO,
    "account/import/<int:import_id>/rows/<int:row_id>/": MISSING,
    "account/import/<int:import_id>/suggestions/": MISSING,
    "account/import/<int:import_id>/confirm/": MISSING,
    "account/import/<int:import_id>/remove/": MISSING,
    "imports/new/": MISSING,
    "imports/<int:run_id>/pause/": MISSING,
    "imports/<int:run_id>/resume/": MISSING,
    "imports/<int:run_id>/cancel/": MISSING,
    "imports/<int:run_id>/repeat/": MISSING,
    "imports/data-sets/<int:data_set_id>/remove/": MISSING,
}


@dataclass(frozen=True)
class Words:
    """What stands in the places of an address; `places` by their names."""

    places: dict[str, object]

    def fill(self, route: str) -> str:
        if "^" in route:
            start, _, rest = route.partition("^")
            return (
                "/"
                + start
                + ("confirm-email/no-key/" if "confirm" in rest else "password/reset/key/1-no-key/")
            )
        for name, value in self.places.items():
            for kind in ("int", "slug", "str", "uuid"):
                route = route.replace(f"<{kind}:{name}>", str(value))
        assert "<" not in route, f"nothing to put into {route}"
        return "/" + route


@pytest.fixture
def words(ada, bob, django_user_model):
    movie = make_movie("Alien")
    rate(Reviewer.objects.for_user(ada), movie, 9)
    refresh_statistics()
    brought = RatingImport.objects.create(
        user=ada, source="letterboxd", state=RunState.PAUSED, phase=RatingImport.Phase.REVIEW
    )
    row = ImportRow.objects.create(rating_import=brought, title="Solaris", half_stars=8)
    gone = django_user_model.objects.create_user("gone", password="gone-password")
    EmailAddress.objects.create(user=bob, email="bob@example.org", verified=True, primary=True)
    return Words(
        {
            "movie_id": movie.pk,
            "kind": "watchlist",
            "slug": "alien",
            "name": "stars",
            "import_id": brought.pk,
            "row_id": row.pk,
            "run_id": ImportRun.objects.create(data_set=make_data_set(), source="amazon").pk,
            "data_set_id": DataSet.objects.get().pk,
            "token": delete_account(gone).token(),
        }
    )


def routes(resolver=None, prefix=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        elif not route.startswith(("admin/", "api/")):  # with tests of their own
            yield route


def address(words, route):
    if route == "account/<slug:name>.csv":
        return "/account/ratings.csv"
    return words.fill(route)


def outcome(response):
    signs_in = response.status_code == ELSEWHERE and response["Location"].startswith("/accounts/login/?next=")
    return PERSON if signs_in else response.status_code


def test_every_address_has_a_line():
    assert sorted(set(routes())) == sorted(ACCESS)


@pytest.mark.parametrize(("place", "who"), list(enumerate(["stranger", "ada", "bob", "owner"])))
def test_what_each_of_the_cast_may_see(place, who, words, request):
    client = request.getfixturevalue(f"as_{who}")
    seen = {route: outcome(client.get(address(words, route))) for route in sorted(ACCESS, key=len)}
    assert seen == {route: ACCESS[route][place] for route in seen}


@pytest.mark.parametrize("route", NOT_FOR_BOB)
def test_what_is_adas_or_the_owners_is_not_changed_by_others(route, words, as_bob, as_stranger):
    assert outcome(as_bob.post(address(words, route))) == NOT_FOR_BOB[route]
    assert outcome(as_stranger.post(address(words, route))) in (PERSON, NOT_SO)


def test_nothing_is_changed_without_the_token_of_a_form(words, owner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    taken = {route: client.post(address(words, route)).status_code for route in ACCESS}
    assert {route: status for route, status in taken.items() if status != 403} == {}
