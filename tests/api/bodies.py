"""What programs send in tests."""

ASSET = {
    "name": "Battery",
    "status": "operational",
    "category": "storage",
    "asset_type": "Battery",
    "voltage_kv": "11",
    "latitude": "55.9445",
    "longitude": "-3.0463",
    "generation_turn_up_mw": "1.5",
}
COMPETITION = {
    "name": "Evening peak",
    "need_type": "pre_fault",
    "power_type": "active",
    "need_direction": "deficit",
    "competition_type": "utilisation",
    "publish_on": "2026-01-02T09:00:00Z",
    "qualification_open": "2026-01-05T12:00:00Z",
    "qualification_close": "2026-01-19T17:00:00Z",
    "bidding_open": "2026-01-21T09:00:00Z",
    "bidding_close": "2026-01-23T17:00:00Z",
    "boundary": [{"kind": "area", "value": "MONKTONHALL"}],
    "windows": [
        {
            "period": "February",
            "first_day": "2026-02-01",
            "last_day": "2026-02-28",
            "name": "Evening",
            "weekdays": [0, 1, 2, 3, 4],
            "start": "16:00",
            "end": "20:00",
            "capacity_required_mw": "1.5",
            "dispatch_estimate": 4,
            "dispatch_duration": "01:00:00",
        }
    ],
}
CONFIRMED = COMPETITION | {"is_confirmed": True}
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[-3.1, 55.9], [-3.0, 55.9], [-3.0, 56.0], [-3.1, 56.0], [-3.1, 55.9]]],
}
