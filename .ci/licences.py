"""Every locked package has a licence under which we may use it, or a reason why we may all the same."""

import sys
from collections.abc import Iterator
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

from license_expression import AND, ExpressionError, LicenseSymbol, get_spdx_licensing
from packaging.requirements import Requirement

LOCK = Path(__file__).resolve().parents[1] / "requirements-dev.lock"
FREE = {
    "0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC",
    "MIT", "MIT-0", "MIT-CMU", "PSF-2.0", "Unlicense", "Zlib",
}  # fmt: skip
CLASSIFIED = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Public Domain": "CC0-1.0",
}
REASONS = {
    "axe-playwright-python": "MIT by its LICENSE file, axe-core within MPL-2.0; tests only, unchanged",
    "bidict": "MPL-2.0, tools only, unchanged",
    "certifi": "MPL-2.0 binds changes to its own files only; used unchanged",
    "djlint": "GPL-3.0, a tool that reads our templates; never part of what is installed to run",
    "fido2": "BSD-2-Clause; its list of public suffixes is MPL-2.0, used unchanged",
    "fqdn": "MPL-2.0, tools only, unchanged",
    "hypothesis": "MPL-2.0, tests only, unchanged",
    "pathspec": "MPL-2.0, tools only, unchanged",
    "psycopg2-binary": "LGPL-3.0 with exceptions: imported as it is, replaceable by anybody who installs",
    "python-stdnum": "LGPL-2.1, tests only, imported as it is",
    "qrcode": "BSD-3-Clause; its other classifier is for the QR code's trademark",
    "saxonche": "MPL-2.0, tests only, unchanged",
    "zope-event": "ZPL-2.1, a permissive licence of the Zope foundation; tools only",
    "zope-interface": "ZPL-2.1, a permissive licence of the Zope foundation; tools only",
}
"""Packages whose licence is not among the free ones, or not told by their metadata: why they may stay."""


def locked(lock: Path) -> Iterator[str]:
    """The packages of a lock file that this Python installs."""
    for line in lock.read_text().splitlines():
        if line[:1].isalnum():
            requirement = Requirement(line.removesuffix("\\").strip())
            if requirement.marker is None or requirement.marker.evaluate():
                yield requirement.name


def expression(package: PackageMetadata) -> str:
    """What the package says of its licence, by SPDX; an empty text when it says nothing that can be read."""
    if told := package.get("License-Expression"):
        return told
    titles = [each.split(" :: ")[-1] for each in package.get_all("Classifier") or [] if "License ::" in each]
    titles = [each for each in titles if each != "OSI Approved"]
    if titles:
        return " AND ".join(CLASSIFIED.get(each, "LicenseRef-unknown") for each in titles)
    words = (package.get("License") or "").strip()
    return CLASSIFIED.get(words, words) if len(words) < 40 else ""


def is_free(told: str) -> bool:
    """Whether each licence that must be kept is free; of several that one may choose from, one is enough."""
    try:
        parsed = get_spdx_licensing().parse(told)
    except ExpressionError:
        return False
    return parsed is not None and _holds(parsed)


def _holds(part: object) -> bool:
    if isinstance(part, LicenseSymbol):
        return part.key in FREE
    parts = [_holds(each) for each in getattr(part, "args", ())]
    return bool(parts) and (all(parts) if isinstance(part, AND) else any(parts))


def faults(names: list[str]) -> Iterator[str]:
    """A sentence for each package that may not stay as it is, and each reason that nothing needs."""
    needed = set()
    for name in names:
        try:
            told = expression(metadata(name))
        except PackageNotFoundError:
            yield f"{name} is locked and not installed: make setup-dev"
            continue
        if is_free(told):
            continue
        needed.add(name)
        if name not in REASONS:
            yield f"{name}: “{told or 'no licence told'}” is not among the free licences, and no reason is given"
    yield from (f"{name}: the reason is no longer needed" for name in sorted(set(REASONS) - needed))


if __name__ == "__main__":
    packages = list(locked(LOCK))
    if found := list(faults(packages)):
        sys.exit("\n".join(found))
    print(f"{len(packages)} packages, {len(REASONS)} of them for a reason")
