"""The description of the API as a page reads it: sections, operations, fields."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

METHODS = ("get", "put", "post", "patch", "delete")
REF = "#/components/schemas/"


@dataclass(frozen=True)
class FieldLine:
    """One field or parameter: its name, its type in words, whether it must be there, and what it means."""

    name: str
    kind: str
    is_required: bool
    meaning: str = ""


@dataclass(frozen=True)
class OperationLine:
    """One operation as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    paragraphs: tuple[str, ...]
    parameters: tuple[FieldLine, ...]
    body: tuple[FieldLine, ...]
    answer: tuple[FieldLine, ...]


@dataclass(frozen=True)
class Section:
    """The operations under one heading."""

    title: str
    operations: tuple[OperationLine, ...]


def sections_of(schema: Mapping[str, Any]) -> tuple[Section, ...]:
    """The sections of a description, in the order in which they come."""
    found: dict[str, list[OperationLine]] = {}
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if method in methods:
                told = methods[method]
                found.setdefault(told["tags"][0], []).append(_operation(schema, method, path, told))
    return tuple(Section(title, tuple(lines)) for title, lines in found.items())


def _operation(schema: Mapping[str, Any], method: str, path: str, told: Mapping[str, Any]) -> OperationLine:
    parameters = [
        FieldLine(
            each["name"],
            f"{_kind(schema, each['schema'])}, {each['in']}",
            bool(each.get("required")),
            each.get("description") or each["schema"].get("description", ""),
        )
        for each in told.get("parameters", [])
    ]
    return OperationLine(
        told["operationId"],
        method.upper(),
        path,
        told.get("summary", ""),
        tuple(filter(None, told.get("description", "").split("\n\n"))),
        tuple(parameters),
        tuple(_fields(schema, told.get("requestBody", {}))),
        tuple(_fields(schema, told["responses"].get("200", {}))),
    )


def _fields(schema: Mapping[str, Any], holder: Mapping[str, Any]) -> Iterator[FieldLine]:
    content: Mapping[str, Any] = holder.get("content", {})
    first: Mapping[str, Any] = next(iter(content.values()), {})
    shape = first.get("schema", {})
    yield from _of_shape(schema, shape, "", 2)


def _of_shape(
    schema: Mapping[str, Any], shape: Mapping[str, Any], prefix: str, depth: int
) -> Iterator[FieldLine]:
    shape = _resolved(schema, shape)
    required = set(shape.get("required", ()))
    for name, each in shape.get("properties", {}).items():
        told = _resolved(schema, each)
        yield FieldLine(f"{prefix}{name}", _kind(schema, each), name in required, each.get("description", ""))
        items = told.get("items")
        if items and depth > 1:
            yield from _of_shape(schema, items, f"{prefix}{name}[].", depth - 1)


def _resolved(schema: Mapping[str, Any], shape: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in shape:
        found: Mapping[str, Any] = schema["components"]["schemas"][shape["$ref"].removeprefix(REF)]
        return found
    return shape


def _kind(schema: Mapping[str, Any], shape: Mapping[str, Any]) -> str:
    if "$ref" in shape:
        told = _resolved(schema, shape)
        return " · ".join(map(str, told["enum"])) if "enum" in told else shape["$ref"].removeprefix(REF)
    if "anyOf" in shape:
        return " or ".join(_kind(schema, each) for each in shape["anyOf"])
    if "enum" in shape:
        return " · ".join(map(str, shape["enum"]))
    if shape.get("type") == "array":
        return f"list of {_kind(schema, shape.get('items', {}))}"
    return str(shape.get("format") or shape.get("type", "any"))
