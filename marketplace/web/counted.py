"""What is counted of requests, by view: all addresses of bids count as one, so that nobody reads off who is busy
with what before a close."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django_prometheus.middleware import PrometheusAfterMiddleware

from marketplace.web.request_log import OF_BIDS

BIDS = "of bids"
NAMES = ("view", "templatename")


class CountedByView(PrometheusAfterMiddleware):  # type: ignore[misc]
    """As the library's own, but for the names."""

    def label_metric(
        self, metric: Any, request: HttpRequest, response: HttpResponse | None = None, **labels: Any
    ) -> Any:
        """The metric under these labels; names of views and templates that are of bids become one name."""
        shown = {
            label: BIDS if label in NAMES and OF_BIDS.search(str(value)) else value
            for label, value in labels.items()
        }
        return super().label_metric(metric, request, response, **shown)
