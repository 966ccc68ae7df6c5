"""Every module stands in a layer that the check of imports names, and no modules import each other in a
circle."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from tests.support.apps import APPS

ROOT = Path(__file__).resolve().parents[2]
MOST_ENTRIES = 20
MORE_ENTRIES = {"api": 25}  # a folder for each door and what the doors share, as the layout names them
"""Modules and folders in an app's root; Django's own (apps, urls, migrations, …) are half of them."""


def contracts() -> list[dict]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def layers_of(app: str) -> set[str]:
    named = [each for each in contracts() if each["type"] == "layers" and app in each.get("containers", [])]
    assert len(named) == 1, f"{app} needs one contract that names its layers"
    return {name.strip(" ()") for layer in named[0]["layers"] for name in layer.split("|")}


def entries_of(app: str) -> set[str]:
    found = {path.stem for path in (ROOT / app).glob("*.py")} | {
        path.parent.name for path in (ROOT / app).glob("*/*.py")
    }
    return found - {"__init__"}


def imports() -> grimp.ImportGraph:
    return grimp.build_graph("marketplace", *APPS, cache_dir=None)


def circles(graph: grimp.ImportGraph) -> Iterator[set[str]]:
    """The sets of modules that reach each other."""
    seen: set[str] = set()
    for module in sorted(graph.modules):
        if module not in seen:
            others = (graph.find_downstream_modules(module) & graph.find_upstream_modules(module)) - {module}
            seen |= others
            if others:
                yield others | {module}


@pytest.mark.parametrize("app", APPS)
def test_every_module_of_an_app_is_in_a_layer_that_the_check_names(app):
    assert entries_of(app) - {"migrations"} <= layers_of(app)


@pytest.mark.parametrize("app", APPS)
def test_the_root_of_an_app_reads_as_a_table_of_contents(app):
    assert len(entries_of(app)) <= MORE_ENTRIES.get(app, MOST_ENTRIES)


def test_no_modules_import_each_other_in_a_circle():
    assert list(circles(imports())) == []


def test_a_circle_is_found():
    graph = grimp.ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")):
        graph.add_import(importer=importer, imported=imported)
    assert list(circles(graph)) == [{"a", "b", "c"}]


def test_views_import_no_other_view_but_what_is_common():
    graph = imports()
    views = {each for each in graph.modules if any(each.startswith(f"{app}.views.") for app in APPS)}
    assert len(views) > 20
    between = {
        (view, each)
        for view in views
        for each in graph.find_modules_directly_imported_by(view) & views
        if not each.endswith(".views.common")
    }
    assert between == set()


def test_a_package_passes_on_no_names_when_they_are_first_asked_for():
    """Names are imported from the module that defines them, so that a search and the check of imports find
    them."""
    lazy = [
        str(path.relative_to(ROOT))
        for app in ("marketplace", *APPS)
        for path in sorted((ROOT / app).rglob("*.py"))
        if any(
            isinstance(each, ast.FunctionDef) and each.name in {"__getattr__", "__dir__"}
            for each in ast.parse(path.read_text()).body
        )
    ]
    assert lazy == []
