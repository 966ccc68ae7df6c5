"""What the API tells the kernel; loaded once, when all models are there."""

from api.integration import pages, webhooks

__all__ = ["pages", "webhooks"]
