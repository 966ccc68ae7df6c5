"""What meter data brings to files, navigation and the log."""

from accounts.enums import Role
from marketplace.jobs.kinds import FileKind, UploadKind, register_file, register_upload
from marketplace.notifications import declare
from marketplace.web.navigation import register_destination
from operations.domain import meter_reminders, reading_warnings
from operations.domain.dispatch_warnings import register_warner
from operations.exports import baselines, performance, readings
from operations.workbooks import baseline_files, readings_file

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
register_upload(
    UploadKind(
        name=baseline_files.NOMINATIONS,
        title="Nominated baselines",
        check=baseline_files.check_nominations,
        apply=baseline_files.apply_nominations,
        accepts=(".xlsx", ".csv"),
        role=Role.OPERATIONS,
        audience="fsp",
        spec=baseline_files.NOMINATION_FILE,
        nouns=("asset's nominations", "assets' nominations"),
        result_url="operations:baselines",
    )
)
register_upload(
    UploadKind(
        name=baseline_files.REFERENCES,
        title="Fixed references",
        check=baseline_files.check_references,
        apply=baseline_files.apply_references,
        accepts=(".xlsx", ".csv"),
        role=Role.OPERATIONS,
        audience="so",
        spec=baseline_files.REFERENCE_FILE,
        nouns=("reference", "references"),
        result_url="operations:baselines",
    )
)
register_file(
    FileKind(
        name=baseline_files.NOMINATIONS,
        title="Nominated baselines",
        generate=baselines.write_nominations,
        role=Role.OPERATIONS,
        audience="fsp",
    )
)
register_file(
    FileKind(
        name=baseline_files.REFERENCES,
        title="Fixed references",
        generate=baselines.write_references,
        role=Role.OPERATIONS,
        audience="so",
    )
)
register_warner(reading_warnings.no_recent_readings)
register_warner(reading_warnings.no_baseline)
declare(*meter_reminders.KINDS)
