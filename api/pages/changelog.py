"""What changed in the API. Additions come at any time; what breaks comes as a new version, a year beside the old one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """What came with a day."""

    day: str
    lines: tuple[str, ...]


CHANGES = (
    Change(
        "2026-11-27",
        (
            "Version 1: tokens by client credentials, competitions, windows, boundaries, verdicts, entries, opportunities.",
            "Assets, planned assets and groups; ballots, receipts, closed sets, results.",
            "Bids, decisions, recommendation and confirmation for operators, after the close.",
            "Contracts, availability, dispatches with their answers and timelines, messages by polling.",
            "Readings, performance, statements, disputes and documents.",
            "Files of every kind that pages take and make, sent, checked, applied and fetched by jobs.",
            "Competitions set up by program: whole, their boundary as GeoJSON, areas; published, moved, archived, cancelled.",
            "Nominations, on time and late; a dispatch with warnings is issued once they are confirmed.",
            "Asset groups made, named, filled and removed; `updated_since` on every list of what changes.",
            "If-Match on what is done to a thing, as on changes of it.",
            "Webhooks: addresses that are told, signed by the Standard Webhooks rules, with a log, tests and replays.",
            "Webhooks name refs and IDs of what they tell of; `document.paid` is a kind of its own.",
            "Beside it: OpenADR 3.1 at /openadr3/3.1.0/, the reference platform's shapes at /picloflex/.",
            "A provider's month as UFTP message: the file settlement.statement_uftp.",
            "A provider agrees to a statement: POST /statements/{id}/agree; statements have `agreed_at`.",
            "Market data without a token: operators, public competitions, prices, bids, dispatches, volumes, files.",
        ),
    ),
)
