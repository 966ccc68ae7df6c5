"""The lists of competitions, areas and DPSs."""

from marketplace.web.lists import Column, List, NumberColumn


class CompetitionList(List):
    """The list beside the map."""

    caption = "Competitions"

    name = Column("Competition", sort=("name", "ref"))
    phase = Column("Phase")
    qualification_close = Column("Qualification closes", sort=("qualification_close", "ref"))
    bidding_close = Column("Bidding closes", sort=("bidding_close", "ref"))


class AreaList(List):
    """An operator's areas."""

    caption = "Areas"

    reference = Column("Reference", sort="reference")
    area_km2 = Column("Size", number=True, sort="area_km2")
    licence_area = Column("Licence area", accessor="licence_area", sort="licence_area", default="—")
    supply_point = Column("Grid supply point", accessor="supply_point", sort="supply_point", default="—")
    in_use = Column("Competitions")
    state = Column("State")
    actions = Column("Change")


class PurchasingSystems(List):
    """An operator's DPSs, open and closed."""

    caption = "Your DPSs"

    name = Column("DPS", sort=("name", "reference"))
    state = Column("State", sort="is_open")
    competitions = NumberColumn("Competitions", accessor="competition_count", sort="competition_count")
    actions = Column("Change")
