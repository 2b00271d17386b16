"""Empties the tables after a test with real transactions.

Django truncates all of them and writes its content types anew, which takes half a second however
little the test has written; what few rows there are, are deleted in a tenth of that.
"""

from __future__ import annotations

from django.db import connection, transaction

KEPT = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
}  # as the migrations left them
# Refuse to be deleted from, and to be truncated at any other time.
LEDGER = {"ledger_entry", "ledger_seal"}
MANY = 300  # rows of one table: to delete them takes longer than to truncate
SWITCH_GUARD = """
    DO $$ BEGIN
        ALTER TABLE ledger_entry %(how)s TRIGGER ledger_refuses_truncate;
        ALTER TABLE ledger_seal %(how)s TRIGGER ledger_refuses_truncate;
    EXCEPTION WHEN undefined_object THEN NULL;  -- tables made without migrations have no guard
    END $$
"""


def empty_quickly() -> bool:
    """Deletes all rows of all tables; ``False``, with nothing done, if there are many."""
    with transaction.atomic(), connection.cursor() as cursor:
        names = sorted(set(connection.introspection.django_table_names(only_existing=True)) - KEPT)
        looks = [
            f"SELECT '{name}', (SELECT count(*) FROM (SELECT FROM \"{name}\" LIMIT {MANY}) AS few)"
            for name in names
        ]
        cursor.execute(" UNION ALL ".join(looks))
        filled = {name: rows for name, rows in cursor.fetchall() if rows}
        if any(rows == MANY for name, rows in filled.items() if name not in LEDGER):
            return False
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for name in filled:
            cursor.execute(f'TRUNCATE "{name}"' if name in LEDGER else f'DELETE FROM "{name}"')
    return True
