"""The address of each operation in the market of the tests."""

import uuid


def path_of(operation, of):
    """The operation's address, naming the buyer's and the bidder's things."""
    named = {
        "ref": "N1" if operation.path.startswith(("/assets", "/planned")) else of.competition.ref,
        "label": "1",
        "name": "historic-bids.csv",
        "uuid:contract_id": str(uuid.UUID(int=1)),
        "uuid:dispatch_id": str(uuid.UUID(int=1)),
        "uuid:notice_id": str(uuid.UUID(int=1)),
        "uuid:statement_id": str(uuid.UUID(int=1)),
        "kind": "bidding.bids",
        "reference": "LEITH",
        "uuid:job_id": str(uuid.UUID(int=1)),
        "uuid:document_id": str(uuid.UUID(int=1)),
        "uuid:webhook_id": str(uuid.UUID(int=1)),
    }
    path = operation.path
    for name, value in named.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, operation.path
    return path
