"""What the API tells the kernel; loaded once, when all models are there."""

from api.integration import openadr, pages, retention, webhooks

__all__ = ["openadr", "pages", "retention", "webhooks"]
