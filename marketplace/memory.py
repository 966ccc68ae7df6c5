"""Memory that a process needs no longer."""

import ctypes


def give_back() -> None:
    """Return what was freed to the system, where the C library keeps it for later, as glibc does with tens of megabytes."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
