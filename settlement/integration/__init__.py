"""What settlement tells the kernel; loaded once, when all models are there."""

from settlement.integration import files, states

__all__ = ["files", "states"]
