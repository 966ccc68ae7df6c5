"""Location: the asset lies inside the boundary, on its edge, or in the buffer.

Which assets do is worked out from shapes for many at a time, in :mod:`qualification.domain.facts.places`.
"""

from qualification.domain.criterion import Asked, Criterion
from qualification.domain.facts.asset_facts import Degrees, Fact, Record


class Location(Criterion[bool]):
    code = "location"
    label = "Location"
    position = 10
    facts = (Fact("longitude", Degrees()), Fact("latitude", Degrees()))

    def limit(self, asked: Asked) -> bool:
        return True

    def reason(self, limit: bool, asset: Record) -> str:
        return "It lies outside the boundary."

    def remedy(self, limit: bool) -> str:
        return "A place in the boundary; or the operator qualifies it by an override."


CRITERION = Location()
