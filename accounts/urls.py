from django.urls import include, path

from accounts import account_views, rating_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("because/", views.because, name="because"),
    path("ratings/", rating_views.my_ratings, name="my-ratings"),
    path("ratings/compared/", rating_views.compared, name="ratings-compared"),
    path("ratings/conflicts/", rating_views.rating_conflicts, name="rating-conflicts"),
    path("taste/", rating_views.taste, name="taste"),
    path("account/", account_views.account, name="account"),
    path("account/learning/", account_views.training_choice, name="training-choice"),
    path("account/sign-out-everywhere/", account_views.sign_out_everywhere, name="sign-out-everywhere"),
    path("account/all.json", account_views.account_json, name="account-json"),
    path("account/<slug:name>.csv", account_views.account_table, name="account-table"),
    path("account/delete/", account_views.account_delete, name="account-delete"),
    path("account/deleted/<str:token>/", account_views.account_deleted, name="account-deleted"),
    path("account/import/", include("accounts.imports.urls")),
    path("how-it-works/", views.how_it_works, name="how-it-works"),
]
