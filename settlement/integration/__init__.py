"""What settlement tells the kernel; loaded once, when all models are there."""

from settlement.integration import documents, files, market_data, notifications, pages, states

__all__ = ["documents", "files", "market_data", "notifications", "pages", "states"]
