
import django.db.models.deletion
import unionhall.base.encryption
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('members', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ConsoleText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(unique=True)),
                ('phone', unionhall.base.encryption.EncryptedTextField()),
                ('text', unionhall.base.encryption.EncryptedTextField()),
                ('sent_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'notify_console_text',
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('phone', unionhall.base.encryption.EncryptedTextField(null=True)),
                ('topic', models.CharField(max_length=80)),
                ('context', unionhall.base.encryption.EncryptedTextField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('shown_at', models.DateTimeField(null=True)),
                ('read_at', models.DateTimeField(null=True)),
                ('member', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='members.member')),
            ],
            options={
                'db_table': 'notify_message',
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=16)),
                ('state', models.CharField(choices=[('due', '等着发'), ('delivered', '发出了'), ('given_up', '没发成')], default='due', max_length=12)),
                ('priority', models.PositiveSmallIntegerField(choices=[(0, '立刻'), (1, '正常')], default=1)),
                ('due_at', models.DateTimeField()),
                ('until_at', models.DateTimeField(null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('key', models.UUIDField(unique=True)),
                ('reference', models.CharField(blank=True, max_length=80)),
                ('problem', models.CharField(blank=True, max_length=80)),
                ('delivered_at', models.DateTimeField(null=True)),
                ('message', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='notify.message')),
            ],
            options={
                'db_table': 'notify_delivery',
            },
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['member', '-shown_at'], name='notify_inbox'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('read_at', None)), fields=['member'], name='notify_unread'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('member', None), ('phone__isnull', False)), models.Q(('member__isnull', False), ('phone', None)), _connector='OR'), name='a_member_or_a_number'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'due')), fields=['priority', 'due_at'], name='notify_due'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('message', 'channel'), name='once_by_each_channel'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('delivered_at__isnull', False), ('state', 'delivered')), models.Q(models.Q(('state', 'delivered'), _negated=True), ('delivered_at', None)), _connector='OR'), name='delivered_says_when'),
        ),
    ]
