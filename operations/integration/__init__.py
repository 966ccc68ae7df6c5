"""What operations tells the kernel; loaded once, when all models are there."""

from operations.integration import (
    availability,
    availability_files,
    dispatch_files,
    dispatches,
    health,
    notifications,
    readings,
    receivers,
    states,
    substitutions,
)

__all__ = [
    "availability",
    "availability_files",
    "dispatch_files",
    "dispatches",
    "health",
    "notifications",
    "readings",
    "receivers",
    "states",
    "substitutions",
]
