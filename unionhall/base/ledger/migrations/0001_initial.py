"""The ledger's table: partitioned by month, appended to and never changed.

The application's role makes no tables, so the months are made by a function that runs with the rights of its owner,
whoever migrates. It takes no argument and can do one thing only; a sweep calls it hourly and it works three months
ahead. Should nobody call it, the partition ``ledger_entry_other`` takes what has no month, and the audit says so.
"""

import django.db.models.functions.datetime
from django.db import migrations, models

TABLE = """
CREATE TABLE ledger_entry (
    id bigserial NOT NULL,
    at timestamptz NOT NULL DEFAULT statement_timestamp(),
    action varchar(80) NOT NULL,
    subject_type varchar(80) NOT NULL,
    subject_id bigint NOT NULL,
    by_id bigint,
    union_id bigint,
    detail jsonb NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX ledger_subject ON ledger_entry (subject_type, subject_id, id DESC);
CREATE INDEX ledger_by ON ledger_entry (by_id, id DESC) WHERE by_id IS NOT NULL;
CREATE INDEX ledger_union ON ledger_entry (union_id, id DESC) WHERE union_id IS NOT NULL;
CREATE TABLE ledger_entry_other PARTITION OF ledger_entry DEFAULT;
"""

# Row triggers of a partitioned table are cloned to its partitions, those to come too. A statement trigger is not: it
# guards the whole; a single month is guarded by the want of the privilege.
REFUSAL = """
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is only ever appended to: % is refused.', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ledger_refuses_changes BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_refuses_truncate BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();

CREATE FUNCTION ledger_keep_off(entries regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    stranger text;
BEGIN
    FOR stranger IN
        SELECT DISTINCT CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END
        FROM pg_class, aclexplode(relacl) AS acl WHERE pg_class.oid = entries AND acl.grantee <> relowner
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %s', entries, stranger);
    END LOOP;
END $$;
SELECT ledger_keep_off('ledger_entry');
SELECT ledger_keep_off('ledger_entry_other');
"""

# A month made apart and attached leaves the table open for everybody's entries meanwhile. A month that has entries in
# ledger_entry_other already stays there: moving them would be a change.
MONTHS = """
CREATE FUNCTION ledger_prepare_months() RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE
    month timestamptz;
    following timestamptz;
    entries text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ledger_prepare_months'));
    FOR ahead IN 0..3 LOOP
        month := date_trunc('month', now()) + make_interval(months => ahead);
        following := month + interval '1 month';
        entries := 'ledger_entry_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass(entries) IS NOT NULL;
        CONTINUE WHEN EXISTS (SELECT FROM ledger_entry_other WHERE at >= month AND at < following);
        EXECUTE format('CREATE TABLE %I (LIKE ledger_entry INCLUDING DEFAULTS)', entries);
        EXECUTE format(
            'ALTER TABLE ledger_entry ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', entries, month, following
        );
        PERFORM ledger_keep_off(entries::regclass);
    END LOOP;
END $$;
SELECT ledger_prepare_months();
"""

UNDO = """
DROP TABLE ledger_entry;
DROP FUNCTION ledger_prepare_months();
DROP FUNCTION ledger_keep_off(regclass);
DROP FUNCTION ledger_refuse();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(
            TABLE + REFUSAL + MONTHS,
            reverse_sql=UNDO,
            state_operations=[
                migrations.CreateModel(
                    name="Entry",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                editable=False,
                                verbose_name="时间",
                            ),
                        ),
                        ("action", models.CharField(max_length=80, verbose_name="做了什么")),
                        ("subject_type", models.CharField(max_length=80)),
                        ("subject_id", models.BigIntegerField()),
                        ("by_id", models.BigIntegerField(null=True)),
                        ("union_id", models.BigIntegerField(null=True)),
                        ("detail", models.JSONField(default=dict)),
                    ],
                    options={
                        "verbose_name": "记录",
                        "db_table": "ledger_entry",
                        "indexes": [
                            models.Index(fields=["subject_type", "subject_id", "-id"], name="ledger_subject"),
                            models.Index(
                                condition=models.Q(("by_id__isnull", False)), fields=["by_id", "-id"], name="ledger_by"
                            ),
                            models.Index(
                                condition=models.Q(("union_id__isnull", False)),
                                fields=["union_id", "-id"],
                                name="ledger_union",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
