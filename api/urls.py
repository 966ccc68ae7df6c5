from django.urls import path

from api import token, views
from api.v1.api import api

app_name = "api"
urlpatterns = [
    path("oauth/token", token.token, name="token"),
    path("programs/", views.programs, name="programs"),
    path("programs/requests/", views.requests, name="requests"),
    path("api/docs/", views.docs, name="docs"),
    path("api/problems/", views.problems, name="problems"),
    path("api/changelog/", views.changelog, name="changelog"),
    path("api/v1/openapi.json", views.openapi, name="openapi"),
    path("api/v1/", api.urls),
]
