"""The kinds of notifications about bids."""

from bidding.domain.notifications import KINDS
from marketplace.notifications import declare

declare(*KINDS)
