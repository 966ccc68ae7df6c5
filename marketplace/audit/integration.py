"""What the audit log tells the rest of the kernel: the kinds of its files, and its page."""

from marketplace.audit.files import write_csv, write_xlsx
from marketplace.jobs.kinds import FileKind, register_file
from marketplace.web.navigation import register_destination

register_file(FileKind("audit.entries", "Audit log", write_xlsx, sealed=True))
register_file(FileKind("audit.entries_csv", "Audit log as CSV", write_csv, sealed=True))
register_destination("Audit log", "audit:entries", "so", "fsp", role="account")
