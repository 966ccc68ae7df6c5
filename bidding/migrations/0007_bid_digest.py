from django.db import migrations, models


class Migration(migrations.Migration):
    """Receipts are looked up by the digest of their bid."""

    dependencies = [("bidding", "0006_naming_rules")]
    operations = [migrations.AddIndex("bid", models.Index(fields=["digest"], name="bid_digest"))]
