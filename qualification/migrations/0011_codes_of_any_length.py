"""Codes of criteria are kept as text of any length; ``eligible`` is worked out of them, so it is made anew."""

import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.models import ExpressionWrapper, Q

CODES = django.contrib.postgres.fields.ArrayField(
    base_field=models.TextField(), blank=True, default=list, help_text="Codes of criteria.", size=None
)
CONDITIONS = {
    "verdict": Q(("override", "qualify"), Q(("override", ""), ("failed", [])), _connector="OR"),
    "plannedverdict": Q(("failed", [])),
}


def operations_for(model, condition):
    eligible = models.GeneratedField(
        db_persist=True,
        expression=ExpressionWrapper(condition, output_field=models.BooleanField()),
        output_field=models.BooleanField(),
    )
    return [
        migrations.RemoveField(model_name=model, name="eligible"),
        migrations.AlterField(model_name=model, name="failed", field=CODES),
        migrations.AddField(model_name=model, name="eligible", field=eligible),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("qualification", "0010_keys_in_one_form"),
    ]

    operations = [
        operation for model, condition in CONDITIONS.items() for operation in operations_for(model, condition)
    ]
