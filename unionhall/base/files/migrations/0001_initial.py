
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='PrivateFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('content_type', models.CharField(max_length=100)),
                ('size', models.PositiveBigIntegerField()),
                ('path', models.CharField(max_length=200, unique=True)),
                ('kept_at', models.DateTimeField(auto_now_add=True)),
                ('by_id', models.BigIntegerField(null=True)),
            ],
            options={
                'db_table': 'files_private_file',
            },
        ),
    ]
