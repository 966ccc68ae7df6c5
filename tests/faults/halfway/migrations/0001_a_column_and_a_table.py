from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("qualification", "0001_initial")]

    operations = [
        migrations.RunSQL("ALTER TABLE qualification_asset ADD COLUMN halfway text"),
        migrations.RunSQL("SELECT pg_sleep(3)"),
        migrations.RunSQL("CREATE TABLE halfway (id integer)"),
    ]
