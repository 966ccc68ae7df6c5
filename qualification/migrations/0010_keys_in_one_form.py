import marketplace.key_columns
from django.db import migrations, models

from marketplace.key_columns import tell_look_alikes_apart


def keep_every_row(apps, schema_editor):
    tell_look_alikes_apart(apps.get_model("qualification", "Asset").objects.order_by("pk"), "provider_id", "ref")
    tell_look_alikes_apart(apps.get_model("qualification", "PlannedAsset").objects.order_by("pk"), "provider_id", "ref")


class Migration(migrations.Migration):
    dependencies = [
        ('accounts', '0004_company_numbers'),
        ('competitions', '0008_keys_in_one_form'),
        ('qualification', '0009_asset_groups'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='asset',
            name='asset_ref_once_a_provider',
        ),
        migrations.RemoveConstraint(
            model_name='plannedasset',
            name='planned_asset_ref_once_a_provider',
        ),
        migrations.RunPython(keep_every_row, migrations.RunPython.noop),
        # A table can't be altered while checks of its changed rows wait for the end of the transaction.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.UniqueConstraint(models.F('provider'), marketplace.key_columns.KeyForm('ref'), name='asset_key_once_a_provider'),
        ),
        migrations.AddConstraint(
            model_name='plannedasset',
            constraint=models.UniqueConstraint(models.F('provider'), marketplace.key_columns.KeyForm('ref'), name='planned_asset_key_once_a_provider'),
        ),
    ]
