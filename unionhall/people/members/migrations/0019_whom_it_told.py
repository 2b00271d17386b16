from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0018_kept_figures'),
    ]

    operations = [
        migrations.AddField(
            model_name='reorganisation',
            name='told',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='reorganisation',
            name='told_up_to',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
    ]
