"""What accounts tells the kernel and the other apps; loaded once, when all models are there."""

from accounts.integration import (
    audit,
    deliveries,
    files,
    notifications,
    pages,
    security,
    sign_in,
    system_checks,
)

__all__ = ["audit", "deliveries", "files", "notifications", "pages", "security", "sign_in", "system_checks"]
