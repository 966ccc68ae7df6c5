"""What the audit log tells the jobs app: the kinds of its files."""

from marketplace import jobs
from marketplace.audit.files import write_csv, write_xlsx

jobs.register_file(jobs.FileKind("audit.entries", "Audit log", write_xlsx, sealed=True))
jobs.register_file(jobs.FileKind("audit.entries_csv", "Audit log as CSV", write_csv, sealed=True))
