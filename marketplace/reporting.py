"""Errors to Sentry and traces to OpenTelemetry: only where the installation names a receiver and has the package.

Off by default; the packages are the extras ``sentry`` and ``tracing``. What leaves is scrubbed down to what shows
where the code failed: no body, cookie, query, header with a secret, local variable, SQL value, address or e-mail.
"""

import importlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured

from marketplace import request_ids

log = structlog.get_logger(__name__)

KEPT_OF_REQUEST = frozenset({"method"})
KEPT_HEADERS = frozenset({"Accept", "Content-Length", "Content-Type", "Host"})
KEPT_TAGS = frozenset({"request_id", "job", "task", "transaction", "server_name", "level", "logger"})
KEPT_CONTEXTS = frozenset({"runtime", "os", "trace"})
KEPT_OF_FRAME = frozenset({"filename", "abs_path", "function", "module", "lineno", "in_app", "context_line"})
KEPT_ATTRIBUTES = ("http.method", "http.request.method", "http.route", "http.status_code", "http.response.status_code",
                   "celery.action", "celery.task_name", "messaging.destination", request_ids.NAME)  # fmt: skip
TYPED = re.compile(r"[^\s@'\"<>]+@[^\s@'\"<>]+|'[^']*'|\"[^\"]*\"|\d[\d.,]*|DETAIL:.*", re.DOTALL)


def scrubbed(event: Mapping[str, Any], hint: object = None) -> dict[str, Any]:
    """A new event for Sentry with what may leave of this one; used before every one is sent."""
    told = {
        key: event[key]
        for key in (
            "event_id",
            "timestamp",
            "platform",
            "level",
            "logger",
            "release",
            "environment",
            "sdk",
            "type",
        )
        if key in event
    }
    request = event.get("request") or {}
    told["request"] = {key: request[key] for key in KEPT_OF_REQUEST if key in request} | {
        "headers": {key: text for key, text in (request.get("headers") or {}).items() if key in KEPT_HEADERS}
    }
    told["tags"] = {key: text for key, text in dict(event.get("tags") or {}).items() if key in KEPT_TAGS}
    if (request_id := request_ids.current()) is not None:
        told["tags"][request_ids.NAME] = str(request_id)
    told["contexts"] = {
        key: value for key, value in (event.get("contexts") or {}).items() if key in KEPT_CONTEXTS
    }
    values = (event.get("exception") or {}).get("values") or []
    told["exception"] = {"values": [_without_values(each) for each in values]}
    if "logentry" in event:
        told["logentry"] = {"message": _words(str((event["logentry"] or {}).get("message", "")))}
    return told


def dropped(crumb: object, hint: object = None) -> None:
    """No breadcrumb is kept: they hold SQL, log lines and addresses."""


def _without_values(error: Mapping[str, Any]) -> dict[str, Any]:
    frames = (error.get("stacktrace") or {}).get("frames") or []
    return {
        "type": error.get("type"),
        "module": error.get("module"),
        "value": _words(str(error.get("value") or "")),
        "stacktrace": {
            "frames": [{key: frame[key] for key in KEPT_OF_FRAME if key in frame} for frame in frames]
        },
    }


def _words(text: str) -> str:
    """The words of a message without what may have been typed: quoted text, numbers, e-mail addresses."""
    return TYPED.sub("…", text)


class Scrubbing:
    """Hands spans on to an exporter with method, route and status alone; no event, since one holds an exception's
    words."""

    def __init__(self, exporter: Any, make_span: Any, make_status: Any) -> None:
        self._exporter, self._make_span, self._make_status = exporter, make_span, make_status

    def export(self, spans: Iterable[Any]) -> Any:
        """What the exporter says of the spans that may leave."""
        return self._exporter.export([self._bare(span) for span in spans])

    def _bare(self, span: Any) -> Any:
        attributes = span.attributes or {}
        return self._make_span(
            name=span.name,
            context=span.context,
            parent=span.parent,
            resource=span.resource,
            attributes={name: attributes[name] for name in KEPT_ATTRIBUTES if name in attributes},
            kind=span.kind,
            status=self._make_status(span.status.status_code),
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )

    def shutdown(self) -> None:
        """End the exporter."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Whether all was handed on."""
        return bool(self._exporter.force_flush(timeout_millis))


class Tagging:
    """Gives each span the id of the request that it belongs to, in web, in the message to the queue and in the worker's
    task alike."""

    def on_start(self, span: Any, parent_context: object = None) -> None:
        """Called with each new span."""
        if (request_id := request_ids.current()) is not None:
            span.set_attribute(request_ids.NAME, str(request_id))

    def _on_ending(self, span: Any) -> None:
        """Nothing more is told at the end."""

    def on_end(self, span: Any) -> None:
        """Nothing more is told at the end."""

    def shutdown(self) -> None:
        """Nothing is held."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is held."""
        return True


_current_span: Callable[[], Any] | None = None


def tag_current_span() -> None:
    """Give the id to the span that began before the request had one; nothing where no traces are made."""
    if _current_span is not None:
        Tagging().on_start(_current_span())


def start(*, sentry_dsn: str, otlp_endpoint: str) -> None:
    """Begin to report where receivers are named. Raises ``ImproperlyConfigured`` for one whose package is not
    installed."""
    if sentry_dsn:
        _start_sentry(sentry_dsn)
    if otlp_endpoint:
        _start_tracing(otlp_endpoint)


def _start_sentry(dsn: str) -> None:
    sentry = _installed("sentry_sdk", "sentry")
    sentry.init(
        dsn=dsn,
        before_send=scrubbed,
        before_send_transaction=lambda event, hint: None,
        before_breadcrumb=dropped,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=0,
    )
    log.info("sentry_started")


def _start_tracing(endpoint: str) -> None:
    global _current_span
    trace = _installed("opentelemetry.trace", "tracing")
    sdk = _installed("opentelemetry.sdk.trace", "tracing")
    batches = _installed("opentelemetry.sdk.trace.export", "tracing")
    exporter = _installed("opentelemetry.exporter.otlp.proto.http.trace_exporter", "tracing")
    django = _installed("opentelemetry.instrumentation.django", "tracing")
    celery = _installed("opentelemetry.instrumentation.celery", "tracing")
    provider = sdk.TracerProvider()
    provider.add_span_processor(Tagging())
    bare = Scrubbing(exporter.OTLPSpanExporter(endpoint=endpoint), sdk.ReadableSpan, trace.Status)
    provider.add_span_processor(batches.BatchSpanProcessor(bare))
    trace.set_tracer_provider(provider)
    django.DjangoInstrumentor().instrument()
    celery.CeleryInstrumentor().instrument()
    _current_span = trace.get_current_span
    log.info("tracing_started")


def _installed(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"{module} is not installed: pip install the extra {extra!r}, or leave its setting empty."
        ) from error
