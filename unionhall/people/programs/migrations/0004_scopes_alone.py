from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0003_what_keys_could'),
    ]

    operations = [
        migrations.RemoveField(model_name='programkey', name='may_read'),
        migrations.RemoveField(model_name='programkey', name='may_confirm'),
        migrations.AddConstraint(
            model_name='programkey',
            constraint=models.CheckConstraint(condition=models.Q(('scopes__len__gt', 0)), name='key_opens_something'),
        ),
    ]
