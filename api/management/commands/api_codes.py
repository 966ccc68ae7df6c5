"""Keep the codes of the rules' sentences complete."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from api import codes

REFUSALS = {"Refused", "NotAllowed"}


class Command(BaseCommand):
    help = "Adds a code for each new sentence of a rule; --check only says what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        known = {rule.sentence: rule.code for rule in codes.rules()}
        said = set(sentences(Path(settings.BASE_DIR)))
        new, gone = sorted(said - set(known)), sorted(set(known) - said)
        if options["check"]:
            for sentence in new:
                self.stderr.write(f"new: {sentence}")
            for sentence in gone:
                self.stderr.write(f"gone: {known[sentence]}: {sentence}")
            sys.exit(1 if new or gone else 0)
        for sentence in new:
            known[sentence] = codes.coded(sentence, frozenset(known.values()))
        for sentence in gone:
            self.stderr.write(
                f"no longer said, give its code to what it is now: {known[sentence]}: {sentence}"
            )
        codes.FILE.write_text(_text({known[each]: each for each in known}), encoding="utf-8")


def _text(by_code: dict[str, str]) -> str:
    lines = [
        "# What rules refuse with: a code never changes its meaning. Made complete by manage.py api_codes."
    ]
    for code, sentence in sorted(by_code.items()):
        quoted = sentence.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        lines += ["", "[[rule]]", f'code = "{code}"', f'sentence = "{quoted}"']
    return "\n".join(lines) + "\n"


def sentences(root: Path) -> Iterator[str]:
    """Every sentence that the product's code refuses with, as far as it stands in the code."""
    for package in own_packages(root):
        for path in sorted((root / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _of_module(ast.parse(path.read_text(encoding="utf-8")))


def own_packages(root: Path) -> list[str]:
    """The packages of installed apps that lie in the product's folder, the kernel among them."""
    packages = {app.partition(".")[0] for app in settings.INSTALLED_APPS}
    return sorted(each for each in packages if (root / each).is_dir())


def _of_module(tree: ast.Module) -> Iterator[str]:
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _refuses(node, tree):
            returned = (_template(each, constants) for each in _returned(node.args[0], tree))
            for told in [_template(node.args[0], constants), *(each for each in returned if each[:1] != "{")]:
                if told and told.replace("{}", "").strip(" .:"):
                    yield told


def _returned(said: ast.expr, tree: ast.Module) -> Iterator[ast.expr]:
    """What functions of the module may return of which a variable says the sentence: ``refusal = why_not(…)``."""
    functions = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}
    makers = {
        node.value.func.id
        for node in ast.walk(tree)
        if isinstance(said, ast.Name)
        and isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == said.id for target in node.targets)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
    }
    seen: set[str] = set()
    while makers - seen:
        name = (makers - seen).pop()
        seen.add(name)
        for node in ast.walk(functions[name]) if name in functions else ():
            if isinstance(node, ast.Return) and node.value is not None:
                yield node.value
                if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name):
                    makers.add(node.value.func.id)


def _refuses(call: ast.Call, tree: ast.Module) -> bool:
    if isinstance(call.func, ast.Name):
        return call.func.id in REFUSALS
    is_super = ast.unparse(call.func) == "super().__init__"
    return is_super and any(
        isinstance(each, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id in REFUSALS for base in each.bases)
        and call in ast.walk(each)
        for each in tree.body
    )


def _template(node: ast.expr, constants: dict[str, ast.expr]) -> str:
    """The sentence with {} for what differs; empty where it is made elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            _template(each, constants) if isinstance(each, ast.Constant) else "{}" for each in node.values
        )
    if isinstance(node, ast.Name) and node.id in constants:
        return _template(constants[node.id], {})
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (_template(node.left, constants) or "{}") + (_template(node.right, constants) or "{}")
    is_format = (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"
    )
    if is_format:
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Attribute)
        return _unnamed(_template(node.func.value, constants))
    return ""


def _unnamed(text: str) -> str:
    """With {} for {name} too."""
    parts = text.split("{")
    return parts[0] + "".join("{}" + each.partition("}")[2] for each in parts[1:])
