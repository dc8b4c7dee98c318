from django.urls import path

from catalog.imports import data_set_views, views

urlpatterns = [
    path("", views.import_list, name="import-list"),
    path("new/", views.import_new, name="import-new"),
    path("<int:run_id>/", views.import_detail, name="import-detail"),
    path("<int:run_id>/pause/", views.import_pause, name="import-pause"),
    path("<int:run_id>/resume/", views.import_resume, name="import-resume"),
    path("<int:run_id>/cancel/", views.import_cancel, name="import-cancel"),
    path("<int:run_id>/repeat/", views.import_repeat, name="import-repeat"),
    path("<int:run_id>/bad-lines.csv", views.import_report, name="import-report"),
    path("data-sets/", data_set_views.data_set_list, name="data-set-list"),
    path("data-sets/<int:data_set_id>/remove/", data_set_views.data_set_remove, name="data-set-remove"),
]
