from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exports", "0002_last_choice")]

    operations = [
        migrations.AddField(
            model_name="export",
            name="looks_at",
            field=models.BigIntegerField(null=True),
        ),
    ]
