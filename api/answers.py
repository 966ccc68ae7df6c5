"""Answers as JSON with an ETag, so that a program asks for what it has only once."""

import hashlib
import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from pydantic import BaseModel

JSON = "application/json; charset=utf-8"


def json_response(shape: BaseModel, status: int = 200) -> HttpResponse:
    """The shape as an answer, with the ETag of its text."""
    body = shape.model_dump_json().encode()
    response = HttpResponse(body, status=status, content_type=JSON)
    response["ETag"] = etag_of(body)
    return response


def raw_json(request: HttpRequest, told: Any, content_type: str = JSON) -> HttpResponse:
    """Plain data as an answer, with an ETag, 304 where it is known."""
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    response = HttpResponse(body, content_type=content_type)
    response["ETag"] = etag_of(body)
    return unless_known(request, response)


def etag_of(body: bytes) -> str:
    """The same for the same text, in the quotes of the header."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """304 instead of the answer where ``If-None-Match`` names its ETag."""
    conditional = get_conditional_response(request, etag=response["ETag"], response=response)
    return conditional if isinstance(conditional, HttpResponse) else response
