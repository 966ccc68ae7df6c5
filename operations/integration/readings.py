"""What meter data brings to files, navigation and the log."""

from accounts.enums import Role
from marketplace.jobs.kinds import FileKind, UploadKind, register_file, register_upload
from marketplace.web.navigation import register_destination
from operations.exports import performance, readings
from operations.workbooks import readings_file

register_destination("Performance", "operations:performance", "so", "fsp", role=Role.OPERATIONS)
register_destination("Meter data", "operations:readings", "so", "fsp", role=Role.OPERATIONS)
register_upload(
    UploadKind(
        name=readings_file.KIND,
        title="Meter data",
        check=readings_file.check,
        apply=readings_file.apply,
        accepts=(".csv", ".xlsx"),
        role=Role.OPERATIONS,
        audience="fsp",
        nouns=("day of readings", "days of readings"),
        foresee=readings_file.foresee,
        result_url="operations:readings",
    )
)
register_file(
    FileKind(
        name="operations.readings",
        title="Meter readings",
        generate=readings.write_readings,
        role=Role.OPERATIONS,
    )
)
register_file(
    FileKind(
        name="operations.readings_needed",
        title="Meter readings still needed",
        generate=readings.write_template,
        role=Role.OPERATIONS,
        audience="fsp",
    )
)
register_file(
    FileKind(
        name="operations.performance",
        title="Performance",
        generate=performance.write_performance,
        role=Role.OPERATIONS,
    )
)
