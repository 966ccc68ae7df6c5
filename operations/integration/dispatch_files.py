"""The kinds of uploads and generated files of dispatches, as the jobs app knows them."""

from accounts.enums import Role
from marketplace.jobs.kinds import FileKind, UploadKind, register_file, register_upload
from operations.exports.dispatch_files import write_dispatches, write_dispatches_csv, write_events_csv
from operations.workbooks import dispatch_file
from operations.workbooks.dispatch_specs import DISPATCH_FILE

register_upload(
    UploadKind(
        name="operations.dispatches",
        title="Dispatches",
        check=dispatch_file.check,
        apply=dispatch_file.apply,
        accepts=(".xlsx", ".csv"),
        role=Role.OPERATIONS,
        audience="so",
        spec=DISPATCH_FILE,
        nouns=("dispatch", "dispatches"),
        foresee=dispatch_file.foresee,
        result_url="operations:dispatches",
    )
)
register_file(FileKind("operations.dispatches", "Dispatches", write_dispatches, role=Role.OPERATIONS))
register_file(
    FileKind("operations.dispatches_csv", "Dispatches as CSV", write_dispatches_csv, role=Role.OPERATIONS)
)
register_file(
    FileKind("operations.events_csv", "Dispatch events as CSV", write_events_csv, role=Role.OPERATIONS)
)
