"""A provider's month as message FlexSettlement of the USEF Flex Trading Protocol 3.1, for programs.

Element and attribute names, and which of them there must be, follow the protocol's schema for messages between aggregator
and distribution system operator (UFTP-agr-dso). It has no namespace.
"""

import re
from typing import BinaryIO
from xml.etree import ElementTree as Xml

from marketplace.dates import month_code, utc_stamp
from settlement.domain.flex_settlement import FlexSettlement, OrderedPeriod, ReservedPeriod, SettledOrder

VERSION = "3.1.0"
DOMAIN = re.compile(r"([a-z0-9]+(-[a-z0-9]+)*\.)*[a-z]{2,}")
NO_DOMAIN = "localhost"
"""Stands for a site that is reached by a number and has no name."""


def write_uftp(message: FlexSettlement, target: BinaryIO, host: str) -> None:
    """Write the message, with addresses under the name of this site."""
    domain = host.lower() if DOMAIN.fullmatch(host.lower()) else NO_DOMAIN
    root = Xml.Element(
        "FlexSettlement",
        {
            "Version": VERSION,
            "SenderDomain": f"{message.buyer_code.lower()}.{domain}",
            "RecipientDomain": f"{message.seller_code.lower()}.{domain}",
            "TimeStamp": utc_stamp(message.made_at),
            "MessageID": str(message.id),
            "ConversationID": str(message.conversation),
            "Result": "Accepted",
            "PeriodStart": message.first_day.isoformat(),
            "PeriodEnd": message.last_day.isoformat(),
            "Currency": message.currency,
        },
    )
    for order in message.orders:
        _order(root, order, message.buyer_code, domain)
    for each in message.reservations:
        contract = Xml.SubElement(root, "ContractSettlement", {"ContractID": each.contract})
        for day, periods in each.days.items():
            inner = Xml.SubElement(contract, "Period", {"Period": day.isoformat()})
            for period in periods:
                _reserved(inner, period)
    tree = Xml.ElementTree(root)
    Xml.indent(tree)
    tree.write(target, encoding="utf-8", xml_declaration=True)
    target.write(b"\n")


def congestion_point(order: SettledOrder, buyer_code: str, domain: str) -> str:
    """The entity address of a competition: a month in which the name was this site's, the name reversed, and under it the
    operator's code and the competition's ref."""
    authority = ".".join(reversed(domain.split(".")))
    return f"ea1.{month_code(order.competition_since.date())}.{authority}:{buyer_code}.{order.competition}"


def _order(root: Xml.Element, order: SettledOrder, buyer_code: str, domain: str) -> None:
    told = {
        "OrderReference": order.reference,
        "Period": order.day.isoformat(),
        "ContractID": order.contract,
        "CongestionPoint": congestion_point(order, buyer_code, domain),
        "Price": str(order.price),
        "Penalty": str(order.penalty),
        "NetSettlement": str(order.net),
    }
    if order.baseline:
        told["BaselineReference"] = order.baseline
    around = Xml.SubElement(root, "FlexOrderSettlement", told)
    for period in order.periods:
        _ordered(around, period)


def _ordered(around: Xml.Element, period: OrderedPeriod) -> None:
    told = {
        "Start": period.start,
        "Duration": period.length,
        "BaselinePower": period.baseline,
        "OrderedFlexPower": period.ordered,
        "ActualPower": period.actual,
        "DeliveredFlexPower": period.delivered,
        "PowerDeficiency": period.deficiency,
    }
    Xml.SubElement(around, "ISP", {name: str(number) for name, number in told.items()})


def _reserved(around: Xml.Element, period: ReservedPeriod) -> None:
    told = {"Start": period.start, "Duration": period.length, "ReservedPower": period.reserved}
    if period.ordered is not None:
        told["OrderedPower"] = period.ordered
    Xml.SubElement(around, "ISP", {name: str(number) for name, number in told.items()})
