"""Every address of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView

from moviesite.health import health

# One door: with its limits, and the second factor of those who have one.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

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
