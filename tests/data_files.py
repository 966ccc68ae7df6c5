"""Where the real and the hostile files for tests are, on machines that have them."""

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent


def shared_data(name: str) -> Path:
    """The file or folder ``name`` of the shared data; skips the test where it is absent.

    Looked for in ``MARKETPLACE_DATA``, else beside the checkout.
    """
    for folder in _folders():
        if (folder / name).exists():
            return folder / name
    pytest.skip(f"needs {name} of the shared data: set MARKETPLACE_DATA to its folder")


def shared_files(pattern: str) -> list[Path]:
    """All shared files that match, for parametrizing; empty where the data is absent."""
    for folder in _folders():
        if found := sorted(folder.glob(pattern)):
            return found
    return []


def _folders() -> list[Path]:
    named = os.environ.get("MARKETPLACE_DATA")
    if named:
        return [Path(named)]
    return [CHECKOUT.parent / "shared" / "data", CHECKOUT.parent.parent / "shared" / "data"]
