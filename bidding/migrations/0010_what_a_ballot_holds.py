from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models

FILL = """
UPDATE bidding_ballot ballot
SET assets_digest = held.digest, asset_count = held.number, assets_mw = held.mw
FROM (
    SELECT ballot_id, count(*) AS number, sum(capacity_mw) AS mw,
        encode(sha256(convert_to(string_agg(key, ',' ORDER BY key COLLATE "C"), 'UTF8')), 'hex') AS digest
    FROM (SELECT ballot_id, capacity_mw, coalesce(asset_id, planned_asset_id)::text AS key FROM bidding_ballotasset) one
    GROUP BY ballot_id
) held
WHERE held.ballot_id = ballot.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("bidding", "0009_ballots_keep_their_assets"),
    ]

    operations = [
        migrations.AddField(
            "ballot",
            "assets_digest",
            models.CharField(default="", help_text="Tells its set of assets from other sets.", max_length=64),
        ),
        migrations.AddField("ballot", "asset_count", models.PositiveIntegerField(default=0)),
        migrations.AddField(
            "ballot",
            "assets_mw",
            models.DecimalField(
                decimal_places=6,
                default=Decimal(0),
                max_digits=18,
                verbose_name="relevant capacity of its assets (MW)",
            ),
        ),
        migrations.CreateModel(
            name="AssetList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("refs", models.JSONField()),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "digest"), name="asset_list_once_a_provider")
                ],
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
