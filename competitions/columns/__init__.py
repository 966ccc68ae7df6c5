"""The columns of the competition file: each declared once, with everything that the product derives from
it."""

from competitions.columns.boundary import BOUNDARY
from competitions.columns.header import HEADER
from competitions.columns.windows import WINDOW

__all__ = ["BOUNDARY", "HEADER", "WINDOW"]
