"""How the site says at its start, and on ``manage.py check --deploy``, whether files from outside are
confined."""

from typing import Any

import structlog
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from marketplace import sandbox

log = structlog.get_logger(__name__)
HINT = "See “Files from outside” in docs/operations.md."


def check_sandbox(app_configs: Any, **options: Any) -> list[checks.CheckMessage]:
    """What confines the process that reads files from outside: all layers, and a warning for each that is
    missing."""
    found = sandbox.state()
    told: list[checks.CheckMessage] = [
        checks.Info(f"Files from outside are read under {found}.", id="sandbox.I001")
    ]
    told += [
        checks.Warning(
            f"Files from outside are read without {layer.name}: {layer.detail}.", hint=HINT, id="sandbox.W001"
        )
        for layer in found.layers
        if not layer.holds
    ]
    return told


def refuse_without_sandbox() -> None:
    """Log the state. Raises ``ImproperlyConfigured`` where a sandbox is required and the kernel gives
    none."""
    found = sandbox.state()
    log.info("sandbox", required=settings.SANDBOX_REQUIRED, state=str(found))
    if settings.SANDBOX_REQUIRED and not found.is_enough:
        raise ImproperlyConfigured(
            f"SANDBOX_REQUIRED is 1, and this system can't confine the reading of files from outside. {found}. {HINT}"
        )
