"""The OpenAPI description, completed from what the operations declare: tokens, scopes, headers."""

from typing import Any

from accounts.enums import Scope
from api.idempotency import FORM
from api.operations import DRY_RUN, Operation, operations
from api.problems import CONTENT_TYPE

SCHEME = "ClientCredentials"
TOKEN_PATH = "/oauth/token"  # noqa: S105  (an address)
HEADERS = {
    "Idempotency-Key": "A key of your own, up to 255 visible ASCII characters: the same request sent again with it is "
    "answered as the first time, for 48 hours.",
    "If-Match": "The ETag of what you read: what was changed meanwhile is not changed again (412).",
}
FORM_WITH_FILE = {
    "type": "object",
    "properties": {"file": {"type": "string", "format": "binary"}},
    "required": ["file"],
    "additionalProperties": {"type": "string"},
}
ABOUT = (
    "What a person does in the browser a program does here, within its scopes and roles. Amounts are decimal texts, times "
    "RFC 3339 in UTC. Every refusal is a problem (RFC 9457) with a stable code."
)


def described(schema: Any, site: str) -> dict[str, Any]:
    """The description with tokens, scopes and the headers of writes, for the site at this address."""
    told: dict[str, Any] = dict(schema)
    told["openapi"] = "3.1.0"
    told["info"] = dict(told["info"]) | {"description": ABOUT}
    told["servers"] = [{"url": site}]
    for path in told["paths"].values():
        for operation in path.values():
            _complete(operation, operations[operation["operationId"]])
    components = told.setdefault("components", {})
    components["securitySchemes"] = {
        SCHEME: {
            "type": "oauth2",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": f"{site}{TOKEN_PATH}",
                    "scopes": {each.value: each.label for each in Scope},
                }
            },
        }
    }
    return told


def _complete(operation: dict[str, Any], known: Operation) -> None:
    declared = known.declared
    operation["security"] = [{SCHEME: [declared.scope] if declared.scope else []}]
    if declared.is_public:
        operation["security"].insert(0, {})
    if known.takes_file:
        operation["requestBody"] = {"required": True, "content": {FORM: {"schema": FORM_WITH_FILE}}}
    if known.is_file:
        operation["responses"][200]["content"] = {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
        }
    needs = [
        f"scope `{declared.scope}`" if declared.scope else "",
        {"so": "system operators", "fsp": "providers"}.get(str(declared.kind or ""), ""),
        f"role {declared.role.capitalize()}" if declared.role else "",
    ]
    told = f"Needs: {', '.join(filter(None, needs))}." if any(needs) else "Needs a token."
    if declared.by_kind:
        told = (
            "Needs the scope and the role of the kind of file: `GET /files` lists the kinds that one may use."
        )
    if declared.is_public:
        told = f"Open to everybody; where a token is sent it needs the scope `{declared.scope}`."
    operation["description"] = "\n\n".join(filter(None, [operation.get("description", ""), told]))
    for parameter in operation.get("parameters", []):
        parameter.pop("examples", None)  # they stay in its schema, where they belong
    for status, answer in operation["responses"].items():
        if int(status) >= 400 and "application/json" in answer.get("content", {}):
            answer["content"] = {CONTENT_TYPE: answer["content"]["application/json"]}
    if known.writes:
        parameters = operation.setdefault("parameters", [])
        parameters += [
            {
                "in": "header",
                "name": name,
                "required": False,
                "description": what,
                "schema": {"type": "string"},
            }
            for name, what in HEADERS.items()
            if name != "If-Match" or known.state
        ]
        parameters.append(
            {
                "in": "query",
                "name": DRY_RUN,
                "required": False,
                "description": "true: the answer is what it would be, and nothing is saved.",
                "schema": {"type": "boolean", "default": False},
            }
        )
    else:
        operation["responses"]["304"] = {"description": "What If-None-Match names is what is there."}
