"""Names of categories and types as clients write them, and ours. Pure."""

import re
from collections.abc import Mapping

from competitions.enums import AssetCategory

GENERATION, STORAGE = AssetCategory.GENERATION, AssetCategory.STORAGE
DEMAND, EFFICIENCY = AssetCategory.DEMAND_SIDE_RESPONSE, AssetCategory.ENERGY_EFFICIENCY

CATEGORIES: Mapping[str, AssetCategory] = {
    **dict.fromkeys(
        ("generation", "renewable", "renewables", "non_renewable", "conventional", "fossil"), GENERATION
    ),
    **dict.fromkeys(("storage", "energy_storage", "battery", "battery_storage"), STORAGE),
    **dict.fromkeys(
        ("demand_side_response", "dsr", "demand", "demand_response", "load", "flexible_demand"), DEMAND
    ),
    **dict.fromkeys(("energy_efficiency", "efficiency"), EFFICIENCY),
}
TYPES: Mapping[str, tuple[AssetCategory, str]] = {
    **dict.fromkeys(
        ("battery", "lithium_ion", "lithium_ion_battery", "battery_storage", "bess"), (STORAGE, "Battery")
    ),
    **dict.fromkeys(("compressed_air", "compressed_air_storage"), (STORAGE, "Compressed Air")),
    **dict.fromkeys(("fuel_cell", "fuel_cells", "hydrogen"), (STORAGE, "Fuel Cell")),
    "liquid_air": (STORAGE, "Liquid Air"),
    **dict.fromkeys(("pumped_hydro", "pumped_storage"), (STORAGE, "Pumped Hydro")),
    **dict.fromkeys(("vehicle_to_grid", "v2g", "v2g_charging"), (STORAGE, "Vehicle To Grid")),
    **dict.fromkeys(("solar", "solar_pv", "pv", "photovoltaic"), (GENERATION, "Solar")),
    **dict.fromkeys(("wind", "onshore_wind", "offshore_wind"), (GENERATION, "Wind")),
    **dict.fromkeys(("hydro", "run_of_river", "hydroelectric"), (GENERATION, "Hydro")),
    **dict.fromkeys(("biomass", "biogas", "biofuel", "anaerobic_digestion"), (GENERATION, "Biomass")),
    **dict.fromkeys(("chp", "combined_heat_and_power", "gas_chp"), (GENERATION, "CHP")),
    **dict.fromkeys(("diesel", "diesel_generator"), (GENERATION, "Diesel")),
    **dict.fromkeys(
        ("gas", "gas_engine", "natural_gas", "ocgt", "ccgt", "gas_reciprocating"), (GENERATION, "Gas")
    ),
    **dict.fromkeys(("energy_from_waste", "waste", "efw"), (GENERATION, "Energy From Waste")),
    "landfill_gas": (GENERATION, "Landfill Gas"),
    **dict.fromkeys(("other_generation", "other_renewable", "tidal"), (GENERATION, "Other Generation")),
    **dict.fromkeys(("commercial", "commercial_load", "commercial_dsr"), (DEMAND, "Commercial")),
    **dict.fromkeys(("industrial", "industrial_load", "industrial_dsr"), (DEMAND, "Industrial")),
    **dict.fromkeys(("residential", "domestic", "domestic_load"), (DEMAND, "Residential")),
    **dict.fromkeys(
        ("ev_charging", "ev", "ev_charger", "electric_vehicle", "electric_vehicle_charging", "v1g"),
        (DEMAND, "EV Charging"),
    ),
    **dict.fromkeys(("heat_pump", "heat_pumps", "electric_heating"), (DEMAND, "Heat Pump")),
    **dict.fromkeys(("other_demand", "other_load"), (DEMAND, "Other Demand")),
}


class UnknownWord(ValueError):
    """A word that is none of those: the message lists what is taken."""


def snake(text: str) -> str:
    """``Onshore Wind`` as ``onshore_wind``."""
    return re.sub(r"[^a-z0-9]+", "_", text.strip().lower()).strip("_")


def category_in(text: str) -> AssetCategory:
    """The category that a word names. Raises :class:`UnknownWord`."""
    found = CATEGORIES.get(snake(text))
    if found is None:
        raise UnknownWord(f"“{text}” is no category; these are taken: {', '.join(sorted(CATEGORIES))}.")
    return found


def type_in(
    text: str, category: AssetCategory | None, known: Mapping[AssetCategory, list[str]]
) -> tuple[AssetCategory, str]:
    """Category and type that a word names, of the types that this market knows. Raises :class:`UnknownWord`."""
    word = snake(text)
    own = [(each, name) for each, names in known.items() for name in names if snake(name) == word]
    fitting = [each for each in own if category in (None, each[0])]
    if fitting:
        return fitting[0]
    if word in TYPES and TYPES[word][1] in known.get(TYPES[word][0], ()):
        return TYPES[word]
    taken = sorted({*TYPES, *(snake(name) for names in known.values() for name in names)})
    raise UnknownWord(f"“{text}” is no type of asset; these are taken: {', '.join(taken)}.")
