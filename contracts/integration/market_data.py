"""The public file that follows competitions to their contracts."""

from contracts.exports.market_files import public_kind
from marketplace import jobs

jobs.register_public(public_kind())
