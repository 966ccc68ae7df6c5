"""Static files as they are deployed: compressed, named by what is in them."""

from functools import lru_cache
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's own; the address of each file is worked out once, since a page names fifteen."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._address = lru_cache(maxsize=1_000)(super().url)

    def url(self, name: str, force: bool = False) -> str:
        return str(self._address(name, force))
