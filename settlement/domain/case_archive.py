"""The files of a case in a ZIP, within bounds. Pure; run where a hostile file has no power."""

import io
import zipfile
from pathlib import PurePosixPath

from marketplace.numbers import count_text
from settlement.domain.cases import UnusableCase

CASE = "case.json"
MOST_FILES = 1_000
MOST_BYTES = 100 * 1024**2
BLOCK = 1024**2


def unpacked(data: bytes) -> tuple[str, dict[str, str]]:
    """The text of ``case.json`` and, by name, those of ``meter-*.csv``; other files count for nothing.

    They may stand in a folder. Raises ``UnusableCase`` for what is no ZIP, holds no case or two, names a file twice, or
    unpacks to more than 100 MB.
    """
    found: dict[str, str] = {}
    left = MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > MOST_FILES:
                raise UnusableCase(f"The ZIP holds more than {count_text(MOST_FILES)} files.")
            for each in archive.infolist():
                name = PurePosixPath(each.filename).name
                if each.is_dir() or not _counts(each.filename):
                    continue
                if name in found:
                    raise UnusableCase(f"The ZIP holds {name} twice.")
                content = _read(archive, each, left)
                left -= len(content)
                found[name] = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableCase(f"{name} is not a text in UTF-8.") from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        if isinstance(error, UnusableCase):
            raise
        raise UnusableCase("This is no ZIP, or it is damaged or has a password.") from None
    if CASE not in found:
        raise UnusableCase("The ZIP holds no case.json.")
    return found.pop(CASE), found


def _counts(path: str) -> bool:
    name = PurePosixPath(path).name
    if path.startswith("__MACOSX/"):
        return False
    return name == CASE or (name.startswith("meter-") and name.endswith(".csv"))


def _read(archive: zipfile.ZipFile, each: zipfile.ZipInfo, left: int) -> bytes:
    parts: list[bytes] = []
    with archive.open(each) as stream:
        while part := stream.read(BLOCK):
            parts.append(part)
            left -= len(part)
            if left < 0:
                raise UnusableCase("The files in the ZIP are more than 100 MB together.")
    return b"".join(parts)
