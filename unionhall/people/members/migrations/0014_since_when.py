"""Whoever came from another union is in this one since she left that one."""

from django.db import migrations

SINCE = """
    UPDATE members_membership AS here SET since_on = before.left_on
    FROM (SELECT later.id, max(earlier.left_on) AS left_on FROM members_membership AS later
        JOIN members_membership AS earlier ON earlier.member_id = later.member_id
            AND earlier.id < later.id AND earlier.left_on IS NOT NULL
        GROUP BY later.id) AS before
    WHERE here.id = before.id AND here.since_on IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0013_reorganisations")]

    operations = [migrations.RunSQL(SINCE, migrations.RunSQL.noop)]
