"""Which function of the product calls which: functions by module and qualified name, names followed through
imports."""

import ast
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tests.support.apps import PACKAGES

ROOT = Path(__file__).parents[2]


def sources() -> dict[str, str]:
    """The text of every module of the product, by its dotted name; migrations left out."""
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {module_name(path): path.read_text() for path in sorted(paths) if "migrations" not in path.parts}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@dataclass
class Function:
    """A function or method: ``name`` is its module and qualified name, ``calls`` the chains it calls, as
    written."""

    name: str
    module: str
    node: ast.FunctionDef
    owner: str = ""

    @property
    def bare_name(self) -> str:
        return self.node.name

    @property
    def app(self) -> str:
        return self.module.partition(".")[0]

    @cached_property
    def calls(self) -> list[str]:
        chains = (_chain(node.func) for node in ast.walk(self.node) if isinstance(node, ast.Call))
        return [chain for chain in chains if chain]

    @property
    def keyword_only(self) -> set[str]:
        return {argument.arg for argument in self.node.args.kwonlyargs}


@dataclass
class Module:
    """What a module defines and what its imports stand for, those inside functions included."""

    name: str
    text: str
    functions: dict[str, Function] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        tree = ast.parse(self.text)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                self.names |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
            elif isinstance(node, ast.Import):
                for each in node.names:
                    self.names[each.asname or each.name.partition(".")[0]] = (
                        each.name if each.asname else each.name.partition(".")[0]
                    )
        for function in _functions(tree, self.name):
            self.functions[function.name] = function
            self.own.add(function.owner or function.bare_name)


class CallGraph:
    """The product's functions and their calls. A call that can't be followed to a function of ours is left
    out."""

    def __init__(self, modules: dict[str, Module]) -> None:
        self.modules = modules
        self.functions = {
            name: each for module in modules.values() for name, each in module.functions.items()
        }
        self._called: dict[str, list[str]] = {}

    @classmethod
    def of(cls, texts: dict[str, str]) -> "CallGraph":
        return cls({name: Module(name, text) for name, text in texts.items()})

    def with_module(self, name: str, text: str) -> "CallGraph":
        """The same product with another text of one module."""
        return CallGraph(self.modules | {name: Module(name, text)})

    def called_by(self, name: str) -> list[str]:
        """What the function calls, by full name, once for each call."""
        if name not in self._called:
            function = self.functions[name]
            found = (self.resolve(chain, function) for chain in function.calls)
            self._called[name] = [each for each in found if each is not None]
        return self._called[name]

    def resolve(self, chain: str, function: Function) -> str | None:
        """The full name of what ``chain``, as in ``chain.record``, means inside the function."""
        first, _, rest = chain.partition(".")
        if first in {"self", "cls"} and function.owner:
            return self._known(f"{function.module}.{function.owner}.{rest}")
        module = self.modules[function.module]
        if first in module.own:
            return self._known(f"{module.name}.{chain}")
        target = module.names.get(first)
        return self._followed(f"{target}.{rest}" if rest else target) if target else None

    def _known(self, name: str) -> str | None:
        return name if name in self.functions else None

    def _followed(self, name: str, most: int = 6) -> str | None:
        """Through modules that only pass a name on."""
        if name in self.functions or not most:
            return self._known(name)
        home, tail = name, ""
        while home and home not in self.modules:
            home, _, last = home.rpartition(".")
            tail = f"{last}.{tail}" if tail else last
        first, _, rest = tail.partition(".")
        target = self.modules[home].names.get(first) if home else None
        if target is None or f"{target}.{rest}" == name:
            return None
        return self._followed(f"{target}.{rest}" if rest else target, most - 1)

    def callers(self) -> dict[str, set[str]]:
        """Of each function that is called, who calls it."""
        found: dict[str, set[str]] = {}
        for name in self.functions:
            for called in self.called_by(name):
                found.setdefault(called, set()).add(name)
        return found

    def reach(self, wanted: set[str], not_through: Set[str] = frozenset()) -> set[str]:
        """The functions from which a call, through any number of others, gets to one of ``wanted``; these
        included.

        A way through one of ``not_through`` does not count.
        """
        callers = self.callers()
        reached, due = set(wanted), list(wanted)
        while due:
            new = callers.get(due.pop(), set()) - reached - not_through
            reached |= new
            due += new
        return reached


def _functions(tree: ast.Module, module: str) -> Iterator[Function]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield Function(f"{module}.{node.name}", module, node)
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield Function(f"{module}.{node.name}.{inner.name}", module, inner, node.name)


def _chain(node: ast.expr) -> str:
    """``a.b.c`` as text; empty for what doesn't start at a name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""
