from django.urls import path
from django.views.generic import TemplateView

from accounts import views

urlpatterns = [
    path("", views.home, name="home"),
    path("ratings/", views.my_ratings, name="my-ratings"),
    path(
        "how-it-works/", TemplateView.as_view(template_name="accounts/how_it_works.html"), name="how-it-works"
    ),
]
