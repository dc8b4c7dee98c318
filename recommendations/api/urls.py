from django.urls import path

from recommendations.api import views

urlpatterns = [
    path("recommendations/", views.Recommendations.as_view(), name="api-recommendations"),
    path("movies/<int:movie_id>/similar/", views.SimilarMovies.as_view(), name="api-movie-similar"),
]
