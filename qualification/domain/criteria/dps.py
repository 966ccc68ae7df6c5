"""Company qualification: the provider is approved on the DPS that the competition names, if it names one."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from qualification.domain.criterion import Asked, DataCriterion
from qualification.domain.dps.queries import approvals
from qualification.domain.facts.asset_facts import Facts, Flags, Record, provider_key


@dataclass(frozen=True)
class Approved:
    """The DPS and, as the facts hold them, the providers approved on it."""

    reference: str
    providers: frozenset[bytes]


class CompanyQualification(DataCriterion[Approved]):
    code = "dps"
    label = "Company qualification"
    position = 70
    quick_way = "Apply for company qualification"
    reads = ("purchasing_system", "purchasing_system__reference", "qualification_close")
    judges_planned = True

    def load_further(self, competitions: Mapping[uuid.UUID, Asked], now: datetime) -> None:
        """Who is approved at ``now``, or at the competition's close if that has passed."""
        known = approvals(
            {each["purchasing_system"] for each in competitions.values() if each["purchasing_system"]}
        )
        for asked in competitions.values():
            at = min(now, asked["qualification_close"])
            asked["approved"] = [
                each.provider_id
                for each in known
                if each.dps_id == asked["purchasing_system"] and each.holds(at)
            ]

    def limit(self, asked: Asked) -> Approved | None:
        if asked["purchasing_system"] is None:
            return None
        return Approved(
            asked["purchasing_system__reference"], frozenset(map(provider_key, asked["approved"]))
        )

    def fails(self, limit: Approved, facts: Facts) -> Flags:
        return ~np.isin(facts["provider_id"], np.array(sorted(limit.providers), dtype="S16"))

    def reason(self, limit: Approved, asset: Record) -> str:
        return f"Its company is not approved in the company qualification {limit.reference}."

    def remedy(self, limit: Approved) -> str:
        return f"An approval of the company in the company qualification {limit.reference}."


CRITERION = CompanyQualification()
