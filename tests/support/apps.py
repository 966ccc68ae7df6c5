"""The product's own packages, found by looking, so that a new app is under every guard at once."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = tuple(sorted(path.parent.name for path in ROOT.glob("*/apps.py")))
"""The apps, in alphabetical order."""
PACKAGES = tuple(sorted((*APPS, "marketplace")))
"""The apps and the kernel."""
