from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_seals")]

    operations = [
        migrations.AddIndex(
            model_name="seal",
            index=models.Index(fields=["last_id"], name="seal_of_an_entry"),
        ),
    ]
