"""Fixed reference: B(p) = reference(t(p)) × devices × h, by 48 local half-hours (operations, section 8.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from operations.domain.baselines.asked import Asked, Baseline, none_because

HALF_HOUR = 30


@dataclass(frozen=True)
class Reference:
    """A profile of net kW for each device, by local half-hour from midnight, and how many devices there are,
    from a day on."""

    from_day: date
    kw: Sequence[Fraction]
    devices: int


def fixed_reference(asked: Asked, references: Sequence[Reference]) -> Baseline:
    """Of several references the last that holds on the period's local day counts; at a clock change the local
    time does."""
    energy = {}
    for period in asked.periods:
        local = asked.start_of(period).astimezone(asked.zone)
        held = [each for each in references if each.from_day <= local.date()]
        if not held:
            continue
        latest = max(held, key=lambda each: each.from_day)
        half_hour = (local.hour * 60 + local.minute) // HALF_HOUR
        energy[period] = latest.kw[half_hour] * latest.devices * asked.hours
    return Baseline(energy) if energy else none_because("There is no fixed reference.")
