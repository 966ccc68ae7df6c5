from django.urls import path

from api.openadr.api import api as openadr
from api.picloflex.api import api as picloflex
from api.picloflex.api import authtoken, no_address
from api.v1.api import api
from api.views import pages, token, webhooks

app_name = "api"
urlpatterns = [
    path("oauth/token", token.token, name="token"),
    path("programs/", pages.programs, name="programs"),
    path("programs/requests/", pages.requests, name="requests"),
    path("programs/webhooks/", webhooks.webhooks, name="webhooks"),
    path("programs/webhooks/new/", webhooks.webhook_new, name="webhook_new"),
    path("programs/webhooks/<uuid:webhook_id>/", webhooks.webhook, name="webhook"),
    path("programs/webhooks/<uuid:webhook_id>/switch/", webhooks.webhook_switch, name="webhook_switch"),
    path("programs/webhooks/<uuid:webhook_id>/secret/", webhooks.webhook_secret, name="webhook_secret"),
    path("programs/webhooks/<uuid:webhook_id>/test/", webhooks.webhook_test, name="webhook_test"),
    path("programs/webhooks/<uuid:webhook_id>/replay/", webhooks.webhook_replay, name="webhook_replay"),
    path("programs/webhooks/<uuid:webhook_id>/remove/", webhooks.webhook_remove, name="webhook_remove"),
    path(
        "programs/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/",
        webhooks.webhook_delivery,
        name="webhook_delivery",
    ),
    path(
        "programs/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/replay/",
        webhooks.webhook_delivery_replay,
        name="webhook_delivery_replay",
    ),
    path("api/docs/", pages.docs, name="docs"),
    path("api/problems/", pages.problems, name="problems"),
    path("api/changelog/", pages.changelog, name="changelog"),
    path("api/v1/openapi.json", pages.openapi, name="openapi"),
    path("api/v1/", api.urls),
    path("openadr3/3.1.0/auth/token", token.token, name="openadr_token"),
    path("openadr3/3.1.0/", openadr.urls),
    path("picloflex/authtoken/v1/", authtoken, name="picloflex_token"),
    path("picloflex/", picloflex.urls),
    path("picloflex", no_address, name="picloflex_without_slash"),
    path("picloflex/<path:rest>", no_address, name="picloflex_nowhere"),
]
