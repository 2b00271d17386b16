from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notify", "0003_switched_off")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state", "given_up")), fields=["due_at"], name="notify_given_up"
            ),
        ),
    ]
