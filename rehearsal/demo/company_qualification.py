"""The demo's DPS: one company approved, one rejected, one application with a document that waits for a
decision."""

from accounts.models import Member
from competitions.models import PurchasingSystem
from marketplace import clock
from qualification.domain.dps.decisions import reject_application
from qualification.domain.dps.set_up import add_question, publish_framework
from rehearsal.demo.competitions import DPS_REFERENCE
from rehearsal.round.company_qualification import apply_to, approve_on, open_dps
from rehearsal.round.file import DpsEntry

DPS = DpsEntry(DPS_REFERENCE, "Flexibility services 2026 to 2028")
APPROVED, REJECTED, PENDING = "HARBOUR", "CINDER", "FELLSIDE"
DATA_WAYS = ("Half-hourly meter data", "Minute data of your own meters", "Both")
OWN_QUESTIONS = (
    ("profile", "choice", "Which data can you send us?", "We need half-hourly data at least."),
    ("profile", "number", "How many sites do you control?", ""),
    ("legal", "file", "Your health and safety policy", "If it is written down."),
)
REASON = "Your public liability cover is below the £5 million that our framework agreement asks for. Apply again with more."


def open_demo_dps(operator: Member) -> PurchasingSystem:
    """The operator's DPS, which the competition file may then name, with a framework agreement and own
    questions."""
    system = open_dps(operator, DPS)
    agreement = one_page(
        "Framework agreement for flexibility services (invented for the demo)", str(operator)
    )
    publish_framework(
        by=operator, system=system, data=agreement, filename="framework agreement.pdf", now=clock.now()
    )
    for section, kind, text, help_text in OWN_QUESTIONS:
        add_question(
            by=operator,
            system=system,
            section=section,
            kind=kind,
            text=text,
            help_text=help_text,
            options=DATA_WAYS if kind == "choice" else (),
            is_required=kind != "file",
            now=clock.now(),
        )
    return system


def decide_first_applications(
    system: PurchasingSystem, operator: Member, providers: dict[str, Member]
) -> None:
    """One company approved, another rejected with a reason."""
    approve_on(system, providers[APPROVED], operator)
    refused = apply_to(system, providers[REJECTED], {"public_liability": "1000000.00"})
    reject_application(by=operator, application=refused, reason=REASON, now=clock.now())


def apply_late(system: PurchasingSystem, providers: dict[str, Member]) -> None:
    """A third company has applied; nobody has decided yet."""
    document = ("insurance certificate.pdf", certificate(str(providers[PENDING].organisation)))
    apply_to(system, providers[PENDING], {}, document)


def certificate(company: str) -> bytes:
    """An invented insurance certificate."""
    return one_page(
        "Certificate of insurance (invented for the demo)", company, "Public liability: 5,000,000 GBP"
    )


def one_page(*lines: str) -> bytes:
    """A PDF of one page with these lines."""
    shown = " ".join(f"({line}) Tj 0 -24 Td" for line in lines)
    drawing = f"BT /F1 14 Tf 60 760 Td {shown} ET".encode("ascii", "replace")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    document, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count, start = len(parts) + 1, len(document)
    document += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    return document + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, start)
