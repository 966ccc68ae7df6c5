"""The kinds of uploads and generated files, as the jobs app knows them."""

from accounts.enums import Role
from contracts.exports.files import write_obligations
from marketplace.jobs.kinds import FileKind, register_file

register_file(
    FileKind(
        name="contracts.obligations",
        title="Contractual obligations",
        generate=write_obligations,
        audience="any",
        role=Role.CONTRACTS,
    )
)
