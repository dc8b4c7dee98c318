from django.urls import include, path

from catalog import data_views, views

urlpatterns = [
    path("data/", data_views.data, name="data"),
    path("data/<slug:name>.csv", data_views.data_table, name="data-table"),
    path("imports/", include("catalog.imports.urls")),
    path("movies/", views.movie_list, name="movie-list"),
    path("movies/suggestions/", views.movie_suggestions, name="movie-suggestions"),
    path("movies/<int:movie_id>/", views.movie_detail),
    path("movies/<int:movie_id>/rating/", views.movie_rate, name="movie-rate"),
    path("movies/<int:movie_id>/reviews/", views.movie_reviews, name="movie-reviews"),
    path("movies/<int:movie_id>/<slug:slug>/", views.movie_detail, name="movie-detail"),
]
