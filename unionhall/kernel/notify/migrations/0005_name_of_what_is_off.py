from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notify", "0004_given_up")]

    operations = [
        migrations.AlterModelOptions(name="switchedoff", options={"verbose_name": "不想收的消息"}),
    ]
