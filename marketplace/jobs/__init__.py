"""Uploads and generated files, worked in the background with their effect exactly once.

Use it as ``from marketplace import jobs``. Apps declare kinds (:class:`UploadKind`, :class:`FileKind`) in
``AppConfig.ready()``; pages start jobs; workers run them. Names that need the models load on first use, since
Django imports this package before the models exist.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from marketplace.jobs.kinds import (
    Change,
    FileKind,
    JobContext,
    KeptKind,
    Plan,
    Report,
    UploadKind,
    counted,
    register_file,
    register_kept,
    register_member_loader,
    register_upload,
    unreported,
)
from marketplace.jobs.public_kinds import PublicKind, register_public

if TYPE_CHECKING:
    from marketplace.jobs.actions import (
        apply_upload,
        discard_upload,
        keep_for_upload,
        start_file,
        start_upload,
    )
    from marketplace.jobs.publishing import held_back
    from marketplace.jobs.queries import files_visible_to, jobs_for_admins, jobs_visible_to, problems_of
    from marketplace.jobs.worker import run_now

__all__ = [
    "Change",
    "FileKind",
    "JobContext",
    "KeptKind",
    "Plan",
    "PublicKind",
    "Report",
    "UploadKind",
    "apply_upload",
    "counted",
    "discard_upload",
    "files_visible_to",
    "held_back",
    "jobs_for_admins",
    "jobs_visible_to",
    "keep_for_upload",
    "problems_of",
    "register_file",
    "register_kept",
    "register_member_loader",
    "register_public",
    "register_upload",
    "run_now",
    "start_file",
    "start_upload",
    "unreported",
]

_HOME = {
    "apply_upload": "actions",
    "discard_upload": "actions",
    "files_visible_to": "queries",
    "keep_for_upload": "actions",
    "held_back": "publishing",
    "jobs_for_admins": "queries",
    "jobs_visible_to": "queries",
    "problems_of": "queries",
    "run_now": "worker",
    "start_file": "actions",
    "start_upload": "actions",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
