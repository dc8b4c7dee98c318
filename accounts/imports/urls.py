from django.urls import path

from accounts.imports import views

urlpatterns = [
    path("", views.rating_import_new, name="rating-import-new"),
    path("<int:import_id>/", views.rating_import_detail, name="rating-import-detail"),
    path("<int:import_id>/rows/<int:row_id>/", views.rating_import_row, name="rating-import-row"),
    path("<int:import_id>/suggestions/", views.rating_import_suggestions, name="rating-import-suggestions"),
    path("<int:import_id>/confirm/", views.rating_import_confirm, name="rating-import-confirm"),
    path("<int:import_id>/remove/", views.rating_import_remove, name="rating-import-remove"),
    path("<int:import_id>/not-taken.csv", views.rating_import_report, name="rating-import-report"),
]
