"""The list of an organisation's files."""

import django_tables2 as tables

from marketplace.web.lists import Column, List, MomentColumn


class Files(List):
    """Uploads and generated files, newest first."""

    caption = "Files"
    css = "table card-table"

    created_at = MomentColumn("When", accessor="created_at", css="text-nowrap", sort="created_at")
    title = Column(
        "What", accessor="title", linkify=("jobs:job", [tables.A("pk")]), sort=("title", "-created_at")
    )
    file = Column("File", css="text-nowrap")
    requested_by = Column(
        "Who", accessor="requested_by_email", css="text-nowrap", sort=("requested_by_email", "-created_at")
    )
    state = Column("State")
    outcome = Column("Result")
