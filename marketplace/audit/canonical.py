"""What an entry's digest is of: canonical JSON over its fields. No Django in here: workers of a proof import
it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any
from uuid import UUID

from marketplace.canonical_json import canonical_json, text_of

COVERED = (
    "id",
    "organisation_id",
    "sequence",
    "at",
    "actor_user_id",
    "actor_email",
    "actor_organisation_id",
    "action",
    "subject_type",
    "subject_id",
    "subject_label",
    "changes",
    "sealed_under",
    "previous_digest",
)
"""The fields of an entry that its digest covers: all but the digest itself."""


def canonical_fields(fields: Mapping[str, Any]) -> str:
    """The covered fields as one JSON object: keys sorted, no spaces, characters as they are.

    The same text as :func:`marketplace.canonical_json.canonical_json` makes, put together field by field
    since proving a long log spends most of its time here.
    """
    return "{" + ",".join([f'"{name}":{_json_of(fields[name])}' for name in _IN_ORDER]) + "}"


def digest_of_fields(fields: Mapping[str, Any]) -> str:
    """SHA-256 in hex over the canonical JSON of the covered fields, in UTF-8."""
    return hashlib.sha256(canonical_fields(fields).encode()).hexdigest()


_IN_ORDER = sorted(COVERED)


def _json_of(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if value is None:
        return "null"
    if kind is int:
        return str(value)
    if kind is list:
        return f"[{','.join(map(_json_of, value))}]"
    if kind is dict and all(type(key) is str for key in value):
        return (
            "{"
            + ",".join([f"{encode_basestring(key)}:{_json_of(value[key])}" for key in sorted(value)])
            + "}"
        )
    if kind is UUID or kind is datetime:
        return f'"{text_of(value)}"'
    return canonical_json(value)
