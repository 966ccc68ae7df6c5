import marketplace.key_columns
from django.db import migrations, models

from marketplace.keys import key_form, tidy_key


def tell_look_alikes_apart(apps, schema_editor):
    """Keep every area: of those whose references are one key, the later ones get a number."""
    taken = {}
    for area in apps.get_model("competitions", "Area").objects.order_by("operator", "updated_at", "pk"):
        keys = taken.setdefault(area.operator_id, set())
        plain, number = area.reference, 1
        while key_form(area.reference) in keys:
            number += 1
            area.reference = f"{tidy_key(plain)[:74]} ({number})"
        keys.add(key_form(area.reference))
        if area.reference != plain:
            area.save(update_fields=["reference"])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_operator_profile"),
        ("competitions", "0005_area_licence_and_supply_point"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="area", name="area_reference_once_an_operator"),
        migrations.RunPython(tell_look_alikes_apart, migrations.RunPython.noop),
        # A table can't be altered while checks of its changed rows wait for the end of the transaction.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="area",
            constraint=models.UniqueConstraint(
                models.F("operator"),
                marketplace.key_columns.KeyForm("reference"),
                name="area_key_once_an_operator",
            ),
        ),
    ]
