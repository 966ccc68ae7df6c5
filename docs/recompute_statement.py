"""Work out a downloaded statement anew, from its workbook alone: python recompute_statement.py statement.xlsx"""

import json
import sys
from decimal import ROUND_HALF_UP, Decimal

from openpyxl import load_workbook


def rows(sheet):
    head, *rest = sheet.iter_rows(values_only=True)
    return [
        {n: Decimal(str(v)) if isinstance(v, float | int) else v for n, v in zip(head, r, strict=True)}
        for r in rest
    ]


def paid(curve, share):
    if curve["kind"] == "grace_slope":
        return max(0, 1 - Decimal(curve["slope"]) * max(0, 1 - Decimal(curve["grace"]) - share))
    points = [(Decimal(x), Decimal(y)) for x, y in curve["points"]]
    (x0, y0) = ([each for each in points if each[0] <= share] or points)[-1 if points[0][0] <= share else 0]
    (x1, y1) = next((each for each in points if each[0] > share), (x0, y0))
    return y0 + (y1 - y0) * (share - x0) / (x1 - x0) if x1 > x0 else y0


def recomputed(path):
    """The lines' amounts and the total; service fee, relief and corrections stand as they are."""
    book = load_workbook(path, data_only=True)
    terms = {each["Field"]: json.loads(each["Value"]) for each in rows(book["Terms"])}
    unpaid = {each["Dispatch ID"] for each in rows(book["Performance"]) if each["Kind"] == "test"}
    amounts = []
    for line in rows(book["Statement"]):
        own = [each for each in rows(book["Periods"]) if each["Dispatch ID"] == line["Reference"]]
        energy = [(each["Requested (kWh)"], each["Delivered (kWh)"]) for each in own]
        if terms["utilisation.basis"] == "dispatch":
            energy = [(sum(asked for asked, _ in energy), sum(given for _, given in energy))]
        exact = line["Amount (£)"]
        if line["Kind"] == "Availability":
            exact = line["Quantity"] * line["Price"] * line["Factor"]
        elif line["Kind"] == "Penalty":
            exact = -line["Price"] * sum(each["Deficiency (kWh)"] for each in own) / 1000
        elif line["Kind"] == "Utilisation" and (
            terms["utilisation.tests_paid"] or line["Reference"] not in unpaid
        ):
            curve = terms["utilisation.curve"]
            exact = line["Price"] * sum(q * paid(curve, d / q) for q, d in energy if q) / 1000
        near = Decimal(exact).quantize(Decimal("0.000001"), ROUND_HALF_UP)  # the sheets have six decimals
        amounts.append(near.quantize(Decimal("0.01"), ROUND_HALF_UP))
    return amounts, sum(amounts, Decimal("0.00"))


if __name__ == "__main__":
    sys.stdout.write(f"{recomputed(sys.argv[1])[1]}\n")
