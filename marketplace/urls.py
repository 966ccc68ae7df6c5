from importlib.util import find_spec

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from marketplace import probes
from marketplace.web import views

APPS = {
    "views/": "marketplace.web.urls",
    "audit/": "marketplace.audit.urls",
    "jobs/": "marketplace.jobs.urls",
    "notifications/": "marketplace.notifications.urls",
    "": "accounts.urls",
    "competitions/": "competitions.urls",
    "market-data/": "competitions.market_urls",
    "qualification/": "qualification.urls",
    "bidding/": "bidding.urls",
    "contracts/": "contracts.urls",
    "operations/": "operations.urls",
    "settlement/": "settlement.urls",
}
PROGRAMS = "api.urls"
"""Pages about programs and what these talk to; its addresses begin at the root, as others expect them."""

handler429 = "accounts.sign_in.limits.too_many_requests"
handler403 = "marketplace.web.errors.permission_denied"
handler500 = "marketplace.web.errors.server_error"
# Admins sign in where everybody does: same limits on tries, same checks.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", probes.healthz),
    path("readyz", probes.readyz),
    path("metrics", probes.metrics),
    path("search/", views.search, name="search"),
    path("help/", views.help_index, name="help"),
    path("help/<slug:name>/", views.help_guide, name="help_guide"),
    path("how-it-works/", views.how_it_works, name="how_it_works"),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.sign_in_urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("", include(PROGRAMS)),
    *(path(prefix, include(urls)) for prefix, urls in APPS.items() if find_spec(urls)),
]
