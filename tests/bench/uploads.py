"""20,000 rows of assets from the bytes of a workbook to the database, checked and applied."""

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import Any

from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.workbooks.write import write_bulk
from qualification.models import Asset
from qualification.workbooks.specs import ASSETS
from rehearsal.round.uploads import hand_in_bytes
from tests.bench.measured import Measured, seconds
from tests.memory import forget_peak, peak_mb
from tests.qualification import market

ROWS = 20_000


def rows() -> Iterator[Measured]:
    """The upload as the page does it, check, preview, apply and audit; the peer saves each row, and nothing
    else."""
    member, other = market.member(market.provider()), market.provider()
    data = workbook_of(ROWS)
    with clock.set_to(market.DURING), run_jobs_inline():
        forget_peak()
        report: list[Any] = []
        ours = seconds(
            lambda: report.append(
                hand_in_bytes(by=member, kind="qualification.assets", name="a.xlsx", data=data)
            )
        )
        assert report[0].created == ROWS, report[0].errors[:3]
        told = f"{ROWS:,} rows checked and applied, at most {peak_mb():,} MB"
        yield Measured(
            "assets upload", told, ours, "django-import-export", seconds(lambda: _peer(data, other))
        )
    assert Asset.objects.filter(provider=other).count() == ROWS


def workbook_of(count: int, first: int = 0) -> bytes:
    """A legal workbook of so many assets, numbered from ``first``."""
    target = BytesIO()
    rows = (
        {
            "ref": f"A{number:06}",
            "name": f"Asset {number}",
            "status": "operational",
            "category": "storage",
            "asset_type": "Battery",
            "voltage_kv": Decimal(11),
            "latitude": Decimal(f"55.{number:06}"),
            "longitude": Decimal(f"-3.{number:06}"),
            "generation_turn_up_mw": Decimal("1.5"),
        }
        for number in range(first, first + count)
    )
    write_bulk(ASSETS, {"Assets": rows, "Planned Assets": ()}, target)
    return target.getvalue()


def _peer(data: bytes, provider: Any) -> None:
    from import_export import fields, resources
    from import_export.formats.base_formats import XLSX

    headers = {
        "ref": "Asset Ref",
        "name": "Asset Name",
        "voltage_kv": "Voltage Level (kV)",
        "latitude": "Latitude",
        "longitude": "Longitude",
        "generation_turn_up_mw": "Generation Turn Up (MW)",
    }
    kind = market.asset_type()

    class AssetResource(resources.ModelResource):
        def before_save_instance(self, instance: Asset, row: Any, **kwargs: Any) -> None:
            instance.provider, instance.asset_type, instance.status = provider, kind, "operational"
            instance.first_uploaded_at = instance.changed_at = market.DURING

        class Meta:
            model = Asset
            fields = tuple(headers)
            import_id_fields = ("ref",)
            skip_diff = True
            use_transactions = True

        def get_queryset(self) -> Any:
            return Asset.objects.filter(provider=provider)

    for name, header in headers.items():
        AssetResource.fields[name] = fields.Field(attribute=name, column_name=header)
    result = AssetResource().import_data(_table(XLSX(), data), raise_errors=True)
    assert result.totals["new"] == ROWS


def _table(form: Any, data: bytes) -> Any:
    """The sheet of assets as the peer reads a workbook: its first sheet."""
    import openpyxl

    book = openpyxl.load_workbook(BytesIO(data))
    for name in book.sheetnames:
        if name != "Assets":
            del book[name]
    target = BytesIO()
    book.save(target)
    return form.create_dataset(target.getvalue())
