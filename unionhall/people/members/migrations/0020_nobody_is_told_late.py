from django.db import migrations

# What was done before members were told of it is not told years later.
NOTED = """
    UPDATE members_reorganisation
    SET told = gone, told_up_to = (SELECT coalesce(max(id), 0) FROM members_membership)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0019_whom_it_told'),
    ]

    operations = [
        migrations.RunSQL(NOTED, migrations.RunSQL.noop),
    ]
