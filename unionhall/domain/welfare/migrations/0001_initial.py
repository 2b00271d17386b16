import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('allotment', '0001_initial'),
        ('unions', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ExpiryReminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sent_at', models.DateTimeField(auto_now_add=True)),
                ('claim', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='expiry_reminder', to='allotment.claim')),
            ],
            options={
                'db_table': 'welfare_expiry_reminder',
            },
        ),
        migrations.CreateModel(
            name='Merchant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='商户名称')),
                ('address', models.CharField(max_length=160, verbose_name='地址')),
                ('phone', models.CharField(blank=True, max_length=20, verbose_name='店里的电话')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merchants', to='unions.union')),
            ],
            options={
                'verbose_name': '商户',
                'db_table': 'welfare_merchant',
            },
        ),
        migrations.CreateModel(
            name='Clerk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('till', models.CharField(blank=True, max_length=40, verbose_name='哪个收银台')),
                ('is_manager', models.BooleanField(default=False, verbose_name='店长，能撤销核销')),
                ('appointed_at', models.DateTimeField(auto_now_add=True)),
                ('dismissed_at', models.DateTimeField(null=True)),
                ('unknown_numbers', models.PositiveSmallIntegerField(default=0)),
                ('counted_from', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clerks', to=settings.AUTH_USER_MODEL)),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clerks', to='welfare.merchant')),
            ],
            options={
                'verbose_name': '店员',
                'db_table': 'welfare_clerk',
            },
        ),
        migrations.CreateModel(
            name='Redemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('undone_at', models.DateTimeField(null=True)),
                ('undo_reason', models.CharField(blank=True, max_length=200)),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='redemptions', to='allotment.claim')),
                ('clerk', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='redemptions', to='welfare.clerk')),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='redemptions', to='welfare.merchant')),
                ('undone_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '核销',
                'db_table': 'welfare_redemption',
            },
        ),
        migrations.CreateModel(
            name='Replacement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('former_number', models.CharField(max_length=32, unique=True)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replacements', to='allotment.claim')),
            ],
            options={
                'db_table': 'welfare_replacement',
            },
        ),
        migrations.CreateModel(
            name='VoucherOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=80, verbose_name='券名')),
                ('face_value', models.PositiveIntegerField(verbose_name='面值')),
                ('terms', models.TextField(blank=True, verbose_name='能买什么，有什么条件')),
                ('opened_at', models.DateTimeField(auto_now_add=True)),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='welfare.merchant')),
                ('pool', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='offer', to='allotment.pool')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='voucher_offers', to='unions.union')),
            ],
            options={
                'verbose_name': '券',
                'db_table': 'welfare_voucher_offer',
            },
        ),
        migrations.AddConstraint(
            model_name='merchant',
            constraint=models.UniqueConstraint(fields=('union', 'name'), name='merchant_named_once'),
        ),
        migrations.AddConstraint(
            model_name='clerk',
            constraint=models.UniqueConstraint(condition=models.Q(('dismissed_at', None)), fields=('user',), name='one_live_post_of_a_clerk'),
        ),
        migrations.AddIndex(
            model_name='redemption',
            index=models.Index(fields=['merchant', '-at'], name='redemption_of_merchant'),
        ),
        migrations.AddIndex(
            model_name='redemption',
            index=models.Index(fields=['clerk', 'at'], name='redemption_of_clerk'),
        ),
        migrations.AddIndex(
            model_name='redemption',
            index=models.Index(fields=['-at'], name='redemption_newest'),
        ),
        migrations.AddConstraint(
            model_name='redemption',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('claim',), name='redeemed_once'),
        ),
        migrations.AddConstraint(
            model_name='redemption',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('undo_reason', ''), ('undone_at', None), ('undone_by', None)), models.Q(('undone_at__isnull', False), ('undone_by__isnull', False), models.Q(('undo_reason', ''), _negated=True)), _connector='OR'), name='undone_by_somebody_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='voucheroffer',
            constraint=models.CheckConstraint(condition=models.Q(('face_value__gt', 0)), name='a_voucher_is_worth_something'),
        ),
    ]
