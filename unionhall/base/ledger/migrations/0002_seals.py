"""Blocks of sealed entries: appended to and never changed, like the entries.

No lock on the ledger's own table: writers do not notice.
"""

from django.db import migrations, models

REFUSAL = """
CREATE TRIGGER ledger_refuses_changes BEFORE UPDATE OR DELETE ON ledger_seal
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_refuses_truncate BEFORE TRUNCATE ON ledger_seal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
SELECT ledger_keep_off('ledger_seal');
"""
UNDO = """
DROP TRIGGER ledger_refuses_changes ON ledger_seal;
DROP TRIGGER ledger_refuses_truncate ON ledger_seal;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("first_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
                ("count", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("chained", models.CharField(max_length=64)),
                ("sealed_at", models.DateTimeField()),
            ],
            options={"db_table": "ledger_seal"},
        ),
        migrations.CreateModel(
            name="Horizon",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("last_id", models.BigIntegerField()),
                ("running", models.JSONField()),
            ],
            options={"db_table": "ledger_horizon"},
        ),
        migrations.RunSQL(REFUSAL, UNDO),
    ]
