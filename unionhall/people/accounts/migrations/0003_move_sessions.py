"""Brings along who is signed in; whose a session is stands in it, sealed, and is noted at its next use."""

from django.db import migrations

MOVE = """
    INSERT INTO accounts_session (session_key, session_data, expire_date, device, place)
    SELECT session_key, session_data, expire_date, '', '' FROM django_session WHERE expire_date > now()
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_sessions_of_a_login"), ("sessions", "0001_initial")]

    operations = [
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.RunSQL("DELETE FROM django_session", migrations.RunSQL.noop),
    ]
