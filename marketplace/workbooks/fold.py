"""Repeats of one problem told once: "row 4 and 12 other rows"."""

from collections.abc import Iterable
from dataclasses import dataclass

from marketplace.numbers import count_text
from marketplace.workbooks.declare import Problem


@dataclass(frozen=True)
class Folded:
    """The first of several like problems and how many more rows have it."""

    problem: Problem
    others: int

    @property
    def where(self) -> str:
        """Where it is, in words: "row 4", "row 4 and 12 other rows"; empty without a row."""
        if self.problem.row is None:
            return ""
        if not self.others:
            return f"row {self.problem.row}"
        return (
            f"row {self.problem.row} and {count_text(self.others)} other row{'s' if self.others > 1 else ''}"
        )


def fold_repeats(problems: Iterable[Problem]) -> list[Folded]:
    """Problems of the same sheet, column, message and level as one, in the order of their first rows seen."""
    first: dict[tuple[str, str | None, str, str], Problem] = {}
    rows: dict[tuple[str, str | None, str, str], set[int | None]] = {}
    for problem in problems:
        key = (problem.sheet, problem.column, problem.message, problem.level)
        first.setdefault(key, problem)
        rows.setdefault(key, set()).add(problem.row)
    return [Folded(problem, len(rows[key]) - 1) for key, problem in first.items()]
