"""What amounts of power and of money are counted in."""

CURRENCIES = {"GBP": "£", "EUR": "€", "USD": "$"}
PER = {"availability_price": "/MW/h", "utilisation_price": "/MWh", "service_fee": "/MW"}
"""What each price is for, by the name of its field."""


def power_unit(power_type: str) -> str:
    """MW, or MVAr where the power is reactive."""
    return "MVAr" if power_type == "reactive" else "MW"


def capacity_unit(field: str) -> str:
    """MW, or MVAr of a capacity whose field is named for it: ``reactive_export_mvar``."""
    return power_unit("reactive" if field.endswith("_mvar") else "active")


def currency_sign(currency: str) -> str:
    """£ for GBP; the code and a space for a currency without a sign of its own."""
    return CURRENCIES.get(currency, f"{currency} ")


def price_unit(price: str, currency: str) -> str:
    """What a price is counted in, by the name of its field: £/MW/h, £/MWh or £/MW."""
    return f"{currency_sign(currency).strip()}{PER[price]}"
