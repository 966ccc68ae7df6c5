"""The availability file as the jobs app knows it, uploaded and made."""

from accounts.enums import Role
from marketplace.jobs.kinds import FileKind, UploadKind, register_file, register_upload
from operations.exports.availability import write_availability
from operations.workbooks import availability_file
from operations.workbooks.specs import AVAILABILITY_FILE

register_upload(
    UploadKind(
        name="operations.availability",
        title="Availability",
        check=availability_file.check,
        apply=availability_file.apply,
        accepts=(".xlsx", ".csv"),
        role=Role.OPERATIONS,
        spec=AVAILABILITY_FILE,
        nouns=("stretch", "stretches"),
        whole="row",
        result_url="operations:availability",
    )
)
register_file(FileKind("operations.availability", "Availability", write_availability, role=Role.OPERATIONS))
