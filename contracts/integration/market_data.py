"""The public file that follows competitions to their contracts."""

from contracts.exports.market_files import public_kind
from marketplace.jobs.public_kinds import register_public

register_public(public_kind())
