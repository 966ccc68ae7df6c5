from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    """A competition is found by its ref, in any case, without going through all."""

    dependencies = [("competitions", "0008_keys_in_one_form")]
    operations = [
        migrations.AddIndex("competition", models.Index(Upper("ref"), name="competition_ref_any_case")),
    ]
