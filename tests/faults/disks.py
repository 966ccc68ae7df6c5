"""Disks of their own for parts of the site, which can be full: small file systems in memory, where we may mount them."""

import os
import subprocess
from pathlib import Path

ROOM = "2g"


class Disk:
    """A file system at this place; a mere folder, that never is full, where nobody but root may mount."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir(parents=True, exist_ok=True)
        self.is_own = os.geteuid() == 0 and self._mounted(
            "-t", "tmpfs", "-o", f"size={ROOM},mode=700", "tmpfs"
        )

    def fill(self) -> int:
        """Leave no room; returns the bytes that are taken."""
        used = self._used()
        self._mounted("-o", f"remount,size={max(4096, used)}")
        return used

    def is_full(self) -> bool:
        return self.is_own and os.statvfs(self.place).f_bavail * 4096 < 64 * 1024

    def empty(self) -> None:
        """Give room again."""
        self._mounted("-o", f"remount,size={ROOM}")

    def leave(self) -> None:
        if self.is_own:
            subprocess.run(["umount", "--lazy", str(self.place)], check=False)

    def _used(self) -> int:
        told = os.statvfs(self.place)
        return (told.f_blocks - told.f_bfree) * told.f_frsize

    def _mounted(self, *options: str) -> bool:
        done = subprocess.run(["mount", *options, str(self.place)], capture_output=True, check=False)
        return done.returncode == 0
