"""Every action, that is every public function in a domain that says who acts, leaves an entry in the audit log."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = [*sorted(ROOT.glob("*/domain/**/*.py")), ROOT / "marketplace/jobs/actions.py"]
WRITES_ENTRIES = {"record", "record_many", "record_stream", "move", "record_end"}
# Actors that only ask, or actions that only queue what will be audited when it is done.
ONLY_LOOKS = {
    "assess_ballot": "judges a ballot without placing it",
    "start_upload": "the file's processing is recorded when it ends",
    "keep_for_upload": "the file's processing is recorded when it ends",
    "start_file": "the file's making is recorded when it ends",
    "start_marked_copy": "the file's making is recorded when it ends",
    "keep_row": "keeps what is being typed; the competition's saving is recorded",
    "keep_rows": "keeps what is being typed; the competition's saving is recorded",
    "apply_upload": "the file's processing is recorded when it ends",
}


def functions_of(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def called(function: ast.FunctionDef) -> set[str]:
    names = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            names.add(node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
    return names


def everything() -> dict[str, set[str]]:
    """Which functions call which, by name, over all domains."""
    calls: dict[str, set[str]] = {}
    for module in [*MODULES, *ROOT.glob("*/integration/*.py"), *ROOT.glob("*/signals.py")]:
        for name, function in functions_of(ast.parse(module.read_text())).items():
            calls.setdefault(name, set()).update(called(function))
    return calls


CALLS = everything()


def reaches_an_entry(name: str, seen: frozenset[str] = frozenset()) -> bool:
    if name in WRITES_ENTRIES:
        return True
    if name in seen or name not in CALLS:
        return False
    return any(reaches_an_entry(each, seen | {name}) for each in CALLS[name])


ACTIONS = sorted(
    name
    for module in MODULES
    for name, function in functions_of(ast.parse(module.read_text())).items()
    if not name.startswith(("_", "check_", "can_")) and "by" in {each.arg for each in function.args.kwonlyargs}
)


def test_there_are_actions_in_every_app():
    assert len(ACTIONS) > 40


@pytest.mark.parametrize("action", sorted(set(ACTIONS) - set(ONLY_LOOKS)))
def test_an_action_leaves_an_entry(action):
    assert reaches_an_entry(action)


def test_what_is_excused_still_exists():
    assert set(ONLY_LOOKS) <= set(ACTIONS)
