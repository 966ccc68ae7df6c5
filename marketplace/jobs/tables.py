"""The list of an organisation's files."""

from typing import Any

from marketplace.web.lists import Column, List, MomentColumn


class Files(List):
    """Uploads and generated files, newest first."""

    caption, nouns, file_name = "Files", ("file", "files"), "files"
    css = "tbl is-tight rows-phone is-lines"

    title = Column("File", accessor="title", css="name", sort=("title", "-created_at"))
    file = Column("Name", css="cut", text=lambda job: _name(job))
    created_at = MomentColumn("When", accessor="created_at", css="nowrap", sort="created_at")
    requested_by = Column(
        "Who", accessor="requested_by_email", css="cut", sort=("requested_by_email", "-created_at")
    )
    state = Column("State", accessor="get_state_display", phone="right")
    outcome = Column("Result", accessor="outcome", css="wrap")


def _name(job: Any) -> str:
    file = job.upload or job.output
    return file.name if file is not None else ""
