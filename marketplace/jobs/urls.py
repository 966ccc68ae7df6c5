from django.urls import path

from marketplace.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.history, name="history"),
    path("upload/<str:kind>/", views.upload, name="upload"),
    path("make/<str:kind>/", views.start_file, name="start_file"),
    path("<uuid:job_id>/", views.job, name="job"),
    path("<uuid:job_id>/progress/", views.progress, name="progress"),
    path("<uuid:job_id>/apply/", views.apply, name="apply"),
    path("<uuid:job_id>/discard/", views.discard, name="discard"),
    path("<uuid:job_id>/mark/", views.mark, name="mark"),
    path("<uuid:job_id>/original/", views.original, name="original"),
    path("<uuid:job_id>/download/", views.download, name="download"),
]
