"""What settlement tells the kernel; loaded once, when all models are there."""

from settlement.integration import files, notifications, pages, states

__all__ = ["files", "notifications", "pages", "states"]
