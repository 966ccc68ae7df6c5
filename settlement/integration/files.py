"""The kinds of files of settlement, as the jobs app knows them."""

from accounts.enums import Role
from marketplace.jobs.kinds import FileKind, KeptKind, register_file, register_kept
from settlement.domain.tried_cases import KEPT_FOR
from settlement.exports.statement_files import (
    write_run,
    write_statement,
    write_statement_pdf,
    write_statement_uftp,
)

register_kept(KeptKind(name=KEPT_FOR, title="Case to settle", role=Role.CONTRACTS))
register_file(
    FileKind(
        "settlement.run",
        "Run of statements",
        write_run,
        role=Role.CONTRACTS,
        audience="so",
        may_go=False,  # it tells what the run did
    )
)
register_file(FileKind("settlement.statement", "Statement", write_statement, role=Role.CONTRACTS))
register_file(
    FileKind("settlement.statement_pdf", "Statement as PDF", write_statement_pdf, role=Role.CONTRACTS)
)
register_file(
    FileKind("settlement.statement_uftp", "Month as UFTP message", write_statement_uftp, role=Role.CONTRACTS)
)
