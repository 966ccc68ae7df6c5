from django.db import migrations


class Migration(migrations.Migration):
    """The model takes the name that the page and the log have for it; its table stays what it is."""

    dependencies = [("accounts", "0005_login_mail_states")]

    operations = [
        migrations.AlterModelTable(name="outgoingmail", table="accounts_outgoingmail"),
        migrations.RenameModel(old_name="OutgoingMail", new_name="LoginMail"),
    ]
