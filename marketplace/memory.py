"""Memory that a process needs no longer, and when it is looked for."""

import ctypes
import gc

USUAL_THRESHOLDS = gc.get_threshold()


def collect_rarely() -> None:
    """Look for what only refers to itself once in many thousand objects: to look every 700 takes a quarter of a
    start, and 6 % of a page's time."""
    gc.set_threshold(20_000, 20, 20)


def collect_as_usual() -> None:
    """From here on look only through what is not there yet, as often as Python does by itself."""
    gc.freeze()
    gc.set_threshold(*USUAL_THRESHOLDS)


def give_back() -> None:
    """Return what was freed to the system, where the C library keeps it for later, as glibc does with tens of megabytes."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
