"""What competitions tells the kernel and the other apps; loaded once, when all models are there."""

from competitions.integration import files, market_data, notifications, pages

__all__ = ["files", "market_data", "notifications", "pages"]
