"""What the audit log tells the rest of the kernel: the kinds of its files, and its page."""

from marketplace import jobs
from marketplace.audit.files import write_csv, write_xlsx
from marketplace.web.navigation import register_destination

jobs.register_file(jobs.FileKind("audit.entries", "Audit log", write_xlsx, sealed=True))
jobs.register_file(jobs.FileKind("audit.entries_csv", "Audit log as CSV", write_csv, sealed=True))
register_destination("Audit log", "audit:entries", "so", "fsp", role="account")
