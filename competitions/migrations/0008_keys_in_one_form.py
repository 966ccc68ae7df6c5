import marketplace.key_columns
from django.db import migrations, models

from marketplace.key_columns import tell_look_alikes_apart


def keep_every_row(apps, schema_editor):
    tell_look_alikes_apart(apps.get_model("competitions", "ServicePeriod").objects.order_by("pk"), "competition_id", "name")
    tell_look_alikes_apart(apps.get_model("competitions", "ServiceWindow").objects.order_by("pk"), "period_id", "name")


class Migration(migrations.Migration):
    dependencies = [
        ('competitions', '0007_reference_rules'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='serviceperiod',
            name='period_name_once_a_competition',
        ),
        migrations.RemoveConstraint(
            model_name='servicewindow',
            name='window_name_once_a_period',
        ),
        migrations.RunPython(keep_every_row, migrations.RunPython.noop),
        # A table can't be altered while checks of its changed rows wait for the end of the transaction.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='serviceperiod',
            constraint=models.UniqueConstraint(models.F('competition'), marketplace.key_columns.KeyForm('name'), name='period_key_once_a_competition'),
        ),
        migrations.AddConstraint(
            model_name='servicewindow',
            constraint=models.UniqueConstraint(models.F('period'), marketplace.key_columns.KeyForm('name'), name='window_key_once_a_period'),
        ),
    ]
