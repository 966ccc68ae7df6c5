"""What programs say in OpenADR, for tests."""

import json

from django.test import Client

from api.openadr.door import PREFIX
from tests.operations.scene import minute


def ask(program, method, path, body=None):
    headers = {"Authorization": f"Bearer {program.token}"} if program else {}
    options = {"headers": headers}
    if method not in ("get", "delete"):
        options |= {"data": json.dumps({} if body is None else body), "content_type": "application/json"}
    return getattr(Client(raise_request_exception=False), method)(f"{PREFIX}{path}", **options)


def z(moment):
    return moment.isoformat().replace("+00:00", "Z")


def event(market, kw=-500, start=0, minutes=30, **more):
    return {
        "programID": str(market.contract.pk),
        "intervalPeriod": {"start": z(minute(market, start)), "duration": f"PT{minutes}M"},
        "intervals": [{"id": 0, "payloads": [{"type": "DISPATCH_SETPOINT_RELATIVE", "values": [kw]}]}],
    } | more


def report(market, event_id, kind, values, resource="N1", start=0, minutes=30, **more):
    return {
        "eventID": event_id,
        "clientName": "north",
        "resources": [
            {
                "resourceName": resource,
                "intervalPeriod": {"start": z(minute(market, start)), "duration": f"PT{minutes}M"},
                "intervals": [
                    {"id": place, "payloads": [{"type": kind, "values": [each]}]}
                    for place, each in enumerate(values)
                ],
            }
        ],
    } | more
