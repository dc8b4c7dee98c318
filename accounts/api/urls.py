from django.urls import path

from accounts.api import views

urlpatterns = [
    path("tokens/", views.TokenCreate.as_view(), name="api-token-create"),
    path("tokens/current/", views.TokenCurrent.as_view(), name="api-token-current"),
]
