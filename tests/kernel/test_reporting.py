"""What leaves to Sentry or OpenTelemetry, where somebody turns them on: where the code failed, and nothing that was
typed."""

import json
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured

from marketplace import reporting, request_ids

ID = "0a4f5a8e-5a4e-4b9a-8a3e-6d2f5f3c9b10"
SECRETS = (
    "a.person@provider.example",
    "123.45",
    "eyJhbGciOi",
    "sessionid-value",
    "Bid of North Ltd",
    "198.51.100.7",
)


def event():
    mail, price, token, session, bid, address = SECRETS
    return {
        "event_id": "e",
        "level": "error",
        "platform": "python",
        "user": {"id": 1, "email": mail, "ip_address": address},
        "request": {
            "method": "POST",
            "url": f"https://marketplace.example/accounts/invitation/{token}/",
            "query_string": f"price={price}",
            "data": {"price": price},
            "cookies": {"sessionid": session},
            "headers": {"Cookie": session, "Authorization": f"Bearer {token}", "Content-Type": "text/html"},
            "env": {"REMOTE_ADDR": address},
        },
        "exception": {
            "values": [
                {
                    "type": "IntegrityError",
                    "value": f'duplicate key violates "bid_once"\nDETAIL: Key (price, name)=({price}, {bid}) exists.',
                    "stacktrace": {
                        "frames": [
                            {
                                "filename": "bidding/x.py",
                                "lineno": 3,
                                "function": "submit",
                                "vars": {"price": price},
                            }
                        ]
                    },
                }
            ]
        },
        "breadcrumbs": {"values": [{"message": f"INSERT INTO bid VALUES ({price})"}]},
        "extra": {"sys.argv": [token], "celery-job": {"args": [bid]}},
        "tags": {"request_id": "0a4f", "email": mail},
        "contexts": {"runtime": {"name": "CPython"}, "bid": {"price": price}},
        "logentry": {"message": f"Bid '{bid}' of {mail} at {price} failed", "params": [price]},
        "server_name": "web-1",
        "threads": {"values": [{"name": token}]},
    }


def test_what_goes_to_sentry_tells_where_it_failed_and_nothing_that_was_typed():
    with request_ids.under(ID):
        told = reporting.scrubbed(event())
    text = json.dumps(told)
    assert [each for each in SECRETS if each in text] == []
    assert told["tags"] == {"request_id": ID}
    [error] = told["exception"]["values"]
    assert error["type"] == "IntegrityError"
    assert error["stacktrace"]["frames"] == [{"filename": "bidding/x.py", "lineno": 3, "function": "submit"}]
    assert error["value"].startswith("duplicate key violates …")
    assert told["request"] == {"method": "POST", "headers": {"Content-Type": "text/html"}}


def test_nothing_of_an_event_goes_that_nobody_thought_of():
    assert "new_part" not in reporting.scrubbed(event() | {"new_part": SECRETS[1]})
    assert reporting.scrubbed({}) == {
        "request": {"headers": {}},
        "tags": {},
        "contexts": {},
        "exception": {"values": []},
    }


def test_a_span_goes_with_method_route_and_status_alone():
    sent = []
    span = SimpleNamespace(
        name="GET bidding/<uuid:pk>/", context=1, parent=None, resource=2, kind=3, start_time=4, end_time=5,
        instrumentation_scope=6, status=SimpleNamespace(status_code="error", description=SECRETS[1]),
        events=[SECRETS[4]],
        attributes={"http.method": "GET", "http.target": f"/x/?token={SECRETS[2]}", "http.route": "bidding/<uuid:pk>/"},
    )  # fmt: skip
    exporter = SimpleNamespace(export=sent.extend)
    reporting.Scrubbing(exporter, lambda **told: told, lambda code: code).export([span])
    [told] = sent
    assert told["attributes"] == {"http.method": "GET", "http.route": "bidding/<uuid:pk>/"}
    assert [each for each in SECRETS if each in str(told)] == []


def test_nothing_starts_unless_it_is_named_and_a_missing_package_is_said(monkeypatch):
    asked = []

    def away(module):
        asked.append(module)
        raise ImportError

    monkeypatch.setattr(reporting.importlib, "import_module", away)
    reporting.start(sentry_dsn="", otlp_endpoint="")
    assert asked == []
    with pytest.raises(ImproperlyConfigured, match="'sentry'"):
        reporting.start(sentry_dsn="https://key@sentry.example/1", otlp_endpoint="")
    with pytest.raises(ImproperlyConfigured, match="'tracing'"):
        reporting.start(sentry_dsn="", otlp_endpoint="http://collector.example:4318/v1/traces")


def test_each_span_of_web_message_and_task_has_the_id_of_its_request(monkeypatch):
    told = []
    span = SimpleNamespace(set_attribute=lambda name, value: told.append((name, value)))
    reporting.tag_current_span()
    with request_ids.under(ID):
        reporting.Tagging().on_start(span)
        monkeypatch.setattr(reporting, "_current_span", lambda: span)
        reporting.tag_current_span()
    reporting.Tagging().on_start(span)
    assert told == [("request_id", ID)] * 2
    assert "request_id" in reporting.KEPT_ATTRIBUTES


def test_tasks_are_traced_as_pages_are(monkeypatch):
    begun = []

    class Anything(SimpleNamespace):
        def __getattr__(self, name):
            return lambda *given, **named: Anything(instrument=lambda: begun.append(name))

    monkeypatch.setattr(reporting.importlib, "import_module", lambda module: Anything())
    monkeypatch.setattr(reporting, "_current_span", None)
    reporting.start(sentry_dsn="", otlp_endpoint="http://collector.example:4318/v1/traces")
    assert begun == ["DjangoInstrumentor", "CeleryInstrumentor"]
