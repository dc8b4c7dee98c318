"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView

from moviesite.health import health

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("recommendations.urls")),
    path("", include("catalog.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("moviesite.api_urls")),
    path("health/", health, name="health"),
    path("robots.txt", TemplateView.as_view(template_name="robots.txt", content_type="text/plain")),
]

handler400 = "moviesite.error_pages.bad_request"
