
import django.db.models.deletion
import unionhall.kernel.audience.fields
import unionhall.kernel.audience.rules
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('members', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Pool',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(max_length=120)),
                ('capacity', models.PositiveIntegerField()),
                ('taken', models.PositiveIntegerField(default=0)),
                ('handed_out', models.PositiveIntegerField(default=0)),
                ('family', models.CharField(blank=True, max_length=80)),
                ('audience', unionhall.kernel.audience.fields.AudienceField(default=unionhall.kernel.audience.rules.Audience)),
                ('opens_at', models.DateTimeField(null=True)),
                ('closes_at', models.DateTimeField(null=True)),
                ('valid_days', models.PositiveIntegerField(null=True)),
                ('valid_until', models.DateTimeField(null=True)),
                ('seed', models.CharField(max_length=64)),
                ('seed_hash', models.CharField(max_length=64)),
                ('drawn_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'allotment_pool',
                'constraints': [models.CheckConstraint(condition=models.Q(('taken__lte', models.F('capacity'))), name='never_oversold'), models.CheckConstraint(condition=models.Q(('taken__lte', models.F('handed_out'))), name='taken_were_handed_out')],
            },
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('family', models.CharField(max_length=80)),
                ('place', models.PositiveIntegerField(null=True)),
                ('state', models.CharField(choices=[('held', '可用'), ('used', '用过了'), ('released', '退回了'), ('expired', '过期了')], default='held', max_length=12)),
                ('number', models.CharField(max_length=32, unique=True)),
                ('claimed_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('used_at', models.DateTimeField(null=True)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='members.member')),
                ('used_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pool', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='allotment.pool')),
            ],
            options={
                'db_table': 'allotment_claim',
                'indexes': [models.Index(condition=models.Q(('state', 'held')), fields=['expires_at'], name='allotment_lapsing')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('held', 'used'))), fields=('family', 'member'), name='one_live_claim_of_a_family'), models.UniqueConstraint(fields=('pool', 'place'), name='a_place_is_given_once'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'used'), ('used_at__isnull', False), ('used_by__isnull', False)), models.Q(models.Q(('state', 'used'), _negated=True), ('used_at', None), ('used_by', None)), _connector='OR'), name='used_says_when_and_by_whom')],
            },
        ),
    ]
