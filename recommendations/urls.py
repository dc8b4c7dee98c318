from django.urls import path

from recommendations import mark_views, quiz_views, track_views, views

urlpatterns = [
    path("quiz/", quiz_views.quiz, name="quiz"),
    path("picks/", views.picks, name="picks"),
    path("picks/list/", views.picks_list, name="picks-list"),
    path("ratings/track-record/", track_views.track_record, name="track-record"),
    path("ratings/second-look/", track_views.second_look_list, name="second-look"),
    path("ratings/second-look/settle/", track_views.second_look_settle, name="second-look-settle"),
    path("watchlist/", mark_views.watchlist, name="watchlist"),
    path("hidden-films/", mark_views.hidden_films, name="hidden-films"),
    path("movies/<int:movie_id>/marks/<slug:kind>/", mark_views.movie_mark, name="movie-mark"),
    path("movies/<int:movie_id>/similar/", views.movie_similar, name="movie-similar"),
    path("movies/<int:movie_id>/prediction/", views.movie_prediction, name="movie-prediction"),
    path("movies/<int:movie_id>/why/", views.movie_why, name="movie-why"),
    path("movies/<int:movie_id>/standing/", views.movie_standing, name="movie-standing"),
]
