"""What the audit log tells the rest of the kernel: the kinds of its files, its page, and
whether an organisation did anything meanwhile."""

from marketplace.audit.files import write_csv, write_xlsx
from marketplace.audit.queries import end_of
from marketplace.jobs.kinds import FileKind, register_file
from marketplace.web.kept import register_change_mark
from marketplace.web.navigation import register_destination

register_file(FileKind("audit.entries", "Audit log", write_xlsx, sealed=True))
register_file(FileKind("audit.entries_csv", "Audit log as CSV", write_csv, sealed=True))
register_destination("Audit log", "audit:entries", "so", "fsp", role="account")
register_change_mark(end_of)
