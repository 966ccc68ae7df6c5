"""What operations tells the kernel; loaded once, when all models are there."""

from operations.integration import states

__all__ = ["states"]
