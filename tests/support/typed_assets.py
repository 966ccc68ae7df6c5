"""What is typed for an asset."""

CELLS = {
    "ref": "BAT-1",
    "name": "Riverside",
    "status": "Operational",
    "category": "Storage",
    "asset_type": "Battery",
    "voltage_kv": "11",
    "latitude": "0.5",
    "longitude": "0.5",
    "generation_turn_up_mw": "0.0005",
    "response_time": "00:30",
}
