"""What the product takes from packages of others is what they mean to be taken."""

import ast
from pathlib import Path

from tests.support.apps import PACKAGES as APPS

ROOT = Path(__file__).resolve().parents[2]


def imported_in(file: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{each.name}" for each in node.names]
    return names


def is_private(name: str) -> bool:
    return any(
        part in {"internal", "_internal", "_impl"} or part.startswith("_") for part in name.split(".")[1:]
    )


def test_nothing_private_of_another_package_or_app_is_imported():
    files = [file for app in APPS for file in (ROOT / app).rglob("*.py")]
    found = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in files
        for name in imported_in(file)
        if is_private(name)
    ]
    assert files
    assert found == []


def test_a_private_name_is_recognised():
    assert is_private("allauth.core.internal.ratelimit.get_rates")
    assert is_private("django.db.models.query._helper")
    assert not is_private("allauth.mfa.base.forms.AuthenticateForm")
