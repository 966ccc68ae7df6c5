"""The competition file: its declared sheets, reading it, and writing what is stored."""

from competitions.workbooks.specs import BOUNDARIES, COMPETITION_FILE, COMPETITIONS, WINDOWS

__all__ = ["BOUNDARIES", "COMPETITIONS", "COMPETITION_FILE", "WINDOWS"]
