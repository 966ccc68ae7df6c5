from django.db import migrations

from qualification.enums import INITIAL_ASSET_TYPES


def add_types(apps, schema_editor):
    asset_type = apps.get_model("qualification", "AssetType")
    asset_type.objects.bulk_create(
        [asset_type(category=category, name=name) for category, names in INITIAL_ASSET_TYPES.items() for name in names],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("qualification", "0002_requalifications_and_planned_verdicts")]
    operations = [migrations.RunPython(add_types, migrations.RunPython.noop)]
