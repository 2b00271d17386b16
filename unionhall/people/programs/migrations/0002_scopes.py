import django.contrib.postgres.fields
from django.db import migrations, models

SCOPES = [
    ('rolls:write', '推送名册'),
    ('rolls:read', '读它自己推送的名册的检查结果'),
    ('rolls:confirm', '自己确认导入，不等人点头'),
    ('members:read', '看会员名册和接转，号码遮住中间'),
    ('members:write', '改会籍，提出接转'),
]


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='programkey',
            name='scopes',
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=SCOPES, max_length=24), default=list, size=None, verbose_name='可以做什么'
            ),
        ),
    ]
