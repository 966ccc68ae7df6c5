"""The kinds of files of settlement, as the jobs app knows them."""

from accounts.enums import Role
from marketplace.jobs.kinds import KeptKind, register_kept
from settlement.domain.tried_cases import KEPT_FOR

register_kept(KeptKind(name=KEPT_FOR, title="Case to settle", role=Role.CONTRACTS))
