from django.urls import path

from recommendations import views

urlpatterns = [
    path("picks/", views.picks, name="picks"),
    path("picks/list/", views.picks_list, name="picks-list"),
    path("movies/<int:movie_id>/similar/", views.movie_similar, name="movie-similar"),
    path("movies/<int:movie_id>/prediction/", views.movie_prediction, name="movie-prediction"),
]
