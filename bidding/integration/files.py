"""The kinds of uploads and generated files, as the jobs app knows them."""

from accounts.enums import Role
from bidding.exports.files import (
    bids,
    history,
    outcome,
    regulator_report,
    regulator_report_csv,
    results,
    unconfirmed_bids,
)
from bidding.workbooks import bids_file, decisions_file, outlook
from bidding.workbooks.specs import BIDS, DECISIONS
from marketplace.jobs.kinds import FileKind, UploadKind, register_file, register_upload

register_upload(
    UploadKind(
        name="bidding.bids",
        title="Bids",
        check=bids_file.check,
        apply=bids_file.apply,
        role=Role.BIDS,
        audience="fsp",
        spec=BIDS,
        nouns=("ballot", "ballots"),
        foresee=outlook.of_bids,
        whole="ballot",
        result_url="bidding:list",
        sealed=True,
    )
)
register_upload(
    UploadKind(
        name="bidding.decisions",
        title="Decisions",
        check=decisions_file.check,
        apply=decisions_file.apply,
        role=Role.BIDS,
        audience="so",
        spec=DECISIONS,
        nouns=("competition", "competitions"),
        foresee=outlook.of_decisions,
        whole="competition",
        result_url="bidding:decisions",
    )
)
register_file(FileKind("bidding.bids", "Bids", bids, role=Role.BIDS, audience="fsp", sealed=True))
register_file(
    FileKind("bidding.unconfirmed_bids", "Unconfirmed bids", unconfirmed_bids, role=Role.BIDS, audience="so")
)
register_file(FileKind("bidding.results", "Competition results", results, role=Role.BIDS, audience="so"))
register_file(
    FileKind(
        "bidding.regulator",
        "Report to the regulator",
        regulator_report,
        role=Role.BIDS,
        audience="so",
        is_report=True,
    )
)
register_file(
    FileKind(
        "bidding.regulator_csv",
        "Report to the regulator as CSV",
        regulator_report_csv,
        role=Role.BIDS,
        audience="so",
        is_report=True,
    )
)
register_file(FileKind("bidding.outcome", "Outcome letter", outcome, audience="fsp", may_go=False))
register_file(
    FileKind("bidding.history", "Bidding history", history, audience="fsp", sealed=True, more_for=Role.BIDS)
)
