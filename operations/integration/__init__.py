"""What operations tells the kernel; loaded once, when all models are there."""

from operations.integration import (
    availability,
    notifications,
    readings,
    states,
)

__all__ = ["availability", "notifications", "readings", "states"]
