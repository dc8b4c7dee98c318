from django.urls import path

from recommendations.api import mark_views, views

urlpatterns = [
    path("recommendations/", views.Recommendations.as_view(), name="api-recommendations"),
    path("marks/", mark_views.MarkList.as_view(), name="api-mark-list"),
    path("movies/<int:movie_id>/marks/<str:kind>/", mark_views.MovieMark.as_view(), name="api-movie-mark"),
    path("movies/<int:movie_id>/standing/", views.MovieStanding.as_view(), name="api-movie-standing"),
    path("movies/<int:movie_id>/similar/", views.SimilarMovies.as_view(), name="api-movie-similar"),
]
