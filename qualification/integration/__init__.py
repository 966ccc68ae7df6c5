"""What qualification tells the kernel and the other apps; loaded once, when all models are there."""

from qualification.integration import files, notifications, pages, receivers, states

__all__ = ["files", "notifications", "pages", "receivers", "states"]
