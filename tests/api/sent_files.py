"""Files as a program sends them, and their checks."""

from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from marketplace.jobs.worker import run_now

KIND = "qualification.assets"


def send(program, data, kind=KIND, name="assets.xlsx", key=None, query="", **params):
    headers = {"Authorization": f"Bearer {program.token}"} | ({"Idempotency-Key": key} if key else {})
    body = {"file": SimpleUploadedFile(name, data)} | params
    return Client(raise_request_exception=False).post(f"/api/v1/files/{kind}{query}", body, headers=headers)


def checked(program, data, **more):
    answer = send(program, data, **more)
    assert answer.status_code == 201, answer.content
    run_now(UUID(answer.json()["id"]))
    return program.get(f"/jobs/{answer.json()['id']}").json()
