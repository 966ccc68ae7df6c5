from django.urls import path

from marketplace.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.entries, name="entries"),
    path("published/", views.published, name="published"),
]
