"""What bidding tells the kernel and the other apps; loaded once, when all models are there."""

from bidding.integration import files, health, market_data, notifications, pages, receivers, states

__all__ = ["files", "health", "market_data", "notifications", "pages", "receivers", "states"]
