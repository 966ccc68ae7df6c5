from django.urls import path

from api.openadr.api import api as openadr
from api.v1.api import api
from api.views import pages, token

app_name = "api"
urlpatterns = [
    path("oauth/token", token.token, name="token"),
    path("programs/", pages.programs, name="programs"),
    path("programs/requests/", pages.requests, name="requests"),
    path("api/docs/", pages.docs, name="docs"),
    path("api/problems/", pages.problems, name="problems"),
    path("api/changelog/", pages.changelog, name="changelog"),
    path("api/v1/openapi.json", pages.openapi, name="openapi"),
    path("api/v1/", api.urls),
    path("openadr3/3.1.0/auth/token", token.token, name="openadr_token"),
    path("openadr3/3.1.0/", openadr.urls),
]
