from django.db import migrations

# Every key could push; the other two were said when it was issued.
GIVEN = """
    UPDATE programs_key SET scopes = ARRAY['rolls:write']::varchar[]
        || CASE WHEN may_read THEN ARRAY['rolls:read'] ELSE ARRAY[]::varchar[] END::varchar[]
        || CASE WHEN may_confirm THEN ARRAY['rolls:confirm'] ELSE ARRAY[]::varchar[] END::varchar[]
"""


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0002_scopes'),
    ]

    operations = [
        migrations.RunSQL(GIVEN, migrations.RunSQL.noop),
    ]
