"""How much memory this process takes, by the kernel's own account of it (not that of what it was forked
from)."""

from pathlib import Path


def resident_mb() -> int:
    """Memory in use now."""
    return _status("VmRSS")


def peak_mb() -> int:
    """The most that was in use since the start, or since :func:`forget_peak`."""
    return _status("VmHWM")


def forget_peak() -> None:
    """Let the peak begin again at what is in use now."""
    Path("/proc/self/clear_refs").write_text("5")


def _status(name: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) // 1024
