from django.urls import path

from catalog.api import views

urlpatterns = [
    path("movies/", views.MovieList.as_view(), name="api-movie-list"),
    path("movies/<int:movie_id>/", views.MovieDetail.as_view(), name="api-movie-detail"),
    path("movies/<int:movie_id>/rating/", views.MovieRating.as_view(), name="api-movie-rating"),
    path("ratings/", views.RatingList.as_view(), name="api-rating-list"),
]
